"""A post that is still on its way looks the same on every platform: like one that says nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Delivery, DeliveryState, Rendered
from sentinel.domain.observation import Finding, Report
from sentinel.domain.verification import on_its_way
from sentinel.platforms import Published
from sentinel.service.look import settled
from tests.platforms.faced import Faced, facing, now, published
from tests.platforms.members import members

LATE = [name for name, member in members().items() if "late_visible" in member.looks]
SECOND = timedelta(seconds=1)


def standing(rendered: Rendered, posted_at: datetime) -> Delivery:
    """Return a live delivery of which nothing was seen yet."""
    return Delivery(
        id="d",
        message_id="m",
        channel="kanal",
        account="kanal",
        routes=("alle",),
        state=DeliveryState.PUBLISHED,
        rendered=rendered,
        planned_at=posted_at,
        due_at=posted_at,
        since=posted_at,
        posted_at=posted_at,
    )


async def looks(faced: Faced, live: Published) -> list[Report]:
    """Return what both looks at a post say."""
    platform, account = faced.platform, faced.account
    both = (platform.read_own(account, live), platform.see_as_citizen(account, live))
    return [await faced.ask(steps) for steps in both if steps is not None]


@pytest.mark.parametrize("name", LATE)
async def test_a_post_that_does_not_show_yet_is_held_against_nobody_for_twenty_seconds(
    name: str, tmp_path: Path
) -> None:
    async with facing(name, tmp_path) as faced:
        rendered = faced.render()
        faced.fault("late_visible", seconds=600)
        live = published(rendered, await faced.publish(rendered), now())

        reports = await looks(faced, live)

    post = standing(rendered, now())
    early = [settled(report, post, now() + 19 * SECOND) for report in reports]
    late = [settled(report, post, now() + 21 * SECOND) for report in reports]
    assert [each.cause for report, _ in early for each in report.findings if each.cause] == []
    assert any(again is not None for _, again in early)
    assert any(each.cause is Cause.NOT_VISIBLE for report, _ in late for each in report.findings)
    assert all(again is None for _, again in late)


def test_a_post_that_was_seen_once_is_not_on_its_way_any_more() -> None:
    rendered = Rendered(text="Bombe", key="k", length=5, limit=280)
    gone = Finding(ability=Ability.PUBLIC, cause=Cause.NOT_VISIBLE)

    post = standing(rendered, now())

    assert on_its_way(post, gone, now())
    assert not on_its_way(replace(post, public_at=now()), gone, now())


def test_a_wall_before_readers_is_told_at_once_however_new_the_post() -> None:
    rendered = Rendered(text="Bombe", key="k", length=5, limit=280)
    walled = Finding(ability=Ability.PUBLIC, cause=Cause.READER_RESTRICTED)
    not_embedded_yet = replace(walled, perhaps_late=True)

    post = standing(rendered, now())

    assert not on_its_way(post, walled, now())
    assert on_its_way(post, not_embedded_yet, now())
    assert not on_its_way(post, not_embedded_yet, now() + 21 * SECOND)
