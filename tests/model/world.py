"""The platforms as they are: what stands on each account, whatever Sentinel believes.

Each account is one of four kinds, by what it lets a sender know afterwards.
A post comes about only here, and everything that was ever handed over is kept.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sentinel.domain.cause import Cause
from sentinel.wire import Lost, Request, Response

_NUMBER = re.compile(r"Nr\. (\d+): ")


class Kind(StrEnum):
    """What an account's platform tells about a post whose answer was lost."""

    PROVING = "proving"  # says for certain that a post does not exist and never will
    KEYED = "keyed"  # drops a second copy with the same key
    BLIND = "blind"  # shows what it shows; what it does not show may be there all the same
    SILENT = "silent"  # cannot be looked at


class Mood(StrEnum):
    """What an account's platform does with a post."""

    TAKES = "takes"
    FAILS = "fails"
    REFUSES = "refuses"  # the account
    DISLIKES = "dislikes"  # the text
    THROTTLES = "throttles"
    DEFENDS = "defends"  # throttles without a word until when
    SWALLOWS = "swallows"  # posts it, and answers nonsense
    STUMBLES = "stumbles"  # does not post it, and answers nonsense
    DAWDLES = "dawdles"  # answers when it likes
    HESITATES = "hesitates"  # dawdles before anything could become public


_NO = {Mood.FAILS: 503, Mood.DISLIKES: 422, Mood.DEFENDS: 429, Mood.STUMBLES: 500}
"""What a platform answers that does not post it."""


@dataclass(slots=True)
class Post:
    """One post that came about."""

    id: str
    account: str
    message: int  # its short number
    key: str
    visible_from: float
    stands: bool = True


@dataclass(slots=True)
class Call:
    """One post that was handed over and not decided about yet."""

    account: str
    message: int
    key: str
    answer: asyncio.Future[Response]


@dataclass
class World:
    """What stands where, and what was ever tried."""

    kinds: dict[str, Kind]
    now: Callable[[], datetime]
    elapsed: Callable[[], float]  # nobody can set it
    posts: list[Post] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    moods: dict[str, Mood] = field(default_factory=dict)
    late_s: dict[str, float] = field(default_factory=dict)  # until a post can be seen
    said: set[tuple[str, int]] = field(default_factory=set)  # posts whose sender was told so
    waiting: list[tuple[str, asyncio.Event]] = field(default_factory=list)  # hesitations

    def standing(self, message: int) -> set[str]:
        """Return the accounts on which a message stands."""
        return {post.account for post in self.posts if post.message == message and post.stands}

    def ever(self, message: int, account: str) -> int:
        """Return how many posts of a message there ever were on an account."""
        return sum((post.message, post.account) == (message, account) for post in self.posts)

    async def greet(self, account: str) -> Response | Lost:
        """Answer what comes before a post."""
        if self.moods.get(account) is Mood.HESITATES:
            over = asyncio.Event()
            self.waiting.append((account, over))
            await over.wait()
        return Response(status=200)

    async def post(self, account: str, text: str, key: str) -> Response | Lost:
        """Take a post in, or not, by the account's mood."""
        number = number_of(text)
        match self.moods.get(account, Mood.TAKES):
            case Mood.DAWDLES:
                answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
                self.calls.append(Call(account, number, key, answer))
                return await answer
            case mood:
                return self.decide(account, number, key, mood)

    def decide(self, account: str, number: int, key: str, mood: Mood) -> Response:
        """Decide about a post at once, and return the answer."""
        until = (self.now() + timedelta(minutes=10)).isoformat()
        match mood:
            case Mood.THROTTLES:
                return Response(status=429, body=until.encode())
            case Mood.REFUSES:
                return Response(status=403, body=Cause.PLAN_REFUSED.encode())
            case Mood.FAILS | Mood.DISLIKES | Mood.DEFENDS | Mood.STUMBLES:
                return Response(status=_NO[mood])
            case Mood.SWALLOWS:
                self._put(account, number, key)
                return Response(status=500)
            case _:
                post = self._put(account, number, key)
                self.said.add((account, number))
                return Response(status=201, body=post.id.encode())

    def answer(self, pick: int, mood: Mood) -> None:
        """Decide about a post that had to wait; its sender may not listen any more."""
        call = self.calls.pop(pick % len(self.calls))
        known = set(self.said)
        answer = self.decide(call.account, call.message, call.key, mood)
        if call.answer.done():
            self.said = known
        else:
            call.answer.set_result(answer)

    def _put(self, account: str, number: int, key: str) -> Post:
        if self.kinds[account] is Kind.KEYED:
            for known in self.posts:
                if (known.account, known.key) == (account, key):
                    return known
        visible = self.elapsed() + self.late_s.get(account, 0.0)
        self.posts.append(Post(f"p{len(self.posts)}", account, number, key, visible))
        return self.posts[-1]

    def look(self, account: str, text: str, key: str) -> Response:
        """Answer truthfully whether a post is there."""
        number, kind = number_of(text), self.kinds[account]
        if kind is Kind.SILENT:
            return Response(status=404)
        mine = [
            post
            for post in self.posts
            if (post.account, post.key) == (account, key) and post.stands
        ]
        for post in mine:
            if post.visible_from <= self.elapsed():
                self.said.add((account, number))
                return Response(status=200, body=post.id.encode())
        to_come = any((call.account, call.key) == (account, key) for call in self.calls)
        if kind is Kind.PROVING and not mine and not to_come:
            return Response(status=410)
        return Response(status=404)

    def remove(self, account: str, post_id: str) -> Response:
        """Take a post down."""
        if self.moods.get(account, Mood.TAKES) in {Mood.FAILS, Mood.REFUSES}:
            return Response(status=503)
        for post in self.posts:
            if (post.account, post.id) == (account, post_id):
                post.stands = False
        return Response(status=200)


def number_of(text: str) -> int:
    """Return which message a text is."""
    found = _NUMBER.match(text)
    assert found is not None, f"no number in {text!r}"
    return int(found.group(1))


async def answered(world: World, account: str, request: Request) -> Response | Lost:
    """Return what the world answers to one request of the model's platform."""
    match request.method:
        case "HEAD":
            return await world.greet(account)
        case "POST":
            return await world.post(account, request.json["text"], request.json["key"])
        case "GET":
            return world.look(account, request.params["text"], request.params["key"])
        case _:
            return world.remove(account, request.params["id"])
