"""The mail server: how to get to it, and the looks at it that send nothing (facts B, section 8)."""

from __future__ import annotations

from urllib.parse import urlsplit

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
from sentinel.domain.observation import Finding, Report
from sentinel.platforms import Account
from sentinel.platforms.email import replies
from sentinel.platforms.email.letter import sender
from sentinel.wire import SmtpMail, SmtpOpen, SmtpRcpt, SmtpReply, SmtpReset, Steps, TlsMode, smtp
from sentinel.wire.recipients import read

_PORTS = {"smtp": 587, "smtps": 465}


def opening_of(account: Account) -> SmtpOpen | None:
    """Return how to get to the server; None if its address makes no sense."""
    parts = urlsplit(account.base_url)
    try:
        port = parts.port or _PORTS[parts.scheme]
        tls = TlsMode(account.setting("tls", "starttls"))
    except (ValueError, KeyError):
        return None
    return SmtpOpen(
        host=parts.hostname or "",
        port=port,
        tls=TlsMode.IMPLICIT if parts.scheme == "smtps" else tls,
        user=account.credentials.get("user"),
        password=account.credentials.get("password"),
    )


def check(account: Account) -> Steps[Report]:
    """Log in. A refused login is tried once more on a new connection."""
    opening = opening_of(account)
    if opening is None:
        return _report(Cause.BAD_CONFIGURATION, "base_url is not smtp://host:port")
    reply = yield from smtp(opening)
    confirmed = False
    if _cause(reply, "connect") in CREDENTIAL:
        reply = yield from smtp(opening)
        confirmed = True
    if not replies.good(reply):
        phase = reply.phase or "connect"
        return _report(_cause(reply, phase), replies.evidence(reply, phase), confirmed=confirmed)
    reply = yield from smtp(SmtpReset())
    return _report(_cause(reply, replies.RESET), replies.evidence(reply, replies.RESET))


def rehearsal(account: Account) -> Steps[Report]:
    """Go as far as the first recipient, then take it back: no mail is sent."""
    opening = opening_of(account)
    listed = yield from read(account.settings.get("to"), column="address", seed="rehearsal")
    if opening is None or listed.trouble:
        why = listed.trouble or "base_url is not smtp://host:port"
        return _report(Cause.BAD_CONFIGURATION, why)
    reply, phase = (yield from smtp(opening)), "connect"
    if replies.good(reply):
        reply, phase = (yield from smtp(SmtpMail(sender(account)))), replies.MAIL
    if replies.good(reply):
        first = SmtpRcpt(listed.parts[0].address)
        reply, phase = (yield from smtp(first)), replies.RCPT
        yield from smtp(SmtpReset())
    phase = reply.phase or phase
    why_not = _cause(reply, phase)
    if phase == replies.RCPT and replies.for_now(reply):
        why_not = Cause.PLATFORM_FAULT  # greylisting of one recipient is no rate limit of ours
    return _report(why_not, replies.evidence(reply, phase), confirmed=False)


def _cause(reply: SmtpReply, phase: str) -> Cause | None:
    return None if replies.good(reply) else replies.cause(reply, reply.phase or phase)


def _report(cause: Cause | None, said: str, *, confirmed: bool = True) -> Report:
    finding = Finding(
        ability=Ability.PUBLISH,
        cause=cause,
        evidence=said,
        confirmed=confirmed or cause not in CREDENTIAL,
    )
    return Report(findings=(finding,))
