"""What a verdict rests on: as fields for machines, and as the end of its sentence."""

from zoneinfo import ZoneInfo

import pytest

from sentinel.domain.cause import Ability, Cause, State
from sentinel.domain.evidence import Evidence
from sentinel.domain.health import explain, misconfigured
from sentinel.domain.observation import OUR_BOOKS
from tests.domain.course import NOON, PUBLISH, SECOND, Course


def said(course: Course, ability: Ability = PUBLISH) -> tuple[str, str]:
    phrase = explain("x-stadt", ability, course.verdict(ability))
    return phrase.de, phrase.en


def test_a_verdict_carries_the_checks_that_say_so() -> None:
    course = Course().see(None).reach(Cause.UNREACHABLE, 3)

    assert course.verdict().items == (
        Evidence(
            probe="reachability",
            vantage="rathaus",
            at=NOON + 40 * SECOND,
            saw="reachability says unreachable",
            cause=Cause.UNREACHABLE,
            in_a_row=3,
            since=NOON + 40 * SECOND,
        ),
    )


def test_a_failure_is_told_with_the_check_the_count_the_time_and_the_place() -> None:
    de, en = said(Course().see(None).reach(Cause.UNREACHABLE, 3))

    assert de == (
        "Über x-stadt kann gerade nicht veröffentlicht werden, weil die Server der Plattform "
        "nicht antworten; das zeigt die Prüfung der Adressen 3-mal in Folge, zuletzt "
        "am 01.01. um 12:00:40 UTC, von rathaus aus."
    )
    assert en == (
        "x-stadt cannot publish at the moment because the platform's servers do not answer; the "
        "check of its addresses showed it 3 times in a row, last at 12:00:40 UTC on "
        "01 Jan, from rathaus."
    )


def test_times_are_told_in_the_citys_zone_which_each_language_names_in_its_own_way() -> None:
    verdict = Course().see(None).verdict()

    winter = explain("x-stadt", PUBLISH, verdict, ZoneInfo("Europe/Berlin"))

    assert "am 01.01. um 13:00:10 MEZ" in winter.de
    assert "at 13:00:10 CET on 01 Jan" in winter.en


def test_a_good_verdict_rests_on_the_checks_that_prove_it() -> None:
    course = Course().see(None).reach(None).see(None, probe="write_path")

    assert [item.probe for item in course.verdict().items] == ["credentials", "write_path"]
    assert "the check of our credentials showed it at 12:00:10 UTC" in said(course)[1]


def test_all_who_say_the_same_are_named_the_weightiest_first() -> None:
    course = Course().see(None, vantage="a").see(None, vantage="b")
    course.see(Cause.TLS, 3, vantage="a").see(Cause.TLS, 4, vantage="b")

    assert [item.vantage for item in course.verdict().items] == ["a", "b"]
    assert "von a und b aus" in said(course)[0]


def test_what_rests_on_our_own_count_names_no_place() -> None:
    course = Course().see(None).see(Cause.QUOTA_LOW, probe="quota", vantage=OUR_BOOKS)

    assert "; das zeigt unsere eigene Zählung, am 01.01." in said(course)[0]
    assert said(course)[1].endswith("our own count showed it at 12:00:20 UTC on 01 Jan.")


def test_an_old_verdict_says_when_it_was_last_seen() -> None:
    course = Course().see(None, fresh=90 * SECOND).wait(90 * SECOND)

    assert course.says() == (State.UNKNOWN, Cause.STALE)
    assert (
        "last checked at 12:00:10 UTC on 01 Jan, from rathaus (the check of our" in said(course)[1]
    )


def test_a_probe_without_words_is_named_as_it_is() -> None:
    course = Course().see(None, probe="carrier_pigeon")

    assert "the check carrier_pigeon showed it" in said(course)[1]


@pytest.mark.parametrize("ability", Ability)
def test_what_was_never_observed_has_no_evidence(ability: Ability) -> None:
    course = Course()

    assert course.verdict(ability).items == ()
    assert ";" not in said(course, ability)[0]


def test_a_broken_configuration_is_told_without_a_check() -> None:
    course = Course().see(None)
    course.health = misconfigured(course.health, "X_TOKEN is not set", course.at)

    assert course.verdict().items[0].saw == "X_TOKEN is not set"
    assert ";" not in said(course)[0]


def test_a_channel_that_waits_for_calm_says_so() -> None:
    course = Course().see(None)
    for _ in range(3):
        course.see(None, 2).see(Cause.UNREACHABLE, 3)
    course.see(None, 2)

    assert course.verdict().flaps
    assert "mehrmals ausgefallen und wiedergekommen" in said(course)[0]
