"""Notices as web pages: plain HTML without script, readable by anything that reads pages.

A page carries `<meta name="x-message-id">`, by which we recognise it as a citizen
sees it (facts/platforms-b.md section 7.3).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from sentinel.domain.message import Kind
from sentinel.notices import words
from sentinel.notices.notice import Notice, Site, clean, newest_first, successors

_WEB = re.compile(r"https?://\S+")


def page(notice: Notice, successor: Notice | None = None) -> bytes:
    """Return the page of one notice, marked if `successor` replaces or ends it."""
    ended = successor is not None and successor.kind is Kind.ALL_CLEAR
    html = _template("notice.html").render(
        notice=notice,
        site=notice.site,
        language=notice.language,
        successor=successor,
        ended=ended,
        link=notice.link if notice.link and _WEB.fullmatch(notice.link) else None,
        earlier=[(f"{notice.site.public_url}/{one}/", sent) for one, sent in notice.references],
        all_clear=notice.kind is Kind.ALL_CLEAR,
    )
    return clean(html).encode()


def withdrawn(notice: Notice) -> bytes:
    """Return what stands in place of a notice that was taken down: none of its words.

    Posts elsewhere may link to its page; without one, nobody would learn that
    it is void. It carries no `x-message-id`: the notice is not there any more.
    """
    html = _template("withdrawn.html").render(site=notice.site, language=notice.language)
    return clean(html).encode()


def index(site: Site, notices: Sequence[Notice]) -> bytes:
    """Return the board's page: what holds now, then what was.

    A page has no clock. A notice counts as past when a later one replaces it,
    or when it had expired before the newest notice was sent; its end stands
    beside each entry anyway.
    """
    later, shown = successors(notices), newest_first(notices)
    known = shown[0].sent if shown else None
    past = {one.id for one in shown if one.id in later or (known and one.expires_at <= known)}
    html = _template("index.html").render(
        site=site,
        language=words.board_language(shown),
        current=[one for one in shown if one.id not in past],
        earlier=[
            (one, words.fate(later.get(one.id), one.language)) for one in shown if one.id in past
        ],
    )
    return clean(html).encode()


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("sentinel.notices"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {
        "say": words.say,
        "label": words.label,
        "language_name": words.language_name,
        "direction": words.direction,
        "paragraphs": _paragraphs,
    }
    return environment.get_template(name)


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", clean(text)) if part.strip()]
