"""What `bluesky` promises, on a real PDS: one key is one record, whatever is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import TypeVar

import pytest

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    Found,
    NotSeen,
    Outcome,
    Refused,
    Rendered,
    Scope,
    Unclear,
    Withdrawn,
)
from sentinel.domain.observation import Report, Window
from sentinel.platforms import Account, Published
from sentinel.platforms.bluesky import PLATFORM
from sentinel.transport.driver import Transport
from sentinel.transport.way import Way
from sentinel.wire import Lost, Steps, outcome_of_loss
from tests.platforms.talk import causes, draft
from tests.support.line import Line
from tests.support.pds import PASSWORD, Pds

pytestmark = pytest.mark.timeout(500)  # the first test may install the PDS

T = TypeVar("T")
NUMBERS = count(1)
EXCHANGE_S = 20.0


@dataclass(kw_only=True)
class Desk:
    """An account on the PDS, the line to it, its session, and the limits that it told."""

    pds: Pds
    line: Line
    transport: Transport
    account: Account
    did: str
    logins: list[str] = field(default_factory=list)
    limits: list[Window] = field(default_factory=list)

    async def publish(self, rendered: Rendered) -> Outcome:
        try:
            return await self.drive(PLATFORM.publish(self.account, rendered, {}))
        except Lost as lost:
            return outcome_of_loss(lost)

    async def find(self, rendered: Rendered) -> object:
        return await self.drive(PLATFORM.find(self.account, rendered, {}, now()))

    async def ask(self, steps: Steps[Report] | None) -> list[tuple[Ability, Cause | None]]:
        assert steps is not None
        return causes(await self.drive(steps))

    async def drive(self, steps: Steps[T]) -> T:
        async def remember(_: str, __: str) -> None:
            raise AssertionError("nothing has to be remembered here")

        return await self.transport.drive(
            steps, self.account, timeout_s=EXCHANGE_S, platform=PLATFORM, keep=remember
        )

    async def renew(self, account: Account) -> Mapping[str, str]:
        """Log in, or renew the session, and keep what comes of it."""
        steps = PLATFORM.refresh_credentials(account)
        assert steps is not None
        self.logins.append(account.channel)
        session = dict((await self.drive(steps)).keep)
        session.pop("pds", None)  # its own word for where it is would lead past our line
        self.account = replace(self.account, session=session)
        return session

    @property
    def texts(self) -> list[str]:
        """What anybody reads of this account, latest first."""
        return [str(record["value"]["text"]) for record in self.pds.posts(self.did)]


@pytest.fixture
async def desk(working_pds: Pds) -> AsyncIterator[Desk]:
    handle = f"amt-{next(NUMBERS)}.test"
    did = working_pds.account(handle)

    async def renewer(account: Account) -> Mapping[str, str]:
        return await made.renew(account)

    def noted(_: Account, windows: object) -> None:
        assert isinstance(windows, list | tuple)
        made.limits.extend(windows)

    async with (
        Line(int(working_pds.url.rpartition(":")[2])) as line,
        Transport(way=Way(), renewer=renewer, ledger=noted) as transport,
    ):
        account = Account(
            channel="kanal",
            base_url=line.url,
            public_url=line.url,
            credentials={"identifier": handle, "app_password": PASSWORD},
        )
        made = Desk(pds=working_pds, line=line, transport=transport, account=account, did=did)
        yield made


async def test_a_warning_stands_there_as_it_was_rendered(desk: Desk) -> None:
    rendered = rendering("Deichbruch <Nord> & Süd ⚠️")

    outcome = await desk.publish(rendered)

    assert isinstance(outcome, Accepted)
    assert outcome.receipt.post_id == f"at://{desk.did}/app.bsky.feed.post/{rendered.key}"
    [record] = desk.pds.posts(desk.did)
    assert record["value"] == rendered.payload["record"]


async def test_after_a_lost_answer_it_is_found_and_stands_there_once(desk: Desk) -> None:
    await desk.publish(rendering("Die Probe"))  # there is a session
    rendered = rendering("Deichbruch")
    desk.line.loses = True
    outcome = await desk.publish(rendered)
    desk.line.loses = False

    looked = await desk.find(rendered)

    assert isinstance(outcome, Unclear)
    assert isinstance(looked, Found)
    assert looked.note is None
    assert desk.texts.count(rendered.text) == 1


async def test_the_same_key_again_is_the_same_post_and_not_even_a_commit(desk: Desk) -> None:
    rendered = rendering("Deichbruch")
    first = await desk.publish(rendered)
    before = desk.pds.commits(desk.did)

    second = await desk.publish(rendered)

    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert second.receipt == first.receipt
    assert desk.pds.commits(desk.did) == before
    assert desk.texts == [rendered.text]


async def test_what_never_arrived_may_be_sent_again_and_is_there_once(desk: Desk) -> None:
    await desk.publish(rendering("Die Probe"))
    rendered = rendering("Deichbruch")

    looked = await desk.find(rendered)
    outcome = await desk.publish(rendered)

    assert isinstance(looked, NotSeen)
    assert looked.repeatable
    assert isinstance(outcome, Accepted)
    assert desk.texts.count(rendered.text) == 1


async def test_another_record_under_our_key_is_never_overwritten(desk: Desk) -> None:
    rendered = rendering("Deichbruch")
    other = replace(rendering("Etwas anderes"), key=rendered.key)
    await desk.publish(other)

    outcome = await desk.publish(rendered)

    assert not isinstance(outcome, Accepted)
    assert desk.texts == [other.text]


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
    assert desk.texts == []


async def test_every_check_of_a_sound_account_is_good_and_leaves_nothing(desk: Desk) -> None:
    before = desk.pds.commits(desk.did)

    checks = [
        await desk.ask(PLATFORM.check_credentials(desk.account)),
        await desk.ask(PLATFORM.rehearse(desk.account)),
        await desk.ask(PLATFORM.read_own(desk.account, None)),
        await desk.ask(PLATFORM.read_quota(desk.account)),
    ]

    assert [cause for found in checks for _, cause in found if cause is not None] == []
    assert all(checks[:3])
    assert desk.pds.commits(desk.did) == before


async def test_one_login_is_enough_for_many_posts_and_outlives_a_power_cut(desk: Desk) -> None:
    await desk.publish(rendering("Die Probe"))
    desk.pds.kill()
    desk.pds.revive()

    outcomes = [await desk.publish(rendering(f"Lage {number}")) for number in range(3)]

    assert all(isinstance(one, Accepted) for one in outcomes)
    assert desk.logins == ["kanal"]


async def test_a_session_that_the_server_does_not_know_is_renewed_by_itself(desk: Desk) -> None:
    await desk.publish(rendering("Die Probe"))
    stale = {**desk.account.session, "accessJwt": "stale"}
    desk.account = replace(desk.account, session=stale)

    outcome = await desk.publish(rendering("Deichbruch"))

    assert isinstance(outcome, Accepted)
    assert desk.logins == ["kanal", "kanal"]


async def test_a_wrong_password_is_rejected_and_nothing_is_posted(desk: Desk) -> None:
    wrong = {**desk.account.credentials, "app_password": "falsch"}
    desk.account = replace(desk.account, credentials=wrong)

    outcome = await desk.publish(rendering("Deichbruch"))
    checked = await desk.ask(PLATFORM.check_credentials(desk.account))

    assert isinstance(outcome, Refused)
    assert (outcome.cause, outcome.scope) == (Cause.CREDENTIAL_REJECTED, Scope.CHANNEL)
    assert Cause.CREDENTIAL_REJECTED in [cause for _, cause in checked]
    assert desk.texts == []


async def test_the_longest_text_is_taken_and_one_more_is_refused_for_its_content(
    desk: Desk,
) -> None:
    longest = rendering("Bombe", "ä" * (PLATFORM.facts.text_limit or 0))
    record = dict(longest.payload["record"])
    wider = {**record, "text": "ä" * 301}

    taken = await desk.publish(rendering("Bombe", text_to_the_brim()))
    refused = await desk.publish(replace(longest, payload={"record": wider}))

    assert isinstance(taken, Accepted)
    assert [len(text) for text in desk.texts] == [300]
    assert isinstance(refused, Refused)
    assert (refused.cause, refused.scope) == (Cause.CONTENT_REJECTED, Scope.CONTENT)


async def test_the_limits_that_it_tells_are_noted(desk: Desk) -> None:
    await desk.publish(rendering("Deichbruch"))

    told = [(window.name, window.limit) for window in desk.limits]
    assert ("calls/5m", 3000) in told
    assert all((window.remaining or 0) <= (window.limit or 0) for window in desk.limits)


def text_to_the_brim() -> str:
    """Return a text with which a post has 300 characters, its mark among them."""
    bare = rendering("Bombe", "a")
    return "a" * (1 + 300 - bare.length)


def rendering(headline: str, text: str = "Der Deich ist gebrochen.") -> Rendered:
    """Return a warning with a key that no other has, made now."""
    delivery = f"0192f3a0-0000-7000-8000-{next(NUMBERS):012d}"
    message = replace(draft(headline, text), delivery_id=delivery, at=now())
    bare = Account(channel="kanal", base_url="", public_url="")
    return PLATFORM.render(message, bare)


def now() -> datetime:
    """Return the wall clock's time: the server has no other."""
    return datetime.now(UTC)  # noqa: TID251 - the test runs in real time
