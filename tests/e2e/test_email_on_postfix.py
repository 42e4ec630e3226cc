"""What `email` promises, through a real Postfix: a recipient has one mail, or is in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import trustme

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    FindResult,
    NotSeen,
    Outcome,
    ProvenAbsent,
    Refused,
    Rendered,
    Scope,
    Unclear,
)
from sentinel.domain.observation import Report
from sentinel.platforms import Account
from sentinel.platforms.email import PLATFORM
from sentinel.transport.driver import Transport
from sentinel.transport.way import Way
from sentinel.wire import Lost, RenewalFailed, Steps, outcome_of_loss
from tests.platforms.talk import NOON, causes, draft
from tests.support.city import wait_for
from tests.support.mail import Mailbox
from tests.support.mailline import MailLine
from tests.support.postfix import AFAR, HERE, LARGEST, Postfix

pytestmark = pytest.mark.timeout(120)

NUMBERS = count(1)
ANNA, BERND, CARLA = (f"{name}@{HERE}" for name in ("anna", "bernd", "carla"))
HEARD = "mail=1 rcpt=1 rset=1"
"""How its log counts what one who only rehearsed has asked."""
NOBODY = f"niemand@{HERE}"
STRANGER = "jemand@anderswo.example"
FAR = f"presse@{AFAR}"


@dataclass(kw_only=True)
class Desk:
    """A channel at the relay, and what its delivery remembers."""

    postfix: Postfix
    transport: Transport
    account: Account
    memory: dict[str, str] = field(default_factory=dict)

    def to(self, *addresses: str) -> None:
        """Send to these from now on."""
        self.account = replace(self.account, settings={**self.account.settings, "to": addresses})

    async def publish(self, rendered: Rendered) -> Outcome:
        """Try once, as the dispatcher does."""
        steps = PLATFORM.publish(self.account, rendered, dict(self.memory))
        try:
            return await self._drive(steps)
        except Lost as lost:
            return outcome_of_loss(lost)

    async def find(self, rendered: Rendered) -> FindResult:
        """Look whether they have it."""
        steps = PLATFORM.find(self.account, rendered, dict(self.memory), NOON)
        return await self.transport.drive(steps, self.account, timeout_s=10)

    async def ask(self, steps: Steps[Report] | None) -> Report:
        """Have a check made."""
        assert steps is not None
        return await self.transport.drive(steps, self.account, timeout_s=10)

    async def _drive(self, steps: Steps[Outcome]) -> Outcome:
        async def remember(name: str, value: str) -> None:
            self.memory[name] = value

        return await self.transport.drive(
            steps, self.account, timeout_s=20, platform=PLATFORM, keep=remember
        )

    def arrived(self, rendered: Rendered, mails: int) -> dict[str, int]:
        """Return who has how many mails of this message, once nothing of it is under way."""
        about = subject(rendered)
        wait_for(
            lambda: len(self.postfix.mails(about)) >= mails and not self.postfix.whole(),
            20,
            f"{mails} mails about {about}, and an empty queue",
        )
        return self.postfix.holders(about)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Return the authority's certificate, the server's chain, and its key."""
    folder, maker = tmp_path_factory.mktemp("certificate"), trustme.CA()
    made = maker.issue_cert("127.0.0.1")
    files = (folder / "authority.pem", folder / "chain.pem", folder / "key.pem")
    maker.cert_pem.write_to_path(str(files[0]))
    files[1].write_bytes(b"".join(each.bytes() for each in made.cert_chain_pems))
    made.private_key_pem.write_to_path(str(files[2]))
    return files


@pytest.fixture(scope="module")
def postfix(authority: tuple[Path, Path, Path]) -> Iterator[Postfix]:
    with Postfix(certificate=(authority[1], authority[2])) as running:
        yield running


@pytest.fixture
async def desk(postfix: Postfix, authority: tuple[Path, Path, Path]) -> AsyncIterator[Desk]:
    async def renewer(_: Account) -> dict[str, str]:
        raise RenewalFailed(Cause.CREDENTIAL_REJECTED, "nothing to renew")

    postfix.revive()
    account = Account(
        channel="presse-mail",
        base_url=postfix.url,
        public_url="",
        settings={"from": f"Stadt <warnung@{HERE}>", "to": (ANNA,), "tls": "none"},
    )
    way = Way(ca_file=str(authority[0]))
    async with Transport(way=way, renewer=renewer, ledger=lambda *_: None) as transport:
        yield Desk(postfix=postfix, transport=transport, account=account)


@pytest.fixture
async def line(desk: Desk) -> AsyncIterator[MailLine]:
    async with MailLine(desk.postfix.url) as between:
        desk.account = replace(desk.account, base_url=between.url)
        yield between


@pytest.mark.parametrize("tls", ["none", "starttls"])
async def test_everybody_has_the_very_text_once_and_sees_nobody_else(desk: Desk, tls: str) -> None:
    desk.account = replace(desk.account, settings={**desk.account.settings, "tls": tls})
    desk.to(ANNA, BERND, CARLA)
    rendered = warning("Größe & Menge: 5 € – „Nein“ 🚨\n.\n..Punkte am Anfang\nFrom hier an")

    outcome = await desk.publish(rendered)
    again = await desk.publish(rendered)

    assert isinstance(outcome, Accepted)
    assert isinstance(again, Accepted)
    assert desk.arrived(rendered, 3) == {"anna": 1, "bernd": 1, "carla": 1}
    for mail in desk.postfix.mails(subject(rendered)):
        assert mail.get_content().replace("\r\n", "\n") == rendered.text
        assert mail["Message-ID"] == rendered.key
        assert sum(str(mail).count(each) > 0 for each in (ANNA, BERND, CARLA)) == 1
    assert desk.postfix.log.count(f"message-id={rendered.key}") == 1


async def test_what_it_names_the_mail_is_the_name_in_its_own_log(desk: Desk) -> None:
    rendered = warning("Auskunft")

    outcome = await desk.publish(rendered)

    assert isinstance(outcome, Accepted)
    name = outcome.evidence.removeprefix("1 of 1 recipients accepted, queued as ")
    assert f"{name}: message-id={rendered.key}" in desk.postfix.log
    assert desk.arrived(rendered, 1) == {"anna": 1}


@pytest.mark.parametrize("bad", [NOBODY, STRANGER])
async def test_a_recipient_who_is_refused_is_left_out_alone(desk: Desk, bad: str) -> None:
    desk.to(ANNA, bad, BERND)
    rendered = warning("Einer fehlt")

    outcome = await desk.publish(rendered)
    again = await desk.publish(rendered)

    assert isinstance(outcome, Accepted)
    assert outcome.evidence.startswith("2 of 3 recipients accepted, 1 refused, queued as ")
    assert isinstance(again, Accepted)
    assert "2 of 3 recipients accepted, 1 refused" in again.evidence
    assert desk.arrived(rendered, 2) == {"anna": 1, "bernd": 1}


async def test_where_all_are_refused_nothing_is_sent(desk: Desk) -> None:
    desk.to(NOBODY, STRANGER)
    rendered = warning("Niemand")

    outcome = await desk.publish(rendered)

    assert outcome == Refused(Cause.BAD_CONFIGURATION, evidence="SMTP 550 5.1.1 at rcpt")
    assert desk.memory == {}
    assert desk.arrived(rendered, 0) == {}


async def test_of_a_server_behind_that_is_away_only_the_taking_is_claimed(desk: Desk) -> None:
    desk.to(FAR, ANNA)
    rendered = warning("Umweg")

    outcome = await desk.publish(rendered)
    (waiting,) = wait_for(lambda: deferred(desk.postfix), 20, "the mail to be deferred")
    found = await desk.find(rendered)

    assert PLATFORM.facts.abilities == {Ability.PUBLISH}  # nobody calls it verified
    assert isinstance(outcome, Accepted)
    assert outcome.evidence == f"2 of 2 recipients accepted, queued as {waiting['queue_id']}"
    assert [each["address"] for each in waiting["recipients"]] == [FAR]
    assert type(found).__name__ == "Found"  # by our own memory: the relay took it

    with Mailbox(port=desk.postfix.next_port) as behind:
        desk.postfix.flush()
        assert desk.arrived(rendered, 1) == {"anna": 1}
        got = behind.about(subject(rendered))
    assert [mail.recipients for mail in got] == [(FAR,)]


async def test_a_mail_that_is_too_large_is_refused_for_its_content_and_nobody_has_it(
    desk: Desk,
) -> None:
    desk.to(ANNA, BERND)
    fits, too_large = warning("a" * 19_000), warning("ü" * 19_000)

    taken = await desk.publish(fits)
    desk.memory.clear()  # which was the first delivery's
    outcome = await desk.publish(too_large)

    assert isinstance(taken, Accepted)
    assert len(str(fits.payload["mail"])) < LARGEST < len(str(too_large.payload["mail"]))
    assert isinstance(outcome, Refused)
    assert (outcome.cause, outcome.scope) == (Cause.CONTENT_REJECTED, Scope.CONTENT)
    assert outcome.evidence == "SMTP 552 5.3.4 at data"
    assert set(desk.memory.values()) == {""}  # nobody is in doubt
    assert desk.arrived(fits, 2) == {"anna": 1, "bernd": 1}
    assert desk.postfix.holders(subject(too_large)) == {}


async def test_a_rehearsal_names_a_recipient_and_leaves_nothing_in_the_queue(desk: Desk) -> None:
    before, connected = desk.postfix.log.count("message-id="), desk.postfix.log.count(HEARD)
    files = desk.postfix.files()

    good = await desk.ask(PLATFORM.rehearse(desk.account))
    desk.to(NOBODY)
    bad = await desk.ask(PLATFORM.rehearse(desk.account))

    assert causes(good) == [(Ability.PUBLISH, None)]
    assert causes(bad) == [(Ability.PUBLISH, Cause.BAD_CONFIGURATION)]
    wait_for(lambda: desk.postfix.log.count(HEARD) > connected, 10, "RCPT and RSET in its log")
    wait_for(lambda: desk.postfix.files() == files, 10, "nothing more in its folders")
    assert desk.postfix.queue() == []
    assert desk.postfix.log.count("message-id=") == before


async def test_a_server_that_is_killed_within_a_mail_leaves_a_doubt_and_no_second_mail(
    desk: Desk, line: MailLine
) -> None:
    desk.to(ANNA, BERND)
    rendered = warning("Mitten im Satz. " * 200)

    async def fall() -> None:
        desk.postfix.kill()

    line.within, line.then = 400, fall
    first = await desk.publish(rendered)
    desk.postfix.revive()
    looked = await desk.find(rendered)
    second = await desk.publish(rendered)

    assert line.cuts == 1
    assert isinstance(first, Unclear)
    assert looked == NotSeen("mail cannot be read back; 2 recipients in doubt")
    assert isinstance(second, Unclear)
    assert desk.arrived(rendered, 0) == {}


async def test_a_sender_that_dies_within_a_mail_leaves_a_doubt_and_no_second_mail(
    desk: Desk, line: MailLine
) -> None:
    desk.to(ANNA, BERND)
    rendered = warning("Mitten im Wort. " * 200)

    async with asyncio.TaskGroup() as group:
        sending = group.create_task(desk.publish(rendered))

        async def die() -> None:
            sending.cancel()

        line.within, line.then = 400, die
    looked = await desk.find(rendered)
    again = await desk.publish(rendered)

    assert sending.cancelled()
    assert looked == NotSeen("mail cannot be read back; 2 recipients in doubt")
    assert isinstance(again, Unclear)
    assert desk.arrived(rendered, 0) == {}


async def test_a_relay_that_is_not_there_has_nothing(desk: Desk) -> None:
    desk.postfix.kill()

    outcome = await desk.publish(warning("Niemand da"))

    assert isinstance(outcome, Failed)
    assert outcome.cause is Cause.UNREACHABLE
    assert desk.memory == {}


async def test_a_mail_whose_reply_is_lost_is_in_their_boxes_once_and_never_sent_again(
    desk: Desk, line: MailLine
) -> None:
    desk.to(ANNA, BERND)
    rendered = warning("Verlorene Antwort")
    line.after_end = True

    first = await desk.publish(rendered)
    second = await desk.publish(rendered)

    assert line.cuts == 1
    assert isinstance(first, Unclear)
    assert isinstance(second, Unclear)
    assert desk.arrived(rendered, 2) == {"anna": 1, "bernd": 1}


async def test_after_a_lost_reply_the_rest_is_mailed_and_nobody_has_two(
    desk: Desk, line: MailLine
) -> None:
    desk.to(ANNA)
    rendered = warning("Nachzügler")
    line.after_end = True
    await desk.publish(rendered)
    desk.to(ANNA, BERND, CARLA)

    looked = await desk.find(rendered)
    outcome = await desk.publish(rendered)
    again = await desk.publish(rendered)

    assert looked == ProvenAbsent("the mail was certainly not begun for 2 recipients")
    assert isinstance(outcome, Unclear)
    assert "2 of 3 recipients accepted, 1 in doubt" in outcome.evidence
    assert isinstance(again, Unclear)
    assert desk.arrived(rendered, 3) == {"anna": 1, "bernd": 1, "carla": 1}


def deferred(postfix: Postfix) -> Sequence[dict[str, Any]]:
    """Return what Postfix lists as put off."""
    return [each for each in postfix.queue() if each["queue_name"] == "deferred"]


def subject(rendered: Rendered) -> str:
    """Return what stands over the mail."""
    return rendered.text.partition("\n")[0]


def warning(text: str) -> Rendered:
    """Return a warning that is no other's."""
    message = replace(draft(f"Lage {next(NUMBERS)}", text), delivery_id=f"d-{next(NUMBERS)}")
    account = Account(channel="presse-mail", base_url="", public_url="", settings=SETTINGS)
    return PLATFORM.render(message, account)


SETTINGS = {"from": f"Stadt <warnung@{HERE}>", "to": (ANNA,)}
