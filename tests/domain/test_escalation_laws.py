"""Laws of the climb, for any rules, any course of outages and any times at which somebody looks."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.climb import step
from sentinel.domain.escalation import (
    NOBODY_YET,
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
NAMES = ("o1", "o2", "o3")
BEGINNING = Escalation(
    id="e1", key="k", opened_at=NOON, begun_at=NOON, climbs_from=NOON, due_at=NOON
)

spans = st.integers(0, 600).map(lambda seconds: seconds * SECOND)
ladders = st.builds(
    Ladder,
    afters=st.lists(spans, min_size=1, max_size=4).map(lambda found: tuple(sorted(found))),
    group_wait=st.integers(0, 60).map(lambda seconds: seconds * SECOND),
    repeat_every=st.integers(1, 900).map(lambda seconds: seconds * SECOND),
    calm_for=spans,
    nobody=st.frozensets(st.integers(0, 3), max_size=1),
)
happenings = st.lists(
    st.tuples(
        st.integers(0, 900),  # seconds since the one before
        st.sampled_from(["look", "look", "look", "ack", "grave", "open", "close", "silence"]),
        st.sampled_from(NAMES),
    ),
    min_size=1,
    max_size=25,
)


@dataclass
class Town:
    """Outages and one escalation, kept as the service keeps them."""

    ladder: Ladder
    at: datetime = NOON
    silent: datetime | None = None
    climb: Escalation = BEGINNING
    outages: dict[str, Trouble] = field(
        default_factory=lambda: {"o1": Trouble(id="o1", fresh=True)}
    )

    def seen(self) -> list[Trouble]:
        hush = self.silent if self.silent is not None and self.silent > self.at else None
        return [replace(one, silent_until=hush) for one in self.outages.values()]

    def would(self, at: datetime) -> Step:
        now, self.at = self.at, at
        made = step(self.climb, self.seen(), self.ladder, at)
        self.at = now
        return made

    def look(self) -> Step:
        made = self.would(self.at)
        self.climb = made.escalation
        for telling in made.tellings:
            for name in telling.troubles:
                if name in self.outages:
                    self.outages[name] = replace(self.outages[name], fresh=False)
        for name in made.settled:
            self.outages.pop(name, None)
        return made

    def happen(self, what: str, name: str) -> None:
        standing = [one for one in self.outages.values() if one.ended_at is None]
        known = self.outages.get(name)
        match what:
            case "ack" if standing and self.climb.acknowledged_at is None:
                self.climb = acknowledged(self.climb, self.seen(), "presse", None, self.at)
                for one in standing:
                    self.outages[one.id] = replace(one, fresh=False)
            case "grave" if known is not None and known.ended_at is None:
                self.outages[name] = replace(known, grave=True)
            case "open" if known is None:
                self.outages[name] = Trouble(id=name, fresh=True)
            case "open" if known is not None and known.ended_at is not None:
                self.outages[name] = replace(known, ended_at=None, waves=known.waves + 1)
            case "close" if known is not None and known.ended_at is None:
                if known.fresh:
                    del self.outages[name]
                else:
                    self.outages[name] = replace(known, ended_at=self.at)
            case "silence":
                self.silent = self.at + 300 * SECOND
            case _:
                pass


def course(ladder: Ladder, events: list[tuple[int, str, str]]) -> list[tuple[Town, Step]]:
    """Return every look with the town as it was right before, until all is over."""
    town, looks = Town(ladder), list[tuple[Town, Step]]()
    for seconds, what, name in events:
        town.at += seconds * SECOND
        town.happen(what, name)
        before = replace(town, outages=dict(town.outages))
        looks.append((before, town.look()))
        if town.climb.closed_at is not None:
            break
    return looks


@given(ladders, happenings)
@settings(max_examples=150, deadline=None)
def test_every_level_is_told_in_order_and_none_is_skipped(
    ladder: Ladder, events: list[tuple[int, str, str]]
) -> None:
    for before, made in course(ladder, events):
        start = NOBODY_YET if made.anew else before.climb.level
        for telling in made.tellings:
            if telling.word is Word.CALLED:
                assert telling.levels == tuple(range(start + 1, made.escalation.level + 1))
            elif telling.word in {Word.REPEATED, Word.ADDED}:
                assert telling.levels == tuple(range(start + 1))


@given(ladders, happenings)
@settings(max_examples=150, deadline=None)
def test_no_level_is_told_early_but_where_nobody_is_on_call_in_the_one_before(
    ladder: Ladder, events: list[tuple[int, str, str]]
) -> None:
    for before, made in course(ladder, events):
        begun = before.at if made.anew else before.climb.climbs_from
        for telling in made.tellings:
            if telling.word is not Word.CALLED:
                continue
            for level in telling.levels:
                vacant = level - 1 in ladder.nobody and level - 1 in telling.levels
                wait = ladder.due_after(level, grave=made.escalation.grave)
                assert vacant or begun + wait <= before.at


@given(ladders, happenings)
@settings(max_examples=150, deadline=None)
def test_nothing_but_the_end_is_told_of_what_is_acknowledged(
    ladder: Ladder, events: list[tuple[int, str, str]]
) -> None:
    for _, made in course(ladder, events):
        if made.escalation.acknowledged_at is not None:
            assert {telling.word for telling in made.tellings} <= {Word.ENDED}


@given(ladders, happenings)
@settings(max_examples=150, deadline=None)
def test_to_look_twice_tells_nothing_twice(
    ladder: Ladder, events: list[tuple[int, str, str]]
) -> None:
    town = Town(ladder)
    for seconds, what, name in events:
        town.at += seconds * SECOND
        town.happen(what, name)
        town.look()
        if town.climb.closed_at is not None:
            return

        assert town.look().tellings == ()


@given(ladders, happenings, st.floats(0, 0.999))
@settings(max_examples=150, deadline=None)
def test_before_the_next_look_is_due_nothing_is(
    ladder: Ladder, events: list[tuple[int, str, str]], part: float
) -> None:
    town = Town(ladder)
    for seconds, what, name in events:
        town.at += seconds * SECOND
        town.happen(what, name)
        made = town.look().escalation
        if made.closed_at is not None:
            return
        until = made.due_at or town.at + timedelta(days=30)
        if until > town.at:
            assert town.would(town.at + (until - town.at) * part).tellings == ()


@given(ladders, st.integers(1, 500))
@settings(max_examples=30, deadline=None)
def test_however_many_fail_together_each_level_is_told_once(ladder: Ladder, many: int) -> None:
    town = Town(ladder)
    town.outages = {str(n): Trouble(id=str(n), fresh=True) for n in range(many)}

    told: list[Telling] = []
    for _ in range(200):
        if town.climb.level == len(ladder.afters) - 1:
            break
        town.at = max(town.at, town.climb.due_at or town.at)
        told += town.look().tellings

    levels = [level for telling in told for level in telling.levels]
    assert levels == list(range(len(ladder.afters)))
    assert all(len(telling.troubles) == many for telling in told)
