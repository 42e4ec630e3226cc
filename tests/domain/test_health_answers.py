"""What routing and people ask of health."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from sentinel.domain.cause import EFFECTS, Ability, Cause, Severity, State
from sentinel.domain.health import Verdict, doubtful, explain, unusable, worst
from sentinel.domain.rules import FailOverWhen
from tests.domain.course import LISTEN, NOON, PUBLIC, PUBLISH, READ_BACK, Course


def verdict(state: State, cause: Cause | None = None) -> Verdict:
    return Verdict(state=state, cause=cause, evidence="", since=NOON)


def moved(cause: Cause, when: FailOverWhen = FailOverWhen.DEGRADED) -> list[Severity]:
    """Return the severities that leave a channel whose publish has this cause."""
    state = EFFECTS[cause].state or State.UP
    verdicts = {PUBLISH: verdict(state, cause)}
    return [s for s in Severity if unusable(verdicts, [PUBLISH], when, s)]


GRAVE, ROUTINE = [Severity.EXTREME, Severity.SEVERE], [Severity.MODERATE, Severity.MINOR]


def test_who_leaves_a_channel_is_the_contracts_table() -> None:
    assert moved(Cause.UNREACHABLE) == [*GRAVE, *ROUTINE]
    assert moved(Cause.RATE_LIMITED) == [*GRAVE, *ROUTINE]
    assert moved(Cause.QUOTA_LOW) == ROUTINE
    assert moved(Cause.SLOW) == ROUTINE
    assert moved(Cause.UPLINK_LOST) == GRAVE
    assert moved(Cause.STALE) == []
    assert moved(Cause.NOT_OBSERVED) == []


def test_a_route_may_ask_to_stay_on_a_degraded_channel() -> None:
    assert moved(Cause.SLOW, FailOverWhen.DOWN) == []
    assert moved(Cause.UNREACHABLE, FailOverWhen.DOWN) == [*GRAVE, *ROUTINE]


def test_only_needed_abilities_divert() -> None:
    """Drills D8 and D9, and Hamburg 2023: posting works, reading does not."""
    verdicts = {
        PUBLISH: verdict(State.UP),
        READ_BACK: verdict(State.DOWN, Cause.RATE_LIMITED),
        PUBLIC: verdict(State.DOWN, Cause.READER_RESTRICTED),
    }

    here = unusable(verdicts, [PUBLISH], FailOverWhen.DEGRADED, Severity.SEVERE)
    seen = unusable(verdicts, [PUBLISH, PUBLIC], FailOverWhen.DEGRADED, Severity.SEVERE)

    assert here is None
    assert seen == (PUBLIC, verdicts[PUBLIC])


def test_a_platform_that_defends_itself_is_down_when_it_was_counted() -> None:
    """Drill D7: 429 at two percent of our own use."""
    course = Course().see(None).post(Cause.PLATFORM_DEFENDING, 3)

    assert course.says() == (State.DOWN, Cause.PLATFORM_DEFENDING)


def test_doubt_sends_grave_messages_to_the_next_channel_too() -> None:
    verdicts = {PUBLISH: verdict(State.UP), PUBLIC: verdict(State.UNKNOWN, Cause.STALE)}

    assert doubtful(verdicts, [PUBLISH, PUBLIC], Severity.SEVERE) == verdicts[PUBLIC]
    assert doubtful(verdicts, [PUBLISH], Severity.SEVERE) is None
    assert doubtful(verdicts, [PUBLISH, PUBLIC], Severity.MODERATE) is None


def test_never_observed_is_a_doubt_for_publish_only() -> None:
    never = verdict(State.UNKNOWN, Cause.NOT_OBSERVED)

    assert doubtful({PUBLISH: never}, [PUBLISH], Severity.EXTREME) == never
    assert doubtful({PUBLIC: never}, [PUBLIC], Severity.EXTREME) is None
    lost = verdict(State.UNKNOWN, Cause.UPLINK_LOST)
    assert doubtful({PUBLISH: lost}, [PUBLISH], Severity.EXTREME) is None


def test_the_worst_state_leaves_out_what_was_never_observed() -> None:
    never = verdict(State.UNKNOWN, Cause.NOT_OBSERVED)

    assert worst({PUBLISH: verdict(State.UP), LISTEN: never}) is State.UP
    assert worst({PUBLISH: verdict(State.UNKNOWN, Cause.STALE), LISTEN: never}) is State.UNKNOWN
    assert worst({PUBLISH: verdict(State.DEGRADED, Cause.SLOW)}) is State.DEGRADED


def every_verdict() -> Iterable[Verdict]:
    yield verdict(State.UP)
    for cause, effect in EFFECTS.items():
        yield verdict(effect.state or State.DEGRADED, cause)


@pytest.mark.parametrize("ability", Ability)
def test_every_verdict_is_one_sentence_in_both_languages(ability: Ability) -> None:
    said = [explain("x-stadt", ability, some) for some in every_verdict()]

    assert all("x-stadt" in text for phrase in said for text in (phrase.de, phrase.en))
    assert all(text.count(".") == 1 for phrase in said for text in (phrase.de, phrase.en))
    assert len({phrase.de for phrase in said}) == len({phrase.en for phrase in said}) == 26


def test_a_sentence_says_what_why_and_until_when() -> None:
    limited = replace(verdict(State.DOWN, Cause.RATE_LIMITED), until=NOON)

    assert explain("x-stadt", PUBLISH, limited).de == (
        "Über x-stadt kann gerade nicht veröffentlicht werden, weil wir in kurzer Zeit zu viele "
        "Anfragen gestellt haben (voraussichtlich bis 01.01. 12:00 UTC)."
    )
    assert explain("x-stadt", PUBLISH, limited).en == (
        "x-stadt cannot publish at the moment because we made too many requests in a short time "
        "(until about 01 Jan 12:00 UTC)."
    )


def test_a_sentence_says_that_the_next_message_is_a_trial() -> None:
    on_trial = replace(verdict(State.UP), half_open=True)

    assert explain("x-stadt", PUBLISH, on_trial).en == (
        "x-stadt can publish, after failures; the next message goes out alone as a trial."
    )
