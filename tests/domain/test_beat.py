"""When the daemon counts as working, for the dead man's switch and for the supervisor."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.beat import Ail, Late, Signs, ails, patience

S = timedelta(seconds=1)
WITHIN = 30 * S
PERIODS = st.integers(2, 3600).map(lambda seconds: seconds * S)
WELL = Signs(rounds={Ail.DISPATCHER: 0.5 * S, Ail.NOTIFIER: S}, still=0.6 * S)


def test_nothing_ails_a_daemon_whose_loops_come_round() -> None:
    assert ails(WELL, WITHIN) == ()


@pytest.mark.parametrize(
    ("signs", "ail"),
    [
        (Signs(still=30 * S), Ail.LOOP),
        (Signs(rounds={Ail.DISPATCHER: 30 * S}), Ail.DISPATCHER),
        (Signs(rounds={Ail.NOTIFIER: 31 * S}), Ail.NOTIFIER),
        (Signs(writes=False), Ail.STORAGE),
        (Signs(late=(Late(by=90 * S, every=30 * S),)), Ail.PROBES),
    ],
)
def test_each_of_these_ails_it(signs: Signs, ail: Ail) -> None:
    assert ails(signs, WITHIN) == (ail,)


@pytest.mark.parametrize(
    "signs",
    [
        Signs(still=29 * S),
        Signs(rounds={Ail.DISPATCHER: 29 * S}),
        Signs(late=(Late(by=89 * S, every=30 * S),)),
        Signs(late=(Late(by=3600 * S, every=6 * 3600 * S),)),
    ],
)
def test_none_of_these_does(signs: Signs) -> None:
    assert ails(signs, WITHIN) == ()


def test_one_late_check_among_a_thousand_is_enough() -> None:
    late = (*(Late(by=S, every=30 * S) for _ in range(999)), Late(by=100 * S, every=30 * S))

    assert ails(Signs(late=late), WITHIN) == (Ail.PROBES,)


@given(every=PERIODS, hangs_for=st.integers(0, 7200))
def test_a_loop_that_hangs_for_a_period_is_known_to_hang_however_long_the_period(
    every: timedelta, hangs_for: int
) -> None:
    signs = Signs(rounds={Ail.DISPATCHER: hangs_for * S})

    assert bool(ails(signs, patience(every))) == (hangs_for * S >= patience(every))
    assert patience(every) <= every


def test_a_period_of_a_day_does_not_make_it_patient() -> None:
    assert patience(timedelta(days=1)) == 30 * S


def test_a_short_period_does_not_call_a_busy_second_a_fault() -> None:
    assert patience(S) == 2 * S
