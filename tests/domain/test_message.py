"""What the crisis team wants said."""

from datetime import datetime

import pytest

from sentinel.domain.cause import Severity
from sentinel.domain.message import Content, Message
from tests.domain.course import MINUTE, NOON


@pytest.mark.parametrize(
    ("not_before", "due"), [(None, NOON), (NOON + 5 * MINUTE, NOON + 5 * MINUTE)]
)
def test_a_message_is_due_when_accepted_or_at_its_own_time(
    not_before: datetime | None, due: datetime
) -> None:
    message = Message(
        id="1",
        number=17,
        chain="1",
        content=Content(
            headline="Bombe", text="Bitte gehen.", severity=Severity.SEVERE, not_before=not_before
        ),
        routes=("katastrophe",),
        accepted_at=NOON,
        expires_at=NOON + 60 * MINUTE,
        effective_severity=Severity.SEVERE,
    )

    assert message.due_at == due
