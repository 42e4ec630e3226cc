"""Which nodes are missing."""

from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.roll_call import roll_call

NAMES = st.frozensets(st.sampled_from(["a", "b", "c", "d"]))


def test_a_node_that_is_heard_for_the_first_time_is_expected_from_then_on() -> None:
    found = roll_call(known={"a"}, here={"a", "b"}, silent={}, missed=(), now=100.0)

    assert found.new == ("b",)
    assert found.missing == ()


def test_a_node_is_missing_ten_seconds_after_the_leader_last_heard_it() -> None:
    first = roll_call(known={"a", "b"}, here={"a"}, silent={}, missed=(), now=100.0)
    soon = roll_call(known={"a", "b"}, here={"a"}, silent=first.silent, missed=(), now=109.9)
    then = roll_call(known={"a", "b"}, here={"a"}, silent=soon.silent, missed=(), now=110.0)

    assert (first.missing, soon.missing, then.missing) == ((), (), ("b",))


def test_a_node_that_answers_in_between_is_counted_anew() -> None:
    found = roll_call(known={"b"}, here={"b"}, silent={"b": 100.0}, missed=(), now=109.0)

    assert found.silent == {}


def test_whoever_said_goodbye_is_not_missed() -> None:
    found = roll_call(known={"a"}, here={"a"}, silent={"b": 0.0}, missed=(), now=500.0)

    assert found.missing == ()
    assert found.silent == {}


def test_a_missing_node_is_said_to_be_missing_once_and_back_once() -> None:
    gone = roll_call(known={"b"}, here=(), silent={"b": 0.0}, missed={"b"}, now=500.0)
    back = roll_call(known={"b"}, here={"b"}, silent={"b": 0.0}, missed={"b"}, now=501.0)

    assert gone.missing == ()
    assert back.back == ("b",)


@given(known=NAMES, here=NAMES, missed=NAMES, began=st.floats(0, 1000), now=st.floats(0, 1000))
def test_nobody_who_is_here_is_missing_and_nobody_who_is_not_is_back(
    known: frozenset[str], here: frozenset[str], missed: frozenset[str], began: float, now: float
) -> None:
    found = roll_call(known, here, dict.fromkeys("abcd", began), missed, now)

    assert here.isdisjoint(found.missing)
    assert set(found.missing) <= known - missed
    assert set(found.back) == here & missed
