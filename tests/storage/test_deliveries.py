"""The outbox hands each delivery to one worker at a time, and believes only the latest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sentinel.domain.cause import Cause, Severity
from sentinel.domain.delivery import Delivery, DeliveryState, Receipt
from sentinel.storage.deliveries import Claim
from sentinel.storage.storage import Storage
from sentinel.storage.trouble import AlreadyThere
from tests.storage.values import MINUTE, NOON, Clock, delivery, keep, message, outbox

LEASE = timedelta(seconds=30)
GONE = timedelta(seconds=-1)  # a lease that has ended when it begins
S = DeliveryState


async def claim(storage: Storage, *, lease: timedelta = LEASE) -> list[Claim]:
    async with storage.write() as unit:
        return await unit.claim_due(NOON, lease=lease, limit=10)


async def stored(storage: Storage, delivery_id: str = "m1@x/stadt") -> Delivery:
    async with storage.read() as view:
        found = await view.delivery(delivery_id)
    assert found is not None
    return found


async def test_a_delivery_comes_back_as_it_went_in(storage: Storage) -> None:
    sent = delivery(
        cause=Cause.RATE_LIMITED,
        evidence="429",
        attempts=2,
        memory={"container": "c1"},
        receipt=Receipt(post_id="p1", permalink="https://x.example/p1"),
        posted_at=NOON,
        note=Cause.TRUNCATED,
    )

    await outbox(storage, sent)

    assert await stored(storage) == sent


async def test_an_account_gets_a_message_once(storage: Storage) -> None:
    await outbox(storage, delivery())

    with pytest.raises(AlreadyThere):
        async with storage.write() as unit:
            await unit.add_delivery(delivery(id="another", channel="x-renamed"))


async def test_what_is_sent_is_frozen_when_planned(storage: Storage) -> None:
    await outbox(storage, delivery())
    other = replace(delivery().rendered, text="Something else")

    async with storage.write() as unit:
        await unit.save_delivery(delivery(rendered=other, evidence="seen"))

    kept = await stored(storage)
    assert (kept.rendered, kept.evidence) == (delivery().rendered, "seen")


async def test_of_two_frozen_texts_one_is_chosen_once(storage: Storage) -> None:
    long = delivery().rendered
    short, other = replace(long, text="Kurz"), replace(long, text="Anders")
    await outbox(storage, delivery(without_link=short))

    async with storage.write() as unit:
        await unit.choose_text("m1@x/stadt", short)
        await unit.choose_text("m1@x/stadt", other)

    assert await stored(storage) == delivery(rendered=short)


async def test_what_a_server_said_is_kept_even_if_no_database_could_hold_it(
    storage: Storage,
) -> None:
    await outbox(storage, delivery(evidence="a\0b\ud800c", receipt=Receipt(post_id="\0\udfff")))

    kept = await stored(storage)

    assert kept.evidence == "a\N{REPLACEMENT CHARACTER}b?c"
    assert kept.receipt == Receipt(post_id="\0?")


async def test_only_what_is_due_and_waiting_is_claimed(storage: Storage) -> None:
    await outbox(
        storage,
        delivery(account="x/stadt"),
        delivery(account="threads/stadt", due_at=NOON + MINUTE),
        delivery(account="mastodon/stadt", state=S.UNKNOWN),
        delivery(account="bluesky/stadt", state=S.AWAITING_PERSON),
        delivery(account="email/stadt"),
    )

    async with storage.write() as unit:
        claims = await unit.claim_due(
            NOON, lease=LEASE, limit=10, exclude_channels=frozenset({"email"})
        )

    assert [claim.delivery.channel for claim in claims] == ["mastodon", "x"]


async def test_the_gravest_are_claimed_first_then_the_longest_due(storage: Storage) -> None:
    await keep(
        storage,
        message(1, effective_severity=Severity.MINOR),
        message(2, effective_severity=Severity.EXTREME),
        message(3, effective_severity=Severity.EXTREME),
    )
    async with storage.write() as unit:
        await unit.add_delivery(delivery("m1", due_at=NOON - 3 * MINUTE))
        await unit.add_delivery(delivery("m2", due_at=NOON - 1 * MINUTE))
        await unit.add_delivery(delivery("m3", due_at=NOON - 2 * MINUTE))

    async with storage.write() as unit:
        claims = await unit.claim_due(NOON, lease=LEASE, limit=2)

    assert [claim.delivery.message_id for claim in claims] == ["m3", "m2"]


async def test_a_claimed_delivery_is_nobody_elses(storage: Storage) -> None:
    await outbox(storage, delivery())

    first = await claim(storage)
    second = await claim(storage)

    assert (len(first), second) == (1, [])


async def test_settling_ends_the_claim(storage: Storage) -> None:
    await outbox(storage, delivery())
    (mine,) = await claim(storage)

    async with storage.write() as unit:
        done = await unit.settle(replace(mine.delivery, evidence="503"), mine.token)
    (again,) = await claim(storage)

    assert done
    assert (again.delivery.evidence, again.token) == ("503", mine.token + 1)


async def test_releasing_ends_the_claim_without_a_change(storage: Storage) -> None:
    await outbox(storage, delivery())
    (mine,) = await claim(storage)

    async with storage.write() as unit:
        assert await unit.release(mine.delivery.id, mine.token)

    assert len(await claim(storage)) == 1


async def test_a_stale_token_changes_nothing(storage: Storage) -> None:
    await outbox(storage, delivery())
    (old,) = await claim(storage, lease=GONE)
    (new,) = await claim(storage)
    changed = replace(old.delivery, evidence="late")

    async with storage.write() as unit:
        answers = [
            await unit.settle(changed, old.token),
            await unit.save_delivery(changed, old.token),
            bool(await unit.renew_leases([(changed.id, old.token)], LEASE)),
            await unit.release(changed.id, old.token),
            await unit.settle(replace(new.delivery, evidence="mine"), new.token),
        ]

    assert answers == [False, False, False, False, True]
    assert (await stored(storage)).evidence == "mine"


async def test_a_person_who_overrules_shuts_the_worker_out(storage: Storage) -> None:
    await outbox(storage, delivery(state=S.UNKNOWN))
    (mine,) = await claim(storage)

    async with storage.write() as unit:
        confirmed = replace(mine.delivery, state=S.PUBLISHED, confirmed_by="p1")
        await unit.save_delivery(confirmed)
    async with storage.write() as unit:
        still_mine = await unit.settle(mine.delivery, mine.token)

    assert not still_mine
    assert (await stored(storage)).state is S.PUBLISHED


async def test_a_claim_goes_on_after_it_is_marked_as_publishing(storage: Storage) -> None:
    await outbox(storage, delivery())
    (mine,) = await claim(storage)
    publishing = replace(mine.delivery, state=S.PUBLISHING, attempts=1)

    async with storage.write() as unit:
        marked = await unit.save_delivery(publishing, mine.token)
    async with storage.write() as unit:
        settled = await unit.settle(replace(publishing, state=S.PUBLISHED), mine.token)

    assert (marked, settled) == (True, True)


async def test_a_renewed_lease_holds(storage: Storage) -> None:
    await outbox(storage, delivery())
    (mine,) = await claim(storage, lease=GONE)

    async with storage.write() as unit:
        assert await unit.renew_leases([(mine.delivery.id, mine.token)], LEASE)

    assert await claim(storage) == []


async def test_an_attempt_whose_worker_is_gone_is_taken_over(storage: Storage) -> None:
    await outbox(storage, delivery())
    (old,) = await claim(storage, lease=GONE)
    publishing = replace(old.delivery, state=S.PUBLISHING)
    async with storage.write() as unit:
        await unit.save_delivery(publishing, old.token)

    async with storage.write() as unit:
        abandoned = await unit.abandoned(NOON)
        (new,) = await unit.reclaim(lease=LEASE)
        none_left = await unit.abandoned(NOON)
        late = await unit.settle(replace(publishing, state=S.PUBLISHED), old.token)

    assert (abandoned, new.delivery, none_left, late) == ([publishing], publishing, [], False)


async def test_on_sqlite_a_restart_ends_every_lease_of_the_run_before(
    tmp_path: Path, clock: Clock
) -> None:
    url = f"sqlite:///{tmp_path}/sentinel.db"
    before = await Storage.open(url, data=tmp_path, node="a", now=clock)
    await outbox(before, delivery(account="x/stadt"), delivery(account="threads/stadt"))
    claims = await claim(before)
    async with before.write() as unit:
        started = replace(claims[0].delivery, state=S.PUBLISHING)
        await unit.save_delivery(started, claims[0].token)
    await before.close()

    after = await Storage.open(url, data=tmp_path, node="a", now=clock)
    async with after.read() as view:
        abandoned = await view.abandoned(NOON)
    again = await claim(after)
    await after.close()

    assert abandoned == [started]
    assert [c.delivery.id for c in again] == [claims[1].delivery.id]


async def test_what_a_conversation_remembers_survives_a_save_with_older_knowledge(
    storage: Storage,
) -> None:
    await outbox(storage, delivery())
    async with storage.write() as unit:
        await unit.remember("m1@x/stadt", "container", "c1")
        await unit.remember("m1@x/stadt", "media", "i1")
        await unit.save_delivery(delivery(evidence="e"))

    assert (await stored(storage)).memory == {"container": "c1", "media": "i1"}

    async with storage.write() as unit:
        await unit.forget("m1@x/stadt")

    assert (await stored(storage)).memory == {}


async def test_who_was_shut_out_cannot_change_what_a_conversation_remembers(
    storage: Storage,
) -> None:
    await outbox(storage, delivery())
    (first,) = await claim(storage)
    async with storage.write() as unit:
        mine = await unit.remember("m1@x/stadt", "container", "c1", first.token)
        await unit.save_delivery(replace(first.delivery, state=S.AWAITING_PERSON))
        stale = await unit.remember("m1@x/stadt", "container", "c2", first.token)

    assert (mine, stale) == (True, False)
    assert (await stored(storage)).memory == {"container": "c1"}


async def test_the_outbox_can_be_counted(storage: Storage) -> None:
    await outbox(
        storage,
        delivery(account="x/a", due_at=NOON - MINUTE),
        delivery(account="x/b", state=S.PUBLISHED, posted_at=NOON),
        delivery(account="y/a", due_at=NOON + MINUTE),
    )

    async with storage.read() as view:
        assert await view.pending_by_channel() == {"x": 1, "y": 1}
        assert await view.deliveries_by_state() == {S.PLANNED: 2, S.PUBLISHED: 1}
        assert await view.oldest_due(NOON) == NOON - MINUTE
        assert await view.next_due(NOON) == NOON + MINUTE
        assert await view.next_due(NOON + MINUTE) is None
        assert await view.count_published("x/b", NOON) == 1
        assert await view.count_published("x/b", NOON + MINUTE) == 0
        last = await view.last_published("x/b")
        assert last is not None
        assert last.id == "m1@x/b"
        assert await view.last_published("x/a") is None
        many = await view.deliveries_of_many(["m1", "m2"])
        assert [len(many["m1"]), len(many["m2"])] == [3, 0]
