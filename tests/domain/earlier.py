"""Earlier links of a chain, and a delivery of one, for the tests of what follows them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sentinel.domain.cause import Severity
from sentinel.domain.delivery import Delivery, DeliveryState, Rendered
from sentinel.domain.message import Content, Message
from tests.domain.course import NOON

HOUR = timedelta(hours=1)
ALERT = Content(
    headline="Hochwasser an der Saar",
    text="Der Pegel steigt.",
    severity=Severity.SEVERE,
    category="Met",
    language="de",
    tags=("wasser",),
    area="Altstadt",
    link="https://stadt.example/pegel",
    short_text="Hochwasser",
)


def link(number: int, content: Content = ALERT, **more: Any) -> Message:
    made = Message(
        id=f"m{number}",
        number=number,
        chain="m17",
        content=content,
        routes=("katastrophe", "wasser"),
        accepted_at=NOON,
        expires_at=NOON + HOUR,
        effective_severity=content.severity,
    )
    return replace(made, **more)


def on(state: DeliveryState) -> Delivery:
    return Delivery(
        id="d1",
        message_id="m17",
        channel="x",
        account="x",
        routes=("katastrophe",),
        state=state,
        rendered=Rendered(text="a", key="k", length=1, limit=280),
        planned_at=NOON,
        due_at=NOON,
        since=NOON,
    )
