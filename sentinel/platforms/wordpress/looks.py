"""What our user may do on the site, and what can be seen there."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from urllib.parse import urlsplit

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
from sentinel.domain.observation import Finding, Report
from sentinel.platforms import Account, Published
from sentinel.platforms.wordpress import answers, media, posts
from sentinel.platforms.wordpress.calls import Line
from sentinel.wire import Lost, Request, Response, Steps, ask
from sentinel.wire.markup import folded, shows
from sentinel.wire.rows import How

REHEARSAL = "sentinel-rehearsal"
_ME = "/users/me"
_THIS_PASSWORD = f"{_ME}/application-passwords/introspect"
_OK = 200
_WALLS = frozenset({401, 403, 451})
_GONE = frozenset({404, 410})


def credentials(account: Account) -> Steps[Report]:
    """Ask who we are and with which password; each is the other's second call."""
    line = Line(account)
    me = yield from line.ask("GET", _ME, params={"context": "edit"})
    seen = answers.finding(Ability.PUBLISH, me)
    if seen.cause in CREDENTIAL or answers.judge(me).ask:
        other = yield from line.ask("GET", _THIS_PASSWORD)
        agreed = not answers.good(other) and answers.judge(other).cause in CREDENTIAL
        return _told(replace(seen, confirmed=agreed or seen.cause not in CREDENTIAL))
    if seen.cause is not None:
        return _told(seen)
    may = me.object().get("capabilities")
    if not isinstance(may, dict):
        why = "no capabilities in the answer"
        return _told(replace(seen, cause=Cause.PLATFORM_FAULT, evidence=why))
    if may.get("publish_posts") is not True:
        why = "the user may not publish posts"
        return _told(replace(seen, cause=Cause.PERMISSION_MISSING, evidence=why))
    _, lacking = yield from media.categories(line, account)
    return _told(replace(seen, evidence=f"{seen.evidence}; {lacking}") if lacking else seen)


def why_refused(line: Line, answer: Response, *, asked: bool = False) -> Steps[Cause | None]:
    """Return what a refusal of something was about: us, if WordPress does not know us at all.

    `asked`: it answers a question, such as the one for drafts, of which WordPress
    tells strangers that its parameter is invalid.
    """
    row = answers.judge(answer)
    if not row.ask and not (asked and row.how is How.CONTENT):
        return None
    try:
        me = yield from line.ask("GET", _ME, params={"context": "edit"})
    except Lost:  # the refusal itself is certain
        return None
    known = me.status != answers.UNAUTHORIZED or not answers.spoken(me)
    return None if known else Cause.CREDENTIAL_REJECTED


def rehearsed(account: Account) -> Steps[Report]:
    """Write a draft and delete it for good. One left over by an earlier try is used again."""
    line = Line(account)
    answer = yield from _note(line)
    seen = answers.finding(Ability.PUBLISH, answer)
    if seen.cause is not None:
        cause = yield from why_refused(line, answer, asked=True)
        return _told(replace(seen, cause=cause, confirmed=False) if cause else seen)
    number = posts.id_of(answer.object())
    if not number:
        why = "no id in the answer"
        return _told(replace(seen, cause=Cause.PLATFORM_FAULT, evidence=why))
    gone = yield from line.ask("DELETE", f"/posts/{number}", params={"force": "true"})
    if not answers.good(gone):
        seen = replace(seen, evidence=f"written, not removed: {answers.said(gone)}")
    return _told(seen)


def _note(line: Line) -> Steps[Response]:
    """Write the draft that rehearses."""
    params = {"status": "draft", "slug": REHEARSAL, "context": "edit", "per_page": "1"}
    answer = yield from line.ask("GET", "/posts", params=params)
    if not answers.good(answer):
        return answer
    shown = answer.json()
    left = posts.id_of(shown[0]) if isinstance(shown, list) and shown else ""
    body = {"status": "draft", "slug": REHEARSAL, "title": REHEARSAL, "content": REHEARSAL}
    return (yield from line.ask("POST", f"/posts/{left}" if left else "/posts", json=body))


def read_own(account: Account, last: Published | None) -> Steps[Report]:
    """Read `last` as ourselves and compare the text, or without one the latest post."""
    line, number = Line(account), posts.number_in(last.receipt.post_id) if last else ""
    if last is None or not number:
        answer = yield from line.ask("GET", "/posts", params={"per_page": "1", "context": "edit"})
        seen = answers.finding(Ability.READ_BACK, answer)
        odd = seen.cause is None and not isinstance(answer.json(), list)
        return _told(replace(seen, cause=Cause.PLATFORM_FAULT) if odd else seen)
    answer = yield from line.ask("GET", f"/posts/{number}", params={"context": "edit"})
    if answers.good(answer) and posts.id_of(answer.object()) == number:
        return _told(*_compared(answer, last))
    seen = answers.finding(Ability.READ_BACK, answer)
    if answers.missing(answer):
        return _told(replace(seen, cause=Cause.NOT_VISIBLE))
    return _told(seen if seen.cause else replace(seen, cause=Cause.PLATFORM_FAULT))


def _compared(answer: Response, last: Published) -> tuple[Finding, ...]:
    """Return what our post, as shown, says of reading it back."""
    seen = answers.finding(Ability.READ_BACK, answer)
    status = posts.status_of(answer.object())
    if status != posts.STATUSES[0]:
        return (replace(seen, cause=Cause.NOT_VISIBLE, evidence=f"status {status}"),)
    if cause := posts.note_on(answer.object(), last.rendered):
        return seen, replace(seen, cause=cause, evidence="live text differs from sent")
    return (seen,)


def as_citizen(account: Account, last: Published | None) -> Steps[Report]:
    """Open the post's page as anybody, as caches have it and then past them.

    Both must show it: an old page in a cache keeps readers out, and one that
    only a cache still has is gone for the next reader.
    """
    wanted = (last.receipt.permalink if last else None) or f"{account.public_url}/"
    page = yield from ask(Request(method="GET", url=wanted, anonymous=True))
    if last is None or not last.receipt.permalink:
        return _told(replace(_of(page), proves=False))
    seen = _judged(page, wanted, last)
    stamp = hashlib.sha256(page.headers.get("date", "").encode()).hexdigest()
    fresh = yield from ask(
        Request(
            method="GET",
            url=wanted,
            params={"sentinel": stamp[:12]},
            headers={"Cache-Control": "no-cache"},
            anonymous=True,
        )
    )
    behind = _judged(fresh, wanted, last)
    if seen.cause is None:
        return _told(behind)
    if seen.cause is Cause.NOT_VISIBLE and behind.cause is None:
        why = f"{seen.evidence}: a cache shows an old page, behind it the post stands"
        return _told(replace(seen, evidence=why))
    return _told(seen)


def _judged(page: Response, wanted: str, last: Published) -> Finding:
    """Return whether a page shows the post: its title and its mark."""
    seen = _of(page)
    if seen.cause is not None:
        return seen
    text, payload = folded(page.text), last.rendered.payload
    title, mark = folded(str(payload.get("title", ""))), folded(str(payload.get("mark", "")))
    if title and title in text and shows(text, mark):
        return seen
    if urlsplit(page.url or wanted).path.rstrip("/") != urlsplit(wanted).path.rstrip("/"):
        why = "led to another page, as to a login"
        return replace(seen, cause=Cause.READER_RESTRICTED, evidence=why)
    return replace(seen, cause=Cause.NOT_VISIBLE, evidence=f"{seen.evidence} without the post")


def _of(page: Response) -> Finding:
    seen = Finding(ability=Ability.PUBLIC, evidence=f"HTTP {page.status}")
    if page.status == _OK:
        return seen
    if page.status in _WALLS:
        return replace(seen, cause=Cause.READER_RESTRICTED)
    return replace(seen, cause=Cause.NOT_VISIBLE if page.status in _GONE else Cause.PLATFORM_FAULT)


def _told(*findings: Finding) -> Report:
    return Report(findings=findings)
