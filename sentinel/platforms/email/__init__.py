"""E-mail over SMTP: one mail to a list, everybody in blind copy (facts B, section 8).

A server takes responsibility with the 250 after the last dot. When that answer
is lost nobody can tell: mail cannot be read back, and an equal Message-ID hides
most second copies but promises nothing. So a lost answer stays unclear, unless
a server's acceptance of some recipients is already on disk.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    FindResult,
    Found,
    NotSeen,
    Outcome,
    Receipt,
    Refused,
    Rendered,
)
from sentinel.domain.observation import Finding, Report
from sentinel.domain.text import fit
from sentinel.platforms import Account, Draft, Facts, Platform, Setting
from sentinel.platforms.email import recipients, replies
from sentinel.platforms.email.letter import LIMIT, letter, message_id, sender, with_variants
from sentinel.platforms.email.recipients import Part
from sentinel.wire import (
    Lost,
    SmtpData,
    SmtpMail,
    SmtpOpen,
    SmtpRcpt,
    SmtpReply,
    SmtpReset,
    Steps,
    TlsMode,
    remember,
    smtp,
)

BATCH = 100
"""Recipients in one go: every server must take this many (RFC 5321, 4.5.3.1.8)."""

_PORTS = {"smtp": 587, "smtps": 465}


class Email(Platform):
    """One list of recipients behind one mail server."""

    name = "email"
    facts = Facts(
        operator="own",
        text_limit=LIMIT,
        unit="characters",
        abilities=frozenset({Ability.PUBLISH}),
        optional_credentials=frozenset({"user", "password"}),
        settings={
            "from": Setting(required=True),
            "to": Setting(kind="list", required=True),
            "tls": Setting(
                kind="choice", default="starttls", choices=tuple(mode.value for mode in TlsMode)
            ),
        },
        identity=("to", "from"),
        publish_within=timedelta(seconds=60),  # a list takes longer than a post
        key_drops_copies="no",
        drops_copies_why="an equal Message-ID hides most copies, but no server promises it",
    )

    def length(self, text: str) -> int:
        """Count characters."""
        return len(text)

    def render(self, draft: Draft, account: Account) -> Rendered:
        """Return the whole mail; its recipients are read when it is sent."""
        content = draft.message.content
        by_link = draft.link if draft.link_is_notice else None
        fitted = fit(
            content,
            channel=account.channel,
            mark=by_link or f"Nr. {draft.message.number}",
            link=draft.link,
            limit=LIMIT,
            length=self.length,
        )
        body = with_variants(fitted.text, content, draft.organisation)
        return Rendered(
            text=body,
            key=message_id(draft, account),
            length=self.length(body),
            limit=LIMIT,
            payload={"mail": letter(draft, account, body)},
            cut=fitted.cut,
            warnings=("the image is left out",) if content.image else (),
        )

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        """Send it in batches; those who were accepted in an earlier run are left out."""
        opening = _opening(account)
        listed = yield from recipients.read(account, rendered.key)
        if opening is None or listed.trouble:
            why = listed.trouble or "base_url is not smtp://host:port"
            return Refused(Cause.BAD_CONFIGURATION, evidence=why)
        before = recipients.accepted(memory)
        ledger = _Ledger(
            total=len(listed.parts),
            malformed=listed.malformed,
            taken=sum(1 for part in listed.parts if part.fingerprint in before),
        )
        todo = [part for part in listed.parts if part.fingerprint not in before]
        try:
            if todo:
                yield from _send(account, opening, str(rendered.payload.get("mail")), todo, ledger)
        except Lost:
            if not ledger.taken:
                raise
        return ledger.outcome(rendered.key)

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        """Look into our own memory: mail cannot be read back from anywhere."""
        yield from ()  # nobody to ask
        if recipients.accepted(memory):
            return Found(Receipt(post_id=rendered.key))
        return NotSeen("mail cannot be read back")

    def check_credentials(self, account: Account) -> Steps[Report] | None:
        """Log in. A refused login is tried once more on a new connection."""
        return _check(account)

    def rehearse(self, account: Account) -> Steps[Report] | None:
        """Go as far as the first recipient, then take it back: no mail is sent."""
        return _rehearse(account)


@dataclass(slots=True, kw_only=True)
class _Ledger:
    """What became of the recipients. Built up by one conversation."""

    total: int
    malformed: int
    taken: int
    refusals: list[tuple[SmtpReply, str]] = field(default_factory=list)
    queue_id: str = ""

    def outcome(self, key: str) -> Outcome:
        """Return accepted if anybody was; else what may be tried again; else the refusal."""
        if self.taken:
            malformed = f", {self.malformed} malformed" if self.malformed else ""
            queued = f", queued as {self.queue_id}" if self.queue_id else ""
            said = f"{self.taken} of {self.total} recipients accepted{malformed}{queued}"
            return Accepted(receipt=Receipt(post_id=key), evidence=said)
        if not self.refusals:
            return Refused(Cause.BAD_CONFIGURATION, evidence="no recipient")
        later = [one for one in self.refusals if replies.for_now(one[0])]
        return replies.outcome(*(later or self.refusals)[0])


def _send(
    account: Account, opening: SmtpOpen, mail: str, parts: Iterable[Part], ledger: _Ledger
) -> Steps[None]:
    opened = yield from smtp(opening)
    if not replies.good(opened):
        ledger.refusals.append((opened, opened.phase or "connect"))
        return
    queue = deque(recipients.batches(parts, BATCH))
    while queue:
        put_off = yield from _batch(account, mail, queue.popleft(), ledger)
        if put_off is None:
            return
        if put_off:
            queue.appendleft(put_off)


def _batch(
    account: Account, mail: str, parts: list[Part], ledger: _Ledger
) -> Steps[list[Part] | None]:
    """Send to one batch; return those who are to go with the next, or None to stop here."""
    begun = yield from smtp(SmtpMail(sender(account)))
    if not replies.good(begun):
        ledger.refusals.append((begun, replies.MAIL))
        return None
    named: list[tuple[Part, SmtpReply]] = []
    for part in parts:
        named.append((part, (yield from smtp(SmtpRcpt(part.address)))))
        if named[-1][1].code == replies.CLOSING:
            ledger.refusals.append((named[-1][1], replies.RCPT))
            return None
    taken = [one for one in named if replies.good(one[1])]
    put_off = [part for part, reply in named if taken and reply.code == replies.TOO_MANY_RECIPIENTS]
    ended = yield from smtp(SmtpData(mail.encode()) if taken else SmtpReset())
    if taken and not replies.good(ended):
        ledger.refusals.append((ended, replies.DATA))
        return None
    for part, reply in named:
        if part not in put_off:
            yield from _settle(part, reply, ledger)
    if taken:
        ledger.queue_id = replies.queue_id(ended, account.credentials)
    return put_off


def _settle(part: Part, reply: SmtpReply, ledger: _Ledger) -> Steps[None]:
    if replies.good(reply):
        ledger.taken += 1
        state = "accepted"
    else:
        ledger.refusals.append((reply, replies.RCPT))
        state = "deferred" if replies.for_now(reply) else "refused"
    yield from remember(part.name, recipients.fate(part, state, reply.code))


def _opening(account: Account) -> SmtpOpen | None:
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


def _check(account: Account) -> Steps[Report]:
    opening = _opening(account)
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


def _rehearse(account: Account) -> Steps[Report]:
    opening = _opening(account)
    listed = yield from recipients.read(account, "rehearsal")
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


PLATFORM = Email()
