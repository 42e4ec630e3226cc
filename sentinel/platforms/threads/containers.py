"""Publishing a container of Threads, and what came of it (fact sheet 2.2 to 2.4)."""

from __future__ import annotations

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    Outcome,
    Receipt,
    Refused,
    Rendered,
    Scope,
    Unclear,
)
from sentinel.platforms import Account
from sentinel.platforms.threads import calls
from sentinel.platforms.threads.answers import GRAPH
from sentinel.wire import Lost, Response, Steps, remember, wait
from sentinel.wire.graph import codes, good, said
from sentinel.wire.graph_posts import id_of
from sentinel.wire.rows import How

_POLLS_S = (1, 2, 5, 10, 12)  # text is ready at once; the official advice is half a minute
_AGAIN_S = (5, 5)
_NO_STATUS = (100, None)
"""What is said of something that has no status: it is no container, but a post that is out."""


def release(account: Account, rendered: Rendered, container: str) -> Steps[Outcome | None]:
    """Publish a container. None: Threads does not know it, so it was not published by us."""
    state, answer = yield from _settled(account, container)
    if state == "PUBLISHED" or codes(answer) == _NO_STATUS:
        live = yield from calls.posts_of(account).live_already(rendered)
        told = state or "without a status"
        return live or Unclear(Cause.PLATFORM_FAULT, f"container {told}, post not listed")
    if state in {"ERROR", "EXPIRED"}:
        yield from remember("container", "")
        return _spoiled(answer) if state == "ERROR" else None
    if state == "IN_PROGRESS":
        return Failed(Cause.PLATFORM_FAULT, "container still IN_PROGRESS")
    if not state:
        gone = GRAPH.judge(answer).how is How.GONE
        return None if gone else GRAPH.refusal(answer, committed=False)
    return (yield from _publish_now(account, rendered, container))


def _publish_now(account: Account, rendered: Rendered, container: str) -> Steps[Outcome | None]:
    path, form = f"{calls.user(account)}/threads_publish", {"creation_id": container}
    answer = yield from calls.post(account, path, form, commits=True)
    for pause in _AGAIN_S:
        if good(answer) or GRAPH.judge(answer).how is not How.GONE:
            break
        yield from wait(pause)
        answer = yield from calls.post(account, path, form, commits=True)
    if good(answer):
        if post_id := id_of(answer.json()):
            return (yield from _accepted(account, rendered, post_id))
        return Unclear(Cause.PLATFORM_FAULT, f"{said(answer)}, no id")
    row = GRAPH.judge(answer)
    if row.how is How.GONE:
        return None
    if row.look and (live := (yield from calls.posts_of(account).live_already(rendered))):
        return live
    return GRAPH.refusal(answer, committed=True)


def _settled(account: Account, container: str) -> Steps[tuple[str, Response]]:
    """Return the container's state once it is no longer being made, or after half a minute."""
    state, answer = yield from calls.state_of(account, container)
    for pause in _POLLS_S:
        if state != "IN_PROGRESS":
            break
        yield from wait(pause)
        state, answer = yield from calls.state_of(account, container)
    return state, answer


def _spoiled(answer: Response) -> Outcome:
    reason = answer.object().get("error_message")
    if isinstance(reason, str) and reason.startswith("INVALID"):
        return Refused(Cause.CONTENT_REJECTED, Scope.CONTENT, "container ERROR, INVALID")
    return Failed(Cause.PLATFORM_FAULT, "container ERROR")


def _accepted(account: Account, rendered: Rendered, post_id: str) -> Steps[Outcome]:
    """Return the receipt. It is live: a permalink that cannot be had changes nothing."""
    posts = calls.posts_of(account)
    try:
        answer = yield from posts.one(post_id)
    except Lost:
        return Accepted(receipt=Receipt(post_id=post_id), evidence="no answer for the permalink")
    if not good(answer):
        return Accepted(receipt=Receipt(post_id=post_id), evidence=said(answer))
    shown = answer.object()
    note = posts.note(shown, rendered) if "text" in shown else None
    return Accepted(receipt=posts.receipt(shown, post_id), note=note, evidence="HTTP 200")
