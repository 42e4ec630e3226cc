"""What goes out to staff of a daemon that really runs: in words, with what the storage knows."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from sentinel.domain.packing import packed
from sentinel.service.compose import told_of
from sentinel.simulator.server import Simulator
from sentinel.storage.journal import Entry
from sentinel.storage.notifications import Notification
from tests.support import city
from tests.support.house import House, route, rules_for, until


async def rules_of(sim: Simulator, folder: Path, *, public_url: str) -> Path:
    """Rules with one channel, reached from outside at `public_url`."""
    file = await rules_for(sim, folder, [route("x-stadt")], only=["x-stadt"])
    document = yaml.safe_load(file.read_text())
    document["server"]["public_url"] = public_url
    document["channels"]["x-stadt"]["exercises"] = "allow"
    return city.write(folder, document)


async def queued(house: House, title: str) -> Notification:
    """Wait for the notification whose subject begins so."""

    async def come() -> Notification | None:
        found: Sequence[Notification] = ()
        async with house.storage.read() as view:
            for outage in (await view.outages()).items:
                found = [*found, *await view.notifications_of(outage.id)]
        return next((one for one in found if one.subject.startswith(title)), None)

    return await until(come, 8, lambda: f"a notification {title!r}")


async def test_an_outage_comes_in_three_shapes_with_the_link_to_take_it_on(
    sim: Simulator, tmp_path: Path
) -> None:
    sim.faults.put("x", "credential_revoked")
    async with House(await rules_of(sim, tmp_path, public_url="https://warnung.example")) as house:
        await house.judged("x-stadt", "publish", "down", "credential_rejected")
        told = await queued(house, "Störung: x-stadt")

    assert told.short is not None
    assert told.html is not None
    assert "weil die Plattform unsere Zugangsdaten ablehnt" in told.text
    assert "\nSeit: " in told.text
    assert "Das heißt: Zu wenig brauchbare Kanäle hat jetzt: Route alles." in told.text
    assert "Zu tun: Neue Zugangsdaten anlegen" in told.text
    assert "Hier übernehmen, dann enden die Erinnerungen: https://warnung.example/a/" in told.text
    assert 'href="https://warnung.example/a/' in told.html
    assert "https://warnung.example/a/" in told.short
    assert packed(told.short).parts <= 2


async def test_of_a_message_its_headline_is_told_and_that_it_is_an_exercise(
    sim: Simulator, tmp_path: Path
) -> None:
    sim.faults.put("x", "credential_revoked")
    async with House(await rules_of(sim, tmp_path, public_url="https://warnung.example")) as house:
        await house.judged("x-stadt", "publish", "down", "credential_rejected")
        await house.send(headline="Probealarm", exercise=True)

        async def stranded() -> list[Entry]:
            return await house.journal("message.stranded")

        [entry] = await until(stranded, 8, "the message to be stranded")
        async with house.storage.read() as view:
            told = await told_of(view, house.parts.board, entry)
            bare = await told_of(view, house.parts.board, replace(entry, kind="message.expired"))

    assert told is not None
    assert told[0] == entry.number
    assert told[1].exercise
    assert "„Probealarm“" in told[1].text.de
    assert told[1].since == entry.at
    assert bare is not None
    assert bare[1].exercise
    assert bare[1].about == "Probealarm"
    assert bare[1].since is None
