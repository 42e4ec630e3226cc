"""Every drill of the package holds with the real daemon, and would notice if it did not.

A drill spends its time waiting, so several run at once; a few are one test, so
that two workers share them.
"""

import asyncio
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from sentinel.drills.judge import judge
from sentinel.drills.run import INCIDENTS, Rehearsal, find, rehearse
from sentinel.drills.script import Script
from sentinel.drills.show import Show
from tests.drills.small import environment
from tests.drills.turning import turned

TOGETHER = 7
DRILLS = sorted(path.stem for path in INCIDENTS.glob("*.yaml"))
FIFTEEN = {  # the scripts D1 to D15 of the facts on incidents, in their order
    "an-error-and-posted": "unclear-2025",
    "nothing-appears": "swallowed",
    "the-login-falls": "meta-login-2024",
    "one-token-is-revoked": "revoked",
    "a-whole-operator-is-gone": "meta-dns-2021",
    "our-own-line": "own-line",
    "it-defends-itself": "bluesky-2026",
    "we-cannot-read": "hamburg-2023",
    "readers-are-restricted": "nrw-2019",
    "a-gateway-refuses": "sms-refused",
    "an-edge-falls": "cloudflare-2025",
    "no-image-host": "image-host-gone",
    "a-container-is-lost": "container-lost",
    "our-clock-is-wrong": "clock-ahead",
    "a-fallback-is-late": "late-elsewhere",
}
GROUPS = [DRILLS[first : first + TOGETHER] for first in range(0, len(DRILLS), TOGETHER)]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: f"{group[0]}...{group[-1]}")
async def test_the_drills_of_the_package_hold_and_no_expectation_holds_turned_round(
    group: list[str], tmp_path: Path
) -> None:
    async with asyncio.TaskGroup() as playing:
        tasks = [playing.create_task(complaints(name, tmp_path)) for name in group]

    wrong = "\n\n".join(task.result() for task in tasks if task.result())
    assert not wrong, wrong


async def complaints(name: str, folder: Path) -> str:
    """Play a drill and return what is wrong with it: its whole course, or nothing."""
    script, out = find(name), StringIO()
    show = Show(Console(file=out, width=160), "de")
    rehearsal = await rehearse(script, show, env=environment(folder))
    if not rehearsal.held:
        show.verdict(rehearsal.judgements)
        return f"{name} does not hold\n{out.getvalue()}"
    wrong = list(wrongly_held(script, rehearsal))
    return f"{name} would hold turned round too: {wrong}" if wrong else ""


def wrongly_held(script: Script, rehearsal: Rehearsal) -> list[str]:
    """Return the expectations that hold turned round as well."""
    return [
        str(other.model_dump(exclude_none=True))
        for expectation in script.drill.expect
        for other in turned(expectation)
        if judge(other, rehearsal.course, rehearsal.scene).held
    ]


def test_each_of_the_fifteen_scripts_has_a_drill_of_its_own() -> None:
    assert len(set(FIFTEEN.values())) == 15
    assert set(FIFTEEN.values()) <= set(DRILLS)


def test_every_expectation_can_be_turned_round() -> None:
    untouched = [
        (name, expectation)
        for name in DRILLS
        for expectation in find(name).drill.expect
        if not list(turned(expectation))
    ]

    assert untouched == []


def test_no_drill_takes_longer_than_25_seconds_once_it_has_begun() -> None:
    lasts = {name: find(name).drill.lasts for name in DRILLS}

    assert all(long is not None and long.total_seconds() <= 25 for long in lasts.values())
