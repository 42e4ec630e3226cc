"""What goes with a post and must not hold it up: its image, and its categories."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sentinel.domain.delivery import Rendered
from sentinel.platforms import Account
from sentinel.platforms.wordpress import answers, posts
from sentinel.platforms.wordpress.calls import Line
from sentinel.wire import Field, Lost, Steps, remember
from sentinel.wire.pictures import picture

_BEGUN = "begun"
_WORD = re.compile(r"[^,\s/?&#]+")


def attached(line: Line, rendered: Rendered, memory: Mapping[str, str], post: str) -> Steps[str]:
    """Upload the message's image below its draft, once; return its number, empty without one.

    While its post is a draft, WordPress shows the image to nobody who does not
    know its address. A warning goes out without it rather than not at all: an
    upload that ate up one try's time, or was refused, is not begun again.
    """
    if known := memory.get("image"):
        return posts.number_in(known)
    image = yield from picture(str(rendered.payload.get("image") or ""))
    if image is None:
        return ""
    yield from remember("image", _BEGUN)
    name = f"{rendered.key}.{image.suffix}"
    alt = str(rendered.payload.get("alt_text") or "")
    parts = (
        Field(name="file", value=image.content, filename=name, media_type=image.media_type),
        Field(name="alt_text", value=alt.encode("utf-8", "replace")),
        Field(name="title", value=rendered.key.encode()),
        Field(name="post", value=post.encode()),
    )
    try:
        answer = yield from line.ask("POST", "/media", multipart=parts)
    except Lost:
        return ""
    number = posts.id_of(answer.object()) if answers.good(answer) else ""
    if number:
        yield from remember("image", number)
    return number


def categories(line: Line, account: Account) -> Steps[tuple[list[int], str]]:
    """Return the numbers of the wanted categories, and what is to be said about the others.

    They are named by number or by the last part of their address. One that does
    not exist is left out: a warning in the wrong drawer is better than none.
    """
    wanted = _wanted(account.settings.get("categories"))
    numbers = [int(each) for each in wanted if posts.number_in(each)]
    slugs = [each for each in wanted if not posts.number_in(each)]
    if not slugs:
        return numbers, ""
    params = {"slug": ",".join(slugs), "per_page": "100"}
    answer = yield from line.ask("GET", "/categories", params=params)
    shown = answer.json() if answers.good(answer) else None
    if not isinstance(shown, list):
        return numbers, f"categories not known: {answers.said(answer)}"
    known = {
        each["slug"]: int(posts.id_of(each))
        for each in shown
        if posts.id_of(each) and isinstance(each.get("slug"), str)
    }
    found = [known[slug] for slug in slugs if slug in known]
    lacking = len(slugs) - len(found)
    return [*numbers, *found], f"{lacking} of {len(wanted)} categories missing" if lacking else ""


def _wanted(stated: object) -> list[str]:
    named = [stated] if isinstance(stated, str) else stated
    if not isinstance(named, list | tuple):
        return []
    return [str(each) for each in named if _WORD.fullmatch(str(each))]
