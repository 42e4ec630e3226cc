"""Threads in two steps: whatever is lost, refused or cut off in between, one post at most.

A small Threads of our own stands in: containers that are published at most once,
and posts that a list may not show. Calls go wrong before or after they took
effect, and the machine may die at any step; then it begins again with what was
remembered, and asks `find` first, as the dispatcher does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, assert_never

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    Found,
    NotSeen,
    Outcome,
    ProvenAbsent,
    Refused,
    Throttled,
    Unclear,
)
from sentinel.platforms.threads import PLATFORM
from sentinel.wire import Lost, Remember, Request, Response, Steps, Wait, outcome_of_loss
from tests.platforms.talk import NOON, account, draft, said

ACCOUNT = account("https://threads.test", "https://threads.test", {"access_token": "t0ken"})
RENDERED = PLATFORM.render(draft(), ACCOUNT)
GONE = said(400, {"error": {"code": 24, "error_subcode": 4279009}})
BROKEN = said(500, {"error": {"code": 2}})


class Way(Enum):
    """How a call goes."""

    WELL = auto()
    LOST_BEFORE = auto()
    LOST_AFTER = auto()
    BROKEN_BEFORE = auto()
    BROKEN_AFTER = auto()
    NOT_FOUND = auto()
    CRASH_BEFORE = auto()
    CRASH_AFTER = auto()


class Crash(Exception):
    """The machine died."""


@dataclass
class Meta:
    """A small Threads: containers by id, and the posts that were made of them."""

    hidden: bool
    containers: dict[str, str] = field(default_factory=dict)
    posts: list[str] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        path = request.url.removeprefix("https://threads.test/")
        form = dict(request.form or {})
        if request.method == "POST" and path.endswith("/threads_publish"):
            return self._publish(form["creation_id"])
        if request.method == "POST":
            made = f"{len(self.containers) + 1}"
            self.containers[made] = "FINISHED"
            return said(200, {"id": made})
        if path.rpartition("/")[2] in self.containers:
            return said(200, {"status": self.containers[path.rpartition("/")[2]], "id": "1"})
        if path.endswith("/threads"):
            shown = [] if self.hidden else self.posts
            return said(200, {"data": [self._shown(post) for post in shown]})
        post = path.rpartition("/")[2]
        return said(200, self._shown(post)) if post in self.posts else GONE

    def _publish(self, container: str) -> Response:
        if self.containers.get(container) != "FINISHED":
            return GONE
        self.containers[container] = "PUBLISHED"
        self.posts.append(f"9{container}")
        return said(200, {"id": self.posts[-1]})

    def _shown(self, post: str) -> dict[str, Any]:
        return {"id": post, "text": RENDERED.text, "permalink": f"https://threads.test/{post}"}


def go(meta: Meta, request: Request, way: Way) -> Response | Lost:
    """Let one call go its way."""
    lost = Lost(Cause.UNREACHABLE, "timeout", sent=True)
    match way:
        case Way.WELL:
            return meta.answer(request)
        case Way.CRASH_BEFORE:
            raise Crash
        case Way.LOST_BEFORE:
            return lost
        case Way.BROKEN_BEFORE:
            return BROKEN
        case Way.NOT_FOUND:
            return GONE
        case Way.CRASH_AFTER:
            meta.answer(request)
            raise Crash
        case Way.LOST_AFTER:
            meta.answer(request)
            return lost
        case Way.BROKEN_AFTER:
            meta.answer(request)
            return BROKEN
        case _:
            assert_never(way)


def hold(steps: Steps[Any], meta: Meta, memory: dict[str, str], ways: list[Way]) -> Any:
    """Hold a conversation as the driver does; return its value.

    Raises:
        Crash: In the middle of it.
        Lost: It let a loss pass.
    """
    committed = False
    reply: Response | Lost | None
    try:
        step = next(steps)
        while True:
            reply = None
            if isinstance(step, Remember):
                memory[step.name] = step.value
            elif not isinstance(step, Wait):
                assert isinstance(step, Request)
                committed = committed or step.commits
                reply = go(meta, step, ways.pop() if ways else Way.WELL)
            if isinstance(reply, Lost):
                reply.committed = committed
                step = steps.throw(reply)
            else:
                step = steps.send(reply)
    except StopIteration as end:
        return end.value


def attempt(meta: Meta, memory: dict[str, str], ways: list[Way]) -> Outcome:
    try:
        outcome = hold(PLATFORM.publish(ACCOUNT, RENDERED, dict(memory)), meta, memory, ways)
        assert isinstance(outcome, Accepted | Throttled | Failed | Refused | Unclear)
    except Lost as lost:
        return outcome_of_loss(lost)
    except Crash:
        return Unclear(Cause.UNREACHABLE)
    return outcome


def look(meta: Meta, memory: dict[str, str], ways: list[Way]) -> Any:
    try:
        return hold(PLATFORM.find(ACCOUNT, RENDERED, dict(memory), NOON), meta, memory, ways)
    except (Lost, Crash):
        return NotSeen()


@settings(max_examples=500)
@given(st.booleans(), st.lists(st.sampled_from(Way), max_size=14))
def test_whatever_goes_wrong_between_container_and_post_there_is_one_at_most(
    hidden: bool,  # noqa: FBT001 - drawn by hypothesis
    ways: list[Way],
) -> None:
    meta, memory = Meta(hidden=hidden), dict[str, str]()
    known = None
    for _ in range(8):
        outcome = attempt(meta, memory, ways)
        if isinstance(outcome, Accepted):
            known = outcome.receipt.post_id
            break
        if isinstance(outcome, Unclear):
            seen = next(
                (s for _ in range(3) if not isinstance(s := look(meta, memory, ways), NotSeen)),
                NotSeen(),
            )
            if isinstance(seen, Found):
                known = seen.receipt.post_id
                break
            if isinstance(seen, NotSeen):
                break  # it stays unknown: nobody repeats it
            assert isinstance(seen, ProvenAbsent)
        assert meta.posts == [], f"certainly not posted, by {outcome}"

    assert len(meta.posts) <= 1
    assert known is None or meta.posts == [known]
