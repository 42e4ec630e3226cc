"""Twilio: facts/platforms-b.md section 9.2, which has all of it from memory.

One recipient a request, and no key that would drop a copy. What was sent can be
listed by number, and is told apart by its text, which carries the message's
mark. The list is not narrowed by day: a message that still waits there has no
day of sending yet.

Its calls are signed with the auth token: HMAC-SHA1 over the address as Twilio
was told it, and all fields of the form in order, each behind its name.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qsl, quote

from sentinel.domain.cause import CREDENTIAL, Cause
from sentinel.domain.delivery import Rendered
from sentinel.domain.observation import Report
from sentinel.domain.receipts import PartState
from sentinel.platforms import Account
from sentinel.platforms.sms.credit import credit
from sentinel.platforms.sms.gateway import ANSWER_S, Gateway
from sentinel.platforms.sms.verdicts import (
    BROKEN,
    TOO_MANY,
    Row,
    Verdict,
    code_of,
    finding,
    judge,
    name_of,
    said,
)
from sentinel.wire import Request, Response, Steps, ask
from sentinel.wire.hooks import Hook, PartHeard, Received, same
from sentinel.wire.recipients import Recipient
from sentinel.wire.rows import How

NOBODY = 21604
"""What a request without `To` is refused with, once the credential was taken."""

TABLE: tuple[Row, ...] = (
    Row(None, 20003, How.REFUSED, Cause.CREDENTIAL_REJECTED),
    Row(401, None, How.REFUSED, Cause.CREDENTIAL_REJECTED),
    Row(None, 20005, How.REFUSED, Cause.ACCOUNT_LOCKED),
    Row(None, 20404, How.REFUSED, Cause.BAD_CONFIGURATION),
    Row(None, 20429, How.THROTTLED, Cause.RATE_LIMITED),
    Row(TOO_MANY, None, How.THROTTLED, Cause.RATE_LIMITED),
    Row(None, 21211, How.THEIRS, Cause.BAD_CONFIGURATION),
    Row(None, 21614, How.THEIRS, Cause.BAD_CONFIGURATION),  # no mobile phone
    Row(None, 21408, How.THEIRS, Cause.PERMISSION_MISSING),  # not to their country
    Row(None, 21610, How.THEIRS, Cause.BAD_CONFIGURATION),  # opted out
    Row(None, 21612, How.THEIRS, Cause.BAD_CONFIGURATION),  # not from this sender to them
    Row(None, 21602, How.CONTENT, Cause.CONTENT_REJECTED),  # no text
    Row(None, 21617, How.CONTENT, Cause.CONTENT_REJECTED),  # too long
    Row(None, 21603, How.REFUSED, Cause.BAD_CONFIGURATION),  # no sender
    Row(None, NOBODY, How.REFUSED, Cause.BAD_CONFIGURATION),
    Row(None, 21606, How.REFUSED, Cause.BAD_CONFIGURATION),  # the sender is not ours
    Row(None, 21611, How.THROTTLED, Cause.RATE_LIMITED),  # the sender's queue is full
)
LATER: dict[int, Cause] = {
    30001: Cause.RATE_LIMITED,
    30002: Cause.ACCOUNT_LOCKED,
    30003: Cause.UNREACHABLE,  # the handset
    30005: Cause.BAD_CONFIGURATION,
    30006: Cause.BAD_CONFIGURATION,  # a landline
    30007: Cause.CONTENT_REJECTED,  # filtered
    30008: Cause.PLATFORM_FAULT,
}
"""Why a message that was taken failed later (facts B, 9.2)."""

_STATES = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), PartState.SENT),
    "delivered": PartState.DELIVERED,
    "read": PartState.READ,
    **dict.fromkeys(("undelivered", "failed", "canceled"), PartState.FAILED),
}
_TAKEN = frozenset({200, 201})
_CLOSED = frozenset({"suspended", "closed"})
_LISTED = "50"


class Twilio(Gateway):
    """Twilio Programmable Messaging."""

    name = "twilio"
    base_url = "https://api.twilio.com"

    def lacks(self, account: Account) -> str:
        """Return what is missing."""
        needed = {"account_sid", "auth_token"} - {k for k, v in account.credentials.items() if v}
        return f"gateway twilio needs {', '.join(sorted(needed))}" if needed else ""

    def request(
        self, account: Account, rendered: Rendered, text: str, parts: Sequence[Recipient]
    ) -> Request:
        """Return the request to send to the one in `parts`."""
        form = {"To": parts[0].address, "Body": text, **_sender(account)}
        if callback := account.setting("callback_url"):
            form["StatusCallback"] = callback
        return replace(_post(account, form), commits=True, within_s=ANSWER_S)

    def verdicts(self, account: Account, answer: Response, parts: Sequence[Recipient]) -> Verdict:
        """Read the code; a message that got a name was taken."""
        body = answer.object()
        name = name_of(body.get("sid"))
        if answer.status not in _TAKEN or not name:
            return read(answer)
        if _STATES.get(str(body.get("status"))) is PartState.FAILED:
            code = code_of(body.get("error_code"))
            evidence = said(answer.status, code)
            cause = LATER.get(code or 0, Cause.PLATFORM_FAULT)
            return Verdict(how=How.THEIRS, cause=cause, evidence=evidence, spoken=True)
        return Verdict(how=How.TAKEN, evidence=said(answer.status), id=name, spoken=True)

    def look(
        self, account: Account, rendered: Rendered, text: str, part: Recipient
    ) -> Steps[str | None]:
        """List what was sent to the number, and look for the text."""
        asked = {"To": part.address, "PageSize": _LISTED}
        answer = yield from ask(replace(_get(account, "/Messages.json"), params=asked))
        listed = answer.object().get("messages") if answer.status in _TAKEN else None
        for entry in listed if isinstance(listed, list) else ():
            if isinstance(entry, dict) and entry.get("to") == part.address:
                name = name_of(entry.get("sid"))
                if name and str(entry.get("body", "")).split() == text.split():
                    return name
        return None

    def check(self, account: Account) -> Steps[Report]:
        """Ask what state the account is in; a refusal is confirmed by its balance."""
        answer = yield from ask(_get(account, ".json"))
        seen = finding(_answered(answer, "status"))
        if seen.cause in CREDENTIAL:
            other = read((yield from ask(_get(account, "/Balance.json"))))
            seen = replace(seen, confirmed=other.cause in CREDENTIAL)
        elif seen.cause is None and answer.object().get("status") in _CLOSED:
            seen = replace(seen, cause=Cause.ACCOUNT_LOCKED)
        return Report(findings=(seen,))

    def quota(self, account: Account, recipients: int) -> Steps[Report]:
        """Ask for the balance."""
        answer = yield from ask(_get(account, "/Balance.json"))
        verdict = _answered(answer, "balance")
        if verdict.how is not How.TAKEN:
            return Report(findings=(finding(verdict),))
        return Report(windows=credit(account, answer.object().get("balance"), recipients))

    def rehearse(self, account: Account) -> Steps[Report]:
        """Send to nobody, which is refused after the credential was looked at."""
        answer = yield from ask(_post(account, {"Body": "Probe", **_sender(account)}))
        verdict = read(answer)
        if _code(answer) == NOBODY and answer.status < BROKEN:
            verdict = replace(verdict, how=How.TAKEN)
        return Report(findings=(finding(verdict),))

    def receive(self, account: Account, call: Hook, at: datetime) -> Received:
        """Take a signed status callback."""
        fields = parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True)
        token = account.credentials.get("auth_token", "")
        right = signature(token, call.url, fields)
        if not token or not same(call.headers.get("x-twilio-signature", ""), right):
            return Received.refused("wrong signature")
        told = dict(fields)
        name = name_of(told.get("MessageSid") or told.get("SmsSid"))
        state = _STATES.get(told.get("MessageStatus") or told.get("SmsStatus") or "")
        if state is None or not name:
            return Received(evidence="not a delivery receipt")
        if state is not PartState.FAILED:
            return Received(heard=(PartHeard(id=name, state=state),))
        code = code_of(told.get("ErrorCode"))
        cause = LATER.get(code or 0, Cause.PLATFORM_FAULT)
        evidence = "" if code is None else f"code {code}"
        return Received(heard=(PartHeard(id=name, state=state, cause=cause, evidence=evidence),))


def signature(token: str, url: str, fields: Sequence[tuple[str, str]]) -> str:
    """Return how Twilio signs a call to `url` with the form's `fields`."""
    words = url + "".join(name + value for name, value in sorted(fields))
    digest = hmac.new(token.encode(), words.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def read(answer: Response) -> Verdict:
    """Return what a refusal means; what is not in Twilio's own words is nobody's."""
    code = _code(answer)
    if answer.status >= BROKEN or (code is None and answer.status != TOO_MANY):
        return Verdict(how=How.UNCLEAR, evidence=said(answer.status))
    return judge(TABLE, answer.status, code)


def _answered(answer: Response, name: str) -> Verdict:
    if answer.status in _TAKEN and name in answer.object():
        return Verdict(how=How.TAKEN, evidence=said(answer.status))
    return read(answer)


def _code(answer: Response) -> int | None:
    return code_of(answer.object().get("code"))


def _sender(account: Account) -> dict[str, str]:
    sender = account.setting("from")
    return {"MessagingServiceSid" if sender.startswith("MG") else "From": sender}


def _get(account: Account, path: str) -> Request:
    return Request(method="GET", url=_url(account, path), headers=_login(account))


def _post(account: Account, form: dict[str, str]) -> Request:
    url = _url(account, "/Messages.json")
    return Request(method="POST", url=url, headers=_login(account), form=form)


def _url(account: Account, path: str) -> str:
    sid = quote(account.credentials.get("account_sid", ""), safe="")
    return f"{TWILIO.base(account)}/2010-04-01/Accounts/{sid}{path}"


def _login(account: Account) -> dict[str, str]:
    pair = ":".join(account.credentials.get(name, "") for name in ("account_sid", "auth_token"))
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


TWILIO = Twilio()
