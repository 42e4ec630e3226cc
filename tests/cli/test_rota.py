"""`rota`, and what `check-rules` says of rotas: who is on call, and when nobody will be."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sentinel.app.clock import utc_now
from tests.cli.house import Ended, House

Call = Callable[..., Ended]

STAFF = """\
staff:
  contacts:
    berg: {{addresses: [{{url: "mailto://berg.example"}}], names: [Anna Berg]}}
    tal: {{addresses: [{{url: "mailto://tal.example"}}]}}
  levels: [{{after: 0s, notify: [dienst]}}]
  rotas:
    dienst: {{calendar: "{calendar}"}}
"""
DAY = timedelta(days=1)


def entry(number: int, says: str, start: datetime, end: datetime) -> str:
    return (
        f"BEGIN:VEVENT\r\nUID:{number}\r\nSUMMARY:{says}\r\nDTSTART:{start:%Y%m%dT%H%M%SZ}\r\n"
        f"DTEND:{end:%Y%m%dT%H%M%SZ}\r\nEND:VEVENT\r\n"
    )


def plan(folder: Path, *duties: tuple[str, float, float]) -> None:
    """Write a calendar; days count from now."""
    now = utc_now()
    body = "".join(
        entry(number, says, now + first * DAY, now + last * DAY)
        for number, (says, first, last) in enumerate(duties)
    )
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{body}END:VCALENDAR\r\n"
    (folder / "plan.ics").write_text(text)


@pytest.fixture
def staffed(house: House) -> House:
    stated = house.rules.read_text() + STAFF.format(calendar="plan.ics")
    house.rules.write_text(stated)
    return house


def test_who_is_on_call_and_who_comes_next(staffed: House, call: Call) -> None:
    plan(staffed.folder, ("Bereitschaft: Anna Berg", -1, 1), ("Tal", 1, 90))
    assert call("migrate").code == 0

    ended = call("rota")
    shape = call("--json", "rota", "dienst").json

    assert ended.code == 0, ended.err
    assert "berg" in ended.out
    assert "tal" in ended.out
    assert shape["items"][0]["on_call"] == ["berg"]
    assert shape["items"][0]["next"]["contacts"] == ["tal"]
    assert shape["items"][0]["next"]["until"] is None
    assert shape["items"][0]["gaps"] == []
    assert shape["daemon"] is False


def test_nobody_on_call_ends_with_1_and_strangers_are_named(staffed: House, call: Call) -> None:
    plan(staffed.folder, ("Hr. Neu", -1, 1))
    assert call("migrate").code == 0

    ended = call("--lang", "de", "rota")

    assert ended.code == 1
    assert "niemand" in ended.out
    assert "dienst: „Hr. Neu“ ist kein Kontakt" in ended.out


def test_a_rota_that_there_is_not_is_wrong_usage(staffed: House, call: Call) -> None:
    plan(staffed.folder)
    assert call("migrate").code == 0

    ended = call("rota", "nachts")

    assert ended.code == 64
    assert "there is no 'nachts'" in ended.err


def test_check_rules_is_content_with_a_rota_that_has_somebody_for_a_fortnight(
    staffed: House, call: Call
) -> None:
    plan(staffed.folder, ("Anna Berg", -1, 1), ("Tal", 1, 15))

    ended = call("check-rules", X_NOT_SET="another-token")

    assert ended.code == 0, ended.err
    assert ended.err == ""


def test_check_rules_warns_of_a_gap_at_the_place_of_the_rota(staffed: House, call: Call) -> None:
    plan(staffed.folder, ("Anna Berg", -1, 1), ("Tal", 2, 20))

    ended = call("check-rules", X_NOT_SET="another-token")
    shape = call("--json", "check-rules", X_NOT_SET="another-token").json

    assert ended.code == 1
    assert ended.err.startswith(f"{staffed.rules}:32:5: warning: Rota dienst: from ")
    assert "nobody is on call" in ended.err
    assert [problem["line"] for problem in shape["warnings"]] == [32]


@pytest.mark.usefixtures("staffed")
def test_check_rules_warns_of_a_calendar_that_is_not_there(call: Call) -> None:
    ended = call("check-rules", X_NOT_SET="another-token")

    assert ended.code == 1
    assert "Rota dienst: the calendar cannot be read, and there is no earlier copy" in ended.err


def test_check_rules_says_nothing_of_an_address_that_no_daemon_has_asked_yet(
    house: House, call: Call
) -> None:
    stated = house.rules.read_text() + STAFF.format(calendar="https://cloud.example/s/1")
    house.rules.write_text(stated)

    ended = call("check-rules", X_NOT_SET="another-token")

    assert ended.code == 0, ended.err
    assert not (house.folder / "data").exists()
