"""The platform's own word is passed on as it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

import probes
from probes import Aim
from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Finding, Report, Window

MIDNIGHT = datetime(2026, 1, 16, tzinfo=UTC)


async def test_a_complaint_about_publish_stays_alone(
    aim_at: Callable[..., Aim], table: Any
) -> None:
    said = Report(
        findings=(Finding(ability=Ability.PUBLISH, cause=Cause.RATE_LIMITED, until=MIDNIGHT),),
        windows=(Window(name="posts", limit=300, remaining=0, resets_at=MIDNIGHT),),
    )

    assert await probes.probes()["quota"].run(aim_at(said), table()) == said


async def test_a_hidden_post_is_told_beside_a_good_credential(
    aim_at: Callable[..., Aim], table: Any
) -> None:
    hidden = Finding(ability=Ability.PUBLIC, cause=Cause.NOT_VISIBLE, evidence="404")

    report = await probes.probes()["visibility"].run(aim_at(Report(findings=(hidden,))), table())

    assert report.findings[0] == hidden
    assert [(f.ability, f.cause, f.proves) for f in report.findings[1:]] == [
        (Ability.PUBLISH, None, False)
    ]


@pytest.mark.parametrize("name", ["read_back", "visibility"])
async def test_the_latest_post_is_what_is_looked_for(
    aim_at: Callable[..., Aim], table: Any, name: str
) -> None:
    aim = aim_at(Report())

    await probes.probes()[name].run(aim, table())

    assert vars(aim.platform)["last"] == [aim.last]
