"""The delivery's one draft: written once, its number on disk before it can become public."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    Outcome,
    Refused,
    Rendered,
    Scope,
    Throttled,
    Unclear,
)
from sentinel.platforms.wordpress import answers, looks, media, posts
from sentinel.platforms.wordpress.calls import Line
from sentinel.wire import Response, Steps, remember


@dataclass(frozen=True, slots=True)
class Ours:
    """The delivery's one post. `out`: it is live already, or will be by itself."""

    number: str
    out: bool = False


def drafted(line: Line, rendered: Rendered, memory: Mapping[str, str]) -> Steps[Ours | Outcome]:
    """Return the number of the delivery's one draft, or why there is none; nothing is public."""
    if memory.get("begun"):
        shown = yield from posts.look(line, rendered, memory)
        if isinstance(shown, Response):
            return (yield from _not_told(line, shown))
        if shown is not None and posts.status_of(shown) == "trash":
            why = "somebody put it into the trash"
            return Refused(Cause.CONTENT_REJECTED, Scope.CONTENT, why)
        if shown is not None:
            number = yield from _kept(line, posts.id_of(shown), memory)
            return Ours(number, out=posts.status_of(shown) in {"publish", "future"})
    else:
        yield from remember("begun", "1")
    numbers, _ = yield from media.categories(line, line.account)
    body = {
        "status": "draft",
        "slug": rendered.key,
        "title": rendered.payload.get("title", ""),
        "content": rendered.payload.get("content", ""),
    }
    answer = yield from line.ask(
        "POST", "/posts", json=body | ({"categories": numbers} if numbers else {})
    )
    if not answers.good(answer):
        cause = yield from looks.why_refused(line, answer)
        return answers.outcome(answer, committed=False, cause=cause)
    if not posts.id_of(answer.object()):
        return Failed(Cause.PLATFORM_FAULT, f"{answers.said(answer)}, no id")
    return Ours((yield from _kept(line, posts.id_of(answer.object()), memory)))


def doubted(outcome: Outcome) -> Outcome:
    """Return a failure as the doubt that it is, where the post may be live all the same.

    What somebody put into the trash is certain.
    """
    match outcome:
        case Throttled() | Failed() | Refused(scope=Scope.CHANNEL):
            return Unclear(outcome.cause, outcome.evidence)
        case Accepted() | Refused() | Unclear():
            return outcome


def _kept(line: Line, number: str, memory: Mapping[str, str]) -> Steps[str]:
    """Put on disk which draft is ours, before it can be published."""
    if memory.get("route") != line.route:
        yield from remember("route", line.route)
    if memory.get("post") != number:
        yield from remember("post", number)
    return number


def _not_told(line: Line, answer: Response) -> Steps[Outcome]:
    """Return what it means that WordPress would not say whether our post is there.

    Whatever it dislikes, it is our question and never the text.
    """
    cause = yield from looks.why_refused(line, answer, asked=True)
    told = answers.outcome(answer, committed=False, cause=cause)
    if answers.good(answer):
        return Failed(Cause.PLATFORM_FAULT, f"{answers.said(answer)}, no list of posts")
    if not isinstance(told, Refused) or told.scope is Scope.CHANNEL:
        return told
    return (
        Refused(cause, evidence=told.evidence)
        if cause
        else Failed(Cause.PLATFORM_FAULT, told.evidence)
    )
