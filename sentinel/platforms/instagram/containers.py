"""Containers of Instagram: made around a picture, published by their id (fact sheet 4)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    Outcome,
    Receipt,
    Refused,
    Rendered,
    Throttled,
    Unclear,
    Withdrawn,
    WithdrawResult,
)
from sentinel.platforms import Account, Published
from sentinel.platforms.instagram.answers import GRAPH, spoiled
from sentinel.wire import (
    Lost,
    Request,
    Response,
    Steps,
    ask,
    graph_account,
    pictures,
    remember,
    wait,
)
from sentinel.wire.graph import Row, good, said
from sentinel.wire.graph_posts import Posts, id_of
from sentinel.wire.rows import How

VERSION: Final = "v26.0"
_STATES = frozenset({"IN_PROGRESS", "FINISHED", "PUBLISHED", "ERROR", "EXPIRED"})
FETCH_AGAIN_S: Final = (3, 6)
_POLLS_S = (1, 2, 5, 10, 12)
_READY_AGAIN_S = (3, 5, 10)
_LOOK_AGAIN_S = 5
_CONFIGURATION = frozenset({"ENOENT", "EACCES", "EPERM", "EROFS", "ENOTDIR", "ENAMETOOLONG"})
_ERROR = re.compile(r"E[A-Z0-9]{2,15}")
_AN_HOUR = Row(How.AN_HOUR, Cause.RATE_LIMITED)
_BLOCKED = GRAPH.table[None, 2207051]
"""An action that is blocked: an hour at least, once it is known that nothing came of it."""


def posts_of(account: Account) -> Posts:
    """Return the account's posts. "No such object" is a passing fault on reads: thrice."""
    return Posts(
        graph=GRAPH,
        base=f"{account.base_url}/{VERSION}",
        token=graph_account.token_of(account.session, account.credentials),
        listing=f"{user(account)}/media",
        text="caption",
        link="permalink",
        time="timestamp",
        again_s=(0.5, 1),
    )


def user(account: Account) -> str:
    """Return the path segment of the account."""
    return account.setting("user_id")


def make(
    account: Account,
    picture: bytes,
    name: str,
    *,
    caption: str,
    alt_text: str,
    again_s: Sequence[float] = FETCH_AGAIN_S,
) -> Steps[str | Throttled | Failed | Refused | Unclear]:
    """Hang the picture up and make a container of it; return its id, or why there is none.

    Nobody sees a container, and it dies after 24 hours. `again_s`: the pauses
    before a picture that could not be fetched is offered again.
    """
    public = account.setting("image_base_url") or account.board_url
    hung = yield from pictures.hang(account.board_folder, public, name, picture)
    if not hung.url:
        return _not_hung(hung.error)
    posts, body = posts_of(account), {"image_url": hung.url, "caption": caption}
    if alt_text:
        body["alt_text"] = alt_text
    answer = yield from posts.post(f"{user(account)}/media", body)
    for pause in again_s:
        if good(answer) or GRAPH.judge(answer).how not in {How.NO_PICTURE, How.ANEW}:
            break
        yield from wait(pause)
        answer = yield from posts.post(f"{user(account)}/media", body)
    if good(answer):
        return id_of(answer.json()) or Failed(Cause.PLATFORM_FAULT, f"{said(answer)}, no id")
    return (yield from _unmade(answer, hung.url))


def withdraw(account: Account, published: Published) -> Steps[WithdrawResult]:
    """Delete the post; once it is gone, the card that still hangs at its public address too.

    A card that cannot be removed changes nothing about the post, and is told.
    """
    result = yield from posts_of(account).remove(published.receipt.post_id)
    if not isinstance(result, Withdrawn):
        return result
    rendered = published.rendered
    card = pictures.thawed(rendered.payload.get("card"))
    name = str(rendered.payload.get("name") or rendered.key)
    error = yield from pictures.take_down(account.board_folder, name, card)
    if not error:
        return result
    why = error if _ERROR.fullmatch(error) else "an error"
    return Withdrawn(f"{result.evidence}; its card still hangs: {why}")


def settled(posts: Posts, container: str) -> Steps[tuple[str, Response]]:
    """Return the container's state once it is no longer being made, or after half a minute."""
    state, answer = yield from state_of(posts, container)
    for pause in _POLLS_S:
        if state != "IN_PROGRESS":
            break
        yield from wait(pause)
        state, answer = yield from state_of(posts, container)
    return state, answer


def state_of(posts: Posts, container: str) -> Steps[tuple[str, Response]]:
    """Return the container's state (empty if Instagram does not say) and the answer."""
    answer = yield from posts.get(container, fields="id,status_code,status")
    state = answer.object().get("status_code") if good(answer) else None
    return (state if isinstance(state, str) and state in _STATES else ""), answer


def release(account: Account, rendered: Rendered, container: str) -> Steps[Outcome | None]:
    """Publish a container. None: it is lost, and was not published by us: another one."""
    posts = posts_of(account)
    state, answer = yield from settled(posts, container)
    match state:
        case "FINISHED":
            return (yield from _publish_now(account, posts, rendered, container))
        case "PUBLISHED":
            live = yield from posts.live_already(rendered)
            return live or Unclear(Cause.PLATFORM_FAULT, "container PUBLISHED, post not listed")
        case "IN_PROGRESS":
            return Failed(Cause.PLATFORM_FAULT, "container still IN_PROGRESS")
        case "EXPIRED":
            return None
        case "ERROR":
            yield from remember("container", "")
            return (yield from _unmade(spoiled(answer), ""))
        case _:
            return (yield from _silent(posts, rendered, answer))


def _silent(posts: Posts, rendered: Rendered, answer: Response) -> Steps[Outcome | None]:
    """Return the outcome where the container's state is not to be had."""
    how = None if good(answer) else GRAPH.judge(answer).how
    if how is How.ANEW:
        return (yield from posts.live_already(rendered))
    if how in {None, How.GONE}:
        return Failed(Cause.PLATFORM_FAULT, f"{said(answer)}, no state of the container")
    return GRAPH.refusal(answer, committed=False)


def _publish_now(
    account: Account, posts: Posts, rendered: Rendered, container: str
) -> Steps[Outcome | None]:
    path, body = f"{user(account)}/media_publish", {"creation_id": container}
    answer = yield from posts.post(path, body, commits=True)
    for pause in _READY_AGAIN_S:
        if good(answer) or GRAPH.judge(answer).how is not How.NOT_READY:
            break
        yield from wait(pause)
        answer = yield from posts.post(path, body, commits=True)
    if not good(answer):
        return (yield from _after_error(posts, rendered, container, answer))
    if post_id := id_of(answer.json()):
        return (yield from _accepted(posts, rendered, post_id))
    return Unclear(Cause.PLATFORM_FAULT, f"{said(answer)}, no id")


def _after_error(
    posts: Posts, rendered: Rendered, container: str, answer: Response
) -> Steps[Outcome | None]:
    """Look before anything else: errors have been answered with the post live (5 July 2026)."""
    row = GRAPH.judge(answer)
    state, live = yield from _look(posts, rendered, container)
    if row.how in {How.UNCLEAR, How.ANEW} and not isinstance(live, Accepted):
        yield from wait(_LOOK_AGAIN_S)
        state, live = yield from _look(posts, rendered, container)
    if isinstance(live, Accepted):
        return live
    if state == "PUBLISHED":
        return Unclear(row.cause, f"{said(answer)}, container PUBLISHED, post not listed")
    if row.how is How.ANEW:
        return live
    if row == _BLOCKED and state == "FINISHED" and live is None:
        return GRAPH.throttled(_AN_HOUR, answer)
    return GRAPH.refusal(answer, committed=True)


def _look(
    posts: Posts, rendered: Rendered, container: str
) -> Steps[tuple[str, Accepted | Unclear | None]]:
    state, _ = yield from state_of(posts, container)
    return state, (yield from posts.live_already(rendered))


def _accepted(posts: Posts, rendered: Rendered, post_id: str) -> Steps[Outcome]:
    """Return the receipt. It is live: a permalink that cannot be had changes nothing."""
    try:
        answer = yield from posts.one(post_id)
    except Lost:
        return Accepted(receipt=Receipt(post_id=post_id), evidence="no answer for the permalink")
    if not good(answer):
        return Accepted(receipt=Receipt(post_id=post_id), evidence=said(answer))
    shown = answer.object()
    note = posts.note(shown, rendered) if posts.text in shown else None
    return Accepted(receipt=posts.receipt(shown, post_id), note=note, evidence=said(answer))


def _not_hung(error: str) -> Failed | Refused:
    """Return why the picture hangs nowhere: no folder or address at all, or a full disk."""
    name = error if _ERROR.fullmatch(error) else "error"
    if name in _CONFIGURATION:
        return Refused(Cause.BAD_CONFIGURATION, evidence=f"no place for the picture: {name}")
    return Failed(Cause.PLATFORM_FAULT, f"no place for the picture: {name}")


def _unmade(answer: Response, url: str) -> Steps[Throttled | Failed | Refused | Unclear]:
    """Return why there is no container; for a picture not fetched, whose fault it is.

    The city's own host may be gone, or Instagram's crawler fails: that the
    picture can be fetched by anybody else tells the two apart.
    """
    row = GRAPH.judge(answer)
    if row == _BLOCKED:
        return GRAPH.throttled(_AN_HOUR, answer)
    if row.how is not How.NO_PICTURE or not url:
        return GRAPH.refusal(answer, committed=False)
    try:
        seen = yield from ask(Request(method="GET", url=url, anonymous=True))
    except Lost as lost:
        return Failed(Cause.UNREACHABLE, f"{said(answer)}, picture host: {lost.cause}")
    if good_picture(seen):
        return Failed(Cause.PLATFORM_FAULT, f"{said(answer)}, others can fetch the picture")
    return Failed(Cause.UNREACHABLE, f"{said(answer)}, picture host: HTTP {seen.status}")


def good_picture(answer: Response) -> bool:
    """Return whether an answer is a picture."""
    return answer.status == 200 and pictures.kind_of(answer.body) is not None  # noqa: PLR2004
