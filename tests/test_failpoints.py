"""Every failpoint of the code stands in docs/testing.md, and there are enough of them."""

import re

from tests.support.failpoints import NAMES, ROOT

ENOUGH = 40
PAPER = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")


def test_there_is_one_beside_every_commit_and_every_wait_that_matters() -> None:
    assert len(NAMES) >= ENOUGH


def test_every_failpoint_is_explained_and_no_other() -> None:
    _, _, rest = PAPER.partition("\n## Failpoints\n")
    section, _, _ = rest.partition("\n## ")
    explained = set(re.findall(r"`([a-z]+\.[a-z_]+)`", section))

    assert explained == set(NAMES)
