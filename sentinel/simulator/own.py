"""The simulator's own addresses that a daemon talks to: the uplink's controls, the staff's inbox.

They are faces like any other, so that faults can hit them too.
"""

# ruff: noqa: ARG002 - every face keeps one signature, needed or not
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sentinel.simulator.faces import Answer, Call, HttpFace, Route, say
from sentinel.simulator.kinds import Kind, Role


class Control(HttpFace):
    """`/_control/1` to `/_control/3` and any other: answers 204 and the time, to anybody."""

    name = "_control"
    operator = "_control"
    kinds = frozenset({Kind.UPLINK_LOST, Kind.REFUSE_CONNECTION, Kind.BLACK_HOLE, Kind.SLOW})

    def routes(self) -> Sequence[Route]:
        """Return the two spellings of a control's address."""
        return tuple(
            Route("GET", path, Role.HEALTH, self.unknown, login=False) for path in ("", "/")
        )

    def unknown(self, call: Call) -> Answer:
        """Return the one answer of a control."""
        return Answer(status=204)


class Inbox(HttpFace):
    """`POST /_inbox/NAME`: takes JSON or a form, as Apprise's `json://` and `form://` send it."""

    name = "_inbox"
    operator = "_inbox"
    kinds = frozenset(
        {
            Kind.REFUSE_CONNECTION,
            Kind.BLACK_HOLE,
            Kind.SLOW,
            Kind.SERVER_ERROR,
            Kind.HTML_ERROR,
            Kind.FLAPPING,
        }
    )

    words: ClassVar = {Kind.SERVER_ERROR: say({"error": "broken"}, 500)}

    def __init__(self) -> None:
        super().__init__()
        self._notes: list[dict[str, Any]] = []

    def routes(self) -> Sequence[Route]:
        """Return what can be asked of an inbox."""
        return tuple(
            Route(method, path, Role.HEALTH, handler, login=False)
            for path in ("", "/")
            for method, handler in (("POST", self._take), ("GET", self._show))
        )

    def unknown(self, call: Call) -> Answer:
        """Return 404."""
        return say({"error": "not found"}, 404)

    def notes(self, name: str | None = None) -> list[dict[str, Any]]:
        """Return what came, oldest first."""
        return [note for note in self._notes if name in {None, note["name"]}]

    def forget(self) -> None:
        """Empty every inbox."""
        self._notes.clear()

    def _take(self, call: Call) -> Answer:
        self._notes.append(
            {
                "name": call.account.name,
                "at": call.at.isoformat(),
                "body": dict(call.sent) or call.body.decode("utf-8", "replace"),
            }
        )
        return say({"taken": len(self._notes)})

    def _show(self, call: Call) -> Answer:
        return say(self.notes(call.account.name))
