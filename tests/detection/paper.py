"""What a run came to: a table, and a picture of how often each time was seen."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log10
from pathlib import Path
from typing import Any

from tests.bench.plots import WIDTH, svg, text

EVERY_S, TIMEOUT_S, RECHECK_S = 10, 8, 2
FIGURES = {
    "refused": EVERY_S + 6,
    "error": EVERY_S + 6,
    "silent": EVERY_S + 3 * TIMEOUT_S + 2 * RECHECK_S + 2,
}
"""Until the channel is down and staff are told, in seconds."""

KINDS = {
    "refused": "connection reset",
    "error": "answers with an error",
    "silent": "accepts the connection and never answers",
}
WATCHERS = {
    "ours": "Sentinel (10 s, fall 3, recheck 2 s)",
    "at_once": "Prometheus, default timings, no `for`",
    "after_5m": "Prometheus, default timings, `for: 5m`",
}
BEGIN = "<!-- figures: begin; written by `make detection ARGS=--write` -->"
END = "<!-- figures: end -->"

_INKS = {"ours": "#2a78c0", "at_once": "#b35900", "after_5m": "#8a3fa0"}
_LEFT, _PLOT, _HEIGHT = 40, WIDTH - 80, 110
_FROM_S, _TO_S, _BINS = 1.0, 600.0, 72  # the picture's width is a logarithm of seconds
_MARKS_S = (1, 2, 5, 10, 20, 60, 120, 300, 600)

Run = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One outage: of whom, what it looks like, and when it begins."""

    account: str
    kind: str
    after_s: float


def table(run: Run) -> list[str]:
    """Return the figures as lines of Markdown."""
    lines = [
        "| outage | watched by | until | n | median | 95 % within | worst | figure | above it |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for kind, outage in KINDS.items():
        for watcher, until, times in _rows(run, kind):
            figure = FIGURES[kind] if watcher == "ours" else None
            above = sum(time > figure for time in times) if figure else None
            cells = [
                outage,
                WATCHERS[watcher],
                "verdict" if until == "down" else "staff are told",
                f"{len(times)}",
                *(f"{value:.1f} s" for value in _quantiles(times)),
                f"{figure} s" if figure else "–",
                f"{above}" if above is not None else "–",
            ]
            lines.append("| " + " | ".join(cells) + " |")
    missed = {watcher: _missed(run, watcher) for watcher in run["seconds"]}
    early = {watcher: seen["early"] for watcher, seen in run["seconds"].items()}
    counted = (
        f"Outages: {run['each']} of each kind in {run['window_s']:.0f} s, seed {run['seed']}. "
        f"Never noticed: {_listed(missed)}. Alarms before the fault: {_listed(early)}. "
        f"Load of the machine: {run['load'][0]} before, {run['load'][1]} after."
    )
    return [*lines, "", counted]


def write(docs: Path, run: Run) -> None:
    """Put the table into `detection.md`, and draw the picture."""
    paper = docs / "detection.md"
    head, _, rest = paper.read_text(encoding="utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    body = "\n".join([BEGIN, "", *table(run), "", END])
    paper.write_text(f"{head}{body}{tail}", encoding="utf-8")
    (docs / "plots" / "detection.svg").write_text(picture(run), encoding="utf-8")


def picture(run: Run) -> str:
    """Return a histogram for each kind of outage: from the fault until staff are told."""
    parts = [
        text(
            16, 26, "From the outage until staff are told (logarithmic; tick: our figure)", "title"
        )
    ]
    for row, (watcher, name) in enumerate(WATCHERS.items()):
        if watcher in run["seconds"]:
            y = 50 + row * 18
            parts.append(
                f'<rect x="16" y="{y - 10}" width="11" height="11" fill="{_INKS[watcher]}"/>'
            )
            parts.append(text(34, y, name.replace("`", "")))
    top = 110.0
    for kind, said in KINDS.items():
        parts += _histogram(run, kind, said, top)
        top += _HEIGHT + 62
    return svg(int(top), parts)


def _histogram(run: Run, kind: str, said: str, top: float) -> Iterator[str]:
    ground = top + 18 + _HEIGHT
    yield text(_LEFT, top + 8, said)
    counted = {
        watcher: _counted(_of(kind, seen["told"])) for watcher, seen in run["seconds"].items()
    }
    most = max((max(bins.values(), default=0) for bins in counted.values()), default=0) or 1
    for mark in _MARKS_S:
        x = _x(mark)
        yield f'<path class="grid" d="M{x:.1f} {top + 18}V{ground}"/>'
        yield text(
            x, ground + 16, f"{mark} s" if mark < 60 else f"{mark // 60} min", "faint", "middle"
        )
    wide = _PLOT / _BINS
    for watcher, bins in counted.items():
        for bar, count in bins.items():
            high = count / most * (_HEIGHT - 4)
            x, y = _LEFT + bar * wide, ground - high
            yield (
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide - 1:.1f}" '
                f'height="{high:.1f}" fill="{_INKS[watcher]}" fill-opacity="0.85"/>'
            )
    yield f'<path class="aim" d="M{_x(FIGURES[kind]):.1f} {top + 14}V{ground}"/>'
    yield f'<path class="grid" d="M{_LEFT} {ground}h{_PLOT}"/>'


def _counted(times: Sequence[float]) -> dict[int, int]:
    bins: dict[int, int] = {}
    for time in times:
        share = (_x(time) - _LEFT) / _PLOT
        bar = min(max(int(share * _BINS), 0), _BINS - 1)
        bins[bar] = bins.get(bar, 0) + 1
    return bins


def _x(seconds: float) -> float:
    return _LEFT + log10(max(seconds, _FROM_S) / _FROM_S) / log10(_TO_S / _FROM_S) * _PLOT


def _rows(run: Run, kind: str) -> Iterator[tuple[str, str, list[float]]]:
    for watcher, seen in run["seconds"].items():
        for until in ("down", "told"):
            if until in seen:
                yield watcher, until, _of(kind, seen[until])


def _of(kind: str, times: Mapping[str, float]) -> list[float]:
    return sorted(time for name, time in times.items() if name.startswith(kind))


def _quantiles(times: Sequence[float]) -> list[float]:
    if not times:
        return [float("nan")] * 3
    return [times[len(times) // 2], times[int(len(times) * 0.95)], times[-1]]


def _missed(run: Run, watcher: str) -> list[str]:
    noticed = sum(len(_of(kind, run["seconds"][watcher]["told"])) for kind in KINDS)
    return [watcher] * (run["each"] * len(KINDS) - noticed)


def _listed(names: Mapping[str, Sequence[str]]) -> str:
    return ", ".join(f"{watcher} {len(which)}" for watcher, which in names.items())
