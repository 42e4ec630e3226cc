"""Somebody who takes an outage on before staff are told of it keeps it: nothing has grown worse."""

from dataclasses import replace

from sentinel.domain.climb import step
from tests.domain.test_escalation import DOWN, KNOWN, LADDER, MINUTE, NEW, NOON

EARLY = replace(NEW, acknowledged_at=NOON, acknowledged_by="presse")
HITS_A_ROUTE = replace(KNOWN, grave=True)


def test_how_bad_it_is_at_the_first_look_is_what_they_took_on() -> None:
    made = step(EARLY, [HITS_A_ROUTE], LADDER, NOON)

    assert (made.anew, made.tellings) == (False, ())
    assert made.escalation.acknowledged_by == "presse"
    assert (made.escalation.grave, made.escalation.worst) == (True, 3050)


def test_what_comes_later_is_more_than_they_took_on() -> None:
    first = step(EARLY, [HITS_A_ROUTE], LADDER, NOON).escalation
    light = step(EARLY, [KNOWN], LADDER, NOON).escalation
    later = NOON + MINUTE

    assert step(first, [HITS_A_ROUTE, replace(DOWN, id="o2")], LADDER, later).anew
    assert step(light, [HITS_A_ROUTE], LADDER, later).anew
    assert not step(first, [HITS_A_ROUTE], LADDER, later).anew


def test_what_joins_it_before_the_first_look_is_more_too() -> None:
    assert step(EARLY, [KNOWN, replace(DOWN, id="o2")], LADDER, NOON).anew
