"""Any gateway that is asked over HTTP: the request is the city's own (facts/platforms-b.md 9.2).

What it answers means is the city's to say, too: `success` for what was taken,
`refusals` for what certainly was not, and why. What neither says is read by the
status alone, and where that says nothing certain, the recipient is in doubt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Rendered
from sentinel.domain.packing import in_gsm
from sentinel.platforms import Account
from sentinel.platforms.sms import template
from sentinel.platforms.sms.gateway import ANSWER_S, Gateway
from sentinel.platforms.sms.verdicts import (
    BROKEN,
    TOO_MANY,
    Row,
    Verdict,
    judge,
    name_of,
    said,
)
from sentinel.wire import Request, Response
from sentinel.wire.recipients import Recipient
from sentinel.wire.rows import How

TABLE: tuple[Row, ...] = (
    Row(400, None, How.THEIRS, Cause.BAD_CONFIGURATION),
    Row(401, None, How.REFUSED, Cause.CREDENTIAL_REJECTED),
    Row(402, None, How.REFUSED, Cause.PAYMENT_REQUIRED),
    Row(403, None, How.REFUSED, Cause.PERMISSION_MISSING),
    Row(404, None, How.REFUSED, Cause.BAD_CONFIGURATION),
    Row(405, None, How.REFUSED, Cause.BAD_CONFIGURATION),
    Row(413, None, How.CONTENT, Cause.CONTENT_REJECTED),
    Row(415, None, How.REFUSED, Cause.BAD_CONFIGURATION),
    Row(422, None, How.THEIRS, Cause.BAD_CONFIGURATION),
    Row(TOO_MANY, None, How.THROTTLED, Cause.RATE_LIMITED),
)
"""What HTTP itself says of a request that was not taken."""

WORDS: Mapping[str, tuple[How, Cause]] = {
    "recipient": (How.THEIRS, Cause.BAD_CONFIGURATION),
    "later": (How.FAILED, Cause.PLATFORM_FAULT),
    "rate_limited": (How.THROTTLED, Cause.RATE_LIMITED),
    "content_rejected": (How.CONTENT, Cause.CONTENT_REJECTED),
    **{
        each.value: (How.REFUSED, each)
        for each in (
            Cause.CREDENTIAL_REJECTED,
            Cause.PERMISSION_MISSING,
            Cause.PAYMENT_REQUIRED,
            Cause.ACCOUNT_LOCKED,
            Cause.BAD_CONFIGURATION,
        )
    },
}
"""What a line of `refusals` may end in: `PATTERN -> WORD`."""

_ARROW = "->"
_READ = 2000
_GSM, _UCS2 = "0", "2"


class Http(Gateway):
    """A gateway by the city's own request."""

    name = "http"

    def lacks(self, account: Account) -> str:
        """Return what is missing, or makes no sense."""
        asked = template.read(account.setting("request"))
        if asked is None:
            return "gateway http needs request: METHOD and address, headers, body"
        if not template.safe_address(asked.url.replace("{base_url}", account.base_url, 1)):
            return "request goes to no address, or would go there without encryption"
        for name in ("success", "id"):
            if not template.pattern(account.setting(name)):
                return f"{name} is no pattern"
        for line in _lines(account):
            pattern, arrow, word = line.rpartition(_ARROW)
            if not arrow or word.strip() not in WORDS or not template.pattern(pattern.strip()):
                return "refusals: each line is PATTERN -> WORD"
        return ""

    def request(
        self, account: Account, rendered: Rendered, text: str, parts: Sequence[Recipient]
    ) -> Request:
        """Fill in the city's request for the one in `parts`."""
        asked = template.read(account.setting("request"))
        assert asked is not None  # noqa: S101 - `lacks` was asked before
        number = parts[0].address
        values = {
            "base_url": account.base_url,
            "number": number,
            "digits": number.removeprefix("+"),
            "text": text,
            "from": account.setting("from"),
            "key": f"{rendered.key}/{parts[0].fingerprint}",
            "coding": _GSM if in_gsm(text) else _UCS2,
            "user": account.credentials.get("user", ""),
            "password": account.credentials.get("password", ""),
            "callback_url": account.setting("callback_url"),
        }
        filled = asked.fill(values, account.credentials.get("headers", ""))
        return replace(filled, commits=True, within_s=ANSWER_S)

    def verdicts(self, account: Account, answer: Response, parts: Sequence[Recipient]) -> Verdict:
        """Read the answer by the city's words, then by its status."""
        evidence, text = said(answer.status), answer.text[:_READ]
        for line in _lines(account):
            pattern, _, word = line.rpartition(_ARROW)
            if template.holds(pattern.strip(), _seen(pattern.strip(), answer, text)):
                how, cause = WORDS[word.strip()]
                return Verdict(how=how, cause=cause, evidence=evidence, spoken=True)
        page = text.lstrip().startswith("<")  # somebody else's: a gateway speaks text or JSON
        if 200 <= answer.status < 300 and not page:  # noqa: PLR2004 - "taken", in HTTP
            return _taken(account, text, evidence)
        if page or answer.status >= BROKEN:
            return Verdict(how=How.UNCLEAR, evidence=evidence)
        verdict = judge(TABLE, answer.status, None)
        if verdict.cause is Cause.CREDENTIAL_REJECTED and not answer.object():
            # Not in the gateway's own words: a proxy's, perhaps.
            return replace(verdict, cause=Cause.PERMISSION_MISSING, spoken=True)
        return replace(verdict, spoken=True)


def _taken(account: Account, text: str, evidence: str) -> Verdict:
    success, where = account.setting("success"), account.setting("id")
    if success and not template.holds(success, text):
        return Verdict(how=How.UNCLEAR, evidence=f"{evidence}, no success", spoken=True)
    name = name_of(template.pick(where, text)) if where else ""
    return Verdict(how=How.TAKEN, evidence=evidence, id=name, spoken=True)


def _seen(pattern: str, answer: Response, text: str) -> str:
    """Return what a pattern is held against: a path the body, others the status before it."""
    return text if pattern.startswith("$.") else f"{answer.status} {text}"


def _lines(account: Account) -> list[str]:
    stated = account.settings.get("refusals")
    if isinstance(stated, str):
        return [stated]
    return [str(line) for line in stated] if isinstance(stated, list | tuple) else []


HTTP = Http()
