"""Delivery to staff: over the first address that takes it, in one parcel, and nothing twice."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import pytest
import yaml
from aiohttp import web

from sentinel.simulator.server import Simulator
from sentinel.storage.notifications import Notification
from tests.support import city
from tests.support.house import House, route, rules_for, until, utc_now
from tests.support.mail import Mailbox

MINUTE = timedelta(minutes=1)
LINES = ("x-stadt", "mastodon-stadt")


def inbox(sim: Simulator, name: str) -> dict[str, Any]:
    return {"url": f"{sim.url.replace('http', 'json')}/_inbox/{name}"}


def mail(box: Mailbox, to: str) -> dict[str, Any]:
    host = box.url.removeprefix("smtp://")
    sender = "from=sentinel@musterstadt.example"
    return {"url": f"mailto://{host}?{sender}&to={to}@musterstadt.example&mode=insecure"}


class Chat:
    """A chat's hook, as Mattermost has it, and a push service, as ntfy is.

    It fails after so many messages, or at a word, or hangs at one.
    """

    refuses: str | None = None

    def __init__(self, broken_after: int = 100, hangs_at: str | None = None) -> None:
        self.broken_after = broken_after
        self.taken: list[str] = []
        self.hangs, self.goes_on = asyncio.Event(), asyncio.Event()
        self._hangs_at = hangs_at

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/hooks/{token}", self._take)
        app.router.add_post("/", self._push)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        port = city.free_port()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"mmost://127.0.0.1:{port}/abcdefgh"
        self.push_url = f"ntfy://127.0.0.1:{port}/lage"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _push(self, request: web.Request) -> web.Response:
        said = await request.json()
        self.taken.append(
            f"{said['title']}, {request.headers.get('X-Priority')}: {said['message']}"
        )
        return web.json_response({"id": "1"})

    async def _take(self, request: web.Request) -> web.Response:
        text = str((await request.json())["text"])
        unwanted = self.refuses is not None and self.refuses in text
        if unwanted or len(self.taken) >= self.broken_after:
            return web.Response(status=500)
        if self._hangs_at is not None and text.startswith(self._hangs_at):
            self.hangs.set()
            await self.goes_on.wait()
        self.taken.append(text)
        return web.Response(text="ok")


async def rules_of(
    sim: Simulator, folder: Path, *addresses: dict[str, Any], only: Sequence[str] = LINES[1:]
) -> Path:
    """Rules of one contact, `presse`, with these addresses; the checks of its channels are rare."""
    file = await rules_for(sim, folder, [route(*only)], only=tuple(only))
    document = yaml.safe_load(file.read_text())
    document["staff"] = {
        "contacts": {"presse": {"language": "de", "addresses": list(addresses)}},
        "levels": [{"after": "0s", "notify": ["presse"]}],
        "group_wait": "0s",
    }
    return city.write(folder, document)


def note(house: House, subject: str, **more: Any) -> Notification:
    usual: dict[str, Any] = {
        "id": house.parts.board.new_id(),
        "journal_number": 0,
        "contact": "presse",
        "due_at": utc_now(),
        "created_at": utc_now(),
        "subject": subject,
        "text": f"Alles über {subject}.",
    }
    return Notification(**(usual | more))


async def queue(house: House, *notes: Notification) -> None:
    async with house.storage.write() as unit:
        for one in notes:
            await unit.add_notification(one)


async def queued(house: House) -> list[Notification]:
    async with house.storage.read() as view:
        return [one for one in await view.undelivered() if one.state == "queued"]


async def delivered(house: House, within_s: float = 10) -> None:
    async def so() -> bool:
        return not await queued(house)

    await until(so, within_s, "everything to be delivered")


async def failed(house: House, times: int) -> None:
    async def so() -> bool:
        return house.parts.notifier.results.get(("presse", "failed"), 0) >= times

    await until(so, 15, f"{times} tries in vain")


def titles(sim: Simulator, name: str) -> list[str]:
    return [str(one["body"]["title"]) for one in sim.notes(name)]


async def test_the_second_address_is_used_at_once_and_the_first_is_spared_for_a_while(
    sim: Simulator, tmp_path: Path
) -> None:
    sim.faults.put("_inbox", "server_error", account="kaputt")
    file = await rules_of(sim, tmp_path, inbox(sim, "kaputt"), inbox(sim, "handy"))
    async with House(file) as house:
        await queue(house, note(house, "eins"))
        await delivered(house)
        await queue(house, note(house, "zwei"))
        await delivered(house)
        results = dict(house.parts.notifier.results)

    assert titles(sim, "handy") == ["eins", "zwei"]
    assert results == {("presse", "failed"): 1, ("presse", "sent"): 2}


async def test_what_a_dead_receiver_took_not_comes_as_one_summary_when_it_is_back(
    sim: Simulator, tmp_path: Path
) -> None:
    port = city.free_port()
    dead = {"url": f"mailto://127.0.0.1:{port}?from=s@m.example&to=p@m.example&mode=insecure"}
    file = await rules_of(sim, tmp_path, dead)
    async with House(file) as house:
        begins = utc_now() - 60 * MINUTE
        for number in range(60):
            await queue(
                house, note(house, f"Kanal {number} gestört", due_at=begins + number * MINUTE)
            )
        await failed(house, 1)
        assert len(await queued(house)) == 60
        with Mailbox(port=port) as box:
            await delivered(house, 20)

    (summary,) = box.mails
    subject = str(summary.message["Subject"])
    assert subject == "Zusammenfassung: 60 Nachrichten, die warten mussten"
    assert "bis jetzt nahm es keine Ihrer Adressen an" in summary.text
    assert all(f"Alles über Kanal {number} gestört." in summary.text for number in range(60))
    assert "Wiederholung" not in subject + summary.text


async def test_without_our_line_the_local_relay_is_used_and_the_rest_comes_in_one_summary(
    sim: Simulator, tmp_path: Path
) -> None:
    with Mailbox() as box:
        file = await rules_of(sim, tmp_path, inbox(sim, "presse"), only=LINES)
        document = yaml.safe_load(file.read_text())
        offline = {**mail(box, "technik"), "offline": True}
        document["staff"]["contacts"]["technik"] = {"addresses": [inbox(sim, "technik"), offline]}
        city.write(tmp_path, document)
        async with House(file) as house:
            for everything in ("_control", "x", "mastodon"):
                sim.faults.put(everything, "refuse_connection")
            await house.judged("x-stadt", "publish", "unknown", "uplink_lost")
            await queue(
                house,
                note(house, "eins", contact="presse"),
                note(house, "zwei", contact="presse"),
                note(house, "eins", contact="technik"),
            )

            async def held() -> bool:
                waiting = [one for one in await queued(house) if one.contact == "presse"]
                relayed = [m for m in box.mails if "eins" in str(m.message["Subject"]) + m.text]
                return (
                    len(waiting) >= 2 and all(w.waits_for_line for w in waiting) and relayed != []
                )

            await until(held, 10, "the relay to be used, and the rest to wait")
            during = [*sim.notes("presse"), *sim.notes("technik")]
            sim.faults.clear()
            await house.judged("x-stadt", "publish", "up", None, within_s=15)
            await delivered(house, 15)

    assert during == []
    first = sim.notes("presse")[0]["body"]
    assert "unsere Leitung war unterbrochen" in first["message"]
    assert "Alles über eins." in first["message"]
    assert "Alles über zwei." in first["message"]


async def test_a_storm_is_ten_parcels_and_what_is_grave_passes_it(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_of(sim, tmp_path, inbox(sim, "presse"))
    async with House(file) as house:
        for number in range(10):
            await queue(house, note(house, f"Nr. {number}"))
            await delivered(house)
        await queue(house, note(house, "Nr. 10"), note(house, "Nr. 11"))
        await house.storage.wait_change(2.0, seen=house.storage.changes)
        held = len(await queued(house))
        await queue(house, note(house, "ALARM", grave=True))
        await delivered(house)

    assert held == 2
    assert titles(sim, "presse") == [*(f"Nr. {n}" for n in range(10)), "ALARM (+2)"]
    assert "Alles über Nr. 11." in sim.notes("presse")[10]["body"]["message"]


async def test_what_is_grave_does_not_wait_behind_a_parcel_that_hangs(
    sim: Simulator, tmp_path: Path
) -> None:
    async with Chat(hangs_at="harmlos") as chat:
        file = await rules_of(sim, tmp_path, {"url": chat.url})
        async with House(file) as house:
            await queue(house, note(house, "harmlos"))
            async with asyncio.timeout(10):
                await chat.hangs.wait()
            await queue(house, note(house, "ALARM", grave=True))

            async def heard() -> bool:
                return bool(chat.taken)

            await until(heard, 10, "the alarm to pass it")
            chat.goes_on.set()
            await delivered(house)

    assert [text.partition("\n")[0].strip() for text in chat.taken] == ["ALARM", "harmlos"]


async def test_what_was_for_a_contact_that_the_rules_no_longer_have_goes_to_who_is_called_first(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_of(sim, tmp_path, inbox(sim, "presse"))
    async with House(file) as house:
        await queue(house, note(house, "eins", contact="pressestelle"))
        await delivered(house)

    assert titles(sim, "presse") == ["eins"]


async def test_whoever_is_on_call_inherits_what_was_for_a_contact_that_is_gone(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_of(sim, tmp_path, inbox(sim, "presse"))
    document = yaml.safe_load(file.read_text())
    staff = document["staff"]
    staff["contacts"]["technik"] = {"addresses": [inbox(sim, "technik")]}
    duty = {"from": "2020-01-01 00:00", "to": "2090-01-01 00:00", "contact": "technik"}
    staff["rotas"] = {"bereitschaft": {"overrides": [duty]}}
    staff["levels"] = [{"after": "0s", "notify": ["bereitschaft"]}]
    async with House(city.write(tmp_path, document)) as house:
        await queue(house, note(house, "eins", contact="pressestelle"))
        await delivered(house)

    assert titles(sim, "technik") == ["eins"]
    assert titles(sim, "presse") == []


async def test_what_was_not_answered_in_time_comes_again_as_a_repeat(
    sim: Simulator, tmp_path: Path
) -> None:
    sim.faults.put("_inbox", "slow", options={"seconds": 2})
    impatient = {"url": inbox(sim, "presse")["url"] + "?rto=0.5"}
    file = await rules_of(sim, tmp_path, impatient)
    async with House(file) as house:
        await queue(house, note(house, "eins"))
        await failed(house, 1)
        sim.faults.clear()
        await delivered(house)

    assert titles(sim, "presse") == ["eins", "[Wiederholung] eins"]


async def test_one_of_which_parts_may_have_arrived_comes_again_as_a_repeat(
    sim: Simulator, tmp_path: Path
) -> None:
    async with Chat(broken_after=1) as chat:
        file = await rules_of(sim, tmp_path, {"url": chat.url})
        async with House(file) as house:
            await queue(house, note(house, "lang", text="Ein langer Satz. " * 400))
            await failed(house, 1)
            chat.broken_after = 100
            await delivered(house)

    assert chat.taken[:2] == ["lang", "[Wiederholung] lang"]
    assert "".join("".join(chat.taken[2:]).split()).count("EinlangerSatz.") == 400


async def test_a_text_that_an_address_refuses_does_not_keep_the_others_for_ever(
    sim: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sentinel.service.sending.ALONE_EVERY", 2)
    async with Chat() as chat:
        chat.refuses = "Gift"
        file = await rules_of(sim, tmp_path, {"url": chat.url})
        async with House(file) as house:
            early = utc_now() - MINUTE
            await queue(house, note(house, "harmlos", due_at=early), note(house, "Gift"))

            async def through() -> bool:
                return [one.subject for one in await queued(house)] == ["Gift"]

            await until(through, 10, "what is not refused to go through")

    assert len(chat.taken) == 1


async def test_a_mail_is_html_with_the_same_as_text_beside_it(
    sim: Simulator, tmp_path: Path
) -> None:
    with Mailbox() as box:
        file = await rules_of(sim, tmp_path, mail(box, "presse"))
        async with House(file) as house:
            link = '<a href="https://s.example/a/T">https://s.example/a/T</a>'
            page = f"<html><body><p>x nimmt nichts an.</p><p>{link}</p></body></html>"
            await queue(house, note(house, "x gestört", html=page), note(house, "b < c\nd"))
            await delivered(house)
            await queue(house, note(house, "x gestört", html=page))
            await delivered(house)

    folded, alone = box.mails
    parts = [part.get_content_type() for part in alone.message.walk()]
    assert parts == ["multipart/alternative", "text/plain", "text/html"]
    assert "https://s.example/a/T" in alone.text
    assert "Alles über b < c\nd." in folded.text.replace("\r\n", "\n")


async def test_a_text_that_is_no_html_keeps_its_lines_and_signs_in_a_mail(
    sim: Simulator, tmp_path: Path
) -> None:
    with Mailbox() as box:
        file = await rules_of(sim, tmp_path, mail(box, "presse"))
        async with House(file) as house:
            await queue(house, note(house, "x", text="Zeile <1>\nZeile & 2"))
            await delivered(house)

    (one,) = box.mails
    assert one.message.get_content_type() == "text/plain"
    assert one.text.split() == ["Zeile", "<1>", "Zeile", "&", "2"]
    assert "\n" in one.text.strip()


async def test_a_gateway_for_text_messages_gets_the_short_text(
    sim: Simulator, tmp_path: Path
) -> None:
    gateway = {**inbox(sim, "modem"), "medium": "sms"}
    file = await rules_of(sim, tmp_path, gateway)
    async with House(file) as house:
        await queue(house, note(house, "x gestört", short="x seit 3:00 gestört"))
        await delivered(house)

    body = sim.notes("modem")[0]["body"]
    assert (body["title"], body["message"]) == ("", "x seit 3:00 gestört")


async def test_an_alarm_is_pushed_as_urgent_and_what_is_too_long_for_it_in_short(
    sim: Simulator, tmp_path: Path
) -> None:
    async with Chat() as chat:
        file = await rules_of(sim, tmp_path, {"url": chat.push_url})
        async with House(file) as house:
            await queue(house, note(house, "x gestört"))
            await delivered(house)
            long = {"text": "Satz. " * 2_000, "short": "Nr. 7 steckt fest"}
            await queue(house, note(house, "ALARM", grave=True, **long))
            await delivered(house)

    assert chat.taken == [
        "x gestört, None: Alles über x gestört.",
        "ALARM, high: Nr. 7 steckt fest",
    ]


async def test_no_password_of_an_address_stands_in_a_log(
    sim: Simulator, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = "geheimes-passwort-4711"
    port = city.free_port()
    dead = {"url": f"mailto://sentinel:{secret}@127.0.0.1:{port}?to=p@m.example&mode=insecure"}
    file = await rules_of(sim, tmp_path, dead, inbox(sim, "handy"))
    async with House(file) as house:
        await queue(house, note(house, "eins"))
        await delivered(house)
        _, metrics = await house.call("GET", "/metrics")

    out = "".join(capfd.readouterr())
    assert titles(sim, "handy") == ["eins"]
    assert secret not in out + str(metrics)
