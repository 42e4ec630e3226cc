"""What the pages behind signed links share: they work on a phone, without login or script.

Looking at one changes nothing, for mail scanners and messengers look at links by
themselves; only its button does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from sentinel.domain.rules import Rules
from sentinel.errors import Phrase
from sentinel.web.access import PARTS
from sentinel.web.problems import language_of

PAGES: Final = Environment(
    loader=PackageLoader("sentinel.web", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}
_NO_LINK: Final = Phrase(
    de="Dieser Link gilt nicht. Bitte den ganzen Link aus der Benachrichtigung öffnen.",
    en="This link is not valid. Please open the whole link from the notification.",
)


def contact_language(rules: Rules, contact: str) -> str:
    """Return the language of whoever holds a link; that of the house if the contact is gone."""
    known = rules.staff.contacts.get(contact)
    return known.language if known else rules.language


def html(
    request: web.Request,
    template: str,
    language: str,
    words: Mapping[str, Phrase],
    facts: Mapping[str, Any],
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> web.Response:
    """Return a page; `facts` and `words` (as `t`) fill its template."""
    page = PAGES.get_template(template).render(
        language=language,
        organisation=request.app[PARTS].board.rules.organisation,
        t={name: phrase.in_(language) for name, phrase in words.items()},
        **facts,
    )
    return web.Response(status=status, text=page, content_type="text/html", headers=_HEADERS)


def nothing(request: web.Request) -> web.Response:
    """Return the page of a link that is not ours, or whose matter is gone."""
    language = language_of(request)
    facts = {"title": _NO_LINK.in_(language)}
    return html(request, "link.html", language, {}, facts, status=HTTPStatus.NOT_FOUND)


def entry_in(form: Mapping[str, object]) -> int | None:
    """Return the last journal entry that a form's page showed; None if it does not say."""
    typed = str(form.get("seen", ""))
    return int(typed) if re.fullmatch(r"[0-9]{1,18}", typed) else None
