"""What chaos came to: a table of the last run, on the screen and in docs/promises.md.

python -m tests.chaos.report [--write]
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sentinel.app.clock import utc_now

ROOT = Path(__file__).parents[2]
PAPER = ROOT / "docs" / "promises.md"
BEGIN = "<!-- chaos: begin; written by `make chaos REPORT=1` -->"
END = "<!-- chaos: end -->"
NOTES = ROOT / "build" / "chaos.jsonl"

LOST = frozenset({"lost", "forgotten", "half_carried", "pretended", "unfollowed"})
TWICE = frozenset({"twice"})
LATE = frozenset({"late", "untimely"})

COLUMNS = (
    "nemesis",
    "engine",
    "runs",
    "messages",
    "attempts",
    "kills",
    "restarts",
    "troubles",
    "faults",
    "lost",
    "twice",
    "late",
    "other",
    "unknown",
)


def notes() -> Path:
    """Return the file to which every run adds a line."""
    return Path(os.environ.get("SENTINEL_CHAOS_NOTES", NOTES))


def noted(**facts: Any) -> None:
    """Add one run to the notes. Several processes may do so at once: a line is one write."""
    file = notes()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as out:
        out.write(json.dumps(facts) + "\n")


def table(runs: Iterable[dict[str, Any]]) -> list[str]:
    """Return the table of some runs: a row for each nemesis and engine, and their sum."""
    rows: dict[tuple[str, str], Counter[str]] = {}
    for run in runs:
        row = rows.setdefault((run["nemesis"], run["engine"]), Counter())
        row.update({name: run[name] for name in COLUMNS if isinstance(run.get(name), int)})
        row.update(map(_column, run["violations"]))
    total: Counter[str] = Counter()
    for row in rows.values():
        total.update(row)
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    named = [(*key, row) for key, row in sorted(rows.items())]
    for nemesis, engine, row in [*named, ("all", "", total)]:
        figures = (f"{row[name]:,}" for name in COLUMNS[2:])
        lines.append(f"| {nemesis} | {engine} | " + " | ".join(figures) + " |")
    return lines


def _column(rule: str) -> str:
    if rule in LOST:
        return "lost"
    if rule in TWICE:
        return "twice"
    return "late" if rule in LATE else "other"


def main(words: list[str]) -> int:
    """Print the table; with `--write`, put it into the docs."""
    if not notes().exists():
        print("No run was judged by its history.")
        return 0
    runs = [json.loads(line) for line in notes().read_text().splitlines()]
    lines = table(runs)
    print("\n".join(lines))
    bad = [run for run in runs if run["violations"]]
    for run in bad:
        print(f"{run['nemesis']}, {run['engine']}, seed {run['seed']}: {run['violations']}")
    if "--write" in words:
        text = PAPER.read_text(encoding="utf-8")
        before, _, rest = text.partition(BEGIN)
        _, _, after = rest.partition(END)
        said = f"Run on {utc_now():%Y-%m-%d}, with `make chaos REPORT=1`."
        block = "\n".join(["", "", said, "", *lines, "", ""])
        PAPER.write_text(f"{before}{BEGIN}{block}{END}{after}", encoding="utf-8")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
