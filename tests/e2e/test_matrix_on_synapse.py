"""What `matrix` promises, on a real Synapse: one transaction is one event, whatever is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

import pytest

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    FindResult,
    Found,
    NotSeen,
    Outcome,
    Refused,
    Rendered,
    Scope,
    Throttled,
    Unclear,
    Withdrawn,
)
from sentinel.domain.observation import Report
from sentinel.platforms import Account, Published
from sentinel.platforms.matrix import PLATFORM
from sentinel.transport.driver import Transport
from sentinel.transport.way import Way
from sentinel.wire import Lost, Steps, outcome_of_loss
from tests.platforms.talk import causes, draft
from tests.support.line import Line
from tests.support.synapse import BURST, NAME, Synapse, User

pytestmark = pytest.mark.timeout(500)  # the first test installs Synapse

T = TypeVar("T")
NUMBERS = count(1)
EXCHANGE_S = 20.0


@dataclass(kw_only=True)
class Desk:
    """An account in a room, the line to its server, and what a delivery remembers."""

    synapse: Synapse
    line: Line
    transport: Transport
    user: User
    reader: User
    room: str
    account: Account
    memory: dict[str, str] = field(default_factory=dict)

    async def publish(self, rendered: Rendered) -> Outcome:
        try:
            return await self.drive(PLATFORM.publish(self.account, rendered, dict(self.memory)))
        except Lost as lost:
            return outcome_of_loss(lost)

    async def find(self, rendered: Rendered, since: datetime | None = None) -> FindResult:
        began = since or now()
        steps = PLATFORM.find(self.account, rendered, dict(self.memory), began)
        return await self.drive(steps)

    async def ask(self, steps: Steps[Report] | None) -> list[tuple[Ability, Cause | None]]:
        assert steps is not None
        return causes(await self.drive(steps))

    async def drive(self, steps: Steps[T]) -> T:
        async def remember(name: str, value: str) -> None:
            self.memory[name] = value

        return await self.transport.drive(
            steps, self.account, timeout_s=EXCHANGE_S, platform=PLATFORM, keep=remember
        )

    @property
    def texts(self) -> list[str]:
        """What another member reads in the room, latest first."""
        return [each.get("body", "") for each in self.synapse.messages(self.reader, self.room)]


@pytest.fixture(scope="module")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    with Synapse(tmp_path_factory.mktemp("synapse")) as running:
        yield running


@pytest.fixture
async def desk(synapse: Synapse) -> AsyncIterator[Desk]:
    synapse.revive()
    number = next(NUMBERS)
    user, reader = synapse.account(f"warnung{number}"), synapse.account(f"leser{number}")
    room = synapse.room(user, alias=f"lage{number}")
    synapse.join(reader, room)
    port = int(synapse.url.rpartition(":")[2])

    async def renewer(_: Account) -> dict[str, str]:
        raise AssertionError("nothing is renewed here")

    async with (
        Line(port) as line,
        Transport(way=Way(), renewer=renewer, ledger=lambda *_: None) as transport,
    ):
        account = Account(
            channel="kanal",
            base_url=line.url,
            public_url=line.url,
            settings={"room": room},
            credentials={"access_token": user.token},
        )
        yield Desk(
            synapse=synapse,
            line=line,
            transport=transport,
            user=user,
            reader=reader,
            room=room,
            account=account,
        )


async def test_a_warning_is_in_the_room_as_it_was_rendered(desk: Desk) -> None:
    rendered = rendering("Deichbruch <Nord> & Süd ⚠️")

    outcome = await desk.publish(rendered)

    assert isinstance(outcome, Accepted)
    assert outcome.receipt.post_id.startswith("$")
    assert outcome.receipt.permalink is not None
    assert desk.synapse.messages(desk.reader, desk.room) == [rendered.payload["content"]]


async def test_after_a_lost_answer_it_is_found_and_stands_there_once(desk: Desk) -> None:
    rendered = rendering("Deichbruch")
    desk.line.loses = True
    outcome = await desk.publish(rendered)
    desk.line.loses = False

    looked = await desk.find(rendered)

    assert isinstance(outcome, Unclear)
    assert isinstance(looked, Found)
    assert looked.note is None
    assert desk.texts == [rendered.text]


async def test_what_never_arrived_may_be_sent_again_and_is_there_once(desk: Desk) -> None:
    rendered = rendering("Deichbruch")
    await desk.publish(rendering("Etwas anderes"))  # the device is remembered with the delivery

    looked = await desk.find(rendered)
    outcome = await desk.publish(rendered)

    assert looked == NotSeen("not among the room's latest messages of ours", repeatable=True)
    assert isinstance(outcome, Accepted)
    assert desk.texts.count(rendered.text) == 1


async def test_the_same_transaction_is_one_event_even_with_another_text(desk: Desk) -> None:
    rendered = rendering("Deichbruch")
    first = await desk.publish(rendered)
    again = await desk.publish(rendered)
    other = await desk.publish(replace(rendering("Entwarnung"), key=rendered.key))

    assert isinstance(first, Accepted)
    assert again == other == first
    assert desk.texts == [rendered.text]


async def test_the_transaction_outlives_a_power_cut(desk: Desk) -> None:
    rendered = rendering("Deichbruch")
    first = await desk.publish(rendered)
    desk.synapse.kill()
    while_down = await desk.publish(rendered)
    desk.synapse.revive()

    again = await desk.publish(rendered)

    assert not isinstance(while_down, Accepted)
    assert again == first
    assert desk.texts == [rendered.text]


async def test_another_device_finds_it_by_its_text_and_is_not_let_repeat(desk: Desk) -> None:
    live, absent = rendering("Deichbruch"), rendering("Entwarnung")
    await desk.publish(live)
    other = desk.synapse.log_in(desk.user)
    desk.account = replace(desk.account, credentials={"access_token": other.token})

    found, missing = await desk.find(live), await desk.find(absent)

    assert isinstance(found, Found)
    assert missing == NotSeen("not among the room's latest messages of ours", repeatable=False)


async def test_our_latest_event_shows_that_the_server_keeps_keys(desk: Desk) -> None:
    latest = rendering("Vorher")
    outcome = await desk.publish(latest)
    assert isinstance(outcome, Accepted)
    live = Published(receipt=outcome.receipt, rendered=latest, posted_at=now())
    desk.account = replace(desk.account, last=live)

    looked = await desk.find(rendering("Deichbruch"))

    assert looked == NotSeen("not among the room's latest messages of ours", repeatable=True)


async def test_it_is_read_back_whole_until_a_person_has_it_taken_down(desk: Desk) -> None:
    rendered = rendering("Deichbruch")
    outcome = await desk.publish(rendered)
    assert isinstance(outcome, Accepted)
    live = Published(receipt=outcome.receipt, rendered=rendered)

    before = await desk.ask(PLATFORM.read_own(desk.account, live))
    removed = await desk.drive(PLATFORM.withdraw(desk.account, live))
    after = await desk.ask(PLATFORM.read_own(desk.account, live))
    again = await desk.drive(PLATFORM.withdraw(desk.account, live))

    assert before == [(Ability.READ_BACK, None)]
    assert isinstance(removed, Withdrawn)
    assert isinstance(again, Withdrawn)
    assert after == [(Ability.READ_BACK, Cause.NOT_VISIBLE)]
    assert desk.texts == [""]


async def test_too_many_messages_are_told_when_to_go_on(desk: Desk) -> None:
    sent = [await desk.publish(rendering(f"Nr. {number}")) for number in range(BURST + 6)]

    refused = [each for each in sent if isinstance(each, Throttled)]
    assert isinstance(sent[0], Accepted)
    assert refused
    assert len(desk.texts) == len(sent) - len(refused)
    for each in refused:
        assert each.cause is Cause.RATE_LIMITED
        assert each.until is not None
        assert abs(each.until - now()) < timedelta(seconds=30)


async def test_a_room_is_found_by_its_alias(desk: Desk) -> None:
    alias = f"#lage{desk.user.id.partition(':')[0][8:]}:{NAME}"
    desk.account = replace(desk.account, settings={"room": alias})

    outcome = await desk.publish(rendering("Deichbruch"))

    assert isinstance(outcome, Accepted)
    assert desk.memory["room"] == desk.room
    assert len(desk.texts) == 1


async def test_every_check_of_a_sound_account_is_good_and_leaves_nothing(desk: Desk) -> None:
    checks = [
        await desk.ask(PLATFORM.check_credentials(desk.account)),
        await desk.ask(PLATFORM.rehearse(desk.account)),
        await desk.ask(PLATFORM.read_own(desk.account, None)),
        await desk.ask(PLATFORM.see_as_citizen(desk.account, None)),
        await desk.ask(PLATFORM.listen(desk.account)),
    ]

    assert [cause for found in checks for _, cause in found] == [None] * 5
    assert desk.texts == []


async def test_a_dead_token_is_rejected_and_confirmed_by_a_second_call(desk: Desk) -> None:
    desk.account = replace(desk.account, credentials={"access_token": "syt_dead"})

    outcome = await desk.publish(rendering("Deichbruch"))
    report = await desk.drive(PLATFORM.check_credentials(desk.account))

    assert outcome == Refused(Cause.CREDENTIAL_REJECTED, evidence="HTTP 401 M_UNKNOWN_TOKEN")
    assert causes(report) == [(Ability.PUBLISH, Cause.CREDENTIAL_REJECTED)]
    assert report.findings[0].confirmed


@pytest.mark.parametrize("how", ["not in the room", "silenced in it"])
async def test_whoever_may_not_speak_in_the_room_is_told_so_beforehand(
    desk: Desk, how: str
) -> None:
    other = desk.synapse.account(f"fremd{next(NUMBERS)}")
    check: Any = PLATFORM.check_credentials
    if how == "silenced in it":
        desk.synapse.join(other, desk.room)
        desk.synapse.silence(desk.user, desk.room)
        check = PLATFORM.rehearse
    desk.account = replace(desk.account, credentials={"access_token": other.token})

    outcome = await desk.publish(rendering("Deichbruch"))

    assert isinstance(outcome, Refused)
    assert (outcome.cause, outcome.scope) == (Cause.PERMISSION_MISSING, Scope.CHANNEL)
    assert await desk.ask(check(desk.account)) == [(Ability.PUBLISH, Cause.PERMISSION_MISSING)]


async def test_whoever_made_a_room_may_speak_where_others_are_silenced(desk: Desk) -> None:
    desk.synapse.silence(desk.user, desk.room)

    rehearsed = await desk.ask(PLATFORM.rehearse(desk.account))
    outcome = await desk.publish(rendering("Deichbruch"))

    assert rehearsed == [(Ability.PUBLISH, None)]
    assert isinstance(outcome, Accepted)


async def test_a_room_for_members_only_is_closed_to_citizens(desk: Desk) -> None:
    room = desk.synapse.room(desk.user, history="shared")

    before = await desk.ask(PLATFORM.see_as_citizen(desk.account, None))
    desk.account = replace(desk.account, settings={"room": room})
    found = await desk.ask(PLATFORM.see_as_citizen(desk.account, None))

    assert before == [(Ability.PUBLIC, None)]
    assert found == [(Ability.PUBLIC, Cause.READER_RESTRICTED)]


async def test_the_longest_text_is_taken_and_twice_as_much_is_refused(desk: Desk) -> None:
    room = 32_768 - PLATFORM.length("Bombe\n\n\n\nNr. 17")
    longest = rendering("Bombe", "a" * (room // 2))
    content = {**longest.payload["content"], "formatted_body": "a" * 65_536}

    taken = await desk.publish(longest)
    refused = await desk.publish(
        replace(rendering("Bombe"), payload={"content": content, "mark": "Nr. 17"})
    )

    assert longest.cut == ()
    assert isinstance(taken, Accepted)
    assert refused == Refused(Cause.CONTENT_REJECTED, Scope.CONTENT, "HTTP 413 M_TOO_LARGE")


def rendering(headline: str, text: str = "Der Deich ist gebrochen.") -> Rendered:
    """Return a warning with a key that no other has."""
    message = replace(draft(headline, text), delivery_id=f"delivery-{next(NUMBERS)}")
    bare = Account(channel="kanal", base_url="", public_url="")
    return PLATFORM.render(message, bare)


def now() -> datetime:
    """Return the wall clock's time: the server has no other."""
    return datetime.now(UTC)  # noqa: TID251 - the test runs in real time
