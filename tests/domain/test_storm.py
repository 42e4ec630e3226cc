"""The cap on parcels: no storm, and nothing held back longer than the cap says."""

from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.storm import CALM, GRAVE, Cap, after, free_at, fresh


def sent_by_a_greedy_sender(gaps: list[float], cap: Cap) -> list[float]:
    """Send whenever something is to be told and the cap allows it; return when."""
    room = fresh(cap)
    out, now = [], 0.0
    for gap in gaps:
        now = max(now + gap, free_at(room))
        room = after(room, now)
        out.append(now)
    return out


def test_ten_go_at_once_and_then_one_each_half_minute() -> None:
    assert sent_by_a_greedy_sender([0.0] * 12, CALM) == [0.0] * 10 + [30.0, 60.0]


def test_what_is_grave_waits_only_behind_twenty_and_for_three_seconds() -> None:
    assert sent_by_a_greedy_sender([0.0] * 22, GRAVE) == [0.0] * 20 + [3.0, 6.0]


def test_after_five_quiet_minutes_ten_may_go_at_once_again() -> None:
    gaps = [*[0.0] * 10, 300.0, *[0.0] * 10]

    assert sent_by_a_greedy_sender(gaps, CALM) == [0.0] * 10 + [300.0] * 10 + [330.0]


@given(st.lists(st.floats(0, 100), min_size=12, max_size=80))
def test_no_five_minutes_hold_more_than_twenty_and_none_waits_longer_than_half_a_minute(
    gaps: list[float],
) -> None:
    sent = sent_by_a_greedy_sender(gaps, CALM)

    assert all(later - first >= 299.9 for first, later in zip(sent, sent[20:], strict=False))
    waits = [b - a - gap for a, b, gap in zip(sent, sent[1:], gaps[1:], strict=False)]
    assert all(wait <= 30.001 for wait in waits)
