"""The shapes that callers see: the contract's, as plain data, for API and command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sentinel.domain.asking import REMINDED, asked, waits
from sentinel.domain.chain import out_to_some
from sentinel.domain.correction import Ending, ending
from sentinel.domain.delivery import Delivery
from sentinel.domain.message import Content, Kind, Message, MessageState
from sentinel.domain.receipts import summary, surely_out
from sentinel.storage.attempts import Attempt, Explanation
from sentinel.storage.journal import Entry

Shape = dict[str, Any]


def stamp(at: datetime | None) -> str | None:
    """Return a time as RFC 3339 in UTC with `Z`, to the millisecond."""
    if at is None:
        return None
    text = at.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def content_shape(content: Content) -> Shape:
    """Return a message's content, as it came in."""
    return {
        "headline": content.headline,
        "text": content.text,
        "severity": content.severity,
        "short_text": content.short_text,
        "texts": dict(content.texts),
        "instruction": content.instruction,
        "area": content.area,
        "variants": [
            {
                "language": variant.language,
                "headline": variant.headline,
                "text": variant.text,
                "short_text": variant.short_text,
            }
            for variant in content.variants
        ],
        "category": content.category,
        "urgency": content.urgency,
        "certainty": content.certainty,
        "event": content.event or content.headline,
        "tags": list(content.tags),
        "language": content.language,
        "link": content.link,
        "image": content.image,
        "alt_text": content.alt_text,
        "not_before": stamp(content.not_before),
        "expires_at": stamp(content.expires_at),
        "routine": content.routine,
        "exercise": content.exercise,
        "channels": list(content.channels),
    }


def message_shape(
    message: Message,
    state: MessageState,
    deliveries: Sequence[Delivery],
    *,
    attempts: Mapping[str, Sequence[Attempt]],
    explanations: Sequence[Explanation],
) -> Shape:
    """Return a message as in `GET /api/v1/messages/{id}`."""
    return {
        "id": message.id,
        "number": message.number,
        "chain": message.chain,
        "kind": message.kind,
        "references": list(message.references),
        "state": state,
        "effective_severity": message.effective_severity,
        "accepted_at": stamp(message.accepted_at),
        "withdrawn_at": stamp(message.withdrawn_at),
        "superseded_at": stamp(message.superseded_at),
        "approval": {
            "needed": message.needs_approval,
            "by": message.approved_by,
            "at": stamp(message.approved_at),
        },
        **content_shape(message.content),
        "expires_at": stamp(message.expires_at),
        "routes": list(message.routes),
        "deliveries": [
            delivery_shape(delivery, attempts.get(delivery.id, ()), explanations)
            for delivery in deliveries
        ],
        "explanations": [explanation_shape(note) for note in explanations],
        "warnings": list(_warnings(deliveries)),
        "prepared": prepared_shape(message) if message.kind is Kind.ALERT else None,
    }


def prepared_shape(alert: Message) -> Shape:
    """Return what would end an alert, in its language: sent in one step by `all-clear`."""
    return {
        why.value: {"headline": words.headline, "text": words.text}
        for why in Ending
        for words in (ending(alert, why),)
    }


def delivery_shape(
    delivery: Delivery, attempts: Sequence[Attempt], explanations: Sequence[Explanation]
) -> Shape:
    """Return one delivery with its attempts."""
    receipt = delivery.receipt
    partly = not delivery.live and out_to_some(delivery.memory)
    return {
        "id": delivery.id,
        "channel": delivery.channel,
        "routes": list(delivery.routes),
        "state": delivery.state,
        "cause": delivery.cause,
        "note": delivery.note,
        "text": delivery.rendered.text,
        "receipt": (
            {"post_id": receipt.post_id or None, "permalink": receipt.permalink}
            if receipt
            else None
        ),
        "posted_at": stamp(delivery.posted_at),
        "read_back_at": stamp(delivery.read_back_at),
        "public_at": stamp(delivery.public_at),
        "confirmed_by": delivery.confirmed_by,
        "take_down_at": stamp(delivery.take_down_at),
        "asked": asked_shape(delivery),
        "parts": len(delivery.rendered.parts),
        "recipients": summary(delivery.memory),
        "partly": partly,
        "partly_surely": partly and surely_out(delivery.memory),
        "attempts": [attempt_shape(attempt) for attempt in attempts],
        "explanation": [
            explanation_shape(note) for note in explanations if note.channel == delivery.channel
        ],
        "since": stamp(delivery.since),
    }


def asked_shape(delivery: Delivery) -> Shape | None:
    """Return who is asked to post by hand, and until when; None while nobody is."""
    if not waits(delivery):
        return None
    return {
        "contacts": list(asked(delivery)),
        "until": stamp(delivery.due_at),
        "reminded": REMINDED in delivery.memory,
    }


def attempt_shape(attempt: Attempt) -> Shape:
    """Return one attempt."""
    return {
        "started_at": stamp(attempt.started_at),
        "ended_at": stamp(attempt.ended_at),
        "outcome": attempt.outcome,
        "cause": attempt.cause,
        "evidence": attempt.evidence,
        "node": attempt.node,
    }


def explanation_shape(note: Explanation) -> Shape:
    """Return why a route passed a channel over, or used it against the rule."""
    return {
        "route": note.route,
        "channel": note.channel,
        "reason": note.reason,
        "cause": note.cause,
        "detail": note.detail,
        "at": stamp(note.at),
    }


def entry_shape(entry: Entry) -> Shape:
    """Return one journal entry in the contract's shape."""
    return {
        "number": entry.number,
        "at": stamp(entry.at),
        "kind": entry.kind,
        "actor": {"kind": entry.actor.kind, "id": entry.actor.id},
        "subject": entry.subject,
        "payload": entry.payload,
        "previous": entry.previous,
        "hash": entry.hash,
    }


def _warnings(deliveries: Iterable[Delivery]) -> Iterable[str]:
    for delivery in deliveries:
        if delivery.rendered.cut:
            yield f"{delivery.channel}: shortened: {', '.join(delivery.rendered.cut)}"
        for warning in delivery.rendered.warnings:
            yield f"{delivery.channel}: {warning}"
