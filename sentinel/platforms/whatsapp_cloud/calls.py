"""How the Cloud API is spoken to: our number's node, and sendings through it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import regex

from sentinel.platforms import Account
from sentinel.wire import Request, Response, Steps, ask
from sentinel.wire.graph import good

VERSION: Final = "v26.0"
"""No end is announced for it yet."""

_NAME = regex.compile(r"[!-~]{1,512}")
_NODE = regex.compile(r"[0-9]{1,32}")


def number_of(account: Account) -> str:
    """Return the id of our number; empty if the rules state none that could be one."""
    stated = account.setting("phone_number_id")
    return stated if _NODE.fullmatch(stated) else ""


def ask_node(account: Account, fields: str, *, within_s: float | None = None) -> Steps[Response]:
    """Ask for fields of our number."""
    return (yield from get(account, number_of(account), within_s=within_s, fields=fields))


def get(
    account: Account, path: str, *, within_s: float | None = None, **params: str
) -> Steps[Response]:
    """Ask the API. The token goes into a header, where no log of a proxy keeps it."""
    return (
        yield from ask(
            Request(
                method="GET",
                url=_url(account, path),
                headers=_bearer(account),
                params=params,
                within_s=within_s,
            )
        )
    )


def request(
    account: Account,
    body: Mapping[str, Any],
    *,
    within_s: float | None = None,
    commits: bool = True,
) -> Request:
    """Return the request that sends."""
    return Request(
        method="POST",
        url=_url(account, f"{number_of(account)}/messages"),
        headers=_bearer(account),
        json=body,
        commits=commits,
        within_s=within_s,
    )


def message_id(answer: Response) -> str:
    """Return the name of what was taken; empty if the answer names nothing."""
    messages = answer.object().get("messages") if good(answer) else None
    first = messages[0] if isinstance(messages, list) and messages else None
    name = first.get("id") if isinstance(first, dict) else None
    return name if isinstance(name, str) and _NAME.fullmatch(name) else ""


def _url(account: Account, path: str) -> str:
    return f"{account.base_url}/{VERSION}/{path}"


def _bearer(account: Account) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {account.credentials.get('access_token', '')}"}
