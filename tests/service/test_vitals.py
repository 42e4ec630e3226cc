"""The daemon's own pulse: a loop that hangs is known to hang, whatever the wall clock says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from sentinel.domain.beat import Ail
from sentinel.domain.rules import Rules
from sentinel.service.board import Board
from sentinel.service.schedule import Schedule
from sentinel.service.vitals import Vitals

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Body:
    """A daemon of two loops, whose clocks a test moves."""

    def __init__(self) -> None:
        self.steady = 1000.0
        self.wall = NOON
        self.turns = {"post": 0, "decide": 0, "tell": 0}
        self.schedule = Schedule(lambda: self.wall)
        board = Board(
            rules=Rules(organisation="Stadt", channels={}, routes=()),
            platforms={},
            env={},
            now=lambda: self.wall,
            new_id=str,
        )
        self.vitals = Vitals(
            loops={
                Ail.DISPATCHER: (self._turn("post"), self._turn("decide")),
                Ail.NOTIFIER: (self._turn("tell"),),
            },
            schedule=self.schedule,
            board=board,
            elapsed=lambda: self.steady,
        )

    def _turn(self, name: str) -> Callable[[], object]:
        return lambda: self.turns[name]

    def lives(self, seconds: float, *, but: str = "") -> None:
        """Let time pass, half a second at a time; all loops but one come round."""
        for _ in range(int(seconds * 2)):
            self.steady += 0.5
            self.wall += timedelta(seconds=0.5)
            for name in self.turns:
                self.turns[name] += name != but
            self.vitals.look()


@pytest.fixture
def body() -> Body:
    return Body()


def test_nothing_ails_one_whose_loops_come_round(body: Body) -> None:
    body.lives(120)

    assert body.vitals.ails(MINUTE) == ()


@pytest.mark.parametrize(
    ("loop", "ail"),
    [("post", Ail.DISPATCHER), ("decide", Ail.DISPATCHER), ("tell", Ail.NOTIFIER)],
)
def test_a_loop_that_hangs_for_half_a_minute_ails_it(body: Body, loop: str, ail: Ail) -> None:
    body.lives(10)

    body.lives(29, but=loop)
    before = body.vitals.ails(MINUTE)
    body.lives(2, but=loop)

    assert (before, body.vitals.ails(MINUTE)) == ((), (ail,))


def test_it_is_well_as_soon_as_the_loop_comes_round_again(body: Body) -> None:
    body.lives(60, but="post")
    body.lives(1)

    assert body.vitals.ails(MINUTE) == ()


def test_a_wall_clock_that_is_set_back_an_hour_hides_no_dead_loop(body: Body) -> None:
    body.lives(10)
    body.wall -= timedelta(hours=1)
    body.lives(31, but="post")

    assert body.vitals.ails(MINUTE) == (Ail.DISPATCHER,)


def test_a_standstill_is_remembered_until_the_next_sign_and_then_forgotten(body: Body) -> None:
    body.lives(10)
    body.steady += 40
    body.lives(5)
    after = body.vitals.ails(MINUTE)
    body.lives(56)

    assert after == (Ail.LOOP,)
    assert body.vitals.ails(MINUTE) == ()


def test_a_standstill_that_still_lasts_is_seen_by_whoever_asks_first(body: Body) -> None:
    body.lives(10)
    body.steady += 31

    assert Ail.LOOP in body.vitals.ails(MINUTE)


async def _nothing() -> None:
    """A run of which nothing comes."""


def test_a_check_that_should_have_begun_three_times_ails_it(body: Body) -> None:
    body.schedule.every("check x reachability", MINUTE, _nothing, first=NOON)
    body.schedule.every("keep", MINUTE, _nothing, first=NOON)
    body.wall = NOON + timedelta(seconds=149)
    before = body.vitals.ails(MINUTE)
    body.wall = NOON + timedelta(seconds=150)

    assert (before, body.vitals.ails(MINUTE)) == ((), (Ail.PROBES,))


def test_a_check_that_is_planned_no_more_is_not_late(body: Body) -> None:
    body.schedule.every("check x reachability", MINUTE, _nothing, first=NOON)
    body.schedule.drop("check x reachability")
    body.wall = NOON + timedelta(hours=1)

    assert body.vitals.ails(MINUTE) == ()
