"""Who is on call: by the calendar's words, by what the rules put in its place, or nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.rota import (
    Duty,
    Override,
    Stint,
    bearers,
    course,
    gaps,
    on_call,
    stints,
    strangers,
    who,
)

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
NAMES = {"berg": ("Anna Berg", "anna.berg@musterstadt.example"), "tal": ("Tal", "Ben Tal")}
BEARING = bearers(NAMES)


def duty(says: str, day: float = 0, days: float = 1, *mails: str) -> Duty:
    start = MONDAY + day * DAY
    return Duty(starts_at=start, ends_at=start + days * DAY, says=says, mails=mails)


def stint(contact: str, day: float, days: float = 1) -> Stint:
    start = MONDAY + day * DAY
    return Stint(starts_at=start, ends_at=start + days * DAY, contacts=(contact,))


def override(contact: str, day: float, days: float = 1) -> Override:
    start = MONDAY + day * DAY
    return Override(contact=contact, starts_at=start, ends_at=start + days * DAY)


class TestWhoIsMeant:
    @pytest.mark.parametrize(
        "says",
        [
            "berg",
            "Anna Berg",
            "  anna   BERG ",
            "Bereitschaft: Anna Berg",
            "Bereitschaft – Berg",
            "Berg (Presse)",
            "anna.berg@musterstadt.example",
            "mailto:anna.berg@musterstadt.example",
        ],
    )
    def test_a_contact_is_meant_by_key_by_name_or_by_mail_address(self, says: str) -> None:
        assert who(duty(says), BEARING) == ("berg",)

    @pytest.mark.parametrize(
        "says", ["Berg, Tal", "Berg und Ben Tal", "Anna Berg / Tal", "Berg+Tal"]
    )
    def test_several_may_share_a_duty(self, says: str) -> None:
        assert who(duty(says), BEARING) == ("berg", "tal")

    @pytest.mark.parametrize("says", ["", "Bergmann", "Annaberg", "Anna", "Urlaub Berghof", ":"])
    def test_part_of_a_name_means_nobody(self, says: str) -> None:
        assert who(duty(says), BEARING) == ()

    def test_an_invitation_counts_only_where_the_words_name_nobody(self) -> None:
        mail = "MAILTO:Anna.Berg@Musterstadt.example"

        assert who(duty("Rufbereitschaft", 0, 1, mail), BEARING) == ("berg",)
        assert who(duty("Tal", 0, 1, mail), BEARING) == ("tal",)

    def test_a_contacts_own_key_comes_before_what_another_is_also_called(self) -> None:
        bearing = bearers({"a": ("b",), "b": ("a",)})

        assert who(duty("b"), bearing) == ("b",)

    def test_no_person_stands_in_what_a_log_would_show(self) -> None:
        assert "Berg" not in repr(duty("Anna Berg", 0, 1, "anna.berg@musterstadt.example"))


class TestWhoIsOnCall:
    def test_a_duty_begins_with_its_first_moment_and_ends_before_its_last(self) -> None:
        known = (stint("berg", 0), stint("tal", 1))
        second = timedelta(seconds=1)

        assert on_call(known, (), MONDAY - second) == ()
        assert on_call(known, (), MONDAY) == ("berg",)
        assert on_call(known, (), MONDAY + DAY - second) == ("berg",)
        assert on_call(known, (), MONDAY + DAY) == ("tal",)
        assert on_call(known, (), MONDAY + 2 * DAY) == ()

    def test_an_override_stands_alone_and_the_later_stated_one_holds(self) -> None:
        known = (stint("berg", 0),)
        instead = (override("tal", 0), override("see", 0.25, 0.25))

        assert on_call(known, instead, MONDAY) == ("tal",)
        assert on_call(known, instead, MONDAY + 0.3 * DAY) == ("see",)
        assert on_call(known, instead, MONDAY + 0.6 * DAY) == ("tal",)

    def test_whoever_began_first_comes_first(self) -> None:
        known = stints([duty("Tal", 0.5), duty("Berg", 0)], BEARING)

        assert on_call(known, (), MONDAY + 0.75 * DAY) == ("berg", "tal")


class TestGaps:
    def test_a_time_that_no_duty_covers_is_a_gap(self) -> None:
        known = (stint("berg", 0), stint("tal", 2))

        found = gaps(known, (), MONDAY, MONDAY + 4 * DAY)

        assert [(one.starts_at, one.ends_at) for one in found] == [
            (MONDAY + 1 * DAY, MONDAY + 2 * DAY),
            (MONDAY + 3 * DAY, MONDAY + 4 * DAY),
        ]

    def test_a_stranger_covers_nothing_and_is_named(self) -> None:
        duties = [duty("Berg", 0), duty("Hr.\n Unbekannt", 1), duty("Hr. Unbekannt", 2)]
        known = stints(duties, BEARING)

        found = gaps(known, (), MONDAY, MONDAY + 3 * DAY)

        assert [one.starts_at for one in found] == [MONDAY + DAY]
        assert strangers(duties, BEARING, MONDAY, MONDAY + 3 * DAY) == ("Hr. Unbekannt",)
        assert strangers(duties, BEARING, MONDAY, MONDAY + DAY) == ()

    def test_an_override_closes_a_gap(self) -> None:
        known = (stint("berg", 0), stint("tal", 2))

        assert gaps(known, (override("see", 1),), MONDAY, MONDAY + 3 * DAY) == ()


TIMES = st.integers(-48, 96).map(lambda half: half / 2)
LENGTHS = st.integers(0, 20).map(lambda half: half / 2)
WHO = st.sampled_from(["berg", "tal", "see"])
STINTS = st.lists(st.builds(stint, WHO, TIMES, LENGTHS), max_size=8).map(tuple)
OVERRIDES = st.lists(st.builds(override, WHO, TIMES, LENGTHS), max_size=4).map(tuple)


@settings(max_examples=60)
@given(STINTS, OVERRIDES, st.integers(1, 40))
def test_the_course_says_of_every_moment_what_is_asked_of_it_alone(
    known: tuple[Stint, ...], instead: tuple[Override, ...], days: int
) -> None:
    end = MONDAY + days * DAY

    found = course(known, instead, MONDAY, end)

    assert (found[0].starts_at, found[-1].ends_at) == (MONDAY, end)
    assert all(a.ends_at == b.starts_at for a, b in pairwise(found))
    assert all(a.contacts != b.contacts for a, b in pairwise(found))
    for one in found:
        middle = one.starts_at + (one.ends_at - one.starts_at) / 2
        assert on_call(known, instead, one.starts_at) == one.contacts
        assert on_call(known, instead, middle) == one.contacts
    assert gaps(known, instead, MONDAY, end) == tuple(one for one in found if not one.contacts)
