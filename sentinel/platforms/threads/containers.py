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
from sentinel.platforms.threads import answers, calls
from sentinel.wire import Lost, Response, Steps, remember, wait

_POLLS_S = (1, 2, 5, 10, 12)  # text is ready at once; the official advice is half a minute
_AGAIN_S = (5, 5)


def release(account: Account, rendered: Rendered, container: str) -> Steps[Outcome | None]:
    """Publish a container. None: Threads does not know it, so it was not published by us."""
    state, answer = yield from _settled(account, container)
    if state == "PUBLISHED":
        live = yield from live_already(account, rendered)
        return live or Unclear(Cause.PLATFORM_FAULT, "container PUBLISHED, post not listed")
    if state in {"ERROR", "EXPIRED"}:
        yield from remember("container", "")
        return _spoiled(answer) if state == "ERROR" else None
    if state == "IN_PROGRESS":
        return Failed(Cause.PLATFORM_FAULT, "container still IN_PROGRESS")
    if not state:
        gone = answers.judge(answer).how is answers.How.GONE
        return None if gone else answers.refusal(answer, committed=False)
    return (yield from _publish_now(account, rendered, container))


def _publish_now(account: Account, rendered: Rendered, container: str) -> Steps[Outcome | None]:
    path, form = f"{calls.user(account)}/threads_publish", {"creation_id": container}
    answer = yield from calls.post(account, path, form, commits=True)
    for pause in _AGAIN_S:
        if answers.good(answer) or answers.judge(answer).how is not answers.How.GONE:
            break
        yield from wait(pause)
        answer = yield from calls.post(account, path, form, commits=True)
    if answers.good(answer):
        if post_id := calls.id_of(answer.json()):
            return (yield from _accepted(account, rendered, post_id))
        return Unclear(Cause.PLATFORM_FAULT, f"{answers.said(answer)}, no id")
    how = answers.judge(answer).how
    if how is answers.How.GONE:
        return None
    if how is answers.How.LOOK and (live := (yield from live_already(account, rendered))):
        return live
    return answers.refusal(answer, committed=True)


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


def live_already(account: Account, rendered: Rendered) -> Steps[Outcome | None]:
    """Return Accepted if our post is among the own ones, None if not, Unclear if we cannot see."""
    answer = yield from calls.own_posts(account)
    if not answers.good(answer):
        return Unclear(Cause.PLATFORM_FAULT, f"own posts not readable: {answers.said(answer)}")
    for post in calls.posts_of(answer):
        if calls.is_ours(post, rendered):
            note = calls.note_on(post, rendered)
            return Accepted(
                receipt=calls.receipt_of(post, calls.id_of(post)),
                note=note,
                evidence="found among own posts",
            )
    return None


def _accepted(account: Account, rendered: Rendered, post_id: str) -> Steps[Outcome]:
    """Return the receipt. It is live: a permalink that cannot be had changes nothing."""
    try:
        answer = yield from calls.one_post(account, post_id)
    except Lost:
        return Accepted(receipt=Receipt(post_id=post_id), evidence="no answer for the permalink")
    if not answers.good(answer):
        return Accepted(receipt=Receipt(post_id=post_id), evidence=answers.said(answer))
    shown = answer.object()
    note = calls.note_on(shown, rendered) if "text" in shown else None
    return Accepted(receipt=calls.receipt_of(shown, post_id), note=note, evidence="HTTP 200")
