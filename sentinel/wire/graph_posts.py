"""Posts on a platform of Meta: how they are listed, told to be ours, looked at and deleted.

A platform says by `Posts` what its list, its text and its permalink are called;
the conversations are then the same everywhere (fact sheet on Meta, sections 0,
2.5, 3 and 4).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

import regex

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    Found,
    Receipt,
    Rendered,
    StillThere,
    Unclear,
    Withdrawn,
    WithdrawResult,
)
from sentinel.domain.observation import Finding, Report
from sentinel.wire import Request, Response, Steps, ask, wait
from sentinel.wire.graph import Graph, good, said, succeeded
from sentinel.wire.rows import How

_ID = regex.compile(r"[0-9A-Za-z_-]{1,64}")
_PERMALINK = regex.compile(r"https?://[\w.:-]+/[^\s<>\"]{1,300}")
_MISSING = frozenset({How.GONE, How.CONTENT, How.ANEW})
_AWAY = frozenset({Cause.RATE_LIMITED, Cause.PLATFORM_DEFENDING})
_WALLS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_NOT_SERVED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_NO_OBJECT = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
LOOK_BACK: Final = timedelta(minutes=1)
"""How long before the attempt our posts are read: clocks differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posts:
    """One account's posts. `again_s`: pauses before a read that says "no such object" is repeated.

    Meta says so of objects that do exist now and then.
    """

    graph: Graph
    base: str = field(repr=False)  # with the version, without a trailing slash
    token: str = field(repr=False)
    listing: str  # path of the list of our own posts
    text: str  # name of the field with the text
    link: str  # name of the field with the permalink
    time: str  # name of the field with the time
    again_s: Sequence[float] = ()

    def get(self, path: str, **params: str) -> Steps[Response]:
        """Ask the API. The token goes into a header, where no log of a proxy keeps it."""
        request = Request(
            method="GET", url=f"{self.base}/{path}", headers=self._bearer(), params=params
        )
        answer = yield from ask(request)
        for pause in self.again_s:
            if good(answer) or self.graph.judge(answer).how is not How.GONE:
                break
            yield from wait(pause)
            answer = yield from ask(request)
        return answer

    def post(
        self, path: str, body: Mapping[str, Any], *, commits: bool = False, **params: str
    ) -> Steps[Response]:
        """Tell the API to do something."""
        return (
            yield from ask(
                Request(
                    method="POST",
                    url=f"{self.base}/{path}",
                    headers=self._bearer(),
                    params=params,
                    json=dict(body),
                    commits=commits,
                )
            )
        )

    def own(self, since: datetime | None = None) -> Steps[Response]:
        """Ask for our latest posts, from a minute before `since`."""
        params = {"fields": self._fields, "limit": "25"}
        if since is not None:
            params["since"] = str(int((since - LOOK_BACK).timestamp()))
        return (yield from self.get(self.listing, **params))

    def one(self, post_id: str) -> Steps[Response]:
        """Ask for one post."""
        return (yield from self.get(post_id, fields=self._fields))

    def receipt(self, shown: Mapping[str, Any], post_id: str) -> Receipt:
        """Return the receipt; the permalink is left out for flagged posts."""
        link = shown.get(self.link)
        usable = isinstance(link, str) and _PERMALINK.fullmatch(link)
        return Receipt(post_id=post_id, permalink=str(link) if usable else None)

    def note(self, shown: Mapping[str, Any], rendered: Rendered) -> Cause | None:
        """Return TRUNCATED if what is live is not what was sent."""
        return None if _plain(shown.get(self.text)) == _plain(rendered.text) else Cause.TRUNCATED

    def find(
        self, rendered: Rendered, since: datetime | None = None
    ) -> Steps[tuple[Found | None, Response]]:
        """Look for a post of ours among the latest; return it, and the answer."""
        answer = yield from self.own(since)
        for shown in listed(answer):
            if self._is_ours(shown, rendered):
                note = self.note(shown, rendered)
                return Found(self.receipt(shown, id_of(shown)), note), answer
        return None, answer

    def live_already(self, rendered: Rendered) -> Steps[Accepted | Unclear | None]:
        """Return Accepted if our post is there, None if not, Unclear if we cannot see."""
        found, answer = yield from self.find(rendered)
        if found:
            return Accepted(
                receipt=found.receipt, note=found.note, evidence="found among own posts"
            )
        if not good(answer):
            return Unclear(Cause.PLATFORM_FAULT, f"own posts not readable: {said(answer)}")
        return None

    def read_back(self, wanted: str | None, rendered: Rendered | None) -> Steps[Report]:
        """Read our posts and look for `wanted` among them, then by its id."""
        answer = yield from self.own()
        seen = self.graph.finding(Ability.READ_BACK, answer)
        if seen.cause or wanted is None or rendered is None:
            return Report(findings=(seen,))
        shown = next((each for each in listed(answer) if each["id"] == wanted), None)
        if shown is None:
            answer = yield from self.one(wanted)
            found = self.graph.finding(Ability.READ_BACK, answer)
            if found.cause and self.graph.judge(answer).how not in _MISSING:
                return Report(findings=(found,))
            shown = answer.object() if good(answer) else None
        if shown is None:
            missing = replace(seen, cause=Cause.NOT_VISIBLE, evidence=said(answer))
            return Report(findings=(missing,))
        if note := self.note(shown, rendered):
            cut = replace(seen, cause=note, evidence="live text differs from sent")
            return Report(findings=(seen, cut))
        return Report(findings=(seen,))

    def embedded(self, url: str, post_id: str, page: str) -> Steps[Report]:
        """Ask at `url` for the embedded view of `page`: it is served for public posts only.

        It does not say why not; that the post is there for ourselves tells the
        two reasons apart.
        """
        answer = yield from ask(
            Request(method="GET", url=url, params={"url": page}, anonymous=True)
        )
        seen = self.graph.finding(Ability.PUBLIC, answer)
        spoken = isinstance(answer.json(), dict)
        if good(answer):
            if not isinstance(answer.object().get("html"), str):
                seen = _walled(seen, "embed without html")
        elif seen.cause in _AWAY:
            pass
        elif succeeded(answer) or (spoken and answer.status in _WALLS):
            seen = _walled(seen, seen.evidence)
        elif spoken and answer.status in _NOT_SERVED:
            mine = yield from self.one(post_id)
            ours = good(mine) and bool(id_of(mine.json()))
            cause = Cause.READER_RESTRICTED if ours else Cause.NOT_VISIBLE
            seen = replace(seen, cause=cause, confirmed=True, perhaps_late=ours)
        return Report(findings=(seen,))

    def remove(self, post_id: str) -> Steps[WithdrawResult]:
        """Delete a post.

        Meta has one word (100/33) for what does not exist and for what the token
        may not touch. Reading the post tells the two apart.
        """
        if not id_of({"id": post_id}):
            return StillThere(Cause.BAD_CONFIGURATION, "the receipt holds no id of Meta")
        answer = yield from ask(
            Request(method="DELETE", url=f"{self.base}/{post_id}", headers=self._bearer())
        )
        if good(answer) and answer.object().get("success") is True:
            return Withdrawn(said(answer))
        if not good(answer) and not self._says_gone(answer):
            cause = self.graph.finding(Ability.PUBLISH, answer).cause
            return StillThere(cause or Cause.PLATFORM_FAULT, said(answer))
        look = yield from self.one(post_id)
        if self._says_gone(look):
            return Withdrawn(f"gone already: {said(look)}")
        why = Cause.PERMISSION_MISSING if good(look) else Cause.PLATFORM_FAULT
        return StillThere(why, f"{said(answer)} on deleting, {said(look)} on reading")

    @property
    def _fields(self) -> str:
        return f"id,{self.link},{self.text},{self.time}"

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def _is_ours(self, shown: Mapping[str, Any], rendered: Rendered) -> bool:
        """Return whether it is what was rendered: the same text, or our mark and first line."""
        theirs, ours = _plain(shown.get(self.text)), _plain(rendered.text)
        if theirs == ours:
            return True
        mark = _plain(rendered.payload.get("mark"))
        first = _plain(rendered.text.partition("\n")[0])
        holds = bool(mark) and regex.search(rf"{regex.escape(mark)}(?!\d)", theirs) is not None
        return holds and bool(first) and theirs.startswith(first)

    def _says_gone(self, answer: Response) -> bool:
        if not isinstance(answer.json(), dict) or good(answer):
            return False
        return self.graph.judge(answer).how is How.GONE or answer.status in _NO_OBJECT


def id_of(value: Any) -> str:
    """Return the id in an object; empty if there is none worth the name."""
    found = value.get("id") if isinstance(value, dict) else None
    return found if isinstance(found, str) and _ID.fullmatch(found) else ""


def named(graph: Graph, ability: Ability, answer: Response) -> Finding:
    """Return what an answer says that has to name an id."""
    seen = graph.finding(ability, answer)
    if seen.cause is None and not id_of(answer.json()):
        return replace(seen, cause=Cause.PLATFORM_FAULT, evidence=f"{seen.evidence}, no id")
    return seen


def listed(answer: Response) -> list[dict[str, Any]]:
    """Return the posts of a list."""
    data = answer.object().get("data") if good(answer) else None
    return [each for each in data if id_of(each)] if isinstance(data, list) else []


def _walled(seen: Finding, evidence: str) -> Finding:
    return replace(seen, cause=Cause.READER_RESTRICTED, evidence=evidence, confirmed=True)


def _plain(text: Any) -> str:
    return " ".join(unicodedata.normalize("NFC", text if isinstance(text, str) else "").split())
