"""How much of our limits and of the token is left on Threads."""

from __future__ import annotations

from sentinel.domain.cause import Ability
from sentinel.domain.observation import Report
from sentinel.platforms import Account, Session
from sentinel.platforms.threads import calls
from sentinel.platforms.threads.answers import GRAPH
from sentinel.wire import Response, Steps, graph_account
from sentinel.wire.graph import good

_KINDS = {"posts": ("quota_usage", "config"), "replies": ("reply_quota_usage", "reply_config")}


def limits(account: Account) -> Steps[Response]:
    """Ask for the publishing limit."""
    fields = ",".join(field for pair in _KINDS.values() for field in pair)
    path = f"{calls.user(account)}/threads_publishing_limit"
    return (yield from calls.posts_of(account).get(path, fields=fields))


def quota(account: Account) -> Steps[Report]:
    """Return the day's windows of posts and replies."""
    answer = yield from limits(account)
    if not good(answer):
        return Report(findings=(GRAPH.finding(Ability.PUBLISH, answer),))
    stated = graph_account.limits(answer)
    read = (
        graph_account.window(name, stated.get(used), stated.get(rule))
        for name, (used, rule) in _KINDS.items()
    )
    return Report(windows=tuple(window for window in read if window))


def refresh(account: Account) -> Steps[Session]:
    """Exchange the token for one that lives 60 days more. Raises `RenewalFailed`."""
    token = graph_account.token_of(account.session, account.credentials)
    url = f"{account.base_url}/refresh_access_token"
    return Session(*(yield from graph_account.exchange(GRAPH, url, "th_refresh_token", token)))
