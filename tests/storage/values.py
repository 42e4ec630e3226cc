"""Values for the storage tests: a message, a delivery, a clock that stands still, a storage."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sentinel.domain.cause import Severity
from sentinel.domain.delivery import Delivery, DeliveryState, Rendered
from sentinel.domain.message import Content, Message
from sentinel.storage.actor import Actor
from sentinel.storage.storage import Storage

NOON = datetime(2026, 7, 5, 12, 0, tzinfo=UTC)
TOKEN = Actor(kind="token", id="t1")
DAEMON = Actor(kind="daemon", id="a")
MINUTE = timedelta(minutes=1)


SHORT = timedelta(milliseconds=100)


class Clock:
    """A clock that a test moves by hand."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at

    def forward(self, time: timedelta) -> None:
        self.at += time


def message(number: int = 1, **changes: Any) -> Message:
    made = Message(
        id=f"m{number}",
        number=number,
        chain=f"m{number}",
        content=Content(
            headline="Bombe in der Hafenstraße",
            text="Bitte das Gebiet verlassen.",
            severity=Severity.SEVERE,
            texts={"x": "Kurz"},
            tags=("kampfmittel",),
        ),
        routes=("public",),
        accepted_at=NOON,
        expires_at=NOON + timedelta(hours=24),
        effective_severity=Severity.SEVERE,
    )
    return replace(made, **changes)


def delivery(message_id: str = "m1", account: str = "x/stadt", **changes: Any) -> Delivery:
    made = Delivery(
        id=f"{message_id}@{account}",
        message_id=message_id,
        channel=account.partition("/")[0],
        account=account,
        routes=("public",),
        state=DeliveryState.PLANNED,
        rendered=Rendered(
            text="Bombe in der Hafenstraße (Nr. 1)",
            key="k-1",
            length=32,
            limit=280,
            payload={"facets": [{"from": 0, "to": 5}], "createdAt": "2026-07-05T12:00:00Z"},
            parts=("a@example.org",),
        ),
        planned_at=NOON,
        due_at=NOON,
        since=NOON,
    )
    return replace(made, **changes)


async def keep(storage: Storage, *messages: Message) -> None:
    async with storage.write() as unit:
        for kept in messages:
            await unit.add_message(kept, key=None, body_hash="h", actor=TOKEN)


async def outbox(storage: Storage, *deliveries: Delivery) -> None:
    """Keep message 1 and these deliveries."""
    await keep(storage, message())
    async with storage.write() as unit:
        await unit.add_deliveries(deliveries)


@asynccontextmanager
async def opened(url: str, data: Path, *, read_only: bool = False) -> AsyncIterator[Storage]:
    storage = await Storage.open(
        url, data=data, node="a", now=Clock(), read_only=read_only, patience=SHORT
    )
    try:
        yield storage
    finally:
        await storage.close()
