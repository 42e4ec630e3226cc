"""Attempts are written down in order, and decisions keep their reasons."""

from __future__ import annotations

from sentinel.domain.cause import Cause
from sentinel.storage.storage import Storage
from tests.storage.values import MINUTE, NOON, delivery, keep, message, outbox


async def test_attempts_are_kept_in_order_and_keep_their_first_outcome(storage: Storage) -> None:
    await outbox(storage, delivery())
    async with storage.write() as unit:
        first = await unit.begin_attempt("m1@x/stadt", at=NOON, node="a")
        await unit.end_attempt(
            first, at=NOON, outcome="failed", cause=Cause.PLATFORM_FAULT, evidence="503"
        )
        await unit.begin_attempt("m1@x/stadt", at=NOON + MINUTE, node="a")
        ended = await unit.end_open_attempts("m1@x/stadt", NOON + 2 * MINUTE, "crashed")
        await unit.end_attempt(first, at=NOON, outcome="accepted", cause=None, evidence="")

    async with storage.read() as view:
        attempts = await view.attempts_of("m1@x/stadt")

    assert ended == 1
    assert [(a.outcome, a.cause) for a in attempts] == [
        ("failed", Cause.PLATFORM_FAULT),
        ("crashed", None),
    ]


async def test_the_latest_explanation_stands(storage: Storage) -> None:
    await keep(storage, message())
    async with storage.write() as unit:
        await unit.explain("m1", "public", "x", "down", cause=Cause.UNREACHABLE, at=NOON)
        await unit.explain("m1", "public", "x", "frozen", detail="by a person", at=NOON)

    async with storage.read() as view:
        (why,) = await view.explanations_of("m1")
    assert (why.reason, why.detail, why.cause) == ("frozen", "by a person", None)
