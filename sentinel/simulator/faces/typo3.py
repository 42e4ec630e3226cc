"""TYPO3, as the fact sheet `platforms-b.md` section 7.2 and the extension's source have it.

Base `/typo3/ACCOUNT` takes reactions at `/typo3/reaction/UUID`; any UUID is one but
`00000000-0000-0000-0000-000000000000`, any secret of 40 hexadecimal letters or the word `secret` is
right. The public side `/typo3/ACCOUNT/public` is the page that lists the records, a cached one.
"""

# ruff: noqa: ARG002 - every face keeps one signature, needed or not
from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from sentinel.simulator.faces import HTML, Answer, Call, HttpFace, Route, Said, page, say
from sentinel.simulator.kinds import COMMON, Kind, Role
from sentinel.simulator.world import Post, Window

NOBODY = "00000000-0000-0000-0000-000000000000"
_SECRET = re.compile(r"[0-9a-f]{40}|secret")
_GUARD, _MINUTE = 600, timedelta(minutes=1)
"""What a guard in front lets through in a minute: TYPO3 itself has no limit."""


def refusal(status: int, words: str) -> Answer:
    """Return an error as the extension words it."""
    return say({"success": False, "error": words}, status)


class Typo3(HttpFace):
    """One site for each account."""

    name = "typo3"
    operator = "own"
    # A reaction reads nothing, so no reading is limited; there is no account to lock, and a
    # guard's refusals all look the same.
    kinds = COMMON - {Kind.READ_LIMITED, Kind.ACCOUNT_LOCKED, Kind.RATE_LIMITED_LOW_USE}
    words: ClassVar = {
        Kind.SERVER_ERROR: page("<title>Oops, an error occurred!</title></head><body>", 503),
        Kind.CREDENTIAL_REVOKED: refusal(401, "Invalid secret given"),
        Kind.INTERSTITIAL: page("<title>Wartung</title></head><body>Kurz nicht erreichbar."),
    }

    def routes(self) -> Sequence[Route]:
        """Return everything that can be asked."""
        citizens = {"login": False, "public": True}
        return (
            Route("POST", "/typo3/reaction/{reaction}", Role.PUBLISH, self._react, login=False),
            Route("GET", "", Role.PUBLIC, self._list, **citizens),
            Route("GET", "/", Role.PUBLIC, self._list, **citizens),
            Route("GET", "/anmeldung", Role.HEALTH, self._login_page, **citizens),
        )

    def role(self, route: Route, call: Call) -> Role:
        """Return the role: a call that makes no record only checks."""
        if call.public and route.role is not Role.HEALTH:
            return Role.PUBLIC
        checks = route.role is Role.PUBLISH and _refused(call) is not None
        return Role.CHECK if checks else route.role

    def said(self, call: Call) -> Said:
        """Return the text; there is no key."""
        return Said(_text(call))

    def refuse(self, fault: Kind, call: Call) -> Answer | None:
        """Return the fault's words; a secret that was changed is found wrong where one is sent."""
        if fault is Kind.LOGIN_WALL:
            leads = f"{call.base}{'/public' if call.public else ''}/anmeldung"
            return Answer(status=302, media_type=HTML, headers={"Location": leads})
        if fault is Kind.CREDENTIAL_REVOKED and _refused(call) is not None:
            return None
        return self.words.get(fault)

    def unknown(self, call: Call) -> Answer:
        """Return the site's page for what it does not have."""
        return page("<title>Seite nicht gefunden</title></head><body>404", 404)

    def count(self, call: Call, route: Route, role: Role) -> Window | None:
        """Count what the guard in front counts."""
        if role is Role.PUBLIC:
            return None
        return call.account.meter.take("calls", _GUARD, _MINUTE, call.at)

    def limited(self, call: Call, window: Window) -> Answer:
        """Return the guard's page."""
        wait_s = max(1, round((window.resets_at - call.at).total_seconds()))
        return page("<title>Too many requests</title>", 429, Retry_After=str(wait_s))

    def _react(self, call: Call) -> Answer:
        if (refused := _refused(call)) is not None:
            return refused
        if not call.sent:
            return refusal(400, "Record could not be created")
        number = str(call.account.serial())
        call.keep(text=_text(call), key=None, post_id=number)
        return say({"success": True}, 201, X_TYPO3_Reaction_Success="true")

    def _list(self, call: Call) -> Answer:
        if call.query:  # parameters that TYPO3 does not know lack their cHash
            return self.unknown(call)
        records = "".join(_record(post) for post in call.account.live(call.at)[:20])
        return page(f"<title>Warnungen</title></head><body>{records}")

    def _login_page(self, call: Call) -> Answer:
        return page("<title>Anmeldung</title></head><body>Benutzername, Passwort")


FACE = Typo3


def _refused(call: Call) -> Answer | None:
    """Return what is said before a reaction does anything."""
    secret, reaction = call.headers.get("x-api-key", ""), call.part.get("reaction", "")
    try:
        known = str(UUID(reaction))
    except ValueError:
        known = ""
    if not secret or not known:
        return refusal(400, "Invalid information")
    if known == NOBODY:
        return refusal(404, "No reaction found for given identifier")
    if not _SECRET.fullmatch(secret):
        return refusal(401, "Invalid secret given")
    return None


def _text(call: Call) -> str:
    return f"{call.text('title')}\n\n{call.text('text')}".strip()


def _record(post: Post) -> str:
    title, _, rest = post.text.partition("\n\n")
    body = "".join(f"<p>{html.escape(part)}</p>" for part in rest.split("\n\n"))
    return f"<article><h2>{html.escape(title)}</h2>{body}</article>"
