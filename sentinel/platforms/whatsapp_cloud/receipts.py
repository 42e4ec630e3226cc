"""Meta's calls back: who they come from, and what they say of single recipients.

`GET` proves our address with `verify_token`; `POST` is signed with the app's
secret. One call may speak of several numbers of ours: what concerns another is
left to its own channel. Only codes are read, for titles will go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import regex

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Finding
from sentinel.domain.receipts import PartState
from sentinel.platforms import Account
from sentinel.platforms.whatsapp_cloud.answers import Whose, line_of
from sentinel.platforms.whatsapp_cloud.calls import number_of
from sentinel.wire import Response
from sentinel.wire.hooks import Hook, PartHeard, Received, same, signed
from sentinel.wire.rows import How

_SIGNATURE: Final = "x-hub-signature-256"
_CHALLENGE = regex.compile(r"[!-~]{1,200}")
_KEY = regex.compile(r"[0-9a-f]{12}")  # as `wire.recipients` makes fingerprints
_STATES: Final = {state.value: state for state in PartState}
_STOPPED: Final = frozenset({"PAUSED", "DISABLED", "REJECTED", "PENDING_DELETION", "DELETED"})
_TEMPLATE_FIELD: Final = "message_template_status_update"


def receive(account: Account, call: Hook) -> Received:
    """Return what a call means and is answered."""
    if call.method == "GET":
        return _proof(account, call)
    given = call.headers.get(_SIGNATURE, "").removeprefix("sha256=")
    secret = account.credentials.get("app_secret", "")
    if not secret or not same(given, signed(secret, call.body)):
        return Received.refused("signature")
    changes = list(_changes(_json(call.body)))
    heard: list[PartHeard] = []
    findings: list[Finding] = []
    for field, value in changes:
        if field == "messages" and _ours(value, account):
            for status in _dicts(value.get("statuses")):
                if (word := _word(status)) is not None:
                    heard.append(word)
                findings += _blames(status)
        elif field == _TEMPLATE_FIELD:
            findings += _template(value, account)
    return Received(heard=tuple(heard), findings=tuple(dict.fromkeys(findings)))


def _proof(account: Account, call: Hook) -> Received:
    challenge = call.query.get("hub.challenge", "")
    word = account.credentials.get("verify_token", "")
    known = bool(word) and same(call.query.get("hub.verify_token", ""), word)
    asked = call.query.get("hub.mode") == "subscribe" and _CHALLENGE.fullmatch(challenge)
    if not known or not asked:
        return Received.refused("verify_token")
    return Received(body=challenge.encode())


def _word(status: Mapping[str, Any]) -> PartHeard | None:
    state, name = _STATES.get(str(status.get("status"))), status.get("id")
    if state is None or not isinstance(name, str):
        return None
    key = status.get("biz_opaque_callback_data")
    code = _code(status) if state is PartState.FAILED else None
    line = line_of(code)
    failed = state is PartState.FAILED
    return PartHeard(
        id=name,
        key=key if isinstance(key, str) and _KEY.fullmatch(key) else "",
        state=state,
        at=_moment(status.get("timestamp")),
        cause=(line.cause if line else Cause.PLATFORM_FAULT) if failed else None,
        evidence=f"code {code}" if code is not None else "",
    )


def _blames(status: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what one recipient's failure says of all: a lock, a bill, a lost permission."""
    line = line_of(_code(status)) if status.get("status") == PartState.FAILED.value else None
    if line is not None and line.whose is Whose.ALL and line.how is How.REFUSED:
        evidence = f"call back, code {line.code}"
        yield Finding(ability=Ability.PUBLISH, cause=line.cause, evidence=evidence, confirmed=False)


def _template(value: Mapping[str, Any], account: Account) -> Iterator[Finding]:
    """Yield that our template was stopped; that it is back, the next rehearsal sees."""
    event = value.get("event")
    ours = value.get("message_template_name") == account.setting("template")
    if ours and isinstance(event, str) and event in _STOPPED:
        evidence = f"call back, template {event}"
        yield Finding(ability=Ability.PUBLISH, cause=Cause.PERMISSION_MISSING, evidence=evidence)


def _ours(value: Mapping[str, Any], account: Account) -> bool:
    about = value.get("metadata")
    return isinstance(about, dict) and about.get("phone_number_id") == number_of(account)


def _changes(body: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if body.get("object") != "whatsapp_business_account":
        return
    for entry in _dicts(body.get("entry")):
        for change in _dicts(entry.get("changes")):
            value = change.get("value")
            if isinstance(value, dict):
                yield str(change.get("field")), value


def _code(status: Mapping[str, Any]) -> int | None:
    first = next(_dicts(status.get("errors")), {})
    code = first.get("code")
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _moment(stated: object) -> datetime | None:
    """Return a moment told in seconds since 1970; None if it is none."""
    text = str(stated)
    return datetime.fromtimestamp(int(text), UTC) if regex.fullmatch(r"\d{1,10}", text) else None


def _dicts(value: object) -> Iterator[Mapping[str, Any]]:
    yield from (each for each in value if isinstance(each, dict)) if isinstance(value, list) else ()


def _json(body: bytes) -> Mapping[str, Any]:
    return Response(status=200, body=body).object()
