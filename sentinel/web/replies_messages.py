"""What the API answers about messages: as they came in, where they stand, how they would look."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from sentinel.domain.cause import Cause, Severity
from sentinel.domain.delivery import DeliveryState
from sentinel.domain.message import Kind, MessageState
from sentinel.web.replies import Reply


class AttemptOut(Reply):
    """One try of a delivery; while it runs, `ended_at` and `outcome` are null."""

    started_at: AwareDatetime
    ended_at: AwareDatetime | None
    outcome: str | None
    cause: Cause | None
    evidence: str
    node: str


class ExplanationOut(Reply):
    """Why a route passed a channel over, or used it against the rule."""

    route: str
    channel: str
    reason: str
    cause: Cause | None
    detail: str
    at: AwareDatetime


class ReceiptOut(Reply):
    """The platform's proof that it took the post; of what a person confirmed, no `post_id`."""

    post_id: str | None
    permalink: str | None


class AskedOut(Reply):
    """Who is asked to post by hand, and until when."""

    contacts: list[str]
    until: AwareDatetime | None
    reminded: bool


class DeliveryOut(Reply):
    """One message on one channel."""

    id: str
    channel: str
    routes: list[str]
    state: DeliveryState
    cause: Cause | None
    note: Cause | None
    text: str
    receipt: ReceiptOut | None
    posted_at: AwareDatetime | None
    read_back_at: AwareDatetime | None
    public_at: AwareDatetime | None
    confirmed_by: str | None
    take_down_at: AwareDatetime | None
    asked: AskedOut | None
    parts: int
    recipients: dict[str, int]
    partly: bool
    partly_surely: bool
    attempts: list[AttemptOut]
    explanation: list[ExplanationOut]
    since: AwareDatetime


class ConfirmedOut(DeliveryOut):
    """A delivery that a person confirmed, and the id of its message."""

    message: str


class VariantOut(Reply):
    """The same message in another language."""

    language: str
    headline: str
    text: str
    short_text: str | None


class ApprovalOut(Reply):
    """Whether a second person must agree, who did, and when."""

    needed: bool
    by: str | None
    at: AwareDatetime | None


class WordsOut(Reply):
    """A headline and a text."""

    headline: str
    text: str


class PreparedOut(Reply):
    """What would end an alert, ready in its language."""

    all_clear: WordsOut
    false_alarm: WordsOut


class MessageOut(Reply):
    """A message with its deliveries."""

    id: str
    number: int
    chain: str
    kind: Kind
    references: list[str]
    state: MessageState
    effective_severity: Severity
    accepted_at: AwareDatetime
    withdrawn_at: AwareDatetime | None
    superseded_at: AwareDatetime | None
    approval: ApprovalOut
    headline: str
    text: str
    severity: Severity
    short_text: str | None
    texts: dict[str, str]
    instruction: str | None
    area: str | None
    variants: list[VariantOut]
    category: str
    urgency: str
    certainty: str
    event: str
    tags: list[str]
    language: str
    link: str | None
    image: str | None
    alt_text: str | None
    not_before: AwareDatetime | None
    expires_at: AwareDatetime | None
    routine: bool
    exercise: bool
    channels: list[str]
    routes: list[str]
    deliveries: list[DeliveryOut]
    explanations: list[ExplanationOut]
    warnings: list[str]
    prepared: PreparedOut | None
    held_by: Literal["crisis", "hold"] | None


class PreviewOut(Reply):
    """How a message would look on one channel; lengths by the platform's own count."""

    channel: str
    text: str
    length: int
    limit: int | None
    unit: str
    parts: int
    cut: list[str]
    warnings: list[str]


class PreviewsOut(Reply):
    """How a message would look on every channel."""

    items: list[PreviewOut]
