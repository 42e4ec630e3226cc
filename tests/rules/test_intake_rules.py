"""The intake folder in the rules: off unless named, and never silently useless or public."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sentinel.domain.rules import Approval, Rules
from sentinel.rules import read
from tests.rules.families import FAMILIES
from tests.rules.test_rules import LEAST, TELLS

BOARD = LEAST.replace("routes:", "  w: {platform: notice_board, directory: public}\nroutes:")


def judged(base: Path, text: str) -> tuple[Rules, list[str]]:
    """Return the rules, and what stands before the hint of each warning."""
    loaded = read(
        text + TELLS, file="r.yaml", base=base, env={"M": "t"}, families=FAMILIES, starting=False
    )
    said = [one.say("r.yaml", "en").split(": ", 1)[1] for one in loaded.warnings]
    return loaded.rules, [line.partition(" (")[0] for line in said]


def test_the_folder_is_relative_to_the_rules_file_and_four_eyes_look_unless_stated(
    tmp_path: Path,
) -> None:
    (tmp_path / "eingang").mkdir()

    found, warnings = judged(tmp_path, LEAST + "intake: {directory: eingang}\n")

    assert found.intake_directory == str(tmp_path / "eingang")
    assert found.intake_approval is Approval.FOUR_EYES
    assert warnings == []


def test_approval_can_be_none(tmp_path: Path) -> None:
    found, warnings = judged(tmp_path, LEAST + "intake: {approval: none}\n")

    assert found.intake_approval is Approval.NONE
    assert found.intake_directory is None
    assert warnings == []


def test_a_folder_that_is_missing_or_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "datei").write_text("")

    for name in ("fehlt", "datei"):
        _, warnings = judged(tmp_path, LEAST + f"intake: {{directory: {name}}}\n")

        assert warnings == [f"there is no folder {tmp_path}/{name}"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "eingang").mkdir(mode=0o500)

    _, warnings = judged(tmp_path, LEAST + "intake: {directory: eingang}\n")

    assert warnings == [f"Sentinel may not read and write in folder {tmp_path}/eingang"]


def test_a_folder_that_everybody_may_write_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "eingang").mkdir()
    (tmp_path / "eingang").chmod(0o777)

    _, warnings = judged(tmp_path, LEAST + "intake: {directory: eingang}\n")

    assert warnings == [f"everybody on this machine may write to folder {tmp_path}/eingang"]


@pytest.mark.parametrize("name", ["public", "public/eingang", "verweis"])
def test_a_folder_that_citizens_can_read_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "public" / "eingang").mkdir(parents=True)
    (tmp_path / "verweis").symlink_to(tmp_path / "public" / "eingang")

    _, warnings = judged(tmp_path, BOARD + f"intake: {{directory: {name}}}\n")

    assert warnings == ["the intake folder lies in the public folder of channel 'w'"]


def test_a_folder_beside_the_public_one_is_fine(tmp_path: Path) -> None:
    (tmp_path / "public-eingang").mkdir()

    assert judged(tmp_path, BOARD + "intake: {directory: public-eingang}\n")[1] == []
