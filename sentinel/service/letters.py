"""Puts news into the three shapes that the media ask for: plain text, HTML, two text messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from sentinel.domain.leads import Lead
from sentinel.domain.letter import Letter, Link, letter
from sentinel.domain.letter_text import link_words, plain_text, short_text
from sentinel.domain.news_item import News

_PAGES: Final = Environment(
    loader=PackageLoader("sentinel.service"),
    autoescape=True,
    undefined=StrictUndefined,
    keep_trailing_newline=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A notification's words. `html` is a fragment: what stands inside `<body>`."""

    subject: str
    text: str
    html: str
    short: str
    alarm: bool
    exercise: bool
    outage: str | None


def written(
    news: Sequence[News],
    *,
    language: str,
    zone: tzinfo,
    link: Link | None = None,
    lead: Lead | None = None,
) -> Written:
    """Return what one person reads of `news`, which stands in the order in which it happened.

    Raises:
        ValueError: There is no news.
    """
    made = letter(news, language=language, zone=zone, link=link, lead=lead)
    return Written(
        subject=made.subject,
        text=plain_text(made),
        html=_html(made),
        short=short_text(made, zone),
        alarm=made.alarm,
        exercise=made.exercise,
        outage=made.first.outage,
    )


def _html(made: Letter) -> str:
    page = _PAGES.get_template("letter.html")
    return page.render(letter=made, link_words=link_words(made))
