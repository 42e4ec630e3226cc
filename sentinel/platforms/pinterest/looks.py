"""What Pinterest says of our token and board, and what can be seen of us there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
from sentinel.domain.observation import Finding, Report
from sentinel.platforms import Account, Published
from sentinel.platforms.pinterest import answers, calls, pins
from sentinel.wire import Request, Response, Steps, ask
from sentinel.wire.markup import folded, shows

SCOPE = "pins:write"
_CITIZEN: Mapping[int, Cause] = {
    401: Cause.READER_RESTRICTED,
    404: Cause.NOT_VISIBLE,
    410: Cause.NOT_VISIBLE,
    429: Cause.RATE_LIMITED,
}


def credentials(account: Account) -> Steps[Report]:
    """Ask who we are; an error is confirmed by asking for the board."""
    me = calls.request(account, "GET", "/user_account")
    answer = yield from calls.send(account, me)
    seen = answers.finding(Ability.PUBLISH, me, answer)
    if seen.cause in CREDENTIAL:
        other = calls.request(account, "GET", f"/boards/{calls.board(account)}")
        second = answers.finding(Ability.PUBLISH, other, (yield from calls.send(account, other)))
        seen = replace(seen, confirmed=second.cause in CREDENTIAL)
    return Report(findings=(seen,), expires_at=calls.expiry(account))


def rehearsed(account: Account) -> Steps[Report]:
    """Ask for the board, and whether the token may make pins. Nothing is written.

    A board that citizens cannot see is said so: pins there would be for nobody.
    """
    if not calls.board(account):
        return _told(_misnamed(Ability.PUBLISH))
    question = calls.request(account, "GET", f"/boards/{calls.board(account)}")
    answer = yield from calls.send(account, question)
    seen = answers.finding(Ability.PUBLISH, question, answer)
    if answers.gone(answer):
        return _told(replace(seen, cause=Cause.BAD_CONFIGURATION))
    if seen.cause is not None:
        return _told(seen)
    may = calls.scopes(account)
    if may and SCOPE not in may:
        why = f"the token lacks {SCOPE}"
        return _told(replace(seen, cause=Cause.PERMISSION_MISSING, evidence=why))
    seen = replace(seen, proves=bool(may))
    privacy = answer.object().get("privacy")
    if isinstance(privacy, str) and privacy != "PUBLIC":
        hidden = replace(
            seen,
            ability=Ability.PUBLIC,
            cause=Cause.NOT_VISIBLE,
            evidence="the board is not public",
            proves=True,
        )
        return _told(seen, hidden)
    return _told(seen)


def read_own(account: Account, last: Published | None) -> Steps[Report]:
    """Read `last` by its number and compare the text; without one, the board's latest."""
    if not calls.board(account):
        return _told(_misnamed(Ability.READ_BACK))
    pin = pins.id_in(last.receipt.post_id) if last else ""
    question = (
        calls.request(account, "GET", f"/pins/{pin}") if pin else calls.board_pins(account, 1)
    )
    answer = yield from calls.send(account, question)
    seen = answers.finding(Ability.READ_BACK, question, answer)
    if pin and answers.gone(answer):
        return _told(replace(seen, cause=Cause.NOT_VISIBLE))
    if seen.cause is None and last and (note := pins.note_on(answer.object(), last.rendered)):
        return _told(seen, replace(seen, cause=note, evidence="live text differs from sent"))
    return _told(seen)


def as_citizen(account: Account, last: Published) -> Steps[Report]:
    """Ask without login for what other sites embed of `last`, and if need be for its page.

    Pins of an app with trial access are shown to their maker only, and read back
    well: only this look tells. "Not there" must be said by both.
    """
    pin = pins.id_in(last.receipt.post_id) or "0"
    link = f"https://www.pinterest.com/pin/{pin}/"
    embed = Request(
        method="GET",
        url=f"{account.public_url}/oembed.json",
        params={"url": link},
        anonymous=True,
    )
    card = yield from ask(embed)
    shown = card.object()
    if answers.good(card) and any(isinstance(shown.get(name), str) for name in ("title", "html")):
        return _told(Finding(ability=Ability.PUBLIC, evidence=answers.said(card)))
    wanted = f"{account.public_url}/pin/{pin}/"
    page = yield from ask(Request(method="GET", url=wanted, anonymous=True))
    return _told(_judged(page, wanted, last, walled=card.status not in {404, 410}))


def _judged(page: Response, wanted: str, last: Published, *, walled: bool) -> Finding:
    seen = Finding(ability=Ability.PUBLIC, evidence=f"HTTP {page.status}")
    if not answers.succeeded(page):
        cause = _CITIZEN.get(page.status, Cause.PLATFORM_FAULT)
        doubted = cause is Cause.NOT_VISIBLE and walled
        return replace(seen, cause=Cause.PLATFORM_FAULT if doubted else cause)
    if urlsplit(page.url or wanted).path.rstrip("/") != urlsplit(wanted).path.rstrip("/"):
        why = "led to another page, as to a login"
        return replace(seen, cause=Cause.READER_RESTRICTED, evidence=why)
    text, payload = folded(page.text), last.rendered.payload
    title, mark = folded(str(payload.get("title", ""))), folded(str(payload.get("mark", "")))
    if (title and title in text) or shows(text, mark):
        return seen
    cause = Cause.READER_RESTRICTED if walled else Cause.NOT_VISIBLE
    return replace(seen, cause=cause, evidence=f"{seen.evidence} without the pin")


def _misnamed(ability: Ability) -> Finding:
    why = "`board` is no number of a board"
    return Finding(ability=ability, cause=Cause.BAD_CONFIGURATION, evidence=why)


def _told(*findings: Finding) -> Report:
    return Report(findings=findings)
