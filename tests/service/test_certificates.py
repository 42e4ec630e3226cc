"""A certificate that ends is told in time: of our own site staff hear before citizens do."""

from datetime import timedelta
from pathlib import Path

from sentinel.domain.rules import Channel
from sentinel.service.certificates import Certificates, certificate_ends
from sentinel.simulator.server import Simulator
from tests.support.house import House, route, rules_for, until, utc_now


def channel(name: str, operator: str) -> Channel:
    return Channel(name=name, platform="p", operator=operator, account=name)


async def test_staff_hear_once_of_each_end_of_our_own_sites_certificate(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_for(
        sim,
        tmp_path,
        [route("warnseite", "mastodon-stadt")],
        only=("warnseite", "mastodon-stadt"),
    )
    async with House(file) as house:
        site, theirs = channel("warnseite", "own"), channel("mastodon-stadt", "social.example")
        now, looks = utc_now(), Certificates(house.storage)
        for at, days in ((now, 60), (now + timedelta(hours=1), 13), (now + timedelta(hours=9), 12)):
            await looks.keep(site, days, at)
            await looks.keep(theirs, days, at)
        await Certificates(house.storage).keep(site, 12, now + timedelta(hours=10))  # a restart
        entries = await house.journal("certificate.ending")
        async with house.storage.read() as view:
            ends = await certificate_ends(view)
        _, risks = await house.call("GET", "/api/v1/risks")

        async def told() -> bool:
            return any("Zertifikat läuft ab: warnseite" in str(n["body"]) for n in sim.notes())

        await until(told, 5, "the news")
        await looks.keep(site, 89, now)  # renewed
        await looks.keep(site, 13, now + timedelta(days=76))  # and near its end again
        again = await house.journal("certificate.ending")

    assert [entry.subject for entry in entries] == ["warnseite"]
    assert set(ends) == {"warnseite", "mastodon-stadt"}
    found = {(r["subject"], r["gravity"]) for r in risks["items"] if r["kind"] == "certificate"}
    assert found == {("warnseite", "act"), ("mastodon-stadt", "know")}
    assert len(again) == 2
