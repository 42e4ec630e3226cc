"""The questions that Threads is asked, and how our own post is told among its answers."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import regex

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Receipt, Rendered
from sentinel.platforms import Account
from sentinel.wire import Request, Response, Steps, ask

_ID = regex.compile(r"[0-9A-Za-z_-]{1,64}")
_PERMALINK = regex.compile(r"https?://[\w.:-]+/[^\s<>\"]{1,300}")
_STATES = frozenset({"IN_PROGRESS", "FINISHED", "PUBLISHED", "ERROR", "EXPIRED"})
_POST_FIELDS = "id,permalink,text,timestamp"


def get(account: Account, path: str, **params: str) -> Steps[Response]:
    """Ask the API. The token goes into a header, where no log of a proxy keeps it."""
    headers = _bearer(account)
    url = f"{account.base_url}/v1.0/{path}"
    return (yield from ask(Request(method="GET", url=url, headers=headers, params=params)))


def post(
    account: Account, path: str, form: Mapping[str, str], *, commits: bool = False
) -> Steps[Response]:
    """Tell the API to do something."""
    url = f"{account.base_url}/v1.0/{path}"
    request = Request(method="POST", url=url, headers=_bearer(account), form=form, commits=commits)
    return (yield from ask(request))


def delete(account: Account, post_id: str) -> Steps[Response]:
    """Have a post deleted."""
    url = f"{account.base_url}/v1.0/{post_id}"
    return (yield from ask(Request(method="DELETE", url=url, headers=_bearer(account))))


def user(account: Account) -> str:
    """Return the path segment of the account: its id, or `me`."""
    return account.setting("user_id", "me")


def new_container(account: Account, text: str) -> Steps[Response]:
    """Make a container: a draft that nobody sees and that dies after 24 hours."""
    form = {"media_type": "TEXT", "text": text}
    return (yield from post(account, f"{user(account)}/threads", form))


def state_of(account: Account, container: str) -> Steps[tuple[str, Response]]:
    """Return the container's state (empty if Threads does not say) and the answer."""
    answer = yield from get(account, container, fields="id,status,error_message")
    state = answer.object().get("status")
    return (state if isinstance(state, str) and state in _STATES else ""), answer


def own_posts(account: Account, since: datetime | None = None) -> Steps[Response]:
    """Ask for our latest posts, from a minute before `since`."""
    params = {"fields": _POST_FIELDS, "limit": "25"}
    if since is not None:
        params["since"] = str(int((since - timedelta(minutes=1)).timestamp()))
    return (yield from get(account, f"{user(account)}/threads", **params))


def one_post(account: Account, post_id: str) -> Steps[Response]:
    """Ask for one post."""
    return (yield from get(account, post_id, fields=_POST_FIELDS))


def id_of(value: Any) -> str:
    """Return the id in an object; empty if there is none worth the name."""
    found = value.get("id") if isinstance(value, dict) else None
    return found if isinstance(found, str) and _ID.fullmatch(found) else ""


def posts_of(answer: Response) -> list[dict[str, Any]]:
    """Return the posts of a list."""
    data = answer.object().get("data")
    return [each for each in data if id_of(each)] if isinstance(data, list) else []


def receipt_of(shown: Mapping[str, Any], post_id: str) -> Receipt:
    """Return the receipt; Threads leaves the permalink out for flagged media."""
    link = shown.get("permalink")
    usable = isinstance(link, str) and _PERMALINK.fullmatch(link)
    return Receipt(post_id=post_id, permalink=str(link) if usable else None)


def is_ours(shown: Mapping[str, Any], rendered: Rendered) -> bool:
    """Return whether a post is what was rendered: the same text, or our mark and first line."""
    theirs, ours = _plain(shown.get("text")), _plain(rendered.text)
    if theirs == ours:
        return True
    mark = _plain(rendered.payload.get("mark"))
    first = _plain(rendered.text.partition("\n")[0])
    holds_mark = bool(mark) and regex.search(rf"{regex.escape(mark)}(?!\d)", theirs) is not None
    return holds_mark and bool(first) and theirs.startswith(first)


def note_on(shown: Mapping[str, Any], rendered: Rendered) -> Cause | None:
    """Return TRUNCATED if what is live is not what was sent."""
    return None if _plain(shown.get("text")) == _plain(rendered.text) else Cause.TRUNCATED


def _plain(text: Any) -> str:
    return " ".join(unicodedata.normalize("NFC", text if isinstance(text, str) else "").split())


def _bearer(account: Account) -> dict[str, str]:
    token = account.session.get("access_token") or account.credentials.get("access_token", "")
    return {"Authorization": f"Bearer {token}"}
