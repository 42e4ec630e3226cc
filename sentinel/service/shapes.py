"""The shapes that callers see: the contract's, as plain data, for API and command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sentinel.domain.cause import Ability, State
from sentinel.domain.correction import Ending, ending
from sentinel.domain.delivery import Delivery
from sentinel.domain.health import ChannelHealth, Verdict
from sentinel.domain.message import Content, Kind, Message, MessageState
from sentinel.domain.observation import Finding
from sentinel.domain.operator_word import OperatorWord
from sentinel.domain.rules import Channel, Freeze
from sentinel.storage.attempts import Attempt, Explanation
from sentinel.storage.journal import Entry
from sentinel.storage.outages import Outage

Shape = dict[str, Any]


def stamp(at: datetime | None) -> str | None:
    """Return a time as RFC 3339 in UTC with `Z`, to the millisecond."""
    if at is None:
        return None
    text = at.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def channel_shape(
    channel: Channel,
    health: ChannelHealth,
    *,
    freeze: Freeze | None,
    quota: Sequence[Shape],
    credential_expires_at: datetime | None,
    pending: int,
    word: OperatorWord | None = None,
) -> Shape:
    """Return one channel as in `GET /api/v1/channels`."""
    return {
        "id": channel.name,
        "platform": channel.platform,
        "operator": channel.operator,
        "mode": "frozen" if freeze else channel.mode,
        "reach": channel.reach,
        "abilities": {ability: verdict_shape(health.verdicts.get(ability)) for ability in Ability},
        "quota": list(quota),
        "credential": {"expires_at": stamp(credential_expires_at)},
        "pending": pending,
        "frozen": freeze_shape(freeze) if freeze else None,
        "operator_says": word_shape(word) if word else None,
    }


def word_shape(word: OperatorWord) -> Shape:
    """Return what an operator says of itself: evidence, by which nothing is judged."""
    return {"says": word.says, "text": word.text, "source": word.source, "at": stamp(word.at)}


def verdict_shape(verdict: Verdict | None) -> Shape:
    """Return the verdict of one ability; one the platform cannot show was never observed."""
    if verdict is None:
        return {"state": State.UNKNOWN, "cause": "not_observed", "evidence": "", "since": None}
    return {
        "state": verdict.state,
        "cause": verdict.cause,
        "evidence": verdict.evidence,
        "since": stamp(verdict.since),
        "until": stamp(verdict.until),
    }


def freeze_shape(freeze: Freeze) -> Shape:
    """Return why a channel is out of service."""
    return {"reason": freeze.reason, "by": freeze.by, "until": stamp(freeze.until)}


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
        "parts": len(delivery.rendered.parts),
        "attempts": [attempt_shape(attempt) for attempt in attempts],
        "explanation": [
            explanation_shape(note) for note in explanations if note.channel == delivery.channel
        ],
        "since": stamp(delivery.since),
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


def outage_shape(outage: Outage) -> Shape:
    """Return one outage in the contract's shape."""
    return {
        "id": outage.id,
        "kind": outage.kind,
        "channel": outage.channel,
        "ability": outage.ability,
        "operator": outage.operator,
        "cause": outage.cause,
        "opened_at": stamp(outage.opened_at),
        "closed_at": stamp(outage.closed_at),
        "acknowledged_by": outage.acknowledged_by,
        "waves": outage.waves,
        "messages": list(outage.messages),
    }


def finding_shape(channel: str, probe: str, finding: Finding, duration_ms: float) -> Shape:
    """Return one result of `check`."""
    return {
        "channel": channel,
        "probe": probe,
        "ability": finding.ability,
        "result": "good" if finding.cause is None else "bad",
        "cause": finding.cause,
        "evidence": finding.evidence,
        "duration_ms": round(duration_ms, 1),
    }


def noted_shape(channel: str, probe: str, word: OperatorWord, duration_ms: float) -> Shape:
    """Return a result of `check` that judges nothing: what an operator says of itself."""
    return {
        "channel": channel,
        "probe": probe,
        "ability": None,
        "result": "noted",
        "cause": None,
        "evidence": f"{word.source}: {word.says}" + (f" ({word.text})" if word.text else ""),
        "duration_ms": round(duration_ms, 1),
    }


def _warnings(deliveries: Iterable[Delivery]) -> Iterable[str]:
    for delivery in deliveries:
        if delivery.rendered.cut:
            yield f"{delivery.channel}: shortened: {', '.join(delivery.rendered.cut)}"
        for warning in delivery.rendered.warnings:
            yield f"{delivery.channel}: {warning}"
