"""Our own line: lost, or theirs."""

from sentinel.domain.uplink import UplinkHealth, judge_uplink, uplink_after
from tests.domain.course import MINUTE, NOON


def test_a_line_is_lost_when_fewer_controls_answer_than_the_rules_ask() -> None:
    assert [judge_uplink(answers, 2) for answers in (0, 1, 2, 3)] == [True, True, False, False]


def test_a_line_is_lost_since_the_first_time_in_a_row() -> None:
    first = uplink_after(None, answered=0, asked=3, lost_below=2, at=NOON)

    later = uplink_after(first, answered=1, asked=3, lost_below=2, at=NOON + MINUTE)
    back = uplink_after(later, answered=3, asked=3, lost_below=2, at=NOON + 2 * MINUTE)

    assert later == UplinkHealth(lost=True, since=NOON, answered=1, asked=3)
    assert back == UplinkHealth(lost=False, since=NOON + 2 * MINUTE, answered=3, asked=3)


def test_a_line_with_a_single_control_is_not_lost_while_that_one_answers() -> None:
    assert not uplink_after(None, answered=1, asked=1, lost_below=2, at=NOON).lost
    assert uplink_after(None, answered=0, asked=1, lost_below=2, at=NOON).lost


def test_a_line_without_controls_is_never_called_lost() -> None:
    assert not uplink_after(None, answered=0, asked=0, lost_below=2, at=NOON).lost
