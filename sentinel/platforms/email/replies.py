"""What an SMTP server means by a reply (RFC 5321, 3463, 4954; facts B, section 8).

Only code and enhanced code are read and written down: the text after them may
name a recipient.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Accepted, Failed, Outcome, Refused, Scope, Throttled, Unclear
from sentinel.wire import SmtpReply

MAIL, RCPT, DATA, RESET = "mail", "rcpt", "data", "rset"
"""Phases after the opening; the opening's own are connect, starttls and auth."""

GO_AHEAD = "go-ahead"
"""Where a reply to DATA itself ends: the server has not been given the mail."""

TOO_MANY_RECIPIENTS = 452
CLOSING = 421

_PHASES = frozenset({"connect", "starttls", "auth", MAIL, RCPT, DATA, RESET})
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_QUEUED = re.compile(r"\bqueued as ([0-9A-Za-z]{6,20})\b", re.IGNORECASE)
_LOGIN_WANTED = frozenset({530, 535})
_LOGIN_UNFIT = frozenset({534, 538})  # the mechanism is too weak, or wants encryption
_OUR_FAULT = frozenset({500, 501, 502, 503, 504, 555})
_TOO_BIG = 552
_PERMANENT = 500
_SLOW_DOWN = ("4.7.", "4.5.3")  # greylisting, sending limits, too many recipients
_DECLINES = frozenset({450, 452})  # not now: policy or mailbox busy; no room
_DECLINED = ("4.2.", "4.3.1", "4.3.4", *_SLOW_DOWN)


def good(reply: SmtpReply) -> bool:
    """True if the step was taken."""
    return 200 <= reply.code < 300  # noqa: PLR2004 - RFC 5321, 4.2.1


def for_now(reply: SmtpReply) -> bool:
    """True if the same step may be taken later."""
    return 400 <= reply.code < _PERMANENT  # noqa: PLR2004 - RFC 5321, 4.2.1


def for_good(reply: SmtpReply) -> bool:
    """True if the same step would be refused again."""
    return _PERMANENT <= reply.code < 600  # noqa: PLR2004 - RFC 5321, 4.2.1


def evidence(reply: SmtpReply, phase: str) -> str:
    """Return code, enhanced code and phase."""
    enhanced = f" {reply.enhanced}" if _ENHANCED.fullmatch(reply.enhanced) else ""
    where = f" at {phase}" if phase in _PHASES else ""
    return f"SMTP {reply.code}{enhanced}{where}"


def queue_id(reply: SmtpReply, secrets: Mapping[str, str]) -> str:
    """Return the name that the server gave the mail, by which its log is searched; or nothing."""
    found = _QUEUED.search(reply.text)
    if not found or not any(letter.isdigit() for letter in found[1]):
        return ""  # a word is no queue id
    return "" if any(found[1] in secret for secret in secrets.values()) else found[1]


def outcome(reply: SmtpReply, phase: str) -> Outcome:
    """Return what a reply other than a good one means for the post."""
    said = evidence(reply, phase)
    if phase == DATA and reply.phase != GO_AHEAD and _mishap(reply):
        return Unclear(Cause.PLATFORM_FAULT, said)
    if for_now(reply):
        if reply.enhanced.startswith(_SLOW_DOWN) and phase not in {"starttls", "auth"}:
            return Throttled(until=None, evidence=said)
        return Failed(Cause.TLS if phase == "starttls" else Cause.PLATFORM_FAULT, said)
    if for_good(reply):
        return _refusal(reply, phase, said)
    return Failed(Cause.PLATFORM_FAULT, said)


def cause(reply: SmtpReply, phase: str) -> Cause:
    """Return the cause in what a reply means."""
    what = outcome(reply, phase)
    return Cause.PLATFORM_FAULT if isinstance(what, Accepted) else what.cause


def _mishap(reply: SmtpReply) -> bool:
    """Return whether a reply to a whole mail reports an accident rather than a decision.

    By the standard a mail answered with 4xx is not taken. But a server that
    stumbles over a mail may have put it in its queue before it fell, and then
    delivers it (see docs/decisions/0009): only a stated decision is certain.
    """
    decided = reply.code in _DECLINES or reply.enhanced.startswith(_DECLINED)
    return not for_good(reply) and not (for_now(reply) and decided)


def _refusal(reply: SmtpReply, phase: str, said: str) -> Outcome:
    if phase == "starttls":  # not offered or broken: never send in the clear instead
        return Failed(Cause.TLS, said)
    why = _refused(reply, phase)
    scope = Scope.CONTENT if why is Cause.CONTENT_REJECTED else Scope.CHANNEL
    return Refused(why, scope, said)


def _refused(reply: SmtpReply, phase: str) -> Cause:
    if reply.code in _LOGIN_UNFIT or reply.code in _OUR_FAULT:
        return Cause.BAD_CONFIGURATION
    if reply.code in _LOGIN_WANTED or phase == "auth":
        return Cause.CREDENTIAL_REJECTED
    if reply.code == _TOO_BIG and phase in {MAIL, DATA}:
        return Cause.CONTENT_REJECTED
    if reply.enhanced.startswith("5.7.") or phase in {"connect", MAIL}:
        return Cause.PERMISSION_MISSING
    return Cause.CONTENT_REJECTED if phase == DATA else Cause.BAD_CONFIGURATION
