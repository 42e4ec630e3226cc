"""The face of e-mail is a mail relay that answers as the RFCs say (platforms-b.md, section 8)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import aiosmtplib
import pytest

from sentinel.simulator.faces.email import FACE
from sentinel.simulator.server import Simulator

# Where a fault shows, and what is said there.
REFUSED = {
    "credential_revoked": ("login", 535),
    "credential_glitch": ("login", 454),
    "account_locked": ("mail", 550),
    "rate_limited": ("rcpt", 450),
    "accepted_then_error": ("data", 451),
}
SILENT = {"refuse_connection", "black_hole", "server_error", "flapping", "accepted_then_timeout"}
TAKEN = {"slow", "accepted_not_live", "late_visible"}


def letter() -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = "Warnung"
    mail["From"] = "presse@stadt.example"
    mail["Message-ID"] = "<17.1@stadt.example>"
    mail.set_content("Straße gesperrt\n.\nBitte weiträumig umfahren\n")
    return mail


@asynccontextmanager
async def relay(sim: Simulator, patience: float = 5) -> AsyncIterator[aiosmtplib.SMTP]:
    where = urlsplit(await sim.address("email", "stadt"))
    client = aiosmtplib.SMTP(
        hostname=where.hostname, port=where.port, timeout=patience, start_tls=False, use_tls=False
    )
    await client.connect()
    try:
        yield client
    finally:
        client.close()


async def send(client: aiosmtplib.SMTP, *recipients: str, login: bool = True) -> tuple[str, int]:
    """Go as far as the relay lets us; return the last step and its code."""
    step = "login"
    try:
        if login:
            await client.login("presse", "geheim")
        step = "mail"
        await client.mail("presse@stadt.example")
        step = "rcpt"
        for recipient in recipients or ("redaktion@zeitung.example",):
            await client.rcpt(recipient)
        step = "data"
        code = (await client.data(letter().as_bytes())).code
    except aiosmtplib.SMTPResponseException as refusal:
        code = refusal.code
    return step, code


def test_every_kind_is_tried_here() -> None:
    assert {kind.value for kind in FACE.kinds} == set(REFUSED) | SILENT | TAKEN


async def test_a_mail_is_kept_with_text_recipients_and_message_id(sim: Simulator) -> None:
    async with relay(sim) as client:
        ended = await send(client, "a@zeitung.example", "b@zeitung.example")

    (post,) = sim.posts("email")
    assert ended == ("data", 250)
    assert post["text"] == "Warnung\n\nStraße gesperrt\n.\nBitte weiträumig umfahren"
    assert post["to"] == ["a@zeitung.example", "b@zeitung.example"]
    assert (post["key"], post["account"]) == ("<17.1@stadt.example>", "stadt")


async def test_the_relay_says_what_it_can_do(sim: Simulator) -> None:
    async with relay(sim) as client:
        await client.ehlo()

        assert client.supports_extension("size")
        assert client.supports_extension("dsn")
        assert client.supports_extension("smtputf8")
        assert not client.supports_extension("starttls")


async def test_a_login_is_not_needed_and_both_ways_of_it_work(sim: Simulator) -> None:
    async with relay(sim) as client:
        assert await send(client, login=False) == ("data", 250)
    async with relay(sim) as client:
        assert (await client.auth_plain("presse", "geheim")).code == 235
    async with relay(sim) as client:
        assert (await client.auth_login("presse", "geheim")).code == 235


async def test_recipients_and_a_reset_send_nothing(sim: Simulator) -> None:
    async with relay(sim) as client:
        await client.mail("presse@stadt.example")
        await client.rcpt("redaktion@zeitung.example")
        reset = await client.rset()
        with pytest.raises(aiosmtplib.SMTPResponseException) as refusal:
            await client.rcpt("redaktion@zeitung.example")

    assert (reset.code, refusal.value.code, sim.posts()) == (250, 503, [])


async def test_an_unknown_recipient_is_refused_and_the_others_get_the_mail(sim: Simulator) -> None:
    async with relay(sim) as client:
        await client.mail("presse@stadt.example")
        with pytest.raises(aiosmtplib.SMTPResponseException) as refusal:
            await client.rcpt("unknown@zeitung.example")
        await client.rcpt("redaktion@zeitung.example")
        await client.data(letter().as_bytes())

    assert (refusal.value.code, sim.posts()[0]["to"]) == (550, ["redaktion@zeitung.example"])


@pytest.mark.parametrize("kind", REFUSED)
async def test_a_fault_shows_at_its_step_with_its_code(kind: str, sim: Simulator) -> None:
    sim.faults.put("email", kind, account="stadt")

    async with relay(sim) as client:
        ended = await send(client)

    assert ended == REFUSED[kind]
    assert len(sim.posts()) == (1 if kind == "accepted_then_error" else 0)


async def test_without_a_login_a_revoked_one_is_asked_for(sim: Simulator) -> None:
    sim.faults.put("email", "credential_revoked")

    async with relay(sim) as client:
        ended = await send(client, login=False)

    assert ended == ("mail", 530)


@pytest.mark.parametrize("kind", ["server_error", "flapping"])
async def test_a_broken_relay_closes_with_421(kind: str, sim: Simulator) -> None:
    sim.faults.put("email", kind)

    with pytest.raises(aiosmtplib.SMTPConnectResponseError) as refusal:
        async with relay(sim):
            pass

    assert refusal.value.code == 421


async def test_a_refused_connection_is_cut_before_the_greeting(sim: Simulator) -> None:
    sim.faults.put("own", "refuse_connection")

    with pytest.raises((aiosmtplib.SMTPException, ConnectionError)):
        async with relay(sim):
            pass


async def test_a_black_hole_never_greets(sim: Simulator) -> None:
    sim.faults.put("email", "black_hole")

    with pytest.raises(aiosmtplib.SMTPTimeoutError):
        async with relay(sim, patience=0.2):
            pass


async def test_a_slow_relay_greets_late(sim: Simulator) -> None:
    sim.faults.put("email", "slow", options={"seconds": 0.2})
    begun = time.monotonic()

    async with relay(sim) as client:
        ended = await send(client)

    assert ended == ("data", 250)
    assert time.monotonic() - begun >= 0.2


async def test_a_mail_is_kept_although_no_answer_comes(sim: Simulator) -> None:
    sim.faults.put("email", "accepted_then_timeout")

    with pytest.raises(TimeoutError):
        async with relay(sim) as client, asyncio.timeout(0.3):
            await send(client)

    assert len(sim.posts()) == 1
    assert [arrival["status"] for arrival in sim.arrivals()] == [None]


async def test_a_mail_may_be_late_or_lost_after_it_was_taken(sim: Simulator, clock: Any) -> None:
    sim.faults.put("email", "late_visible", options={"seconds": 20})
    async with relay(sim) as client:
        await send(client)
    sim.faults.clear()
    sim.faults.put("email", "accepted_not_live")
    async with relay(sim) as client:
        await send(client)

    before = [post["visible"] for post in sim.posts()]
    clock.pass_by(seconds=20)

    assert (before, [post["visible"] for post in sim.posts()]) == ([False, False], [True, False])


async def test_each_account_has_a_port_of_its_own_and_the_face_says_where(
    sim: Simulator, http: aiohttp.ClientSession
) -> None:
    async with http.get(f"{sim.url}/email/presse") as answer:
        presse = (await answer.json())["base_url"]
    async with http.get(f"{sim.url}/_faces") as answer:
        listed = {face["platform"]: face for face in await answer.json()}

    assert presse.startswith("smtp://127.0.0.1:")
    assert listed["email"]["open"]["presse"] == presse
    assert listed["email"]["open"]["stadt"] not in {presse, ""}


async def test_what_is_no_command_is_refused_and_the_talk_goes_on(sim: Simulator) -> None:
    async with relay(sim) as client:
        odd = await client.execute_command(b"TURN")
        early = await client.execute_command(b"DATA")
        broken = await client.execute_command(b"MAIL", b"nobody")
        fine = await client.noop()

    assert [odd.code, early.code, broken.code, fine.code] == [502, 503, 501, 250]
