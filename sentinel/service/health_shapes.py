"""The shapes of health: channels with their verdicts, outages, and what checks saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo

from sentinel.domain.cause import Ability, State
from sentinel.domain.edge import EdgeOutage, explain_edge
from sentinel.domain.evidence import Evidence
from sentinel.domain.health import ChannelHealth, Verdict, explain
from sentinel.domain.holding import held_by
from sentinel.domain.observation import Finding
from sentinel.domain.operator_word import OperatorWord
from sentinel.domain.outage import OutageKind
from sentinel.domain.rules import Channel, Freeze
from sentinel.errors import Phrase
from sentinel.service.shapes import Shape, stamp
from sentinel.storage.outages import Outage


def channel_shape(
    channel: Channel,
    health: ChannelHealth,
    *,
    freeze: Freeze | None,
    quota: Sequence[Shape],
    credential_expires_at: datetime | None,
    pending: int,
    word: OperatorWord | None = None,
    zone: tzinfo = UTC,  # of the times in sentences
    by_hand: bool = False,  # a person posts there, and no probe applies
) -> Shape:
    """Return one channel as in `GET /api/v1/channels`."""
    return {
        "id": channel.name,
        "platform": channel.platform,
        "operator": channel.operator,
        "mode": "frozen" if freeze else channel.mode,
        "reach": channel.reach,
        "by_hand": by_hand,
        "abilities": {
            ability: verdict_shape(channel.name, ability, health.verdicts.get(ability), zone)
            for ability in Ability
        },
        "quota": list(quota),
        "credential": {"expires_at": stamp(credential_expires_at)},
        "pending": pending,
        "frozen": freeze_shape(freeze) if freeze else None,
        "operator_says": word_shape(word) if word else None,
    }


def word_shape(word: OperatorWord) -> Shape:
    """Return what an operator says of itself: evidence, by which nothing is judged."""
    return {"says": word.says, "text": word.text, "source": word.source, "at": stamp(word.at)}


def verdict_shape(
    channel: str, ability: Ability, verdict: Verdict | None, zone: tzinfo = UTC
) -> Shape:
    """Return the verdict of one ability; one the platform cannot show was never observed.

    `evidence` is one technical fact, `sentence` the whole for people, `checks`
    the same for machines; `held_by` says what it waits for to count as up again.
    """
    if verdict is None:
        return {
            "state": State.UNKNOWN,
            "cause": "not_observed",
            "evidence": "",
            "since": None,
            "until": None,
            "held_by": None,
            "sentence": None,
            "checks": [],
        }
    sentence = explain(channel, ability, verdict, zone)
    return {
        "state": verdict.state,
        "cause": verdict.cause,
        "evidence": verdict.evidence,
        "since": stamp(verdict.since),
        "until": stamp(verdict.until),
        "held_by": held_by(verdict),
        "sentence": both(sentence),
        "checks": [check_shape(item) for item in verdict.items],
    }


def check_shape(item: Evidence) -> Shape:
    """Return one check: what looked, from where, when, and what it saw."""
    return {
        "probe": item.probe,
        "vantage": item.vantage or None,
        "at": stamp(item.at),
        "saw": item.saw,
        "cause": item.cause,
        "in_a_row": item.in_a_row,
        "good_since": item.good_since,
        "since": stamp(item.since),
        "edge": item.edge or None,
    }


def freeze_shape(freeze: Freeze) -> Shape:
    """Return why a channel is out of service."""
    return {"reason": freeze.reason, "by": freeze.by, "until": stamp(freeze.until)}


def outage_shape(
    outage: Outage, healths: Mapping[str, ChannelHealth] | None = None, zone: tzinfo = UTC
) -> Shape:
    """Return one outage in the contract's shape; `healths` say what an open one rests on now."""
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
        "acknowledged_at": stamp(outage.acknowledged_at),
        "comment": outage.comment,
        "waves": outage.waves,
        "messages": list(outage.messages),
        "channels": list(outage.channels) or ([outage.channel] if outage.channel else []),
        **_now(outage, healths or {}, zone),
    }


def _now(outage: Outage, healths: Mapping[str, ChannelHealth], zone: tzinfo) -> Shape:
    """Return the checks that an outage rests on, and its sentence; of one that is over, none."""
    if outage.closed_at is None and outage.kind == OutageKind.EDGE and outage.operator:
        return _edge_now(outage, outage.operator, healths)
    name, ability, over = outage.channel, outage.ability, outage.closed_at is not None
    health = healths.get(name) if name is not None and not over else None
    verdict = health.verdicts.get(ability) if health and ability is not None else None
    if name is None or ability is None or verdict is None:
        return {"sentence": None, "checks": []}
    sentence = explain(name, ability, verdict, zone)
    return {"sentence": both(sentence), "checks": [check_shape(item) for item in verdict.items]}


def _edge_now(outage: Outage, edge: str, healths: Mapping[str, ChannelHealth]) -> Shape:
    seen = EdgeOutage(
        edge=edge, channels=outage.channels, own=(), since=outage.opened_at, evidence=""
    )
    checks = [
        {"channel": name, **check_shape(item)}
        for name in outage.channels
        if name in healths
        for verdict in healths[name].verdicts.values()
        for item in verdict.items
        if item.edge == edge
    ]
    return {"sentence": both(explain_edge(seen)), "checks": checks}


def both(sentence: Phrase) -> Shape:
    """Return a sentence in both languages."""
    return {"de": sentence.de, "en": sentence.en}


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
