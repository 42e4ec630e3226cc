"""The e-mail itself: built once, the same bytes for the same draft (facts B, section 8)."""

from __future__ import annotations

from email import message_from_string
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from urllib.parse import quote, urlencode

from sentinel.domain.delivery import Rendered
from sentinel.domain.message import Content
from sentinel.domain.text import EXERCISE
from sentinel.notices.notice import Site, clean
from sentinel.notices.words import language_name
from sentinel.platforms import Account, Draft

LIMIT = 20_000
"""Characters; ours. No list or mailbox is known to cut below it."""


def sender(account: Account) -> str:
    """Return the bare address of the sender."""
    return parseaddr(_one_line(account.setting("from")))[1]


def message_id(draft: Draft, account: Account) -> str:
    """Return the Message-ID: the delivery's id at the sender's domain, so never made twice."""
    return f"<{draft.delivery_id}@{_domain(account)}>"


def with_variants(text: str, content: Content, organisation: str) -> str:
    """Return the body: the text, the other languages as far as they fit, and who wrote it.

    Everybody on the list gets every language: one mail, one Message-ID, and
    nobody is left out because a list holds the wrong language for them.
    """
    signature = f"\n\n-- \n{organisation}\n"
    body = text
    for variant in content.variants:
        heading = f"{EXERCISE}: {variant.headline}" if content.exercise else variant.headline
        block = f"\n\n* {language_name(variant.language)} *\n\n{heading}\n\n{variant.text}"
        if len(body) + len(block) + len(signature) <= LIMIT:
            body += block
    return clean(body + signature if len(body) + len(signature) <= LIMIT else body)


def letter(draft: Draft, account: Account, body: str) -> str:
    """Return the whole mail with CRLF line ends, in ASCII: ready for DATA."""
    content = draft.message.content
    site = Site(organisation=draft.organisation, timezone=draft.timezone, public_url="")
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _one_line(account.setting("from"))
    mail["To"] = "undisclosed-recipients:;"
    mail["Subject"] = _one_line(
        f"{EXERCISE}: {content.headline}" if content.exercise else content.headline
    )
    mail["Date"] = format_datetime(site.local(draft.at))
    mail["Message-ID"] = message_id(draft, account)
    mail["Auto-Submitted"] = "auto-generated"
    mail["List-Id"] = f"{_one_line(draft.organisation)} <sentinel.{_domain(account)}>"
    mail["Content-Language"] = _one_line(content.language)
    mail["X-Sentinel-Message"] = f"{draft.message.number} {_one_line(draft.message.id)}"
    mail.set_content(body, charset="utf-8", cte="quoted-printable")
    return mail.as_bytes().decode("ascii", "replace")


LONGEST_LINK = 2000
"""Characters; ours. Browsers and mail programs differ, and some cut what is longer."""


def mail_link(rendered: Rendered) -> str | None:
    """Return a `mailto:` link (RFC 6068) with subject and text, to nobody; None if too long.

    The list is left out: who takes it over by hand has it in their own mail
    program, and no notification is the place for hundreds of addresses.
    """
    mail = message_from_string(str(rendered.payload.get("mail", "")), policy=SMTP)
    body = "\r\n".join(rendered.text.split("\n"))
    fields = {"subject": str(mail["Subject"] or ""), "body": body}
    link = f"mailto:?{urlencode(fields, quote_via=quote)}"
    return link if len(link) <= LONGEST_LINK else None


def _domain(account: Account) -> str:
    return sender(account).rpartition("@")[2] or "localhost"


def _one_line(text: str) -> str:
    """Return `text` without anything that could begin another header."""
    return " ".join(clean(text).split())
