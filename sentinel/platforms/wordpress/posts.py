"""A post as we send it, as WordPress shows it, and where ours is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Receipt, Rendered
from sentinel.platforms import Account
from sentinel.platforms.wordpress import answers
from sentinel.platforms.wordpress.calls import Line
from sentinel.wire import Response, Steps
from sentinel.wire.markup import escaped, folded, paragraphs, plain
from sentinel.wire.times import date_of

STATUSES = ("publish", "future", "pending", "private", "draft", "auto-draft", "trash")
"""Every status that a post of ours may have, the most public first."""

_ANY = ",".join(each for each in STATUSES if each != "auto-draft")
_TRASHED = "__trashed"
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


def content(text: str, key: str) -> str:
    """Return a text as the body of a post. Our key stands in it where nobody reads it.

    By the key it is found again when somebody has given it another address.
    """
    parts = paragraphs(text)
    last = f"{parts.pop() if parts else ''}<!-- sentinel {key} -->"
    return "\n\n".join(f"<p>{part}</p>" for part in [*parts, last])


def split(text: str, headline: str) -> tuple[str, str]:
    """Return title and body: a text that begins with its headline is not to say it twice."""
    first, _, rest = text.partition("\n\n")
    if rest and "\n" not in first and (first == headline or first.endswith(f" {headline}")):
        return first, rest
    return headline, text


def look(line: Line, rendered: Rendered, memory: Mapping[str, str]) -> Steps[Any]:
    """Return our post as WordPress shows it, None if it has none, or its refusal to say.

    First by the number that it gave us, then by our own address for it, in every
    status and in the trash, where it stands under another; at last by our key in
    the text. The sheet's trap: the same address twice is not refused, so this is
    asked before a second draft is made.
    """
    if number := memory.get("post"):
        answer = yield from line.ask("GET", f"/posts/{number}", params={"context": "edit"})
        if answers.good(answer) and id_of(answer.object()) == number:
            return answer.object()
        if not answers.missing(answer):
            return answer
    key = rendered.key
    asked = {"slug": f"{key},{key}{_TRASHED}"}, {"search": key}
    for each in asked:
        params = {"status": _ANY, "context": "edit", "per_page": "20", **each}
        answer = yield from line.ask("GET", "/posts", params=params)
        shown = answer.json() if answers.good(answer) else None
        if not isinstance(shown, list):
            return answer
        ours = [one for one in shown if id_of(one) and _is_ours(one, key)]
        if ours:
            return min(ours, key=lambda one: (STATUSES.index(status_of(one)), int(id_of(one))))
    return None


def id_of(shown: object) -> str:
    """Return the number of a post; empty if there is none."""
    number = shown.get("id") if isinstance(shown, dict) else None
    text = str(number) if isinstance(number, int) and not isinstance(number, bool) else ""
    return text if _NUMBER.fullmatch(text) else ""


def number_in(text: str) -> str:
    """Return a receipt's number; empty if it holds none."""
    return text if _NUMBER.fullmatch(text) else ""


def status_of(shown: Mapping[str, Any]) -> str:
    """Return the status of a post if it is one that we know, else that of a draft."""
    return next((each for each in STATUSES if each == shown.get("status")), "auto-draft")


def receipt(account: Account, shown: Mapping[str, Any]) -> Receipt:
    """Return the receipt of a post, with its address as citizens know it."""
    link = shown.get("link")
    good = link if isinstance(link, str) and re.match(r"https?://[^\s/]", link) else None
    return Receipt(post_id=id_of(shown), permalink=_public(account, good) if good else None)


def note_on(shown: Mapping[str, Any], rendered: Rendered) -> Cause | None:
    """Return the finding for a person if what stands there is not what was sent.

    WordPress strips markup from users whom it does not trust with HTML, and
    plugins strip more; what a reader sees must be the same. A server that does
    not show us the text proves nothing.
    """
    raw = _raw(shown, "content")
    if raw is None:
        return None
    sent = str(rendered.payload.get("content", ""))
    title = _raw(shown, "title")
    whole = title is None or folded(title) == folded(str(rendered.payload.get("title", "")))
    return None if whole and plain(raw) == plain(sent) else Cause.TRUNCATED


def its_own_time(answer: Response) -> str | None:
    """Return the time by WordPress's own clock, as it writes times; None if it does not say.

    A post with that date is not of the future, whatever clock is wrong.
    """
    stated = answer.object().get("modified_gmt")
    if isinstance(stated, str):
        try:
            return datetime.fromisoformat(stated).replace(tzinfo=None).isoformat()
        except ValueError:
            pass  # not a time: the header must do
    moment = date_of(answer)
    return moment.replace(tzinfo=None).isoformat() if moment else None


def title_of(headline: str) -> str:
    """Return a headline as a title: WordPress reads HTML in it."""
    return escaped(headline)


def _is_ours(shown: Mapping[str, Any], key: str) -> bool:
    if shown.get("slug") in {key, f"{key}{_TRASHED}"}:
        return True
    return f"sentinel {key} " in (_raw(shown, "content") or "")


def _raw(shown: Mapping[str, Any], name: str) -> str | None:
    part = shown.get(name)
    raw = part.get("raw") if isinstance(part, dict) else None
    return raw if isinstance(raw, str) else None


def _public(account: Account, link: str) -> str:
    base = account.base_url
    inside = link == base or link.startswith((f"{base}/", f"{base}?"))
    return f"{account.public_url or base}{link.removeprefix(base)}" if inside else link
