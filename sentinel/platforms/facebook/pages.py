"""The page on Facebook: how it is spoken to, and how its answers are read."""

from __future__ import annotations

from dataclasses import replace

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Accepted, Outcome, Receipt, Rendered, Throttled, Unclear
from sentinel.domain.observation import Finding, Report
from sentinel.platforms import Account
from sentinel.wire import Lost, Response, Steps, graph_usage, wait
from sentinel.wire.graph import ERRORS, Graph, codes, good, said
from sentinel.wire.graph_posts import Posts, id_of
from sentinel.wire.rows import How

VERSION = "v26.0"
GRAPH = Graph(table=ERRORS, budgets=(*graph_usage.BUDGETS, graph_usage.PAGE))
_EMPTY = 100
"""What an empty post is answered, once the token and its permissions were good enough."""
_AGAIN_S = 2


def posts_of(account: Account) -> Posts:
    """Return the page's posts."""
    return Posts(
        graph=GRAPH,
        base=f"{account.base_url}/{VERSION}",
        token=account.credentials.get("page_token", ""),
        listing=f"{account.setting('page_id')}/published_posts",
        text="message",
        link="permalink_url",
        time="created_time",
    )


def publish(account: Account, rendered: Rendered) -> Steps[Outcome]:
    """Post it, with a preview of its link if Facebook can read the page behind it.

    There is no key: after an answer that leaves it open nothing is sent again.
    """
    posts = posts_of(account)
    link = rendered.payload.get("link")
    answer = yield from _feed(account, posts, rendered.text, link)
    if link and _without_link(answer):
        yield from wait(_AGAIN_S)
        answer = yield from _feed(account, posts, rendered.text, link)
    if link and _without_link(answer):
        answer = yield from _feed(account, posts, rendered.text, "")
    if good(answer):
        if post_id := id_of(answer.json()):
            return (yield from _accepted(posts, rendered, answer, post_id))
        return Unclear(Cause.PLATFORM_FAULT, f"{said(answer)}, no id")
    return (yield from _after_error(posts, rendered, answer))


def _after_error(posts: Posts, rendered: Rendered, answer: Response) -> Steps[Outcome]:
    """Look for the post before a refusal is believed: even "not allowed" came with it live."""
    row, outcome = GRAPH.judge(answer), GRAPH.refusal(answer, committed=True)
    if isinstance(outcome, Throttled) or (isinstance(outcome, Unclear) and not row.look):
        return outcome
    try:
        live = yield from posts.live_already(rendered)
    except Lost as lost:
        live = Unclear(lost.cause, f"{said(answer)}, then no answer")
    return live if live and (isinstance(live, Accepted) or row.look) else outcome


def rehearse(account: Account) -> Steps[Report]:
    """Send a post without anything in it, unpublished: it can become nothing.

    Facebook refuses it for its emptiness, or for what would stop a real one too.
    """
    posts = posts_of(account)
    answer = yield from posts.post(f"{account.setting('page_id')}/feed", {"published": False})
    if made := id_of(answer.json()) if good(answer) else "":
        yield from posts.remove(made)
    seen = GRAPH.finding(Ability.PUBLISH, answer)
    return Report(findings=(replace(seen, cause=None) if _understood(answer, seen) else seen,))


def _understood(answer: Response, seen: Finding) -> bool:
    """Return whether it was refused for its emptiness alone; unknown words of 4xx are no fault."""
    code, _ = codes(answer)
    if code is None or answer.status >= 500:  # noqa: PLR2004 - HTTP
        return False
    known = any(key[0] == code for key in GRAPH.table) and code != _EMPTY
    return seen.cause is Cause.PLATFORM_FAULT and not known


def _feed(account: Account, posts: Posts, text: str, link: object) -> Steps[Response]:
    body = {"message": text, "published": True} | ({"link": link} if link else {})
    path = f"{account.setting('page_id')}/feed"
    return (yield from posts.post(path, body, commits=True, fields="id,permalink_url"))


def _without_link(answer: Response) -> bool:
    return not good(answer) and GRAPH.judge(answer).how is How.WITHOUT_LINK


def _accepted(posts: Posts, rendered: Rendered, answer: Response, post_id: str) -> Steps[Outcome]:
    """Return the receipt. It is live: a permalink that cannot be had changes nothing."""
    receipt = posts.receipt(answer.object(), post_id)
    if receipt.permalink:
        return Accepted(receipt=receipt, evidence=said(answer))
    try:
        shown = yield from posts.one(post_id)
    except Lost:
        return Accepted(receipt=Receipt(post_id=post_id), evidence="no answer for the permalink")
    if not good(shown):
        return Accepted(receipt=Receipt(post_id=post_id), evidence=said(shown))
    post = shown.object()
    note = posts.note(post, rendered) if posts.text in post else None
    return Accepted(receipt=posts.receipt(post, post_id), note=note, evidence=said(answer))
