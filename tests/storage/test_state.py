"""Everything else that must survive a restart: health, quota, switches, outages, tokens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sentinel.domain.cause import Ability, Cause, State
from sentinel.domain.health import ChannelHealth, Verdict
from sentinel.domain.message import MessageState
from sentinel.domain.observation import Finding, Observation, Window
from sentinel.domain.rules import Freeze
from sentinel.domain.track import Track
from sentinel.storage.actor import Actor
from sentinel.storage.notifications import Notification
from sentinel.storage.outages import Outage
from sentinel.storage.storage import Storage
from sentinel.storage.tokens import Token
from tests.storage.values import MINUTE, NOON, delivery, keep, message, outbox

GONE = timedelta(seconds=-1)  # a lease that has ended when it begins


def seen(channel: str, probe: str, minute: int) -> Observation:
    finding = Finding(ability=Ability.PUBLISH, cause=Cause.SLOW, evidence="4.2 s")
    at = NOON + minute * MINUTE
    return Observation(
        channel=channel, probe=probe, finding=finding, at=at, vantage="a", fresh_until=at + MINUTE
    )


def outage(name: str, minute: int = 0) -> Outage:
    return Outage(
        id=name,
        kind="ability",
        channel="x",
        ability=Ability.PUBLISH,
        operator="x",
        cause=Cause.RATE_LIMITED,
        opened_at=NOON + minute * MINUTE,
        messages=("m1",),
    )


def notification(name: str = "n1") -> Notification:
    return Notification(
        id=name,
        outage_id="o1",
        journal_number=7,
        contact="leitstelle",
        due_at=NOON,
        subject="X: publish down",
        text="rate_limited",
        created_at=NOON,
    )


async def test_health_comes_back_as_it_was_judged(storage: Storage) -> None:
    track = Track(
        probe="write_path",
        ability=Ability.PUBLISH,
        state=State.DOWN,
        cause=Cause.UNREACHABLE,
        since=NOON,
        seen_at=NOON,
        fresh_until=NOON + MINUTE,
        bad=3,
    )
    verdict = Verdict(
        state=State.DOWN,
        cause=Cause.UNREACHABLE,
        evidence="timeout",
        since=NOON,
        half_open=True,
    )
    health = ChannelHealth(
        channel="x",
        tracks={"publish/write_path": track},
        verdicts={Ability.PUBLISH: verdict},
        changes={Ability.PUBLISH: (NOON, NOON + MINUTE)},
    )

    async with storage.write() as unit:
        await unit.save_health(ChannelHealth(channel="x"))
        await unit.save_health(health)
        await unit.save_health(ChannelHealth(channel="gone"))
        await unit.drop_health(["gone"])

    async with storage.read() as view:
        assert await view.all_health() == {"x": health}


async def test_observations_are_kept_and_the_last_check_is_known(storage: Storage) -> None:
    async with storage.write() as unit:
        await unit.add_observations([])
        await unit.add_observations([seen("x", "quota", 2), seen("x", "quota", 1)])
        await unit.add_observations([seen("y", "quota", 3)])

    async with storage.read() as view:
        assert await view.observations("x", limit=1) == [seen("x", "quota", 2)]
        assert await view.last_checks() == {
            ("x", "quota"): NOON + 2 * MINUTE,
            ("y", "quota"): NOON + 3 * MINUTE,
        }


async def test_quota_and_credentials_are_kept_by_account(storage: Storage) -> None:
    first = Window(name="posts/24h", limit=100, remaining=40, per=timedelta(hours=24))
    second = replace(first, remaining=39.5, resets_at=NOON)
    async with storage.write() as unit:
        await unit.save_windows("x/stadt", [first], NOON)
        await unit.save_windows("x/stadt", [second], NOON + MINUTE)
        await unit.save_credential_expiry("x/stadt", NOON)
        await unit.save_credential_expiry("y/stadt", NOON)
        await unit.save_credential_expiry("y/stadt", None)

    async with storage.read() as view:
        assert await view.windows() == {"x/stadt": {"posts/24h": (second, NOON + MINUTE)}}
        assert await view.credential_expiries() == {"x/stadt": NOON}


async def test_switches_stay_as_they_were_put(storage: Storage) -> None:
    freeze = Freeze(channel="x", reason="Gegendarstellung", by="p1", until=NOON)
    async with storage.write() as unit:
        await unit.set_flag("hold", {"reason": "Probe", "since": NOON})
        await unit.set_flag("posture", "calm")
        await unit.set_flag("posture", "crisis")
        await unit.set_flag("old", 1)
        await unit.set_flag("old", None)
        await unit.add_freeze(replace(freeze, reason="?"))
        await unit.add_freeze(freeze)
        await unit.add_freeze(replace(freeze, channel="y"))
        removed = [await unit.remove_freeze("y"), await unit.remove_freeze("y")]

    async with storage.read() as view:
        assert await view.flag("hold") == {"reason": "Probe", "since": "2026-07-05T12:00:00Z"}
        assert await view.flag("posture") == "crisis"
        assert await view.flag("old") is None
        assert await view.freezes() == {"x": freeze}
    assert removed == [True, False]


async def test_a_lease_has_one_holder_until_it_ends(storage: Storage) -> None:
    async with storage.write() as unit:
        answers = [
            await unit.hold_lease("leader", "a", MINUTE),
            await unit.hold_lease("leader", "b", MINUTE),
            await unit.hold_lease("leader", "a", GONE),
            await unit.hold_lease("leader", "b", MINUTE),
            await unit.hold_lease("leader", "a", MINUTE),
        ]
        await unit.drop_lease("leader", "b")

    async with storage.write() as unit:
        answers.append(await unit.hold_lease("leader", "a", MINUTE))
    assert answers == [True, False, True, True, False, True]


async def test_outages_are_open_until_closed_and_listed_from_the_latest(storage: Storage) -> None:
    closed = replace(outage("o2", 2), closed_at=NOON + 3 * MINUTE, waves=2)
    owned = replace(closed, acknowledged_by="p1", acknowledged_at=NOON, comment="ours")
    async with storage.write() as unit:
        for opened in (outage("o1", 1), outage("o2", 2), outage("o3", 2)):
            await unit.open_outage(opened)
        await unit.own_outages(["o2"], "p1", NOON, "ours")
        await unit.save_outage(closed)

    async with storage.read() as view:
        first = await view.outages(limit=2)
        second = await view.outages(limit=2, cursor=first.next)

        assert await view.open_outages() == [outage("o1", 1), outage("o3", 2)]
        assert await view.outage("o2") == owned
        assert [o.id for o in first.items] == ["o3", "o2"]
        assert ([o.id for o in second.items], second.next) == (["o1"], None)


async def test_a_notification_is_claimed_once_and_reported_on(storage: Storage) -> None:
    async with storage.write() as unit:
        await unit.add_notification(notification())
        (mine,) = await unit.claim_notifications(NOON, 10)
        none = await unit.claim_notifications(NOON, 10)
        await unit.save_notification(replace(mine, due_at=NOON + MINUTE, attempts=1))

    async with storage.write() as unit:
        early = await unit.claim_notifications(NOON, 10)
        (again,) = await unit.claim_notifications(NOON + MINUTE, 10)
        due = await unit.next_notification_due()
        sent = replace(again, state="sent", sent_at=NOON + MINUTE)
        await unit.save_notification(sent)

    assert (none, early, mine.repeat, again.repeat) == ([], [], False, False)
    assert due == NOON + MINUTE
    async with storage.read() as view:
        assert await view.undelivered() == []
        assert await view.count_undelivered() == 0
        assert await view.notifications_of("o1") == [sent]


async def test_a_notification_that_nobody_reported_on_comes_back_as_a_repeat(
    storage: Storage,
) -> None:
    async with storage.write() as unit:
        await unit.add_notification(notification())
        await unit.claim_notifications(NOON, 10, lease=GONE)
        (again,) = await unit.claim_notifications(NOON, 10)

        assert again.repeat
        assert await unit.undelivered() == [again]
        assert await unit.count_undelivered() == 1


def a_token(name: str, *, made_by: str) -> Token:
    return Token(
        id=name,
        name="Leitstelle",
        hash=f"h{name[1:]}",
        scopes=("read", "send"),
        created_at=NOON,
        created_by=made_by,
    )


async def test_behind_a_token_stands_who_made_it_and_who_made_the_token_it_was_made_with(
    storage: Storage,
) -> None:
    person = Actor(kind="person", id="uid:1000")
    async with storage.write() as unit:
        await unit.add_token(a_token("t1", made_by="person:uid:1000"))
        await unit.add_token(a_token("t2", made_by="token:t1"))
        await unit.revoke_token("t1", NOON)

    async with storage.read() as view:
        second = await view.behind(Actor(kind="token", id="t2"))
        assert second == ("token:t2", "token:t1", "person:uid:1000")
        assert await view.behind(person) == ("person:uid:1000",)
        assert await view.behind(Actor(kind="token", id="gone")) == ("token:gone",)


async def test_a_token_is_found_by_its_hash_and_revoked_once(storage: Storage) -> None:
    token = a_token("t1", made_by="person:uid:1000")
    async with storage.write() as unit:
        await unit.add_token(token)
        answers = [await unit.revoke_token("t1", NOON), await unit.revoke_token("t1", NOON)]

    async with storage.read() as view:
        assert await view.token_by_hash("h1") == replace(token, revoked_at=NOON)
        assert await view.token_by_hash("h2") is None
        assert await view.tokens() == [replace(token, revoked_at=NOON)]
    assert answers == [True, False]
    assert "h1" not in repr(token)


async def test_old_observations_are_dropped(storage: Storage) -> None:
    async with storage.write() as unit:
        await unit.add_observations([seen("x", "quota", 0), seen("x", "quota", 2)])
        dropped = await unit.drop_observations(NOON + MINUTE)

    async with storage.read() as view:
        assert (dropped, await view.observations("x")) == (1, [seen("x", "quota", 2)])
        assert ("x", "quota") in await view.last_checks()


async def test_windows_read_long_ago_are_dropped_unless_they_still_hold(storage: Storage) -> None:
    later, over = NOON + 2 * MINUTE, NOON - MINUTE
    old = [
        Window(name="reads/17311", limit=900),
        Window(name="reads/17312", limit=900, resets_at=over),
        Window(name="posts/year", limit=9, resets_at=later),
    ]
    async with storage.write() as unit:
        await unit.save_windows("x/stadt", old, NOON)
        await unit.save_windows("x/stadt", [Window(name="posts", limit=300)], later)
        dropped = await unit.drop_windows(NOON + MINUTE)

    async with storage.read() as view:
        assert (dropped, set((await view.windows())["x/stadt"])) == (2, {"posts/year", "posts"})


async def test_old_messages_are_dropped_with_all_they_led_to(storage: Storage) -> None:
    await outbox(storage, delivery())
    await keep(storage, message(2, chain="m1"), message(3))
    async with storage.write() as unit:
        await unit.begin_attempt("m1@x/stadt", at=NOON, node="a")
        await unit.set_message_state("m1", MessageState.LIVE, open=False)
        while_the_chain_has_work = await unit.drop_messages(NOON + MINUTE)
        await unit.set_message_state("m2", MessageState.LIVE, open=False)
        too_young = await unit.drop_messages(NOON)
        dropped = await unit.drop_messages(NOON + MINUTE)

    assert (while_the_chain_has_work, too_young, dropped) == (0, 0, 2)
    async with storage.read() as view:
        assert await view.delivery("m1@x/stadt") is None
        assert await view.attempts_of("m1@x/stadt") == []
        assert await view.message("m3") == message(3)
