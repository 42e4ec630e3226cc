"""Whom a name in `notify` calls, and what of a rota is a risk before it bites."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sentinel.domain.risks import Gravity
from sentinel.domain.roster import Roster, Trouble, called, first_called
from sentinel.domain.rota import Duty, Override, Rota
from sentinel.domain.rota_risks import rota_risks
from sentinel.domain.rules import Contact, Level, Staff
from sentinel.domain.secret import SecretKind, SecretRef

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PLAN = SecretRef(SecretKind.LITERAL, "/city/plan.ics")


def staff(*levels: str, overrides: tuple[Override, ...] = ()) -> Staff:
    people = {"berg": ("Anna Berg",), "tal": ("Ben Tal",), "leitung": ()}
    return Staff(
        contacts={
            name: Contact(name=name, language="de", addresses=(), names=names)
            for name, names in people.items()
        },
        levels=tuple(Level(after=timedelta(), notify=(name,)) for name in levels),
        rotas={"dienst": Rota(name="dienst", calendar=PLAN, overrides=overrides)},
    )


def roster(*duties: tuple[str, float, float], **more: object) -> dict[str, Roster]:
    made = tuple(
        Duty(starts_at=NOON + first * DAY, ends_at=NOON + last * DAY, says=says)
        for says, first, last in duties
    )
    return {"dienst": Roster(**{"duties": made, "fetched_at": NOON, **more})}  # type: ignore[arg-type] # fields by name


def sentences(rosters: dict[str, Roster], known: Staff | None = None) -> list[tuple[Gravity, str]]:
    found = rota_risks(known or staff(), rosters, NOON)
    return [(risk.gravity, risk.phrase.en) for risk in found]


class TestWhoIsCalled:
    def test_a_rota_stands_for_whoever_is_on_call_and_each_is_called_once(self) -> None:
        rosters = roster(("Bereitschaft: Anna Berg", -1, 1))

        assert called(staff(), rosters, ["dienst", "leitung", "berg"], NOON) == ("berg", "leitung")
        assert called(staff(), rosters, ["dienst"], NOON + 2 * DAY) == ()

    def test_whom_the_rules_no_longer_know_nobody_calls(self) -> None:
        gone = Override(contact="gone", starts_at=NOON, ends_at=NOON + DAY)

        assert called(staff(overrides=(gone,)), {}, ["dienst", "nobody"], NOON) == ()

    def test_in_a_gap_the_next_level_hears_first_and_at_last_everybody(self) -> None:
        rosters = roster(("Anna Berg", -1, 1))

        assert first_called(staff("dienst", "leitung"), rosters, NOON) == ("berg",)
        assert first_called(staff("dienst", "leitung"), rosters, NOON + 2 * DAY) == ("leitung",)
        assert first_called(staff("dienst"), rosters, NOON + 2 * DAY) == ("berg", "tal", "leitung")


class TestRisks:
    def test_a_rota_without_gaps_is_none(self) -> None:
        assert sentences(roster(("Anna Berg", -1, 20))) == []

    @pytest.mark.parametrize(
        ("starts", "gravity"), [(1.0, Gravity.ACT), (2.0, Gravity.ACT), (3.0, Gravity.PLAN)]
    )
    def test_a_gap_of_the_next_fortnight_is_one_and_presses_two_days_before(
        self, starts: float, gravity: Gravity
    ) -> None:
        found = list(
            rota_risks(
                staff(), roster(("Anna Berg", -1, starts), ("Ben Tal", starts + 1, 20)), NOON
            )
        )

        assert [(risk.gravity, risk.due_at) for risk in found] == [(gravity, NOON + starts * DAY)]

    def test_a_gap_beyond_a_fortnight_is_none_yet(self) -> None:
        assert sentences(roster(("Anna Berg", -1, 14), ("Ben Tal", 15, 20))) == []

    def test_further_gaps_are_counted_and_not_listed(self) -> None:
        nights = [("Anna Berg", day - 0.5, day) for day in range(1, 14)]

        ((_, said),) = sentences(roster(*nights))

        assert "from" not in said.split("until")[0]  # it is open now
        assert "nobody is on call (and 13 more gaps within 14 days)" in said

    def test_a_stranger_in_the_calendar_is_named(self) -> None:
        found = sentences(roster(("Anna Berg", -1, 20), ("Hr. Neu", 1, 2)))

        assert [gravity for gravity, _ in found] == [Gravity.PLAN]
        assert 'the calendar names "Hr. Neu", and no contact is called this' in found[0][1]

    def test_a_calendar_that_was_never_read_presses_and_an_old_copy_does_not_yet(self) -> None:
        never = roster(fetched_at=None, trouble=Trouble.REFUSED)
        recent = roster(("Anna Berg", -1, 20), fetched_at=NOON - 0.9 * DAY, trouble=Trouble.REFUSED)
        old = roster(("Anna Berg", -1, 20), fetched_at=NOON - 2 * DAY, trouble=Trouble.REFUSED)

        assert [gravity for gravity, _ in sentences(never)] == [Gravity.ACT, Gravity.ACT]
        assert sentences(recent) == []
        assert sentences(old)[0][1].startswith(
            "Rota dienst: the calendar is not handed out; the copy of 48 hours ago holds"
        )

    def test_before_anybody_looked_nothing_is_said(self) -> None:
        assert sentences({}) == []

    def test_entries_that_nobody_can_read_are_counted(self) -> None:
        found = sentences(roster(("Anna Berg", -1, 20), skipped=2))

        assert found[0][1].startswith("Rota dienst: 2 entries of the calendar cannot be read")
