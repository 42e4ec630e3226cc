"""What a row makes of an answer, the same for every platform."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
from sentinel.domain.delivery import Failed, Refused, Scope, Throttled, Unclear
from sentinel.domain.observation import Finding
from sentinel.wire.rows import How, Refusal, finding, limited, refusal

SOON = datetime(2026, 11, 20, 12, 5, tzinfo=UTC)
FAULT = Cause.PLATFORM_FAULT
THROTTLED = Throttled(until=SOON, cause=FAULT, evidence="HTTP 4")
REFUSED = Refused(FAULT, Scope.CHANNEL, "HTTP 4")
ENDS: dict[How, Refusal] = {
    How.TAKEN: Unclear(FAULT, "HTTP 4"),
    How.THROTTLED: THROTTLED,
    How.FAILED: Failed(FAULT, "HTTP 4"),
    How.REFUSED: REFUSED,
    How.CONTENT: Refused(FAULT, Scope.CONTENT, "HTTP 4"),
    How.UNCLEAR: Unclear(FAULT, "HTTP 4"),
    How.LOOK: Unclear(FAULT, "HTTP 4"),
    How.AGAIN: REFUSED,
    How.AN_HOUR: THROTTLED,
    How.GONE: REFUSED,
    How.WITHOUT_LINK: Failed(FAULT, "HTTP 4"),
    How.NOT_READY: Failed(FAULT, "HTTP 4"),
    How.ANEW: Failed(FAULT, "HTTP 4"),
    How.NO_PICTURE: Failed(FAULT, "HTTP 4"),
    How.THEIRS: REFUSED,
    How.PUT_OFF: THROTTLED,
}


@pytest.mark.parametrize("how", How)
def test_each_kind_has_its_end(how: How) -> None:
    assert refusal(how, FAULT, "HTTP 4", SOON) == ENDS[how]


@pytest.mark.parametrize("cause", Cause)
def test_a_question_condemns_no_text_and_no_credential_by_itself(cause: Cause) -> None:
    found = finding(Ability.READ_BACK, cause, "HTTP 4", SOON)

    assert found.cause is (FAULT if cause is Cause.CONTENT_REJECTED else cause)
    assert found.confirmed == (cause not in CREDENTIAL)
    assert (found.ability, found.evidence, found.until) == (Ability.READ_BACK, "HTTP 4", SOON)


@pytest.mark.parametrize(
    ("own_fault", "cause"), [(True, Cause.RATE_LIMITED), (False, Cause.PLATFORM_DEFENDING)]
)
def test_a_limit_is_ours_or_the_platform_defends_itself(own_fault: bool, cause: Cause) -> None:  # noqa: FBT001 - a row
    limit = Throttled(until=SOON, own_fault=own_fault, evidence="HTTP 429")

    assert limited(Ability.LISTEN, limit) == Finding(
        ability=Ability.LISTEN, cause=cause, evidence="HTTP 429", until=SOON
    )
