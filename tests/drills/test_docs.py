"""docs/drills.md says everything that a drill may hold, and its example can be played."""

import re
from pathlib import Path

from sentinel.drills.run import find, names
from sentinel.drills.script import read_script
from sentinel.drills.shape import ACTIONS, CLAIMS, DrillFile

PAPER = Path(__file__).parents[2].joinpath("docs", "drills.md").read_text(encoding="utf-8")


def rows() -> set[str]:
    """Return the words in the first columns of the paper's tables."""
    cells = re.findall(r"^\| (.+?) \|", PAPER, re.MULTILINE)
    return {word for cell in cells for word in re.findall(r"`([\w-]+)`", cell)}


def test_the_example_is_a_drill_that_can_be_played() -> None:
    [example] = re.findall(r"```yaml\n(.*?)```", PAPER, re.DOTALL)

    assert read_script(example, file="docs/drills.md").drill.title.en


def test_every_key_step_and_expectation_has_a_row() -> None:
    assert {*ACTIONS, *CLAIMS, *DrillFile.model_fields} - rows() == set()


def test_every_drill_of_the_package_has_a_row_that_says_how_long_it_lasts() -> None:
    lasts = {drill.name: find(drill.name).drill.lasts for drill in names()}

    told = re.findall(r"^\| `([\w-]+)` \|.*\| (\d+) s \|$", PAPER, re.MULTILINE)

    assert dict(told) == {n: f"{t.total_seconds():.0f}" for n, t in lasts.items() if t}
