"""`report`: what happened in a period, to print, to keep, or to count with."""

import asyncio
import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from sentinel.cli.report import lasting, percent
from sentinel.domain.availability import Figures
from sentinel.domain.cause import Ability, Cause
from sentinel.storage.outages import Outage
from sentinel.storage.storage import Storage
from tests.cli.house import Ended, House

Call = Callable[..., Ended]
NOON = datetime(2026, 7, 5, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
JULY = ("report", "--from", "2026-07-01", "--to", "2026-07-31")


def outage(name: str, opened: datetime, closed: datetime | None) -> Outage:
    return Outage(
        id=name,
        kind="ability",
        channel="masto",
        ability=Ability.PUBLISH,
        operator="127.0.0.1",
        cause=Cause.PLATFORM_FAULT,
        opened_at=opened,
        closed_at=closed,
    )


async def fill(house: House) -> None:
    data = house.folder / "data"
    url = f"sqlite:///{data}/sentinel.db"
    storage = await Storage.open(url, data=data, node="a", now=lambda: NOON)
    async with storage.write() as unit:
        await unit.add_figures(
            {
                ("masto", Ability.PUBLISH, NOON): Figures(
                    up_ms=3_000_000, down_ms=599_999, unknown_ms=1, checks=120, failures=20
                ),
                ("masto", Ability.PUBLISH, NOON - 30 * DAY): Figures(down_ms=9),
                ("gone", Ability.PUBLIC, NOON): Figures(up_ms=3_600_000),
            }
        )
        await unit.open_outage(outage("o1", NOON, NOON + HOUR))
        await unit.open_outage(outage("o2", NOON - 60 * DAY, NOON - 50 * DAY))
        await unit.open_outage(outage("o3", NOON - 60 * DAY, None))
    await storage.close()


@pytest.fixture
def filled(house: House) -> House:
    """A house with a July in its database, and no daemon."""
    assert house.here("migrate").code == 0
    asyncio.run(fill(house))
    return house


def test_programs_get_the_whole_of_it(filled: House) -> None:
    found = filled.here(*JULY, "--format", "json").json

    assert (found["from"], found["to"], found["daemon"]) == ("2026-07-01", "2026-07-31", False)
    assert [(one["channel"], one["ability"], one["in_rules"]) for one in found["channels"]] == [
        ("masto", "publish", True),
        ("gone", "public", False),
    ]
    assert found["channels"][0]["down_s"] == 599.999
    assert {one["id"] for one in found["outages"]} == {"o1", "o3"}
    assert found["messages"] == {"accepted": 0, "by_state": {}, "by_severity": {}}


def test_a_spreadsheet_gets_a_row_per_channel_and_ability(filled: House) -> None:
    rows = list(csv.DictReader(io.StringIO(filled.here(*JULY, "--format", "csv").out)))

    assert [(row["channel"], row["checks"], row["failures"]) for row in rows] == [
        ("masto", "120", "20"),
        ("gone", "0", "0"),
    ]
    assert float(rows[0]["share"]) == pytest.approx(3_000_000 / 3_599_999)


def test_people_get_a_page_that_needs_nothing_else(filled: House) -> None:
    page = filled.here("--lang", "de", *JULY).out

    assert "<h1>Bericht 2026-07-01 – 2026-07-31</h1>" in page
    assert "<td>83.333 %</td><td>0:10:00</td>" in page
    assert "Störung der Plattform" in page
    assert "http" not in page.replace("<!doctype html>", "")


@pytest.mark.parametrize(
    "args",
    [
        ("report",),
        ("report", "--from", "2026-07-01"),
        ("report", "--from", "2026-07-32", "--to", "2026-08-01"),
        ("report", "--from", "2026-08-02", "--to", "2026-08-01"),
        (*JULY, "--format", "pdf"),
    ],
)
def test_what_is_no_period_is_refused(call: Call, args: tuple[str, ...]) -> None:
    assert call(*args).code == 64


@pytest.mark.parametrize(
    ("share", "said"),
    [(None, "–"), (1.0, "100 %"), (1 - 1e-9, "99.999 %"), (0.99, "99.000 %"), (0.0, "0.000 %")],
)
def test_a_hundred_percent_is_said_of_a_perfect_record_only(share: float | None, said: str) -> None:
    assert percent(share) == said


def test_how_long_it_lasted_is_said_in_hours() -> None:
    assert lasting(90_061) == "25:01:01"
