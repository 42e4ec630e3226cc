"""What can be seen of us on Threads, and how much of our limits and of the token is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Finding, Report, Window
from sentinel.platforms import Account, Published, Session
from sentinel.platforms.threads import answers, calls
from sentinel.wire import RenewalFailed, Request, Response, Steps, ask

_KINDS = {"posts": ("quota_usage", "config"), "replies": ("reply_quota_usage", "reply_config")}
_WALLS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_NOT_SERVED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_AWAY = frozenset({Cause.RATE_LIMITED, Cause.PLATFORM_DEFENDING})


def with_id(ability: Ability, answer: Response) -> Finding:
    """Return what an answer says that has to name an id."""
    seen = answers.finding(ability, answer)
    if seen.cause is None and not calls.id_of(answer.json()):
        return replace(seen, cause=Cause.PLATFORM_FAULT, evidence=f"{seen.evidence}, no id")
    return seen


def limits(account: Account) -> Steps[Response]:
    """Ask for the publishing limit."""
    fields = ",".join(field for pair in _KINDS.values() for field in pair)
    path = f"{calls.user(account)}/threads_publishing_limit"
    return (yield from calls.get(account, path, fields=fields))


def quota(account: Account) -> Steps[Report]:
    """Return the day's windows of posts and replies."""
    answer = yield from limits(account)
    if not answers.good(answer):
        return Report(findings=(answers.finding(Ability.PUBLISH, answer),))
    data = answer.object().get("data")
    first = data[0] if isinstance(data, list) and data else None
    stated = first if isinstance(first, dict) else {}
    read = (
        _window(name, stated.get(used), stated.get(rule)) for name, (used, rule) in _KINDS.items()
    )
    return Report(windows=tuple(window for window in read if window))


def _window(name: str, used: Any, rule: Any) -> Window | None:
    total = rule.get("quota_total") if isinstance(rule, dict) else None
    lasting = rule.get("quota_duration") if isinstance(rule, dict) else None
    if not isinstance(used, int) or not isinstance(total, int) or total <= 0:
        return None
    whole = isinstance(lasting, int) and 0 < lasting < timedelta(days=400).total_seconds()
    per = timedelta(seconds=lasting if whole and isinstance(lasting, int) else 86400)
    return Window(name=name, limit=total, remaining=max(0, total - used), per=per)


def read_own(account: Account, last: Published | None) -> Steps[Report]:
    """Read our posts and look for `last` among them, then by its id."""
    answer = yield from calls.own_posts(account)
    seen = answers.finding(Ability.READ_BACK, answer)
    if seen.cause or last is None:
        return Report(findings=(seen,))
    wanted = last.receipt.post_id
    shown = next((each for each in calls.posts_of(answer) if each["id"] == wanted), None)
    if shown is None:
        answer = yield from calls.one_post(account, wanted)
        found = answers.finding(Ability.READ_BACK, answer)
        if found.cause and answers.judge(answer).how not in _MISSING:
            return Report(findings=(found,))
        shown = answer.object() if answers.good(answer) else None
    if shown is None:
        missing = replace(seen, cause=Cause.NOT_VISIBLE, evidence=answers.said(answer))
        return Report(findings=(missing,))
    if note := calls.note_on(shown, last.rendered):
        cut = replace(seen, cause=note, evidence="live text differs from sent")
        return Report(findings=(seen, cut))
    return Report(findings=(seen,))


_MISSING = frozenset({answers.How.GONE, answers.How.CONTENT})


def embedded(account: Account, post_id: str, page: str) -> Steps[Report]:
    """Ask for the embedded view of `page`: Threads serves it for public posts only.

    It does not say why not; that the post is there for ourselves tells the two
    reasons apart.
    """
    url = f"{account.public_url}/v1.0/oembed"
    answer = yield from ask(Request(method="GET", url=url, params={"url": page}, anonymous=True))
    seen = answers.finding(Ability.PUBLIC, answer)
    spoken = isinstance(answer.json(), dict)
    if answers.good(answer):
        if not isinstance(answer.object().get("html"), str):
            seen = replace(seen, cause=Cause.READER_RESTRICTED, evidence="embed without html")
    elif seen.cause in _AWAY:
        pass
    elif answers.succeeded(answer) or (spoken and answer.status in _WALLS):
        seen = replace(seen, cause=Cause.READER_RESTRICTED, confirmed=True)
    elif spoken and answer.status in _NOT_SERVED:
        mine = yield from calls.one_post(account, post_id)
        walled = answers.good(mine) and bool(calls.id_of(mine.json()))
        cause = Cause.READER_RESTRICTED if walled else Cause.NOT_VISIBLE
        seen = replace(seen, cause=cause, confirmed=True)
    return Report(findings=(seen,))


def refresh(account: Account) -> Steps[Session]:
    """Exchange the token for a fresh one.

    Meta documents the token in the query here, and only here.

    Raises:
        RenewalFailed: Meta refused it, or its answer makes no sense.
    """
    token = account.session.get("access_token") or account.credentials.get("access_token", "")
    answer = yield from ask(
        Request(
            method="GET",
            url=f"{account.base_url}/refresh_access_token",
            params={"grant_type": "th_refresh_token", "access_token": token},
        )
    )
    fresh, seconds = (answer.object().get(key) for key in ("access_token", "expires_in"))
    if not answers.good(answer) or not isinstance(fresh, str) or not fresh:
        cause = answers.finding(Ability.PUBLISH, answer).cause or Cause.PLATFORM_FAULT
        raise RenewalFailed(cause, answers.said(answer))
    keep = {"access_token": fresh}
    stated = answers.date_of(answer)
    sound = isinstance(seconds, int) and 0 < seconds < timedelta(days=4000).total_seconds()
    if stated is None or not sound or not isinstance(seconds, int):
        return Session(keep)
    until = stated + timedelta(seconds=seconds)
    return Session(keep | {"expires_at": until.isoformat()}, until)


def expiry(account: Account) -> datetime | None:
    """Return when the token of the session expires, if a refresh has told us."""
    try:
        until = datetime.fromisoformat(account.session.get("expires_at", ""))
    except ValueError:
        return None
    return until if until.tzinfo else until.replace(tzinfo=UTC)
