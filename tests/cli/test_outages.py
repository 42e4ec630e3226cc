"""`outages` and `silences`: seen, taken on, planned and ended from the command line."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.house import RULES, House
from tests.support.city import Daemon, free_port, wait_for
from tests.support.simulated import Simulated

LESS = "{{read_back: off, visibility: off, listening: off}}"
ONE_ABILITY = RULES.replace("reach: 1900", f"reach: 1900\n    probes: {LESS}")
"""A fault of Mastodon is one outage: nothing that comes later makes it worse."""


@dataclass(frozen=True)
class City:
    house: House
    outage: str  # the id of one that is open


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("city")
    with Simulated() as simulated:
        simulator = int(simulated.listen.rpartition(":")[2])
        house = House(folder, port=free_port(), simulator=simulator).build(ONE_ABILITY)
        simulated.fault("mastodon", "server_error")
        with Daemon(house.rules, house.surroundings()) as daemon:

            def opened() -> str:
                _, page = daemon.get("/api/v1/outages")
                masto = [one for one in page["items"] if one["ability"] == "publish"]
                return str(masto[0]["id"]) if masto else ""

            yield City(house, wait_for(opened, 30, "an outage"))


def test_an_outage_is_listed_and_taken_on_with_a_word_to_the_others(city: City) -> None:
    before = city.house.here("outages").out
    taken = city.house.here("outages", "acknowledge", city.outage, "--comment", "Müller ruft an")
    again = city.house.here("--json", "outages", "acknowledge", city.outage)
    after = city.house.here("outages", "list").out
    shown = city.house.here("--json", "outages").json

    me = f"uid:{os.getuid()}"
    (row,) = (line for line in before.splitlines() if city.outage in line)
    assert "masto" in row
    assert me not in row
    assert (taken.code, again.code) == (0, 0), taken.err + again.err
    assert taken.out.startswith(f"Acknowledged by {me}, ")
    assert "unless it grows worse" in taken.out
    (row,) = (line for line in after.splitlines() if city.outage in line)
    assert me in row
    (one,) = (one for one in shown["items"] if one["id"] == city.outage)
    assert (one["acknowledged_by"], one["comment"]) == (me, "Müller ruft an")
    assert again.json["comment"] == "Müller ruft an", "whoever was first keeps it"


def test_an_outage_nobody_knows_cannot_be_taken_on(city: City) -> None:
    ended = city.house.here("outages", "acknowledge", "17")
    dots = city.house.here("outages", "acknowledge", "..")

    assert (ended.code, dots.code) == (64, 64)
    assert "there is no '17'" in ended.err
    assert "there is no '..'" in dots.err


def test_a_silence_and_maintenance_are_planned_listed_and_ended(city: City) -> None:
    made = city.house.here(
        "--json", "silences", "add", "--channel", "x", "--for", "2h", "--reason", "no keys yet"
    )
    ahead = city.house.here(
        *("--lang", "de", "silences", "add", "--maintenance", "--reason", "neuer Router"),
        *("--from", "2030-01-01T22:00", "--until", "2030-01-02T02:00"),
    )
    shown = city.house.here("silences").out
    ended = city.house.here("silences", "end", made.json["id"])
    left = city.house.here("--json", "silences", "list").json
    whole = city.house.here("--json", "silences", "list", "--all").json

    assert (made.code, made.json["state"], made.json["kind"]) == (0, "active", "silence")
    assert ahead.code == 0, ahead.err
    assert "Wartung für alles, 01.01.2030 22:00:00 bis 02.01.2030 02:00:00." in ahead.out
    assert "no keys yet" in shown
    assert "maintenance  everything  planned" in shown
    assert ended.out == "silence for x is over\n"
    assert [one["reason"] for one in left["items"]] == ["neuer Router"]
    assert {one["reason"] for one in whole["items"]} == {"neuer Router", "no keys yet"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--channel", "twitter", "--for", "1h", "--reason", "r"), "no channel 'twitter'"),
        (("--for", "99d", "--reason", "r"), "at most 31 days"),
        (("--reason", "r"), "one of the arguments --until --for is required"),
        (("--for", "1h"), "the following arguments are required: --reason"),
        (("--for", "1h", "--until", "2030-01-01T22:00", "--reason", "r"), "not allowed with"),
    ],
)
def test_a_silence_that_makes_no_sense_is_wrong_usage(
    city: City, words: tuple[str, ...], said: str
) -> None:
    ended = city.house.here("silences", "add", *words)

    assert ended.code == 64
    assert said in ended.err


def test_without_a_daemon_they_are_read_and_nothing_is_done(tmp_path: Path) -> None:
    house = House(tmp_path).build()
    assert house.here("migrate").code == 0

    listed = house.here("silences")
    outages = house.here("outages")
    acted = house.here("silences", "add", "--for", "1h", "--reason", "r")

    assert (listed.code, listed.out) == (0, "Nothing is silenced\n")
    assert (outages.code, outages.out) == (0, "No outages\n")
    assert acted.code == 2
    assert "Nothing was done" in acted.err
