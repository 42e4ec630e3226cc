"""The climb through the levels: who is told when, what stops it, what begins it anew."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sentinel.domain.climb import step
from sentinel.domain.escalation import (
    Escalation,
    Ladder,
    Step,
    Telling,
    Trouble,
    Word,
    acknowledged,
)

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
LADDER = Ladder(
    afters=(0 * MINUTE, 5 * MINUTE, 20 * MINUTE),
    group_wait=5 * SECOND,
    repeat_every=15 * MINUTE,
    calm_for=10 * MINUTE,
)
NEW = Escalation(
    id="e1",
    key="channel:meta:unreachable",
    opened_at=NOON,
    begun_at=NOON,
    climbs_from=NOON,
    due_at=NOON,
)
DOWN = Trouble(id="o1", rank=3050, fresh=True)
KNOWN = replace(DOWN, fresh=False)


def words(made: Step) -> list[tuple[str, tuple[int, ...]]]:
    return [(telling.word.value, telling.levels) for telling in made.tellings]


def climbed(level: int, minutes: int) -> Escalation:
    """Return the climb after `level` was told, with everything told on time."""
    return replace(NEW, level=level, worst=3050, told=("presse",), due_at=NOON + minutes * MINUTE)


def test_the_first_telling_waits_so_that_what_breaks_together_is_told_together() -> None:
    early = step(NEW, [DOWN], LADDER, NOON + SECOND)
    late = step(NEW, [DOWN, replace(DOWN, id="o2")], LADDER, NOON + 5 * SECOND)

    assert early.tellings == ()
    assert early.escalation.due_at == NOON + 5 * SECOND
    assert late.tellings == (Telling(word=Word.CALLED, levels=(0,), troubles=("o1", "o2")),)
    assert late.escalation.due_at == NOON + 5 * MINUTE


def test_what_hits_a_route_waits_for_nothing() -> None:
    made = step(NEW, [replace(DOWN, grave=True)], LADDER, NOON)

    assert words(made) == [("called", (0,))]
    assert made.escalation.grave


def test_when_nobody_answers_every_level_is_told_in_order_and_then_all_again() -> None:
    climb, told = NEW, []
    at = NOON
    while at <= NOON + 60 * MINUTE:
        trouble = DOWN if climb.level < 0 else KNOWN
        made = step(climb, [trouble], LADDER, at)
        told += [((at - NOON) / MINUTE, *one) for one in words(made)]
        climb, at = made.escalation, at + 5 * SECOND

    assert told == [
        (5 / 60, "called", (0,)),
        (5.0, "called", (1,)),
        (20.0, "called", (2,)),
        (35.0, "repeated", (0, 1, 2)),
        (50.0, "repeated", (0, 1, 2)),
    ]


def test_after_a_long_stop_what_was_missed_is_told_at_once_and_repeats_do_not_pile_up() -> None:
    two_days = NOON + 2880 * MINUTE

    levels = step(climbed(0, 5), [KNOWN], LADDER, two_days)
    repeats = step(climbed(2, 35), [KNOWN], LADDER, two_days)
    again = step(repeats.escalation, [KNOWN], LADDER, two_days + SECOND)

    assert words(levels) == [("called", (1, 2))]
    assert words(repeats) == [("repeated", (0, 1, 2))]
    assert again.tellings == ()
    assert repeats.escalation.due_at == two_days + 15 * MINUTE


def test_a_level_in_which_nobody_is_on_call_calls_the_next_at_once() -> None:
    ladder = replace(LADDER, nobody=frozenset({0}))

    made = step(NEW, [DOWN], ladder, NOON + 5 * SECOND)

    assert words(made) == [("called", (0, 1))]


def test_acknowledging_stops_climbing_and_repeats() -> None:
    owned = acknowledged(climbed(1, 20), [KNOWN], "presse", "Kümmere mich", NOON + 6 * MINUTE)

    made = step(owned, [KNOWN], LADDER, NOON + 600 * MINUTE)

    assert made.tellings == ()
    assert made.escalation.due_at is None
    assert made.escalation.acknowledged_by == "presse"


def test_what_grows_worse_after_that_climbs_anew() -> None:
    at = NOON + 60 * MINUTE
    owned = acknowledged(climbed(1, 20), [KNOWN], "presse", None, NOON + 6 * MINUTE)

    more = step(owned, [KNOWN, replace(DOWN, id="o2")], LADDER, at)
    graver = step(owned, [replace(KNOWN, grave=True)], LADDER, at)
    worse = step(owned, [replace(KNOWN, changed=True, rank=3090)], LADDER, at)
    other = step(owned, [replace(KNOWN, changed=True, rank=3020)], LADDER, at)

    assert [one.anew for one in (more, graver, worse, other)] == [True, True, True, False]
    assert words(graver) == [("called", (0,))]
    assert words(worse) == []  # it waits for the group, as the first time
    assert worse.escalation.acknowledged_by is None
    assert worse.escalation.due_at == at + 5 * SECOND
    assert other.escalation.acknowledged_by == "presse"


def test_what_is_added_is_told_to_those_who_know_and_does_not_begin_the_climb_again() -> None:
    at = NOON + MINUTE
    both = [KNOWN, replace(DOWN, id="o2")]

    waits = step(climbed(0, 5), both, LADDER, at)
    told = step(waits.escalation, both, LADDER, at + MINUTE)

    assert waits.tellings == ()
    assert waits.escalation.due_at == at + MINUTE
    assert told.tellings == (Telling(word=Word.ADDED, levels=(0,), troubles=("o2",)),)
    assert told.escalation.due_at == NOON + 5 * MINUTE


def test_what_goes_on_breaking_is_told_ever_less_often_and_nothing_waits_longer_than_a_minute() -> (
    None
):
    climb, known, letters, waited = NEW, set[str](), 0, list[timedelta]()
    for second in range(100):  # one more channel in each
        at = NOON + second * SECOND
        troubles = [replace(DOWN, id=str(n), fresh=str(n) not in known) for n in range(second + 1)]
        made = step(climb, troubles, LADDER, at)
        climb, letters = made.escalation, letters + bool(made.tellings)
        new = {name for telling in made.tellings for name in telling.troubles} - known
        waited += [at - (NOON + int(name) * SECOND) for name in new]
        known |= new

    assert letters == 4  # after 5 seconds, 12, 26 and 54
    assert max(waited) <= MINUTE


def test_the_end_is_told_once_to_whoever_was_told() -> None:
    over = replace(KNOWN, ended_at=NOON + MINUTE)

    made = step(climbed(0, 5), [over], LADDER, NOON + MINUTE)

    assert made.tellings == (Telling(word=Word.ENDED, levels=(), troubles=("o1",)),)
    assert made.settled == ("o1",)
    assert made.escalation.closed_at == NOON + MINUTE


def test_what_ended_before_anybody_was_told_alarms_nobody() -> None:
    made = step(NEW, [], LADDER, NOON + 5 * SECOND)

    assert made.tellings == ()
    assert made.escalation.closed_at == NOON + 5 * SECOND


def test_while_some_of_a_group_still_fail_the_ends_of_others_are_folded() -> None:
    over = replace(KNOWN, id="o2", ended_at=NOON + MINUTE)
    climb = replace(climbed(2, 35), climbs_from=NOON)

    soon = step(climb, [KNOWN, over], LADDER, NOON + 2 * MINUTE)
    later = step(climb, [KNOWN, over], LADDER, NOON + 11 * MINUTE)

    assert soon.tellings == ()
    assert soon.escalation.due_at == NOON + 11 * MINUTE
    assert words(later) == [("ended", ())]
    assert later.escalation.closed_at is None


def test_what_comes_and_goes_is_over_only_when_it_stays_away() -> None:
    wave = replace(KNOWN, ended_at=NOON + MINUTE, waves=2)

    early = step(climbed(0, 5), [wave], LADDER, NOON + 2 * MINUTE)
    back = step(early.escalation, [KNOWN], LADDER, NOON + 3 * MINUTE)
    late = step(early.escalation, [wave], LADDER, NOON + 11 * MINUTE)

    assert early.tellings == ()
    assert back.tellings == ()  # they know
    assert words(late) == [("ended", ())]


def test_a_stranded_message_that_is_on_its_way_again_is_not_over() -> None:
    way = replace(KNOWN, ended_at=NOON + MINUTE, worded=False, awaited=True)

    waits = step(climbed(0, 5), [way], LADDER, NOON + 90 * MINUTE)
    out = step(waits.escalation, [replace(way, worded=True)], LADDER, NOON + 91 * MINUTE)

    assert waits.tellings == ()
    assert waits.escalation.closed_at is None
    assert words(out) == [("ended", ())]


def test_a_stranded_message_is_over_with_its_last_end_whatever_an_earlier_one_never_said() -> None:
    earlier = replace(KNOWN, ended_at=NOON + MINUTE, worded=False, awaited=True)
    last = replace(earlier, id="o2", ended_at=NOON + 2 * MINUTE, worded=True)

    over = step(climbed(0, 5), [earlier, last], LADDER, NOON + 3 * MINUTE)

    assert words(over) == [("ended", ())]
    assert over.settled == ("o1", "o2")
    assert over.escalation.closed_at == NOON + 3 * MINUTE


def test_under_a_silence_nobody_is_told_and_what_is_left_at_its_end_climbs_step_by_step() -> None:
    until = NOON + 60 * MINUTE
    silent = replace(DOWN, silent_until=until)

    before = step(NEW, [silent], LADDER, NOON + 5 * SECOND)
    after = step(before.escalation, [DOWN], LADDER, until)
    next_ = step(after.escalation, [KNOWN], LADDER, until + 5 * MINUTE)

    assert before.tellings == ()
    assert before.escalation.due_at == until
    assert words(after) == [("called", (0,))]
    assert words(next_) == [("called", (1,))]


def test_a_silence_that_a_person_ends_early_ends_then() -> None:
    silent = replace(DOWN, silent_until=NOON + 600 * MINUTE)

    before = step(NEW, [silent], LADDER, NOON + 5 * SECOND)
    after = step(before.escalation, [DOWN], LADDER, NOON + 10 * MINUTE)

    assert words(after) == [("called", (0,))]
    assert after.escalation.due_at == NOON + 15 * MINUTE - 5 * SECOND  # counted from the telling


def test_in_quiet_hours_only_what_hits_a_route_is_told() -> None:
    morning = NOON + 480 * MINUTE

    calm = step(NEW, [DOWN], LADDER, NOON + 5 * SECOND, quiet_until=morning)
    hit = step(
        calm.escalation,
        [replace(DOWN, grave=True)],
        LADDER,
        NOON + 60 * MINUTE,
        quiet_until=morning,
    )
    dawn = step(calm.escalation, [DOWN], LADDER, morning)

    assert calm.tellings == ()
    assert calm.escalation.due_at == morning
    assert words(hit) == [("called", (0,))]
    assert words(dawn) == [("called", (0,))]


def test_in_quiet_hours_the_end_waits_too() -> None:
    morning = NOON + 480 * MINUTE
    over = replace(KNOWN, ended_at=NOON + MINUTE)

    night = step(climbed(0, 5), [over], LADDER, NOON + MINUTE, quiet_until=morning)
    dawn = step(night.escalation, [over], LADDER, morning)

    assert night.tellings == ()
    assert words(dawn) == [("ended", ())]


def test_what_grows_grave_in_the_same_words_is_told_at_once_and_once() -> None:
    told = replace(NEW, level=0, worst=3050, due_at=NOON + 5 * MINUTE)
    grave = replace(KNOWN, grave=True)

    first = step(told, [grave], LADDER, NOON + MINUTE)
    second = step(first.escalation, [grave], LADDER, NOON + MINUTE + SECOND)

    assert words(first) == [("added", (0,))]
    assert first.tellings[0].troubles == ("o1",)
    assert words(second) == []
