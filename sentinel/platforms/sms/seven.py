"""seven.io (formerly sms77): facts/platforms-b.md section 9.2, and its own client libraries.

It answers HTTP 200 whatever happens; the code stands in the body, as a text.
Several recipients go in one request and are answered one by one. The codes are
from memory (sheet) and from the list in its JavaScript client; where the two
differ (201, 901) either way ends in a person's hands.

- The same SMS to the same number within 180 seconds is refused with 402, the
  "reload lock": they have it. The lock is never switched off.
- `foreign_id` is the delivery's id; the journal of what was sent repeats it.
- Its calls are signed if the account has a signing secret: HMAC-SHA256 over
  timestamp, nonce, method, address and the MD5 of the body, a line each.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl

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
from sentinel.wire.hooks import Hook, PartHeard, Received, same, signed
from sentinel.wire.recipients import Recipient
from sentinel.wire.rows import How

TABLE: tuple[Row, ...] = (
    Row(None, 100, How.TAKEN, from_memory=False),
    Row(None, 201, How.REFUSED, Cause.BAD_CONFIGURATION),  # the sender
    Row(None, 202, How.THEIRS, Cause.BAD_CONFIGURATION),  # the number
    Row(None, 300, How.REFUSED, Cause.CREDENTIAL_REJECTED),  # none was sent
    Row(None, 301, How.REFUSED, Cause.BAD_CONFIGURATION),  # no `to`
    Row(None, 305, How.REFUSED, Cause.BAD_CONFIGURATION),  # no `text`
    Row(None, 306, How.REFUSED, Cause.BAD_CONFIGURATION),  # the sender
    Row(None, 401, How.CONTENT, Cause.CONTENT_REJECTED),  # too long
    Row(None, 402, How.TAKEN),  # the reload lock: the first try went through
    Row(None, 403, How.PUT_OFF, Cause.RATE_LIMITED),  # this number's share of today
    Row(None, 500, How.REFUSED, Cause.PAYMENT_REQUIRED),
    Row(None, 600, How.UNCLEAR),  # the carrier failed
    Row(None, 700, How.UNCLEAR),
    Row(None, 900, How.REFUSED, Cause.CREDENTIAL_REJECTED, from_memory=False),
    Row(None, 901, How.REFUSED, Cause.CREDENTIAL_REJECTED),
    Row(None, 902, How.REFUSED, Cause.PERMISSION_MISSING),  # the API is switched off
    Row(None, 903, How.REFUSED, Cause.PERMISSION_MISSING),  # not from this address
    Row(TOO_MANY, None, How.THROTTLED, Cause.RATE_LIMITED),
)
OF_RECIPIENTS = frozenset({202, 402, 403})
"""Codes that speak of a number: said of several at once, each is asked for by itself."""

NOBODY = frozenset({202, 301})
"""What a request without a recipient is refused with, once the credential was taken."""

_STATES: Mapping[str, PartState] = {
    "ACCEPTED": PartState.SENT,
    "BUFFERED": PartState.SENT,
    "TRANSMITTED": PartState.SENT,
    "DELIVERED": PartState.DELIVERED,
    "NOTDELIVERED": PartState.FAILED,
    "EXPIRED": PartState.FAILED,
    "REJECTED": PartState.FAILED,
    "FAILED": PartState.FAILED,
}
_OLD = timedelta(hours=1)
_MANY = 100
_FOREIGN_ID = 64


class Seven(Gateway):
    """seven.io."""

    name = "seven"
    base_url = "https://gateway.seven.io"
    batch: ClassVar = 20  # a lost answer leaves so many in doubt, until the journal says

    def lacks(self, account: Account) -> str:
        """Return what is missing."""
        return "" if account.credentials.get("api_key") else "gateway seven needs api_key"

    def request(
        self, account: Account, rendered: Rendered, text: str, parts: Sequence[Recipient]
    ) -> Request:
        """Return one request for all of `parts`."""
        body = {
            "to": ",".join(_digits(part) for part in parts),
            "text": text,
            "from": account.setting("from"),
            "foreign_id": _own_name(rendered),
        }
        return replace(_ask(account, "POST", "/api/sms", body), commits=True, within_s=ANSWER_S)

    def verdicts(
        self, account: Account, answer: Response, parts: Sequence[Recipient]
    ) -> Verdict | Mapping[str, Verdict]:
        """Read the code of each number; where none is stated, that of the whole."""
        whole = read(answer)
        stated = answer.object().get("messages")
        if answer.status >= BROKEN or not isinstance(stated, list) or not stated:
            several = len(parts) > 1
            if several and _code(answer) in OF_RECIPIENTS and answer.status < BROKEN:
                return replace(whole, each=True)
            # 100 alone does not say who: with one recipient there is no question.
            return {} if several and whole.how is How.TAKEN else whole
        by_number = {_digits(part): part.fingerprint for part in parts}
        found: dict[str, Verdict] = {}
        if whole.how in {How.REFUSED, How.CONTENT}:  # true of whoever is not named below
            found = {part.fingerprint: whole for part in parts}
        for each in stated:
            entry: Mapping[str, Any] = each if isinstance(each, dict) else {}
            number = str(entry.get("recipient", "")).lstrip("+0")
            if len(parts) == 1 or number in by_number:
                fingerprint = by_number.get(number, parts[0].fingerprint)
                found[fingerprint] = _entry(answer, entry)
        return found

    def look(
        self, account: Account, rendered: Rendered, text: str, part: Recipient
    ) -> Steps[str | None]:
        """Look into the journal: by our own name for the message, or by its very text."""
        asked = {"to": _digits(part), "limit": str(_MANY)}
        request = replace(_ask(account, "GET", "/api/journal/outbound"), params=asked)
        answer = yield from ask(request)
        listed = answer.json()
        for entry in listed if isinstance(listed, list) else ():
            if not isinstance(entry, dict) or answer.status >= BROKEN:
                continue
            to = str(entry.get("to", "")).lstrip("+0") == _digits(part)
            ours = entry.get("foreign_id") == _own_name(rendered) or entry.get("text") == text
            if to and ours and (name := name_of(entry.get("id"))):
                return name
        return None

    def check(self, account: Account) -> Steps[Report]:
        """Ask for the balance; a refusal is confirmed by the journal."""
        answer = yield from ask(_ask(account, "GET", "/api/balance"))
        seen = finding(_answered(answer, "amount"))
        if seen.cause in CREDENTIAL:
            other = yield from ask(_ask(account, "GET", "/api/journal/outbound"))
            seen = replace(seen, confirmed=read(other).cause in CREDENTIAL)
        return Report(findings=(seen,))

    def quota(self, account: Account, recipients: int) -> Steps[Report]:
        """Ask for the balance."""
        answer = yield from ask(_ask(account, "GET", "/api/balance"))
        verdict = _answered(answer, "amount")
        if verdict.how is not How.TAKEN:
            return Report(findings=(finding(verdict),))
        return Report(windows=credit(account, answer.object().get("amount"), recipients))

    def rehearse(self, account: Account) -> Steps[Report]:
        """Send to nobody, which is refused after the credential was looked at."""
        body = {"to": "", "text": "Probe", "from": account.setting("from")}
        answer = yield from ask(_ask(account, "POST", "/api/sms", body))
        verdict = read(answer)
        if _code(answer) in NOBODY and answer.status < BROKEN:
            verdict = replace(verdict, how=How.TAKEN)
        elif verdict.how is How.TAKEN:  # to nobody?
            verdict = replace(verdict, how=How.FAILED, cause=Cause.PLATFORM_FAULT)
        return Report(findings=(finding(verdict),))

    def receive(self, account: Account, call: Hook, at: datetime) -> Received:
        """Take a signed delivery receipt, sent as JSON, as a form or in the address."""
        if why := _unsigned(account, call, at):
            return Received.refused(why)
        told = _told(call)
        state = _STATES.get(str(told.get("status", "")).upper())
        name = name_of(told.get("msg_id"))
        if state is None or not name:
            return Received(evidence="not a delivery receipt")
        cause = Cause.PLATFORM_FAULT if state is PartState.FAILED else None
        word = str(told.get("status")).upper() if cause else ""
        heard = PartHeard(id=name, state=state, cause=cause, evidence=word)
        return Received(heard=(heard,))


def read(answer: Response) -> Verdict:
    """Return what an answer says of everybody it is about."""
    code = None if answer.status >= BROKEN else _code(answer)
    return judge(TABLE, answer.status, code) if _speaks(answer) else _broken(answer)


def _answered(answer: Response, name: str) -> Verdict:
    """Return what an answer to a question means: well if it holds `name`."""
    if answer.status < BROKEN and name in answer.object():
        return Verdict(how=How.TAKEN, evidence=said(answer.status))
    return read(answer)


def _speaks(answer: Response) -> bool:
    return _code(answer) is not None or answer.status == TOO_MANY


def _broken(answer: Response) -> Verdict:
    return Verdict(how=How.UNCLEAR, evidence=said(answer.status))


def _code(answer: Response) -> int | None:
    """Return the code, which some calls state alone and others in an object."""
    value = answer.json()
    return code_of(value.get("success") if isinstance(value, dict) else value)


def _entry(answer: Response, entry: Mapping[str, Any]) -> Verdict:
    if entry.get("success") is True:
        name = name_of(entry.get("id"))
        return Verdict(how=How.TAKEN, evidence=said(answer.status, 100), id=name)
    code = code_of(entry.get("error"))
    if code in {None, 100}:
        return replace(_broken(answer), spoken=True)
    return judge(TABLE, answer.status, code)


def _ask(account: Account, method: str, path: str, body: object = None) -> Request:
    headers = {"X-Api-Key": account.credentials.get("api_key", ""), "Accept": "application/json"}
    url = f"{SEVEN.base(account)}{path}"
    return Request(method=method, url=url, headers=headers, json=body)


def _digits(part: Recipient) -> str:
    return part.address.removeprefix("+")


def _own_name(rendered: Rendered) -> str:
    return rendered.key[:_FOREIGN_ID]


def _unsigned(account: Account, call: Hook, at: datetime) -> str:
    """Return why a call is not seven's own; empty if it is."""
    secret = account.credentials.get("signing_secret", "")
    stamp, nonce = call.headers.get("x-timestamp", ""), call.headers.get("x-nonce", "")
    if not secret:
        return "no signing_secret is configured"
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 11):  # noqa: PLR2004
        return "no timestamp"
    digest = hashlib.md5(call.body, usedforsecurity=False).hexdigest()
    words = f"{stamp}\n{nonce}\n{call.method}\n{call.url}\n{digest}"
    if not same(call.headers.get("x-signature", "").lower(), signed(secret, words.encode())):
        return "wrong signature"
    age = at - datetime.fromtimestamp(int(stamp), UTC)
    return "" if abs(age) <= _OLD else "an old call"


def _told(call: Hook) -> Mapping[str, Any]:
    try:
        value = json.loads(call.body)
    except (ValueError, RecursionError):
        form = dict(parse_qsl(call.body.decode("utf-8", "replace")))
        return {**call.query, **form}
    inner = value.get("data") if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


SEVEN = Seven()
