"""The walk in docs/adding-a-platform.md works as it is written, and the suites meet it unasked."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WALK = ROOT / "docs" / "adding-a-platform.md"
BLOCK = re.compile(r"^```python (platform|face|member)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HOMES = {"platform": "platforms", "face": "faces", "member": "members"}
PAPERS = "row_in_the_docs or test_of_its_own or page_that_says"  # the example has none


def written_out(folder: Path) -> list[Path]:
    """Write the page's code blocks where a contributor would put them."""
    files = []
    for name, code in BLOCK.findall(WALK.read_text(encoding="utf-8")):
        home = folder / HOMES[name]
        home.mkdir()
        files.append(home / "pager.py")
        files[-1].write_text(code, encoding="utf-8")
    return files


def test_the_example_of_the_walk_passes_the_suites_that_every_platform_passes(
    tmp_path: Path,
) -> None:
    files = written_out(tmp_path)

    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "tests.support.guest"),
            *("-p", "no:cacheprovider", "tests/platforms/test_every_platform.py"),
            *("tests/platforms/test_every_face.py", "tests/platforms/test_every_withdrawal.py"),
            *("-k", f"pager and not ({PAPERS})"),
        ],
        cwd=ROOT,
        env={**os.environ, "SENTINEL_GUESTS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert [file.parent.name for file in files] == ["platforms", "faces", "members"]
    assert run.returncode == 0, run.stdout[-3000:]
    assert int(re.findall(r"(\d+) passed", run.stdout)[0]) > 40


def test_the_example_keeps_the_rules_of_the_house(tmp_path: Path) -> None:
    files = written_out(tmp_path)

    checked = subprocess.run(
        [
            *(sys.executable, "-m", "ruff", "check", "--config", str(ROOT / "pyproject.toml")),
            *("--ignore", "INP001,ARG002,PLR2004", *map(str, files)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout
