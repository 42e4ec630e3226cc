"""Prometheus metrics, gathered from the board and the storage when asked.

Nothing here is counted twice: what is on disk is read from disk, and the few
counters that are not live with the part that counts.
"""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from sentinel import __version__
from sentinel.domain.cause import State
from sentinel.domain.delivery import DeliveryState
from sentinel.domain.message import MessageState
from sentinel.service.budgets import quota_shapes
from sentinel.service.notify import READER
from sentinel.service.parts import Parts
from sentinel.service.webhooking import CURSORS
from sentinel.storage.view import View

_VALUES = {State.UNKNOWN: 0, State.DOWN: 1, State.DEGRADED: 2, State.UP: 3}


class _Gathered:
    """Metrics that were gathered beforehand: the client library collects synchronously."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = tuple(metrics)

    def collect(self) -> Iterable[Metric]:
        return self._metrics


async def exposition(parts: Parts) -> bytes:
    """Return all metrics in Prometheus' text format."""
    async with parts.storage.read() as view:
        stored = await _stored(parts, view)
    registry = CollectorRegistry()
    registry.register(_Gathered([*stored, *_board(parts), *parts.watcher.tally.metrics()]))
    return generate_latest(registry)


def _board(parts: Parts) -> Iterable[Metric]:
    board = parts.board
    states = GaugeMetricFamily(
        "sentinel_channel_state",
        "State of an ability: 0 unknown, 1 down, 2 degraded, 3 up",
        labels=["channel", "ability"],
    )
    for name, view in board.views().items():
        for ability, verdict in view.verdicts.items():
            states.add_metric([name, ability], _VALUES[verdict.state])
    yield states
    uplinks = GaugeMetricFamily(
        "sentinel_uplink_up", "1 while our own line works", labels=["vantage"]
    )
    uplinks.add_metric([parts.node], 0 if board.lost_uplinks else 1)
    yield uplinks
    told = CounterMetricFamily(
        "sentinel_notifications", "Notifications tried", labels=["contact", "result"]
    )
    for (contact, result), count in parts.notifier.results.items():
        told.add_metric([contact, result], count)
    yield told
    yield from _machines(parts)
    build = GaugeMetricFamily("sentinel_build_info", "Version", labels=["version"])
    build.add_metric([__version__], 1)
    yield build


def _machines(parts: Parts) -> Iterable[Metric]:
    """Return what came of the dead man's switch, and of alerting chains."""
    beats = CounterMetricFamily(
        "sentinel_heartbeats", "Signs of life to the dead man's switch", labels=["result"]
    )
    for outcome, count in parts.beats.results.items():
        beats.add_metric([outcome], count)
    yield beats
    posts = CounterMetricFamily(
        "sentinel_outputs", "Calls of alerting chains", labels=["output", "result"]
    )
    for (output, result), count in parts.outputs.results.items():
        posts.add_metric([output, result], count)
    yield posts


async def _stored(parts: Parts, view: View) -> list[Metric]:
    deliveries = GaugeMetricFamily("sentinel_deliveries", "Deliveries", labels=["state"])
    by_state = await view.deliveries_by_state()
    for state in DeliveryState:
        deliveries.add_metric([state], by_state.get(state, 0))
    stranded = await view.count_messages(MessageState.STRANDED)
    lag = GaugeMetricFamily("sentinel_journal_lag", "Entries not yet read", labels=["reader"])
    head = await view.journal_head()
    lag.add_metric([READER], head - await view.cursor(READER))
    for output in parts.board.rules.staff.outputs:
        reader = CURSORS + output.name
        if (place := parts.outputs.places.get(reader)) is not None:
            lag.add_metric([reader], head - max(place, await view.cursor(reader)))
    quota = GaugeMetricFamily(
        "sentinel_quota_remaining_ratio",
        "Share of a rate limit that is left",
        labels=["channel", "window"],
    )
    expiries = await view.credential_expiries()
    quotas = await quota_shapes(view, parts.board, parts.ledger)
    expiry = GaugeMetricFamily(
        "sentinel_credential_expires_timestamp_seconds",
        "When a credential expires",
        labels=["channel"],
    )
    for name, channel in parts.board.rules.channels.items():
        for window in quotas[name]:
            if window["remaining"] is not None and window["limit"] > 0:
                quota.add_metric([name, window["name"]], window["remaining"] / window["limit"])
        if channel.account in expiries:
            expiry.add_metric([name], expiries[channel.account].timestamp())
    return [
        deliveries,
        GaugeMetricFamily(
            "sentinel_outages_open", "Open outages", value=await view.count_open_outages()
        ),
        GaugeMetricFamily("sentinel_messages_stranded", "Stranded messages", value=stranded),
        lag,
        quota,
        expiry,
    ]
