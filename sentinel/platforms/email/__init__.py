"""E-mail over SMTP: one mail to a list, everybody in blind copy (facts B, section 8).

A server takes responsibility with the 250 after the last dot. When that answer
is lost nobody can tell: mail cannot be read back, and an equal Message-ID hides
most second copies but promises nothing. What is certain is on disk instead: a
batch is written down before its DATA and again after the reply (see `ledger`).

- A server that answers the whole mail with a mishap of its own (451, 421) may
  have queued it before it stumbled: in doubt, as if no answer had come. Where
  it states a decision instead (greylisting, no room), it certainly has not.
- A recipient is settled when a server took the mail for them, or refused them
  for good. The delivery is accepted when all are settled; until then the next
  attempt mails the rest. Nobody is mailed twice.
- A batch that was begun and then withheld (a hold, the message's end) was not
  sent, and is on disk as such. What others have stays on disk, and says that
  the mail is out to some: to them an all-clear is owed.
- A batch that was begun and has no answer is in doubt and never sent again. It
  holds nobody else up: as long as anybody was not begun, `find` says that the
  rest is certainly not sent, and the next attempt goes on with it. When only
  the doubt is left, the delivery stays unknown, and a person decides.
- The list counts as it stands at each attempt: who was added to a file is
  mailed, who was taken off it is not, and who is settled is left alone.
- A mail to addresses in the rules has a part for each of them. With a file in
  `to` it has none: rendering reads no files, and the file may change until the
  mail is sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    FindResult,
    Outcome,
    Refused,
    Rendered,
    Unclear,
)
from sentinel.domain.observation import Report
from sentinel.domain.text import fit
from sentinel.platforms import NO_IMAGE, Account, Draft, Facts, Platform, Setting
from sentinel.platforms.email import replies
from sentinel.platforms.email.ledger import Ledger
from sentinel.platforms.email.letter import (
    LIMIT,
    letter,
    mail_link,
    message_id,
    sender,
    with_variants,
)
from sentinel.platforms.email.server import check, opening_of, rehearsal
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
    Withheld,
    smtp,
)
from sentinel.wire.recipients import Recipient, batches, labels, read

BATCH = 100
"""Recipients in one go: every server must take this many (RFC 5321, 4.5.3.1.8)."""


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
        exempt={
            "reads_back": "mail cannot be read back from anywhere",
            "drops_copies": "an equal Message-ID hides most copies, but no server promises it",
            "rate_limit_read": "SMTP states no limits",
        },
        key_drops_copies="no",
        drops_copies_why="an equal Message-ID hides most copies, but no server promises it",
        to_confirm=(
            "The relay takes 100 recipients in one go, as RFC 5321 demands.",
            "How many recipients and mails an hour the relay lets pass, and what it answers then.",
            "4.7.x and 4.5.3 are greylisting and limits of sending: to be tried again later.",
            "552 is a mail that is too large for the relay, not a full mailbox.",
            "530 and 535 are a refused login, 534 and 538 one that needs another way.",
            "The name after `queued as` finds the mail in the relay's log.",
            "An equal Message-ID hides a second copy in the recipients' programs.",
        ),
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
            parts=labels(account.settings.get("to"), column="address"),
            cut=fitted.cut,
            warnings=(NO_IMAGE,) if content.image else (),
        )

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        """Send it in batches to those who never had it."""
        opening = opening_of(account)
        listed = yield from read(account.settings.get("to"), column="address", seed=rendered.key)
        if opening is None or listed.trouble:
            why = listed.trouble or "base_url is not smtp://host:port"
            return Refused(Cause.BAD_CONFIGURATION, evidence=why)
        ledger = Ledger.recall(memory, listed)
        try:
            if ledger.left():
                yield from _send(account, opening, str(rendered.payload.get("mail")), ledger)
        except Lost as lost:
            ledger.lose(lost)
        return ledger.outcome(rendered.key)

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        """Look into our own memory: mail cannot be read back from anywhere."""
        listed = yield from read(account.settings.get("to"), column="address", seed=rendered.key)
        ledger = Ledger.recall(memory, listed)
        return ledger.find(rendered.key, "mail")

    def check_credentials(self, account: Account) -> Steps[Report] | None:
        """Log in. A refused login is tried once more on a new connection."""
        return check(account)

    def rehearse(self, account: Account) -> Steps[Report] | None:
        """Go as far as the first recipient, then take it back: no mail is sent."""
        return rehearsal(account)

    def compose_link(self, account: Account, rendered: Rendered) -> str | None:
        """Return a link that opens the text in a mail program; None for a long text."""
        return mail_link(rendered)


def _send(account: Account, opening: SmtpOpen, mail: str, ledger: Ledger) -> Steps[None]:
    opened = yield from smtp(opening)
    if not replies.good(opened):
        ledger.ended(opened, opened.phase or "connect")
        return
    queue = deque(batches(ledger.left(), BATCH))
    while queue:
        put_off = yield from _batch(account, mail, queue.popleft(), ledger)
        if put_off is None:
            return
        if put_off:
            queue.appendleft(put_off)


def _batch(
    account: Account, mail: str, parts: list[Recipient], ledger: Ledger
) -> Steps[list[Recipient] | None]:
    """Send to one batch; return those who are to go with the next, or None to stop here."""
    begun = yield from smtp(SmtpMail(sender(account)))
    if not replies.good(begun):
        ledger.ended(begun, replies.MAIL)
        return None
    named: list[tuple[Recipient, SmtpReply]] = []
    for part in parts:
        named.append((part, (yield from smtp(SmtpRcpt(part.address)))))
        if named[-1][1].code == replies.CLOSING:
            ledger.ended(named[-1][1], replies.RCPT)
            return None
    taken = {part.fingerprint: reply.code for part, reply in named if replies.good(reply)}
    put_off: list[Recipient] = []
    for part, reply in named:
        if taken and reply.code == replies.TOO_MANY_RECIPIENTS:
            put_off.append(part)
        elif part.fingerprint not in taken:
            ledger.named(part, reply)
    if not taken:
        yield from ledger.took([])
        yield from smtp(SmtpReset())
        return []
    heard = [part for part in parts if part.fingerprint in taken]
    went = yield from _data(account, mail, heard, taken, ledger)
    return put_off if went else None


def _data(
    account: Account,
    mail: str,
    taken: list[Recipient],
    codes: Mapping[str, int],
    ledger: Ledger,
) -> Steps[bool]:
    """Hand the mail over for `taken`; return whether the server took it."""
    yield from ledger.begin(taken, codes)
    try:
        reply = yield from smtp(SmtpData(mail.encode()))
    except (Lost, Withheld) as stopped:
        if isinstance(stopped, Withheld) or not stopped.sent:
            yield from ledger.undo(taken)  # nothing after the go-ahead: the server has no mail
        raise
    if replies.good(reply):
        queue_id = replies.queue_id(reply, account.credentials)
        ledger.also = f"queued as {queue_id}" if queue_id else ""
        yield from ledger.took(taken, codes=codes)
        return True
    ledger.ended(reply, replies.DATA)
    if not isinstance(replies.outcome(reply, replies.DATA), Unclear):
        yield from ledger.undo(taken)
    return False


PLATFORM = Email()
