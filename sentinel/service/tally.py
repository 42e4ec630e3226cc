"""Counters of this process: what was checked and tried, and how long it took."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, Metric

_CLOCKS = 1000  # failed posts without a successor, at most
_CHECK_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LATE_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30)
_FAILOVER_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_DETECTION_BUCKETS = (0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 300)


class Tally:
    """What this process has counted since it started."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._checks: Counter[tuple[str, str, str]] = Counter()
        self._attempts: Counter[tuple[str, str]] = Counter()
        self._failed: dict[str, tuple[str, float]] = {}  # message -> channel, and when it failed
        self._check_seconds = Histogram(
            "sentinel_check_seconds",
            "How long a check took",
            ["probe"],
            buckets=_CHECK_BUCKETS,
            registry=registry,
        )
        self._late = Histogram(
            "sentinel_check_lateness_seconds",
            "How long after its moment a check began",
            ["probe"],
            buckets=_LATE_BUCKETS,
            registry=registry,
        )
        self._failover = Histogram(
            "sentinel_failover_seconds",
            "From a failed post to the first attempt on the next channel",
            buckets=_FAILOVER_BUCKETS,
            registry=registry,
        )
        self._detection = Histogram(
            "sentinel_detection_seconds",
            "From the first failed check to the verdict",
            buckets=_DETECTION_BUCKETS,
            registry=registry,
        )
        self._registry = registry
        self._children: dict[tuple[Histogram, str], Histogram] = {}  # finding them anew is slow

    def checked(self, channel: str, probe: str, result: str, seconds: float) -> None:
        """Count one run of a probe."""
        self._checks[channel, probe, result] += 1
        self._of_probe(self._check_seconds, probe).observe(seconds)

    def began(self, probe: str, late_s: float) -> None:
        """Take how long after its planned moment a check began."""
        self._of_probe(self._late, probe).observe(late_s)

    def _of_probe(self, histogram: Histogram, probe: str) -> Histogram:
        child = self._children.get((histogram, probe))
        if child is None:
            child = self._children[histogram, probe] = histogram.labels(probe)
        return child

    def attempted(self, platform: str, outcome: str) -> None:
        """Count one attempt."""
        self._attempts[platform, outcome] += 1

    def fails(self, message: str, channel: str) -> None:
        """Start the clock: a post failed, and the next channel should have it."""
        while len(self._failed) >= _CLOCKS:
            self._failed.pop(next(iter(self._failed)))
        self._failed.setdefault(message, (channel, _now()))

    def starts(self, message: str, channel: str) -> None:
        """Stop the clock when the next channel's attempt begins."""
        failed = self._failed.get(message)
        if failed is not None and failed[0] != channel:
            self._failover.observe(_now() - failed[1])
            del self._failed[message]

    def detected(self, seconds: float) -> None:
        """Take the time from the first failed check to the verdict."""
        self._detection.observe(seconds)

    def metrics(self) -> Iterable[Metric]:
        """Return everything counted, as metrics."""
        checks = CounterMetricFamily(
            "sentinel_checks", "Checks run", labels=["channel", "probe", "result"]
        )
        for labels, count in self._checks.items():
            checks.add_metric(list(labels), count)
        attempts = CounterMetricFamily(
            "sentinel_attempts", "Attempts made", labels=["platform", "outcome"]
        )
        for pair, count in self._attempts.items():
            attempts.add_metric(list(pair), count)
        return [checks, attempts, *self._registry.collect()]


def _now() -> float:
    return asyncio.get_running_loop().time()
