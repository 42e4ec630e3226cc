"""When an answer was given, and when it asks us to come back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sentinel.wire import Response
from sentinel.wire.times import date_of, retry_at

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DATE = "Fri, 20 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("stated", "moment"),
    [
        ("120", datetime(2026, 11, 20, 12, 2, tzinfo=UTC)),
        ("Fri, 20 Nov 2026 12:30:00 GMT", datetime(2026, 11, 20, 12, 30, tzinfo=UTC)),
        ("soon", None),
        ("-1", None),
        ("9" * 20, None),
        ("", None),
    ],
)
def test_a_wait_is_read_in_seconds_and_as_a_date(stated: str, moment: datetime | None) -> None:
    answer = Response(status=429, headers={"date": DATE, "retry-after": stated})

    assert retry_at(answer) == moment


@pytest.mark.parametrize("stated", ["", "nonsense", "Fri, 99 Nov 0000 99:99:99 GMT"])
def test_without_a_time_of_its_own_an_answer_has_none(stated: str) -> None:
    answer = Response(status=429, headers={"date": stated, "retry-after": "5"})

    assert date_of(answer) is None
    assert retry_at(answer) is None


def test_an_answers_time_is_its_date() -> None:
    assert date_of(Response(status=200, headers={"date": DATE})) == NOON
