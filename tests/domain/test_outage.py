"""When an outage opens, changes and closes."""

import pytest

from sentinel.domain.cause import Cause, State
from sentinel.domain.health import Verdict
from sentinel.domain.outage import Turn, turn
from tests.domain.town import bad, up

OPEN, CLOSED = True, False


@pytest.mark.parametrize(
    "cause", [Cause.UNREACHABLE, Cause.SLOW, Cause.QUOTA_LOW, Cause.NOT_VISIBLE]
)
def test_whatever_is_down_or_degraded_opens_one(cause: Cause) -> None:
    assert turn(bad(cause), is_open=CLOSED) is Turn.OPENS


def test_another_look_at_what_is_bad_changes_it() -> None:
    assert turn(bad(Cause.RATE_LIMITED), is_open=OPEN) is Turn.CHANGES


def test_it_closes_when_the_ability_is_seen_to_be_up() -> None:
    assert turn(up(), is_open=OPEN) is Turn.CLOSES
    assert turn(up(), is_open=CLOSED) is Turn.NOTHING


@pytest.mark.parametrize("cause", [Cause.STALE, Cause.UPLINK_LOST])
@pytest.mark.parametrize("is_open", [OPEN, CLOSED])
def test_a_doubt_neither_opens_nor_closes_one(cause: Cause, *, is_open: bool) -> None:
    assert turn(bad(cause), is_open=is_open) is Turn.NOTHING


def test_it_closes_where_nobody_looks_any_more() -> None:
    assert turn(bad(Cause.NOT_OBSERVED), is_open=OPEN) is Turn.CLOSES
    assert turn(bad(Cause.NOT_OBSERVED), is_open=CLOSED) is Turn.NOTHING


@pytest.mark.parametrize("is_open", [OPEN, CLOSED])
def test_a_bad_configuration_is_no_outage(*, is_open: bool) -> None:
    assert turn(bad(Cause.BAD_CONFIGURATION), is_open=is_open) is Turn.NOTHING


def test_down_for_no_known_cause_is_an_outage_all_the_same() -> None:
    unexplained = Verdict(state=State.DOWN, cause=None, evidence="", since=up().since)

    assert turn(unexplained, is_open=CLOSED) is Turn.OPENS
