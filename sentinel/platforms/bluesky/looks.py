"""The looks at a Bluesky account that change nothing (facts/platforms-a.md section 3.7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Report
from sentinel.platforms import Account, Published
from sentinel.platforms.bluesky import answers
from sentinel.platforms.bluesky.records import COLLECTION, NO_KEY
from sentinel.platforms.bluesky.sessions import Talk, call, known
from sentinel.wire import RenewalFailed, Request, Response, Steps, ask

_LOGIN_WALL = "!no-unauthenticated"
_HIDDEN = frozenset({"!hide", "!takedown", "!suspend"})
_BY_LOGIN = frozenset({401, 403})


def session(account: Account) -> Steps[Report]:
    """Is the session good and the account active? A stale one is renewed: the second call."""

    def judge(_: Talk, answer: Response) -> Report:
        if why := answers.locked(answer.object()):
            return answers.report(Ability.PUBLISH, Cause.ACCOUNT_LOCKED, why)
        return answers.report(Ability.PUBLISH, None, "session good, account active")

    return _authorised(account, Ability.PUBLISH, _get_session, judge)


def quota(account: Account) -> Steps[Report]:
    """What the headers of a cheap call say is left."""

    def judge(talk: Talk, answer: Response) -> Report:
        return Report(windows=answers.windows(_get_session(talk), answer))

    return _authorised(account, Ability.PUBLISH, _get_session, judge)


def rehearsal(account: Account) -> Steps[Report]:
    """Delete a post that cannot exist.

    Of all writes it is the only one that can leave no trace: the PDS checks
    token, account and write limit, finds nothing under the key, and answers
    200 without a commit (measured). A put that must fail would be a post on a
    server that ignores the condition.
    """

    def judge(_: Talk, __: Response) -> Report:
        return answers.report(Ability.PUBLISH, None, "write path open")

    def delete(talk: Talk) -> Request:
        return talk.delete(NO_KEY)

    return _authorised(account, Ability.PUBLISH, delete, judge)


def notifications(account: Account) -> Steps[Report]:
    """Can staff read mentions? The PDS asks the AppView for us."""

    def judge(_: Talk, answer: Response) -> Report:
        if not isinstance(answer.object().get("notifications"), list):
            return answers.report(Ability.LISTEN, Cause.PLATFORM_FAULT, "HTTP 200 without a list")
        return answers.report(Ability.LISTEN, None, "mentions readable")

    def read(talk: Talk) -> Request:
        return talk.get("app.bsky.notification.listNotifications", limit="1")

    return _authorised(account, Ability.LISTEN, read, judge)


def own_posts(account: Account, last: Published | None) -> Steps[Report]:
    """Is our last post on the PDS, whole? Without one: can our posts be listed?"""
    try:
        talk = yield from known(account)
    except RenewalFailed as failed:
        return answers.report(Ability.READ_BACK, failed.cause, failed.evidence)
    if last is None:
        params = {"repo": talk.repo, "collection": COLLECTION, "limit": "1"}
        answer = yield from ask(talk.get("com.atproto.repo.listRecords", **params))
        if answer.status != answers.OK:
            return answers.trouble(Ability.READ_BACK, answer)
        if isinstance(answer.object().get("records"), list):
            return answers.report(Ability.READ_BACK, None, "posts listed")
        return answers.report(Ability.READ_BACK, Cause.PLATFORM_FAULT, "HTTP 200 without a list")
    answer = yield from ask(talk.record(last.rendered.key))
    if answer.status != answers.OK:
        return answers.trouble(Ability.READ_BACK, answer)
    return _compared(Ability.READ_BACK, answers.live_text(answer), last.rendered.text)


def in_public(account: Account, last: Published | None) -> Steps[Report]:
    """Does the AppView show our last post, and our profile, to anybody?"""
    if last is not None:
        uris = {"uris": last.receipt.post_id}
        answer = yield from ask(_public(account, "app.bsky.feed.getPosts", uris))
        post = _first(answer.object().get("posts"))
        if answer.status != answers.OK:
            return _refused_to_citizens(answer)
        if not post:
            return answers.report(Ability.PUBLIC, Cause.NOT_VISIBLE, "post not shown")
        if _HIDDEN & set(_labels(post)):
            return answers.report(Ability.PUBLIC, Cause.NOT_VISIBLE, "post hidden by a label")
        live = post.get("record")
        text = live.get("text") if isinstance(live, dict) else None
        compared = _compared(Ability.PUBLIC, text, last.rendered.text)
        if compared.findings[0].cause:
            return compared
    return (yield from _profile(account, last))


def _profile(account: Account, last: Published | None) -> Steps[Report]:
    if last is not None:
        actor = last.receipt.post_id.removeprefix("at://").partition("/")[0]
    else:
        try:
            actor = (yield from known(account)).repo
        except RenewalFailed as failed:  # says nothing of what citizens see
            evidence = f"no session to learn the account's id ({failed.cause.value})"
            return answers.report(Ability.PUBLIC, None, evidence, proves=False)
    answer = yield from ask(_public(account, "app.bsky.actor.getProfile", {"actor": actor}))
    if answer.status != answers.OK:
        return _refused_to_citizens(answer)
    labels = set(_labels(answer.object()))
    if _HIDDEN & labels:
        return answers.report(Ability.PUBLIC, Cause.NOT_VISIBLE, "profile hidden by a label")
    if _LOGIN_WALL in labels:
        return answers.report(Ability.PUBLIC, Cause.READER_RESTRICTED, "shown after login only")
    if not isinstance(answer.object().get("did"), str):
        return answers.report(Ability.PUBLIC, Cause.PLATFORM_FAULT, "HTTP 200 without a profile")
    return answers.report(Ability.PUBLIC, None, "shown without login")


def _authorised(
    account: Account,
    ability: Ability,
    make: Callable[[Talk], Request],
    judge: Callable[[Talk, Response], Report],
) -> Steps[Report]:
    try:
        talk, answer = yield from call(account, make)
    except RenewalFailed as failed:
        return answers.report(ability, failed.cause, failed.evidence)
    if answer.status == answers.OK and answer.json() is not None:
        return judge(talk, answer)
    if answer.status == answers.NOT_IMPLEMENTED:
        return answers.report(ability, None, "not offered by this server", proves=False)
    return answers.trouble(ability, answer)


def _get_session(talk: Talk) -> Request:
    return talk.get("com.atproto.server.getSession")


def _public(account: Account, method: str, params: dict[str, str]) -> Request:
    url = f"{account.public_url}/xrpc/{method}"
    return Request(method="GET", url=url, params=params, anonymous=True)


def _refused_to_citizens(answer: Response) -> Report:
    if answers.error(answer) == "AuthMissing":  # a PDS or the entryway: `public_url` is wrong
        said = f"{answers.evidence(answer)}: not an AppView"
        return answers.report(Ability.PUBLIC, Cause.BAD_CONFIGURATION, said)
    if answer.status in _BY_LOGIN and answer.object():
        return answers.report(Ability.PUBLIC, Cause.READER_RESTRICTED, answers.evidence(answer))
    if answers.cause(answer) is Cause.ACCOUNT_LOCKED:
        return answers.report(Ability.PUBLIC, Cause.NOT_VISIBLE, answers.evidence(answer))
    return answers.trouble(Ability.PUBLIC, answer)


def _compared(ability: Ability, live: object, sent: str) -> Report:
    if live == sent:
        return answers.report(ability, None, "last post there, whole")
    if isinstance(live, str):
        return answers.report(ability, Cause.TRUNCATED, "last post there with another text")
    return answers.report(ability, Cause.PLATFORM_FAULT, "HTTP 200 without a post")


def _first(posts: object) -> dict[str, Any]:
    first = posts[0] if isinstance(posts, list) and posts else None
    return first if isinstance(first, dict) else {}


def _labels(thing: dict[str, Any]) -> Iterator[str]:
    """Yield the labels on a post or profile, and on a post's author."""
    for owner in (thing, thing.get("author")):
        labels = owner.get("labels") if isinstance(owner, dict) else None
        for label in labels if isinstance(labels, list) else []:
            if isinstance(label, dict) and not label.get("neg"):
                yield str(label.get("val"))
