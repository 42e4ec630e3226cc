"""What LinkedIn says of our token and role, and what can be seen of us there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
from sentinel.domain.observation import Finding, Report
from sentinel.platforms import Account, Published
from sentinel.platforms.linkedin import answers, calls, posts
from sentinel.wire import Request, Response, Steps, ask
from sentinel.wire.markup import folded, shows

SCOPE = "w_organization_social"
_MAY_POST = frozenset({"ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "CONTENT_ADMIN"})
_PAGE = ("organization", "organizationTarget", "organizationalTarget")  # by age of the API
_TURNED_AWAY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, 999})
_CITIZEN: Mapping[int, Cause] = {
    401: Cause.READER_RESTRICTED,
    404: Cause.NOT_VISIBLE,
    410: Cause.NOT_VISIBLE,
}
_ENDED = {"expired": Cause.CREDENTIAL_EXPIRED}


def credentials(account: Account) -> Steps[Report]:
    """Ask how the token stands; an error is confirmed by a call that needs it.

    Without the app's own secret nobody tells when it ends: then the pages that it
    administers are asked for, and after an error who its owner is.
    """
    question = calls.introspection(account)
    told = (yield from ask(question)) if question else None
    if told is None or not isinstance(told.object().get("active"), bool):
        return (yield from _by_use(account))
    body, evidence = told.object(), answers.said(told)
    seen = Finding(ability=Ability.PUBLISH, evidence=evidence)
    if body["active"]:
        if not _allows(body.get("scope")):
            why = f"the token lacks {SCOPE}"
            seen = replace(seen, cause=Cause.PERMISSION_MISSING, evidence=why)
        return Report(findings=(seen,), expires_at=_moment(body.get("expires_at")))
    status = body.get("status")
    dead = _ENDED.get(status, Cause.CREDENTIAL_REJECTED) if isinstance(status, str) else None
    used = answers.finding(Ability.PUBLISH, (yield from calls.send(account, calls.roles(account))))
    if used.cause is None:  # renewed meanwhile, or the word was wrong: it serves
        return Report(findings=(used,))
    cause = dead or Cause.CREDENTIAL_REJECTED
    return Report(
        findings=(
            replace(
                seen,
                cause=cause,
                evidence=f"{evidence}, not active",
                confirmed=used.cause in CREDENTIAL,
            ),
        )
    )


def _by_use(account: Account) -> Steps[Report]:
    answer = yield from calls.send(account, calls.roles(account))
    seen = answers.finding(Ability.PUBLISH, answer)
    if seen.cause in CREDENTIAL:
        me = calls.request(account, "GET", "/v2/userinfo")
        second = answers.finding(Ability.PUBLISH, (yield from calls.send(account, me)))
        seen = replace(seen, confirmed=second.cause in CREDENTIAL)
    return Report(findings=(seen,))


def may_post(account: Account) -> Steps[Report]:
    """Ask whether the token's owner may post for the page. Nothing is written."""
    page = calls.author(account)
    if not page:
        return _told(_misnamed(Ability.PUBLISH))
    answer = yield from calls.send(account, calls.roles(account))
    seen = answers.finding(Ability.PUBLISH, answer)
    elements = answer.object().get("elements")
    if seen.cause is not None:
        return _told(seen)
    if not isinstance(elements, list):
        return _told(replace(seen, cause=Cause.PLATFORM_FAULT, evidence="no list of roles"))
    held = {
        each.get("role")
        for each in elements
        if isinstance(each, dict)
        and page in {each.get(name) for name in _PAGE if isinstance(each.get(name), str)}
        and each.get("state") in {None, "APPROVED"}
        and isinstance(each.get("role"), str)
    }
    if not held & _MAY_POST:
        why = "the token's owner is no administrator of the page"
        seen = replace(seen, cause=Cause.PERMISSION_MISSING, evidence=why)
    return _told(seen)


def read_own(account: Account, last: Published | None) -> Steps[Report]:
    """Read `last` by its URN and compare the text; without one, our latest."""
    if not calls.author(account):
        return _told(_misnamed(Ability.READ_BACK))
    urn = posts.urn_in(last.receipt.post_id) if last else ""
    if last is None or not urn:
        answer = yield from calls.send(account, calls.latest(account, 1))
        return _told(answers.finding(Ability.READ_BACK, answer))
    question = calls.request(account, "GET", calls.post_path(urn))
    answer = yield from calls.send(account, question)
    seen = answers.finding(Ability.READ_BACK, answer)
    if answers.gone(answer):
        return _told(replace(seen, cause=Cause.NOT_VISIBLE, until=None))
    if seen.cause is not None:
        return _told(seen)
    shown, also = answer.object(), []
    if posts.unpublished(shown):
        return _told(replace(seen, cause=Cause.NOT_VISIBLE, evidence="not published"))
    if posts.hidden(shown):
        fewer = "not visible to everybody"
        also.append(
            replace(seen, ability=Ability.PUBLIC, cause=Cause.READER_RESTRICTED, evidence=fewer)
        )
    if note := posts.note_on(shown, last.rendered):
        also.append(replace(seen, cause=note, evidence="live text differs from sent"))
    return _told(seen, *also)


def embedded(account: Account, last: Published) -> Steps[Report]:
    """Open the embedded view of `last`, which needs no login.

    LinkedIn turns scripts away as it likes (429, and its own 999): that says
    nothing of citizens, so it is neither a fault nor a proof.
    """
    urn = posts.urn_in(last.receipt.post_id)
    wanted = f"{account.public_url}/embed/feed/update/{quote(urn or 'none', safe=':')}"
    page = yield from ask(Request(method="GET", url=wanted, anonymous=True))
    return _told(_judged(page, wanted, last))


def _judged(page: Response, wanted: str, last: Published) -> Finding:
    seen = Finding(ability=Ability.PUBLIC, evidence=f"HTTP {page.status}")
    if page.status in _TURNED_AWAY:
        return replace(seen, proves=False, evidence=f"{seen.evidence}, turned away as a script")
    if not answers.succeeded(page):
        return replace(seen, cause=_CITIZEN.get(page.status, Cause.PLATFORM_FAULT))
    if urlsplit(page.url or wanted).path.rstrip("/") != urlsplit(wanted).path.rstrip("/"):
        why = "led to another page, as to a login"
        return replace(seen, cause=Cause.READER_RESTRICTED, evidence=why)
    text = folded(page.text)
    mark = folded(str(last.rendered.payload.get("mark", "")))
    first = folded(last.rendered.text.partition("\n")[0])
    if shows(text, mark) or (first and first in text):
        return seen
    return replace(seen, cause=Cause.READER_RESTRICTED, evidence="no text in the embed")


def _allows(scope: object) -> bool:
    """Return whether a token's scopes let it post; a list that is not there forbids nothing."""
    if not isinstance(scope, str) or not scope.strip():
        return True
    return SCOPE in scope.replace(",", " ").split()


def _moment(seconds: object) -> datetime | None:
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds <= 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _misnamed(ability: Ability) -> Finding:
    why = "`organisation` is no number of a page"
    return Finding(ability=ability, cause=Cause.BAD_CONFIGURATION, evidence=why)


def _told(*findings: Finding) -> Report:
    return Report(findings=findings)
