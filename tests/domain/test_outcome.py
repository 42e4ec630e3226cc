"""What an outcome says beyond its own delivery."""

import pytest

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    Outcome,
    Receipt,
    Refused,
    Scope,
    Throttled,
    Unclear,
)
from sentinel.domain.outcome import cause_of, finding_of, name_of
from tests.domain.course import NOON

RECEIPT = Receipt(post_id="17")
TURNED_AWAY = Throttled(until=NOON, own_fault=False, evidence="HTTP 429, 90 % left")


@pytest.mark.parametrize(
    ("outcome", "name", "cause"),
    [
        (Accepted(receipt=RECEIPT), "accepted", None),
        (Accepted(receipt=RECEIPT, note=Cause.TRUNCATED), "accepted", None),
        (Throttled(until=NOON), "throttled", Cause.RATE_LIMITED),
        (
            Throttled(until=NOON, cause=Cause.QUOTA_EXHAUSTED),
            "throttled",
            Cause.QUOTA_EXHAUSTED,
        ),
        (TURNED_AWAY, "throttled", Cause.PLATFORM_DEFENDING),
        (Failed(Cause.TLS), "failed", Cause.TLS),
        (Refused(Cause.PLAN_REFUSED), "refused", Cause.PLAN_REFUSED),
        (Unclear(Cause.PLATFORM_FAULT), "unclear", Cause.PLATFORM_FAULT),
    ],
)
def test_every_outcome_has_a_word_and_a_cause(
    outcome: Outcome, name: str, cause: Cause | None
) -> None:
    assert (name_of(outcome), cause_of(outcome)) == (name, cause)

    finding = finding_of(outcome)

    assert finding is not None
    assert (finding.ability, finding.cause) == (Ability.PUBLISH, cause)


def test_a_refused_content_says_nothing_of_the_channel() -> None:
    assert finding_of(Refused(Cause.CONTENT_REJECTED, Scope.CONTENT)) is None


def test_one_refused_credential_is_not_yet_believed() -> None:
    finding = finding_of(Refused(Cause.CREDENTIAL_REJECTED))

    assert finding is not None
    assert not finding.confirmed


@pytest.mark.parametrize("outcome", [TURNED_AWAY, Refused(Cause.ACCOUNT_LOCKED, until=NOON)])
def test_a_finding_keeps_the_platforms_own_word_of_when_it_is_over(outcome: Outcome) -> None:
    finding = finding_of(outcome)

    assert finding is not None
    assert finding.until == NOON


def test_a_finding_has_evidence_even_where_the_outcome_has_none() -> None:
    bare, told = finding_of(Failed(Cause.TLS)), finding_of(TURNED_AWAY)

    assert bare is not None
    assert bare.evidence == "a post was failed"
    assert told is not None
    assert told.evidence == "HTTP 429, 90 % left"
