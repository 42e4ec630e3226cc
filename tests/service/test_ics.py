"""Calendars as Outlook, Exchange and Nextcloud export them, and what is no calendar at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.service.ics import NoCalendar, Read, read_calendar

BERLIN = ZoneInfo("Europe/Berlin")
FILES = Path(__file__).parent / "calendars"
FROM, TO = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 30, tzinfo=UTC)


def read(text: str | bytes, start: datetime = FROM, end: datetime = TO) -> Read:
    data = text if isinstance(text, bytes) else text.replace("\n", "\r\n").encode()
    return read_calendar(data, BERLIN, start, end)


def calendar(*entries: str, head: str = "") -> str:
    body = "".join(
        f"BEGIN:VEVENT\nUID:{number}\n{entry}\nEND:VEVENT\n" for number, entry in enumerate(entries)
    )
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test\n{head}{body}END:VCALENDAR\n"


def seen(found: Read) -> list[tuple[str, str, str]]:
    """The duties by the clock on the wall in Berlin."""
    return [
        (
            f"{duty.starts_at.astimezone(BERLIN):%d.%m. %H:%M}",
            f"{duty.ends_at.astimezone(BERLIN):%d.%m. %H:%M}",
            duty.says,
        )
        for duty in sorted(found.duties, key=lambda duty: duty.starts_at)
    ]


def test_outlook_writes_its_own_zone_names_and_moves_one_of_a_series() -> None:
    found = read((FILES / "outlook.ics").read_bytes())

    assert seen(found) == [
        ("02.03. 08:00", "09.03. 08:00", "Bereitschaft: Anna Berg"),
        ("09.03. 08:00", "16.03. 08:00", "Bereitschaft: Ben Tal"),
        # 16 March is cut out of the series; across the change to summer time it stays at eight
        ("23.03. 08:00", "30.03. 08:00", "Bereitschaft: Ben Tal"),
        ("31.03. 12:00", "06.04. 08:00", "Vertretung: Carla See"),  # moved, and another person
        ("06.04. 08:00", "13.04. 08:00", "Bereitschaft: Ben Tal"),
        ("13.04. 08:00", "20.04. 08:00", "Bereitschaft: Anna Berg"),
        ("27.04. 08:00", "04.05. 08:00", "Bereitschaft: Anna Berg"),
    ]
    assert found.skipped == 0


def test_nextcloud_writes_whole_days_invitations_and_what_was_cancelled() -> None:
    found = read((FILES / "nextcloud.ics").read_bytes())

    assert seen(found) == [
        ("02.03. 00:00", "09.03. 00:00", "Anna Berg"),
        ("09.03. 00:00", "16.03. 00:00", "Rufbereitschaft"),
        ("28.03. 00:00", "30.03. 00:00", "Wochenende – Tal"),  # forty-seven hours long
    ]
    invited = [duty for duty in found.duties if duty.says == "Rufbereitschaft"]
    assert invited[0].mails == ("mailto:ben.tal@musterstadt.example",)  # the other one declined


def test_a_windows_zone_is_known_even_where_the_file_does_not_explain_it() -> None:
    entry = (
        "SUMMARY:Berg\nDTSTART;TZID=W. Europe Standard Time:20260328T200000\n"
        "DTEND;TZID=W. Europe Standard Time:20260329T080000"
    )

    assert seen(read(calendar(entry))) == [("28.03. 20:00", "29.03. 08:00", "Berg")]


def test_times_without_a_zone_are_the_citys() -> None:
    entry = "SUMMARY:Berg\nDTSTART:20260328T200000\nDURATION:PT12H"

    assert seen(read(calendar(entry))) == [("28.03. 20:00", "29.03. 08:00", "Berg")]


def test_universal_time_stays_universal_time() -> None:
    entry = "SUMMARY:Berg\nDTSTART:20260310T070000Z\nDTEND:20260310T190000Z"

    assert seen(read(calendar(entry))) == [("10.03. 08:00", "10.03. 20:00", "Berg")]


def test_a_duty_that_began_before_the_period_is_part_of_it() -> None:
    entry = "SUMMARY:Berg\nDTSTART:20260101T070000Z\nDTEND:20261231T190000Z"

    assert len(read(calendar(entry)).duties) == 1


def test_an_entry_that_takes_no_time_is_no_duty() -> None:
    entry = "SUMMARY:Dienstplan prüfen\nDTSTART:20260310T070000Z\nDTEND:20260310T070000Z"

    assert read(calendar(entry)).duties == ()


@pytest.mark.parametrize(
    "entry",
    [
        "SUMMARY:Berg\nDTSTART:gestern\nDTEND:heute",
        "SUMMARY:Berg",
        "SUMMARY:Berg\nDTSTART:20000101T000000Z\nDURATION:PT1H\nRRULE:FREQ=SECONDLY",
        "SUMMARY:Berg\nDTSTART:20000101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;INTERVAL=0",
        "SUMMARY:Berg\nDTSTART:20000101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYHOUR=1,2,3",
        "SUMMARY:Berg\nDTSTART:00010101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY",
        "SUMMARY:Berg\nDTSTART:20000101T000000Z\nDURATION:PT1H\nRRULE:FREQ=MANCHMAL",
    ],
)
def test_an_entry_that_nobody_can_read_is_counted_and_the_others_hold(entry: str) -> None:
    good = "SUMMARY:Tal\nDTSTART:20260310T070000Z\nDTEND:20260310T190000Z"

    found = read(calendar(entry, good))

    assert [duty.says for duty in found.duties] == ["Tal"]
    assert found.skipped == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html><body>Bitte anmelden</body></html>",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Berg\n",  # cut off
        "END:VCALENDAR",
        "\x00\x01END:VCALENDAR",
        calendar(*["SUMMARY:Berg\nDTSTART:20260310T070000Z\nRRULE:FREQ=DAILY"] * 501),
        calendar(*["SUMMARY:Berg\nDTSTART:20260310T070000Z\nDURATION:PT1H"] * 5001),
    ],
)
def test_what_is_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(NoCalendar):
        read(text)


def test_a_refusal_repeats_nothing_of_the_calendar() -> None:
    with pytest.raises(NoCalendar) as caught:
        read("Anna Berg\nEND:VCALENDAR")

    assert "Berg" not in repr(caught.value)
    assert caught.value.__cause__ is None


@settings(max_examples=60)
@given(st.data())
def test_no_damage_to_a_calendar_raises_anything_else(data: st.DataObject) -> None:
    good = (FILES / "outlook.ics").read_bytes()
    start = data.draw(st.integers(0, len(good)))
    stop = data.draw(st.integers(start, min(len(good), start + 40)))
    bad = good[:start] + data.draw(st.binary(max_size=12)) + good[stop:]

    try:
        found = read(bad, FROM, FROM + timedelta(days=7))
    except NoCalendar:
        return

    assert all(duty.starts_at < duty.ends_at for duty in found.duties)
