"""The table of causes says what the contract says."""

from sentinel.domain.cause import (
    CREDENTIAL,
    EFFECTS,
    NETWORK,
    Acts,
    Cause,
    Diverts,
    Severity,
    State,
)


def having(**wanted: object) -> set[str]:
    return {
        cause
        for cause, effect in EFFECTS.items()
        if all(getattr(effect, name) == value for name, value in wanted.items())
    }


def test_every_cause_has_a_row() -> None:
    assert set(EFFECTS) == set(Cause)


def test_these_are_counted() -> None:
    assert having(acts=Acts.COUNTED) == {
        "unreachable",
        "name_resolution",
        "tls",
        "platform_fault",
        "platform_defending",
        "slow",
    }


def test_these_make_no_state() -> None:
    never = {"credential_expiring", "content_rejected", "truncated"}

    assert having(state=None) == having(acts=Acts.NEVER) == never


def test_these_degrade_and_divert_routine_messages_only() -> None:
    assert having(state=State.DEGRADED) == having(diverts=Diverts.ROUTINE) == {"slow", "quota_low"}


def test_these_are_doubts() -> None:
    assert having(state=State.UNKNOWN) == {"uplink_lost", "stale", "not_observed"}
    assert having(diverts=Diverts.GRAVE) == {"uplink_lost"}
    assert having(diverts=Diverts.GRAVE_ALSO) == {"stale", "not_observed"}


def test_these_last_until_their_reset() -> None:
    assert having(lasts_until_reset=True) == {"rate_limited", "quota_exhausted"}


def test_only_a_locked_account_needs_a_person() -> None:
    assert having(needs_person=True) == {"account_locked"}


def test_credentials_need_a_second_call_and_visibility_a_second_look() -> None:
    assert having(acts=Acts.CONFIRMED) == CREDENTIAL
    assert having(acts=Acts.TWICE) == {"reader_restricted", "not_visible"}


def test_everything_down_diverts_everybody() -> None:
    assert having(state=State.DOWN) == having(diverts=Diverts.ALL)


def test_what_may_be_our_own_line_is_counted() -> None:
    assert {EFFECTS[cause].acts for cause in NETWORK} == {Acts.COUNTED}


def test_states_are_ordered_by_how_bad_they_are() -> None:
    assert sorted(State, key=lambda state: state.badness) == ["up", "unknown", "degraded", "down"]


def test_grave_messages_are_the_extreme_and_the_severe() -> None:
    assert [severity.grave for severity in Severity] == [True, True, False, False]
    assert [severity.rank for severity in Severity] == [0, 1, 2, 3]


def test_a_cause_moves_only_whom_it_diverts() -> None:
    moved = {some: [severity for severity in Severity if some.moves(severity)] for some in Diverts}

    assert moved == {
        Diverts.ALL: ["extreme", "severe", "moderate", "minor"],
        Diverts.ROUTINE: ["moderate", "minor"],
        Diverts.GRAVE: ["extreme", "severe"],
        Diverts.GRAVE_ALSO: [],
        Diverts.NOBODY: [],
    }
