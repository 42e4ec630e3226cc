"""Silences and quiet hours: what stays quiet, and until when; a stranded message never does."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.quiet import QuietHours, quiet_until
from sentinel.domain.silence import Silence, silent_until

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(start=time(22), end=time(6))
FACEBOOK = {"kind": "channel", "channel": "facebook", "operator": "meta"}


def silence(**more: Any) -> Silence:
    fields = {"starts_at": NOON, "ends_at": NOON + HOUR, "reason": "Umzug", "id": "s1"}
    who = {"actor_kind": "person", "actor_id": "uid:1", "created_at": NOON, "kind": "silence"}
    return Silence(**{**fields, **who, **more})


@pytest.mark.parametrize(
    ("of", "outage", "covered"),
    [
        ({}, FACEBOOK, True),
        ({}, {"kind": "uplink", "channel": None, "operator": "default"}, True),
        ({}, {"kind": "stranded", "channel": None, "operator": None}, False),
        ({"channel": "facebook"}, FACEBOOK, True),
        ({"channel": "threads"}, FACEBOOK, False),
        ({"operator": "meta"}, FACEBOOK, True),
        ({"channels": ("facebook", "threads")}, FACEBOOK, True),
        ({"channel": "facebook"}, {"kind": "uplink", "channel": None, "operator": "x"}, False),
        (
            {"channels": ("a", "b")},
            {"kind": "edge", "channel": None, "operator": "cdn", "hit": ("a", "b")},
            True,
        ),
        (
            {"channel": "a"},
            {"kind": "edge", "channel": None, "operator": "cdn", "hit": ("a", "b")},
            False,
        ),
    ],
)
def test_a_silence_covers_what_it_names_and_never_a_stranded_message(
    of: dict[str, Any], outage: dict[str, Any], covered: object
) -> None:
    until = silent_until([silence(**of)], NOON, **outage)

    assert until == (NOON + HOUR if covered else None)


def test_silences_that_meet_count_as_one() -> None:
    first = silence()
    next_ = silence(id="s2", starts_at=NOON + HOUR, ends_at=NOON + 3 * HOUR)
    apart = silence(id="s3", starts_at=NOON + 4 * HOUR, ends_at=NOON + 5 * HOUR)

    assert silent_until([apart, next_, first], NOON, **FACEBOOK) == NOON + 3 * HOUR


def test_one_that_was_ended_holds_no_longer() -> None:
    assert silent_until([silence(ended_at=NOON)], NOON, **FACEBOOK) is None


@pytest.mark.parametrize(
    ("at", "until"),
    [
        (datetime(2030, 1, 1, 20, 59, tzinfo=UTC), None),  # 21:59 in Berlin
        (datetime(2030, 1, 1, 21, 0, tzinfo=UTC), datetime(2030, 1, 2, 5, tzinfo=UTC)),
        (datetime(2030, 1, 2, 4, 59, tzinfo=UTC), datetime(2030, 1, 2, 5, tzinfo=UTC)),
        (datetime(2030, 1, 2, 5, 0, tzinfo=UTC), None),
        (datetime(2030, 3, 30, 23, 0, tzinfo=UTC), datetime(2030, 3, 31, 4, tzinfo=UTC)),
        (datetime(2030, 10, 26, 23, 0, tzinfo=UTC), datetime(2030, 10, 27, 5, tzinfo=UTC)),
    ],
)
def test_quiet_hours_go_over_midnight_and_by_the_clock_on_the_wall(
    at: datetime, until: datetime | None
) -> None:
    assert quiet_until(NIGHT, BERLIN, at) == until


@given(
    st.times().map(lambda found: found.replace(second=0, microsecond=0)),
    st.times().map(lambda found: found.replace(second=0, microsecond=0)),
    st.datetimes(datetime(2029, 1, 1), datetime(2031, 1, 1)),  # noqa: DTZ001 - given UTC below
)
def test_quiet_hours_end_after_now_and_within_a_day_and_an_hour(
    start: time, end: time, naive: datetime
) -> None:
    at = naive.replace(tzinfo=UTC)

    until = quiet_until(QuietHours(start=start, end=end), BERLIN, at)

    assert until is None or at < until <= at + timedelta(hours=25)
