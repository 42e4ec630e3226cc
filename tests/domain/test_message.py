"""What the crisis team wants said."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sentinel.domain.message import Message
from tests.domain.course import MINUTE, NOON
from tests.domain.town import message


def alarm(not_before: datetime | None = None, **changes: Any) -> Message:
    """An alarm, accepted at noon for 24 hours."""
    return replace(message(not_before=not_before), **changes)


@pytest.mark.parametrize(
    ("not_before", "due"), [(None, NOON), (NOON + 5 * MINUTE, NOON + 5 * MINUTE)]
)
def test_a_message_is_due_when_accepted_or_at_its_own_time(
    not_before: datetime | None, due: datetime
) -> None:
    assert alarm(not_before).due_at == due


def test_an_approval_makes_it_due_later_but_never_earlier() -> None:
    approved_at = NOON + 5 * MINUTE

    assert alarm(needs_approval=True, approved_at=approved_at).due_at == approved_at
    assert alarm(NOON + 9 * MINUTE, approved_at=approved_at).due_at == NOON + 9 * MINUTE


def test_without_a_start_of_its_own_it_does_not_wait_for_a_clock_that_was_set_back() -> None:
    an_hour_ago = NOON - timedelta(hours=1)

    assert alarm().is_due(an_hour_ago)
    assert alarm(needs_approval=True, approved_at=NOON).in_effect(an_hour_ago)
    assert not alarm(NOON).is_due(an_hour_ago)


def test_it_is_in_effect_from_when_it_is_due_until_it_ends() -> None:
    scheduled = alarm(NOON + 5 * MINUTE)

    assert not scheduled.in_effect(NOON + 4 * MINUTE)
    assert scheduled.in_effect(NOON + 5 * MINUTE)
    assert not scheduled.in_effect(NOON + timedelta(hours=24))


@pytest.mark.parametrize(
    "stopped", [{"withdrawn_at": NOON}, {"superseded_at": NOON}, {"needs_approval": True}]
)
def test_what_was_stopped_or_awaits_approval_is_not_in_effect(stopped: dict[str, Any]) -> None:
    assert not alarm(**stopped).in_effect(NOON)


def test_whatever_is_not_the_first_of_its_chain_follows() -> None:
    assert not alarm().follows
    assert alarm(id="m2").follows
