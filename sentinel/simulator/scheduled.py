"""Statuses that Mastodon was asked to publish later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sentinel.simulator.faces import Call
from sentinel.simulator.world import Account

_SOONEST = timedelta(minutes=5)  # nothing can be scheduled for earlier than this


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """One status that waits. Its id is of another kind than a status's."""

    id: str
    account: str
    text: str
    visibility: str
    due: datetime

    def shown(self) -> dict[str, Any]:
        """Return it as the API shows it: without `url` and `content`."""
        due = self.due.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        params = {"text": self.text, "visibility": self.visibility}
        return {"id": self.id, "scheduled_at": due, "params": params, "media_attachments": []}


class Schedule:
    """All that wait. They go live when somebody looks after their time."""

    def __init__(self) -> None:
        self._kept: dict[str, Scheduled] = {}

    def add(self, call: Call, text: str, due: str) -> Scheduled | None:
        """Keep one; None if `due` is no time, or not at least five minutes ahead."""
        try:
            moment = datetime.fromisoformat(due)
        except ValueError:
            return None
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        if moment < call.at + _SOONEST:
            return None
        kept = Scheduled(
            id=str(call.account.serial()),
            account=call.account.name,
            text=text,
            visibility=call.text("visibility") or "public",
            due=moment,
        )
        self._kept[kept.id] = kept
        return kept

    def waiting(self, account: Account, at: datetime) -> Sequence[Scheduled]:
        """Return what still waits on `account`."""
        self.publish_what_is_due(account, at)
        return [kept for kept in self._kept.values() if kept.account == account.name]

    def find(self, call: Call) -> Scheduled | None:
        """Return the one that `call` names."""
        waiting = self.waiting(call.account, call.at)
        return next((kept for kept in waiting if kept.id == call.part["id"]), None)

    def drop(self, call: Call) -> bool:
        """Forget the one that `call` names; False if there is none."""
        kept = self.find(call)
        return kept is not None and self._kept.pop(kept.id, None) is not None

    def publish_what_is_due(self, account: Account, at: datetime) -> None:
        """Make statuses of those whose time has come."""
        for kept in [k for k in self._kept.values() if k.account == account.name and k.due <= at]:
            del self._kept[kept.id]
            account.add(
                id=str((int(kept.due.timestamp() * 1000) << 16) + account.serial() % (1 << 16)),
                text=kept.text,
                key=None,
                at=kept.due,
                faults={},
                detail={"visibility": kept.visibility, "spoiler": ""},
            )
