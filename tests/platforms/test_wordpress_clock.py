"""A WordPress that dates our post ahead: noticed, put right, and never called published before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Accepted, NotSeen, Unclear
from tests.platforms.faced import Faced, facing, now, warning


@pytest.fixture
async def faced(tmp_path: Path) -> AsyncIterator[Faced]:
    async with facing("wordpress", tmp_path) as met:
        yield met


async def test_a_daemon_whose_clock_is_three_minutes_fast_posts_at_once_all_the_same(
    faced: Faced,
) -> None:
    rendered = faced.render(replace(warning(), at=now() + timedelta(minutes=3)))

    outcome = await faced.publish(rendered)

    assert isinstance(outcome, Accepted)
    assert [post["visible"] for post in faced.posts] == [True]


async def test_what_is_dated_ahead_is_unclear_until_the_site_says_published(faced: Faced) -> None:
    rendered = faced.render()
    faced.fault("late_visible", seconds=180)

    outcome = await faced.publish(rendered)
    looked = await faced.find(rendered)
    hidden = [post["visible"] for post in faced.posts]
    faced.heal()
    again = await faced.publish(rendered)

    assert outcome == Unclear(Cause.NOT_VISIBLE, "HTTP 200, status future")
    assert looked == NotSeen("status future", repeatable=True)
    assert hidden == [False]
    assert isinstance(again, Accepted)
    assert [post["visible"] for post in faced.posts] == [True]
