"""Several vantages: a bad word needs a majority, and a blind one changes nothing."""

import pytest

from sentinel.domain.cause import Cause, State
from sentinel.domain.health import released, track_of
from sentinel.domain.observation import OUR_BOOKS
from tests.domain.course import MINUTE, NOON, PUBLISH, SECOND, Course

FRESH = 90 * SECOND
BLIND = [Cause.UNREACHABLE, Cause.NAME_RESOLUTION, Cause.TLS, Cause.PLATFORM_FAULT, Cause.SLOW]


def well(*vantages: str) -> Course:
    course = Course()
    for vantage in vantages:
        course.see(None, vantage=vantage)
    return course


@pytest.mark.parametrize("cause", BLIND)
@pytest.mark.parametrize("others", [("a",), ("a", "c"), ("a", "c", "d")])
def test_one_blind_vantage_changes_nothing(cause: Cause, others: tuple[str, ...]) -> None:
    course = well(*others, "blind").see(cause, 9, vantage="blind")

    assert course.says() == (State.UP, None)


def test_a_majority_that_fails_takes_the_channel_down() -> None:
    course = well("a", "b", "c")

    one = course.see(Cause.TLS, 3, vantage="a").says()
    two = course.see(Cause.TLS, 3, vantage="b").says()

    assert [one, two] == [(State.UP, None), (State.DOWN, Cause.TLS)]


def test_of_two_vantages_both_have_to_fail() -> None:
    course = well("a", "b").see(Cause.TLS, 3, vantage="a").see(Cause.TLS, 2, vantage="b")

    says = [course.says(), course.see(Cause.TLS, vantage="b").says()]

    assert says == [(State.UP, None), (State.DOWN, Cause.TLS)]


def test_one_vantage_that_sees_well_again_is_believed_beside_one_that_does_not() -> None:
    """A place that cannot see only ever errs to the bad; two good looks are no error."""
    course = well("a", "b").see(Cause.TLS, 3, vantage="a").see(Cause.TLS, 3, vantage="b")

    assert course.see(None, 2, vantage="a").says() == (State.UP, None)


def test_a_vantage_that_died_has_no_vote() -> None:
    course = Course().see(None, vantage="dead", fresh=FRESH).see(None, vantage="a")

    course.wait(2 * MINUTE).see(Cause.TLS, 3, vantage="a")

    assert course.says() == (State.DOWN, Cause.TLS)


def test_answers_to_another_question_are_no_votes() -> None:
    """Token checks from two places do not heal what the rehearsal of a third one showed."""
    course = well("a", "b").see(Cause.PLATFORM_FAULT, 3, vantage="c", probe="write_path")

    assert course.says() == (State.DOWN, Cause.PLATFORM_FAULT)


@pytest.mark.parametrize("cause", [Cause.RATE_LIMITED, Cause.PLAN_REFUSED, Cause.ACCOUNT_LOCKED])
def test_what_the_platform_says_itself_acts_at_once_from_wherever_it_was_heard(
    cause: Cause,
) -> None:
    assert well("a", "b", "c").see(cause, vantage="c").says() == (State.DOWN, cause)


def test_the_platforms_word_is_overruled_by_a_majority_that_asked_after_it() -> None:
    course = well("a", "b", "c").see(Cause.RATE_LIMITED, vantage="c", until=NOON + 60 * MINUTE)

    says = [course.see(None, vantage=vantage).says()[0] for vantage in ("a", "b")]
    again = course.see(Cause.RATE_LIMITED, 3, vantage="c").says()[0]

    assert says == [State.DOWN, State.UP]
    assert again is State.UP  # one place's own limit, and all the time the same one


def test_nobody_overrules_that_an_account_is_locked() -> None:
    course = well("a", "b", "c").see(Cause.ACCOUNT_LOCKED, vantage="c")

    course.see(None, 9, vantage="a").see(None, 9, vantage="b")
    locked = course.says()
    course.health = released(course.health, None, course.at)

    assert locked == (State.DOWN, Cause.ACCOUNT_LOCKED)
    assert course.says() == (State.UP, None)


def test_a_vantage_that_joins_begins_where_the_others_stand() -> None:
    course = Course().see(Cause.TLS, 3, vantage="a")

    says = [course.see(None, vantage="b").says()[0] for _ in range(2)]

    assert says == [State.DOWN, State.UP]


def test_a_node_under_a_new_name_keeps_the_doubt_of_the_old_one() -> None:
    course = Course().see(Cause.TLS, 3, vantage="old", fresh=FRESH).wait(2 * MINUTE)

    says = [course.see(None, vantage="new").says()[0] for _ in range(2)]

    assert says == [State.UNKNOWN, State.UP]


def test_a_vantage_that_is_long_gone_is_forgotten() -> None:
    course = Course().see(None, vantage="old", fresh=FRESH).wait(70 * MINUTE)

    course.see(None, vantage="new")

    assert track_of(course.health, PUBLISH, "credentials", "old") is None
    assert track_of(course.health, PUBLISH, "credentials", "new") is not None


def test_a_lost_line_of_one_vantage_leaves_the_others_word() -> None:
    course = well("a", "b").see(Cause.UPLINK_LOST, vantage="b")

    assert course.says() == (State.UP, None)
    assert course.see(Cause.UPLINK_LOST, vantage="a").says() == (
        State.UNKNOWN,
        Cause.UPLINK_LOST,
    )


def test_each_line_comes_back_by_its_own_vantages_word() -> None:
    course = well("a", "b").see(Cause.UPLINK_LOST, vantage="b").see(Cause.UPLINK_LOST, vantage="a")

    assert course.reach(None, vantage="a").says() == (State.UP, None)
    still = track_of(course.health, PUBLISH, "credentials", "b")
    assert still is not None
    assert still.cut_off is not None


def test_a_post_that_failed_at_a_blind_vantage_says_nothing_of_the_platform() -> None:
    course = well("a", "b").reach(None, vantage="a").reach(Cause.UNREACHABLE, vantage="b")

    course.see(Cause.UNREACHABLE, 5, probe="delivery", vantage="b")

    assert course.says() == (State.UP, None)


def test_a_post_that_failed_where_the_address_answers_counts_wherever_it_was() -> None:
    course = well("a", "b").reach(None, vantage="a").reach(None, vantage="b")

    course.see(Cause.UNREACHABLE, 3, probe="delivery", vantage="b")

    assert course.says() == (State.DOWN, Cause.UNREACHABLE)


def test_a_post_counts_where_as_many_do_not_reach_the_address_as_do() -> None:
    course = well("a", "b", "c").reach(None, vantage="a")
    course.reach(None, vantage="c").reach(Cause.TLS, vantage="c").reach(Cause.TLS, vantage="b")

    course.see(Cause.TLS, 3, probe="delivery", vantage="b")

    assert course.says() == (State.DOWN, Cause.TLS)


def test_a_blind_vantage_does_not_keep_a_channel_from_its_trial() -> None:
    course = well("a", "c").post(Cause.PLATFORM_FAULT, 3)

    course.see(None, vantage="a").see(Cause.TLS, vantage="blind").see(None, vantage="c")

    assert course.verdict().half_open


def test_a_blind_vantage_does_not_spoil_the_calm_of_a_channel_that_flapped() -> None:
    """The calm is over ten minutes after most vantages failed, not after any of them did."""
    course = well("a", "b", "blind")
    for _ in range(3):
        for vantage in ("a", "b"):
            course.see(Cause.TLS, 3, vantage=vantage)
        for vantage in ("a", "b"):
            course.see(None, 2, vantage=vantage)
    waiting = course.verdict()

    for _ in range(11):
        course.at += MINUTE
        course.see(Cause.TLS, vantage="blind").see(None, vantage="a").see(None, vantage="b")

    assert waiting.flaps
    assert course.says() == (State.UP, None)


def test_our_own_books_are_of_no_place() -> None:
    """Whoever leads does the sums: a new leader goes on with the old one's track."""
    course = well("a", "b").see(Cause.QUOTA_LOW, probe="quota", vantage=OUR_BOOKS, proves=False)

    low = course.says()
    course.see(None, 2, probe="quota", vantage=OUR_BOOKS, proves=False)

    assert low == (State.DEGRADED, Cause.QUOTA_LOW)
    assert course.says() == (State.UP, None)
