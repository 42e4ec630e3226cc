"""docs/promises.md names what proves each promise: every test that it names exists."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAPER = ROOT.joinpath("docs", "promises.md").read_text(encoding="utf-8")


def functions(file: Path) -> set[str]:
    """Return the names of the test functions in a file."""
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return {one.name for one in nodes if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAPER)

    assert [f"{file}::{name}" for file, name in named if name not in functions(ROOT / file)] == []


def test_every_promise_has_a_row_that_names_tests() -> None:
    rows = re.findall(r"^\| (\d) .+$", PAPER, re.MULTILINE)

    assert rows == list("123456789")
    assert all("::test_" in row for row in re.findall(r"^\| \d .+$", PAPER, re.MULTILINE))
