"""What t.me shows of a channel without login (facts/platforms-a.md section 4.7).

There is no other way to see our own posts: the Bot API lists none. A page
answers 200 whether or not a post exists, so only its content counts. Emoji come
as pictures around the character, often without its variation selector; a text
is therefore compared without what nobody sees.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from urllib.parse import quote

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Receipt, Rendered
from sentinel.platforms import Account, Published
from sentinel.wire import Request, Response, Steps, ask

OK = 200
LISTED = 20
"""How many of the latest posts the list shows, about."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
_POST = re.compile(r'data-post="([A-Za-z0-9_]{1,64})/([0-9]{1,18})"')
_TEXT = re.compile(r"\bjs-message_text\b[^>]*>(.*?)</div>", re.DOTALL)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_MISSING = "tgme_widget_message_error"
_HISTORY = "tgme_channel_history"


def name_of(chat: object) -> str:
    """Return the public name in `@name` or `name`; empty for a private chat's number."""
    text = str(chat).removeprefix("@")
    return text if _NAME.fullmatch(text) else ""


def permalink(name: object, number: object) -> str | None:
    """Return the address of a post for anybody; None in a private chat."""
    return f"https://t.me/{name}/{number}" if isinstance(name, str) and name_of(name) else None


def receipt(name: str, number: int) -> Receipt:
    """Return the receipt of a post that was seen."""
    return Receipt(post_id=str(number), permalink=permalink(name, number))


def number_of(published: Published | None) -> int | None:
    """Return the number of a post within its channel; None if the receipt holds none."""
    text = published.receipt.post_id if published else ""
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,17}", text) else None


def listing(account: Account, name: str) -> Steps[Response]:
    """Ask for the latest posts, as a citizen."""
    return (yield from ask(look(account, f"/s/{quote(name)}")))


def post(account: Account, name: str, number: int) -> Steps[Response]:
    """Ask for one post, as a citizen."""
    return (yield from ask(look(account, f"/{quote(name)}/{number}", embed="1", mode="tme")))


def look(account: Account, path: str, **params: str) -> Request:
    """Return a question to t.me, as a citizen."""
    url = f"{account.public_url}{path}"
    return Request(method="GET", url=url, params=params, anonymous=True)


def shown(page: Response, name: str) -> Mapping[int, str]:
    """Return the text of every post of this channel on a page, by its number."""
    if page.status != OK:
        return {}
    text, posts = page.text, dict[int, str]()
    found = list(_POST.finditer(text))
    starts = [each.start() for each in found] + [len(text)]
    for this, end in zip(found, starts[1:], strict=True):
        words = _TEXT.search(text, this.end(), end)
        if this[1].casefold() == name.casefold():
            posts.setdefault(int(this[2]), _plain(_bare(words[1])) if words else "")
    return posts


def previews(page: Response, name: str) -> bool:
    """Return whether the page is the channel's preview, which may be switched off or withheld."""
    return page.status == OK and (_HISTORY in page.text or bool(shown(page, name)))


def missing(page: Response) -> bool:
    """Return whether a post's own page says that there is no such post."""
    return page.status == OK and _MISSING in page.text


def is_ours(text: str, rendered: Rendered) -> bool:
    """Return whether a shown text is what was rendered: all of it, or mark and first line."""
    if same(text, rendered):
        return True
    mark = _plain(str(rendered.payload.get("mark", "")))
    first = _plain(rendered.text.partition("\n")[0])
    holds_mark = bool(mark) and re.search(rf"{re.escape(mark)}(?!\d)", text) is not None
    return holds_mark and bool(first) and text.startswith(first)


def same(text: str, rendered: Rendered) -> bool:
    """Return whether a text is, to a reader, the one that was rendered."""
    return _plain(text) == _plain(rendered.text)


def note_on(text: str, rendered: Rendered) -> Cause | None:
    """Return the finding for a person if what is live is not what was sent."""
    return None if same(text, rendered) else Cause.TRUNCATED


def said(page: Response) -> str:
    """Return all of a page that may be written down."""
    return f"t.me: HTTP {page.status}"


def _bare(markup: str) -> str:
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", markup)))


def _plain(text: str) -> str:
    # Telegram turns control characters into blanks, and strips or keeps invisible ones at will.
    normal = unicodedata.normalize("NFC", text)
    seen = (" " if unicodedata.category(each) == "Cc" else each for each in normal)
    kept = (each for each in seen if unicodedata.category(each) != "Cf" and each != "\ufe0f")
    return " ".join("".join(kept).split())
