"""What can be seen of us on X: by ourselves, by a citizen without login, and what we hear."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Finding, Report
from sentinel.platforms import Account, Published
from sentinel.platforms.x import answers
from sentinel.platforms.x.calls import get, send, single, timeline
from sentinel.platforms.x.posts import id_of, note_on, posts_of, shows, subject_of
from sentinel.wire import RenewalFailed, Request, Response, Steps, ask

_WALLS = frozenset({Cause.CREDENTIAL_REJECTED, Cause.PERMISSION_MISSING})


def guarded(ability: Ability, steps: Steps[Report]) -> Steps[Report]:
    """Run `steps`; a credential that cannot be renewed becomes a finding about `ability`."""
    try:
        return (yield from steps)
    except RenewalFailed as failed:
        return not_renewed(ability, failed)


def not_renewed(ability: Ability, failed: RenewalFailed) -> Report:
    """Return the finding that a credential could not be renewed."""
    # The token endpoint's own refusal is final: there is no second call without a token.
    found = Finding(ability=ability, cause=failed.cause, evidence=failed.evidence)
    return Report(findings=(found,))


def read_own(account: Account, last: Published | None) -> Steps[Report]:
    """Read the own timeline and look for `last` in it, then by its id."""
    me = get(account, "/2/users/me")
    answer = yield from send(account, me)
    user = subject_of(answer)
    if not user:
        return Report(findings=(identity(Ability.READ_BACK, me, answer),))
    latest = timeline(account, user, 5)
    answer = yield from send(account, latest)
    seen = answers.finding(Ability.READ_BACK, latest, answer)
    if seen.cause or last is None:
        return Report(findings=(seen,))
    post = next((p for p in posts_of(answer) if id_of(p) == last.receipt.post_id), None)
    if post is None:
        request = single(account, last.receipt.post_id)
        answer = yield from send(account, request)
        if not answers.good(answer) and answer.status != HTTPStatus.NOT_FOUND:
            return Report(findings=(answers.finding(Ability.READ_BACK, request, answer),))
        post = next(iter(posts_of(answer)), None)
    if post is None:
        missing = Finding(
            ability=Ability.READ_BACK, cause=Cause.NOT_VISIBLE, evidence=answers.said(answer)
        )
        return Report(findings=(missing,))
    if note := note_on(post, last.rendered):
        cut = Finding(ability=Ability.READ_BACK, cause=note, evidence="live text differs from sent")
        return Report(findings=(seen, cut))
    return Report(findings=(seen,))


def listen(account: Account) -> Steps[Report]:
    """Read the latest mentions."""
    request = get(account, "/2/users/me")
    answer = yield from send(account, request)
    user = subject_of(answer)
    if not user:
        return Report(findings=(identity(Ability.LISTEN, request, answer),))
    request = get(account, f"/2/users/{user}/mentions", max_results="5")
    answer = yield from send(account, request)
    return Report(findings=(answers.finding(Ability.LISTEN, request, answer),))


def embedded(account: Account, last: Published) -> Steps[Report]:
    """Ask for the embedded view of `last`: text means public, 404 gone, 403 or a page a wall."""
    page = last.receipt.permalink or f"https://x.com/i/web/status/{last.receipt.post_id}"
    request = Request(
        method="GET",
        url=f"{account.public_url}/oembed",
        params={"url": page, "omit_script": "1"},
        anonymous=True,
    )
    answer = yield from ask(request)
    seen = answers.finding(Ability.PUBLIC, request, answer)
    if answers.good(answer):
        markup = answer.object().get("html")
        if not isinstance(markup, str) or not shows(markup, last.rendered):
            seen = replace(seen, cause=Cause.READER_RESTRICTED, evidence="no text in the embed")
    elif answer.status == HTTPStatus.NOT_FOUND:
        seen = replace(seen, cause=Cause.NOT_VISIBLE, until=None, confirmed=True)
    elif answers.succeeded(answer) or seen.cause in _WALLS:
        seen = replace(seen, cause=Cause.READER_RESTRICTED, until=None, confirmed=True)
    return Report(findings=(seen,))


def identity(ability: Ability, request: Request, answer: Response) -> Finding:
    """Return what the answer to "who am I?" says; one that names nobody is a fault."""
    seen = answers.finding(ability, request, answer)
    if seen.cause is None and not subject_of(answer):
        return replace(seen, cause=Cause.PLATFORM_FAULT, evidence=f"{seen.evidence}, no id")
    return seen
