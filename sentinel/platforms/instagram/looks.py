"""The account on Instagram: its credential, what is left of its day, and the rehearsal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

from sentinel.domain.cause import CREDENTIAL, Ability, Cause, Severity
from sentinel.domain.message import Kind
from sentinel.domain.observation import Finding, Report
from sentinel.domain.outcome import finding_of
from sentinel.notices.card import Card, jpeg
from sentinel.platforms import Account, Session
from sentinel.platforms.instagram.answers import GRAPH, spoiled
from sentinel.platforms.instagram.containers import make, posts_of, state_of, user
from sentinel.wire import Response, Steps, graph_account
from sentinel.wire.graph import good
from sentinel.wire.graph_posts import named

_PROBE = "Probe"


def check(account: Account) -> Steps[Report]:
    """Ask who we are; an error is confirmed by asking for the publishing limit."""
    answer = yield from posts_of(account).get(user(account), fields="id,username")
    seen = named(GRAPH, Ability.PUBLISH, answer)
    if seen.cause in CREDENTIAL:
        second = GRAPH.finding(Ability.PUBLISH, (yield from _limits(account)))
        seen = replace(seen, confirmed=second.cause in CREDENTIAL)
    return Report(findings=(seen,), expires_at=graph_account.expiry(account.session))


def quota(account: Account) -> Steps[Report]:
    """Return the day's window of posts: Instagram's own number, since its papers disagree."""
    answer = yield from _limits(account)
    if not good(answer):
        return Report(findings=(GRAPH.finding(Ability.PUBLISH, answer),))
    stated = graph_account.limits(answer)
    window = graph_account.window("posts", stated.get("quota_usage"), stated.get("config"))
    return Report(windows=(window,) if window else ())


def rehearse(account: Account) -> Steps[Report]:
    """Make a container around a picture and leave it: nobody sees it, and it dies in 24 hours.

    Instagram fetches the picture for it, so that a picture host that is gone
    shows before a message needs it. A probe has little time: nothing is tried
    a second time, and nothing waited for.
    """
    made = yield from make(account, _card(), "probe", caption=_PROBE, alt_text="", again_s=())
    if isinstance(made, str):
        state, answer = yield from state_of(posts_of(account), made)
        if state != "ERROR":
            return Report(findings=(GRAPH.finding(Ability.PUBLISH, answer),))
        made = GRAPH.refusal(spoiled(answer), committed=False)
    fault = Finding(ability=Ability.PUBLISH, cause=Cause.PLATFORM_FAULT, evidence=made.evidence)
    return Report(findings=(finding_of(made) or fault,))


def refresh(account: Account) -> Steps[Session]:
    """Exchange the token for one that lives 60 days more. Raises `RenewalFailed`."""
    token = graph_account.token_of(account.session, account.credentials)
    url = f"{account.base_url}/refresh_access_token"
    return Session(*(yield from graph_account.exchange(GRAPH, url, "ig_refresh_token", token)))


def _limits(account: Account) -> Steps[Response]:
    path = f"{user(account)}/content_publishing_limit"
    return (yield from posts_of(account).get(path, fields="quota_usage,config"))


@cache
def _card() -> bytes:
    """Return the rehearsal's picture; it says what it is, should anybody ever see it."""
    return jpeg(
        Card(
            organisation="Sentinel",
            number=0,
            kind=Kind.ALERT,
            severity=Severity.MINOR,
            headline=_PROBE,
            text="",
            at=datetime(2026, 1, 1, tzinfo=UTC),
            timezone="UTC",
            exercise=True,
        )
    )
