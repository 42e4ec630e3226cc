"""The commands that the demo prints work from any folder."""

import sys
from pathlib import Path

import pytest

from sentinel.drills.demo import _command


def test_the_program_is_named_by_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "my tools" / "sentinel"
    program.parent.mkdir()
    program.touch()
    monkeypatch.chdir(tmp_path)

    assert _command("my tools/sentinel") == f"'{program}'"


def test_the_module_is_called_with_this_very_python(tmp_path: Path) -> None:
    called = _command(str(tmp_path / "sentinel" / "__main__.py"))

    assert called == f"{sys.executable} -m sentinel"
