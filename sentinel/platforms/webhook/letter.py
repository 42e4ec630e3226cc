"""The message as the receiver gets it: made once, the same bytes for the same draft."""

from __future__ import annotations

from datetime import UTC, datetime

from sentinel.domain.message import Content, Message
from sentinel.platforms import Draft


def told(draft: Draft, key: str, text: str) -> dict[str, object]:
    """Return the body, field by field; `docs/platforms/webhook.md` says what each is."""
    message, content = draft.message, draft.message.content
    return {
        "version": 1,
        "key": key,
        "id": message.id,
        "number": message.number,
        "chain": message.chain,
        "kind": message.kind.value,
        "references": list(message.references),
        "organisation": draft.organisation,
        "at": _stamp(draft.at),
        "expires_at": _stamp(message.expires_at),
        "severity": content.severity.value,
        "effective_severity": message.effective_severity.value,
        "exercise": content.exercise,
        "link": draft.link,
        "text": text,
        **_words(content),
        **_classes(message),
    }


def _words(content: Content) -> dict[str, object]:
    return {
        "language": content.language,
        "headline": content.headline,
        "description": content.text,
        "short_text": content.short_text,
        "instruction": content.instruction,
        "area": content.area,
        "variants": [
            {
                "language": each.language,
                "headline": each.headline,
                "text": each.text,
                "short_text": each.short_text,
            }
            for each in content.variants
        ],
    }


def _classes(message: Message) -> dict[str, object]:
    content = message.content
    return {
        "category": content.category,
        "urgency": content.urgency,
        "certainty": content.certainty,
        "tags": list(content.tags),
    }


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
