"""What alerting chains that a city already has are told: alerts for Alertmanager, signed events.

An alert is known by its labels, so they hold what stays the same for as long
as the outage lasts, and one thing that may not: how grave it is. What is sent
under other labels than before ends under the old ones in the same call.

Alertmanager (checked against 0.25): `POST /api/v2/alerts` takes a list; an alert
that is not sent again ends by itself at its `endsAt`; one sent with an `endsAt`
that is past has ended.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.outage import OutageKind
from sentinel.errors import Phrase

RESEND: Final = timedelta(minutes=1)
HOLDS_FOR: Final = timedelta(minutes=5)
"""A sentinel that died leaves its alerts standing so long; the dead man's switch speaks before."""

EVENTS: Final = frozenset(
    {
        "outage.opened",
        "outage.changed",
        "outage.acknowledged",
        "outage.closed",
        "message.stranded",
        "message.carried_again",
        "message.expired",
        "publishing.held",
        "publishing.resumed",
        "posture.opened",
        "posture.closed",
        "rules.refused",
        "certificate.ending",
        "quota.endangered",
        "clock.wrong",
        "clock.right",
        "node.forgotten",
    }
)
"""Kinds of journal entries that a webhook is sent."""

_CRITICAL: Final = frozenset({OutageKind.STRANDED, OutageKind.UPLINK})

Labels: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """An outage, as an alert tells of it."""

    id: str
    kind: str
    channel: str | None = None
    ability: Ability | None = None
    operator: str | None = None
    cause: Cause | None = None
    channels: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    waves: int = 1
    opened_at: datetime
    closed_at: datetime | None = None
    owned: bool = False  # somebody acknowledged it
    grave: bool = False  # it hits a route
    says: Phrase | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What Alertmanager is told of one outage. `ends_at` None: it stands."""

    labels: Labels
    annotations: Labels = field(default_factory=dict)
    starts_at: datetime
    ends_at: datetime | None = None

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """What Alertmanager knows it by."""
        return tuple(sorted(self.labels.items()))


def alert_of(trouble: Trouble, organisation: str, language: str) -> Alert:
    """Return an outage as an alert, worded in `language`."""
    critical = trouble.grave or trouble.kind in _CRITICAL
    subject = {
        "channel": trouble.channel,
        "ability": trouble.ability,
        "operator": trouble.operator,
        "message": ",".join(trouble.messages),
    }
    labels = {
        "alertname": "SentinelOutage",
        "organisation": organisation,
        "kind": trouble.kind,
        "severity": "critical" if critical else "warning",
    }
    said = {
        "summary": _summary(trouble).in_(language),
        "description": trouble.says.in_(language) if trouble.says else "",
        "cause": trouble.cause or "",
        "channels": ", ".join(trouble.channels),
        "acknowledged": "true" if trouble.owned else "false",
        "waves": str(trouble.waves),
        "outage": trouble.id,
    }
    return Alert(
        labels=labels | {name: str(value) for name, value in subject.items() if value},
        annotations={name: str(value) for name, value in said.items() if value},
        starts_at=trouble.opened_at,
        ends_at=trouble.closed_at,
    )


def to_push(alerts: Iterable[Alert], before: Iterable[Alert], at: datetime) -> tuple[Alert, ...]:
    """Return what is sent at `at`, `before` being what was sent last and stood.

    One alert for each set of labels; what stands hides an older one of the same
    thing that has ended. What is not among `alerts` any more has ended now.
    """
    chosen: dict[tuple[tuple[str, str], ...], Alert] = {}
    for alert in alerts:
        known = chosen.get(alert.key)
        if known is None or _fresher(alert, known):
            chosen[alert.key] = alert
    for alert in before:
        gone = Alert(
            labels=alert.labels,
            annotations=alert.annotations,
            starts_at=alert.starts_at,
            ends_at=at,
        )
        chosen.setdefault(alert.key, gone)
    return tuple(chosen.values())


def alert_shape(alert: Alert, at: datetime, link: str) -> dict[str, Any]:
    """Return an alert as Alertmanager's second interface takes it."""
    ends_at = at + HOLDS_FOR if alert.ends_at is None else alert.ends_at
    return {
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "startsAt": _stamp(min(alert.starts_at, ends_at)),  # it refuses an end before the begin
        "endsAt": _stamp(ends_at),
        "generatorURL": link,
    }


def body_of(event: Mapping[str, Any]) -> bytes:
    """Return an event's bytes: the same event, the same bytes."""
    return json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _fresher(alert: Alert, known: Alert) -> bool:
    if (alert.ends_at is None) != (known.ends_at is None):
        return alert.ends_at is None
    return alert.starts_at > known.starts_at


def _summary(trouble: Trouble) -> Phrase:
    match trouble.kind:
        case OutageKind.STRANDED:
            return Phrase(de="Eine Meldung steckt fest", en="A message is stranded")
        case OutageKind.UPLINK:
            name = trouble.operator
            return Phrase(
                de=f"Unsere eigene Leitung ({name}) ist unterbrochen",
                en=f"Our own line ({name}) is down",
            )
        case OutageKind.NODE:
            name = trouble.operator
            return Phrase(de=f"Sentinel auf {name} fehlt", en=f"Sentinel on {name} is missing")
        case OutageKind.EDGE:
            name = trouble.operator
            return Phrase(de=f"Störung: {name}", en=f"Outage: {name}")
        case _:
            what = f"{trouble.channel} {trouble.ability}"
            why = f" ({trouble.cause})" if trouble.cause else ""
            return Phrase(de=f"Störung: {what}{why}", en=f"Outage: {what}{why}")


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
