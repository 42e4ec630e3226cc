"""What `sms` promises, through a real gateway: Kannel. A recipient has it once, or is in doubt."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pytest

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    FindResult,
    NotSeen,
    Outcome,
    ProvenAbsent,
    Refused,
    Rendered,
    Unclear,
)
from sentinel.platforms import Account
from sentinel.platforms.sms import PLATFORM
from sentinel.transport.driver import Transport
from sentinel.transport.way import Way
from sentinel.wire import Lost, RenewalFailed, Request, Response, Step, Steps, outcome_of_loss
from tests.platforms.talk import NOON, draft
from tests.support.city import wait_for
from tests.support.kannel import PASSWORD, USER, Kannel

pytestmark = pytest.mark.timeout(120)

NUMBERS = count(1)
REQUEST = (
    "GET {base_url}/cgi-bin/sendsms?username={user}&password={password}&from={from}"
    "&to={number}&charset=UTF-8&coding={coding}&text={text}"
)
SUCCESS = "^[03]: "
REFUSALS = (
    "^403 Authorization failed -> credential_rejected",
    "^400 .*denied by white -> recipient",
    "^503 Temporal failure -> later",
)
ONE, TWO, THREE, ABROAD = "+4915112345678", "+4917612345678", "+43664123456", "+33612345678"


@dataclass(kw_only=True)
class Desk:
    """A channel at the gateway, and what its delivery remembers."""

    kannel: Kannel
    transport: Transport
    account: Account
    memory: dict[str, str] = field(default_factory=dict)

    def to(self, *numbers: str, **stated: Any) -> None:
        """Send to these from now on."""
        settings = {**self.account.settings, "recipients": numbers, **stated}
        self.account = replace(self.account, settings=settings)

    async def publish(self, rendered: Rendered, lose: int | None = None) -> Outcome:
        """Try once; the answer to request number `lose` is lost after it was acted on."""
        steps = PLATFORM.publish(self.account, rendered, dict(self.memory))
        if lose is not None:
            steps = losing(steps, lose)
        try:
            return await self.transport.drive(
                steps, self.account, timeout_s=30, platform=PLATFORM, keep=self._remember
            )
        except Lost as lost:
            return outcome_of_loss(lost)

    async def find(self, rendered: Rendered) -> FindResult:
        """Look whether they have it."""
        steps = PLATFORM.find(self.account, rendered, dict(self.memory), NOON)
        return await self.transport.drive(steps, self.account, timeout_s=10)

    def got(self, rendered: Rendered, recipients: int) -> list[tuple[str, str]]:
        """Return what came to the phones of this message, once it is as much as it must be."""
        headline = rendered.text.partition("\n")[0]

        def ours() -> list[tuple[str, str]]:
            return [(to, text) for to, text in self.kannel.messages() if headline in text]

        wait_for(lambda: len(ours()) >= recipients, 20, f"{recipients} SMS about {headline}")
        return ours()

    async def _remember(self, name: str, value: str) -> None:
        self.memory[name] = value


@pytest.fixture(scope="module")
def kannel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kannel]:
    with Kannel(tmp_path_factory.mktemp("kannel")) as running:
        yield running


@pytest.fixture
async def desk(kannel: Kannel) -> AsyncIterator[Desk]:
    async def renewer(_: Account) -> dict[str, str]:
        raise RenewalFailed(Cause.CREDENTIAL_REJECTED, "nothing to renew")

    settings = {"gateway": "http", "from": "100", "request": REQUEST, "refusals": REFUSALS}
    account = Account(
        channel="sms",
        base_url=kannel.url,
        public_url="",
        settings={**settings, "success": SUCCESS, "recipients": (ONE,)},
        credentials={"user": USER, "password": PASSWORD},
    )
    async with Transport(way=Way(), renewer=renewer, ledger=lambda *_: None) as transport:
        yield Desk(kannel=kannel, transport=transport, account=account)


async def test_everybody_gets_the_very_text_once(desk: Desk) -> None:
    desk.to(ONE, TWO, THREE)
    rendered = warning("Trinkwasser abkochen: Größe & Menge gleich, 5 % Chlor + Öl = „Nein“")

    outcome = await desk.publish(rendered)
    again = await desk.publish(rendered)

    assert isinstance(outcome, Accepted)
    assert outcome.evidence == "3 of 3 recipients accepted"
    assert isinstance(again, Accepted)
    assert sorted(to for to, _ in desk.got(rendered, 3)) == sorted([ONE, TWO, THREE])
    assert len(rendered.parts) == 1


async def test_a_text_outside_the_alphabet_arrives_as_it_is(desk: Desk) -> None:
    rendered = warning("🚨 Тревога")

    outcome = await desk.publish(rendered)

    assert isinstance(outcome, Accepted)
    assert desk.got(rendered, 1) == [(ONE, rendered.text)]


@pytest.mark.parametrize("text", ["A" * 300, "€" * 140, "ä" * 500, "Тревога " * 20])
async def test_a_long_text_takes_as_many_sms_as_were_counted(desk: Desk, text: str) -> None:
    rendered = warning(text)
    after = warning("danach")
    before = len(desk.kannel.messages())

    outcome = await desk.publish(rendered)
    await desk.publish(after)

    assert isinstance(outcome, Accepted)
    assert len(rendered.parts) > 1
    desk.got(after, 1)  # what was sent before it is there by then
    came = desk.kannel.messages()[before:-1]
    assert len(came) == len(rendered.parts)
    assert "".join(words for _, words in came) == rendered.text


async def test_a_wrong_password_is_a_refused_credential_and_nobody_is_in_doubt(
    desk: Desk,
) -> None:
    desk.account = replace(desk.account, credentials={"user": USER, "password": "no"})

    outcome = await desk.publish(warning("falsch"))

    assert outcome == Refused(Cause.CREDENTIAL_REJECTED, evidence="HTTP 403")
    assert set(desk.memory.values()) == {""}


async def test_a_number_that_the_gateway_denies_is_left_out_alone(desk: Desk) -> None:
    desk.to(ONE, ABROAD, TWO)
    rendered = warning("Ausland")

    outcome = await desk.publish(rendered)

    assert isinstance(outcome, Accepted)
    assert outcome.evidence == "2 of 3 recipients accepted, 1 refused"
    assert sorted(to for to, _ in desk.got(rendered, 2)) == sorted([ONE, TWO])


async def test_after_a_lost_answer_the_rest_goes_on_and_nobody_has_two(desk: Desk) -> None:
    desk.to(ONE, TWO, THREE)
    rendered = warning("verloren")

    first = await desk.publish(rendered, lose=2)
    looked = await desk.find(rendered)
    second = await desk.publish(rendered)
    again = await desk.find(rendered)

    assert isinstance(first, Unclear)
    assert looked == ProvenAbsent("the SMS was certainly not begun for 1 recipients")
    assert isinstance(second, Unclear)
    assert "2 of 3 recipients accepted, 1 in doubt" in second.evidence
    assert again == NotSeen("SMS cannot be read back; 1 recipients in doubt")
    assert sorted(to for to, _ in desk.got(rendered, 3)) == sorted([ONE, TWO, THREE])


async def test_what_is_taken_while_the_centre_is_away_arrives_when_it_is_back(
    desk: Desk,
) -> None:
    desk.kannel.switch_off()
    rendered = warning("verspätet")

    outcome = await desk.publish(rendered)
    before = [words for _, words in desk.kannel.messages() if "verspätet" in words]
    desk.kannel.switch_on()

    assert isinstance(outcome, Accepted)
    assert before == []
    assert [to for to, _ in desk.got(rendered, 1)] == [ONE]


async def test_a_gateway_that_is_not_there_has_nothing(desk: Desk) -> None:
    desk.account = replace(desk.account, base_url="http://127.0.0.1:1")

    outcome = await desk.publish(warning("niemand"))

    assert isinstance(outcome, Failed)
    assert outcome.cause is Cause.UNREACHABLE


def losing(steps: Steps[Outcome], number: int) -> Steps[Outcome]:
    """Return the conversation, losing the answer to one request."""
    answer: Response | None = None
    asked = 0
    step: Step = next(steps)
    try:
        while True:
            answer = yield step
            if isinstance(step, Request):
                asked += 1
                if asked == number:
                    step = steps.throw(Lost(Cause.UNREACHABLE, "timeout", sent=True))
                    continue
            step = steps.send(answer)
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome


def warning(text: str) -> Rendered:
    """Return a warning that is no other's."""
    message = replace(draft(f"Lage {next(NUMBERS)}", text), delivery_id=f"d-{next(NUMBERS)}")
    return PLATFORM.render(message, Account(channel="sms", base_url="", public_url=""))
