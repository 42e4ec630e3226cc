"""What every platform promises on its face in the simulator, fault by fault; new ones unasked.

The expectations of each stand in `members/`, one file a platform.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from sentinel.domain.delivery import (
    Accepted,
    NotSeen,
    ProvenAbsent,
    Unclear,
)
from sentinel.errors import InputError
from sentinel.platforms import Draft, platforms
from sentinel.simulator.faces import faces
from sentinel.simulator.kinds import Kind
from tests.platforms.faced import (
    Faced,
    Killed,
    ended,
    facing,
    killed_after,
    losing,
    now,
    published,
    warning,
)
from tests.platforms.members import members

FACED = [name for name, member in members().items() if member.face]
FAULTS = [(name, kind) for name in FACED for kind in members()[name].publish]
LOOKS = [(name, kind) for name in FACED for kind in members()[name].looks]
LIVE = ("accepted_then_error", "accepted_then_timeout")
SENT_LIVE = [(name, kind) for name, kind in FAULTS if kind in LIVE]

every_face = pytest.mark.parametrize("name", FACED)
every_posting_face = pytest.mark.parametrize(
    "name", [name for name in FACED if not platforms()[name].facts.by_hand]
)


@pytest.fixture
async def faced(name: str, tmp_path: Path) -> AsyncIterator[Faced]:
    async with facing(name, tmp_path) as met:
        yield met


def test_every_platform_has_a_face_or_a_reason_to_have_none() -> None:
    assert set(FACED) == set(faces())
    for name in set(platforms()) - set(FACED):
        assert members()[name].no_face_because


@every_face
def test_each_fault_that_its_face_can_show_has_an_expectation_here(name: str) -> None:
    member = members()[name]

    assert {kind.value for kind in faces()[name].kinds} == {*member.publish, *member.looks}


@every_face
async def test_a_fault_that_does_not_apply_to_it_is_an_error(faced: Faced) -> None:
    for kind in set(Kind) - faces()[faced.platform.name].kinds:
        with pytest.raises(InputError):
            faced.sim.faults.put(faced.platform.name, kind.value)


@every_posting_face
async def test_a_post_is_taken_and_every_look_finds_it_whole(faced: Faced) -> None:
    rendered = faced.render()

    outcome = await faced.publish(rendered)
    found = await faced.findings(published(rendered, outcome, now()))

    assert [post["text"] for post in faced.posts] == [
        faced.member.shows(rendered)
    ] * faced.member.parts
    assert all(post["visible"] for post in faced.posts)
    assert {cause for _, cause in found} <= {None}
    assert {ability for ability, _ in found} <= {
        str(each) for each in faced.platform.facts.abilities
    }


@pytest.mark.parametrize(("name", "kind"), FAULTS)
async def test_a_fault_ends_a_post_as_its_member_says(faced: Faced, kind: str) -> None:
    faced.fault(kind, **({"seconds": 0.1} if kind == "slow" else {}))

    outcome = await faced.publish(faced.render())

    assert ended(outcome) == faced.member.publish[kind]
    if not isinstance(outcome, Accepted | Unclear):
        assert faced.posts == []


@pytest.mark.parametrize(("name", "kind"), LOOKS)
async def test_a_fault_that_only_hides_or_cuts_a_post_is_found_by_a_look(
    faced: Faced, kind: str
) -> None:
    before = kind in {"accepted_not_live", "late_visible", "truncated"}
    rendered = faced.render()
    if before:
        faced.fault(kind, **({"seconds": 600} if kind == "late_visible" else {}))
    by_hand = faced.platform.facts.by_hand
    live = None if by_hand else published(rendered, await faced.publish(rendered), now())
    if not before:
        faced.fault(kind, **({"seconds": 0.1} if kind == "slow" else {}))

    found = await faced.findings(live)

    ability, cause = faced.member.looks[kind]
    assert (str(ability), cause) in found
    assert len(faced.posts) == faced.member.parts


@pytest.mark.parametrize(("name", "kind"), SENT_LIVE)
async def test_a_post_that_is_live_after_a_lost_answer_stays_the_only_one(
    faced: Faced, kind: str
) -> None:
    rendered = faced.render()
    faced.fault(kind)
    outcome = await faced.publish(rendered)
    faced.heal()

    looked = await faced.find(rendered)

    assert isinstance(outcome, Unclear | Accepted)
    assert isinstance(looked, faced.member.standing)
    if isinstance(looked, NotSeen) and looked.repeatable:
        assert isinstance(await faced.publish(rendered), Accepted)
    assert len(faced.posts) == 1


@every_posting_face
async def test_what_never_arrived_is_sent_again_only_where_that_is_certain(faced: Faced) -> None:
    rendered = faced.render()
    await faced.publish(rendered, losing)

    looked = await faced.find(rendered)

    assert isinstance(looked, faced.member.absent)
    again = isinstance(looked, ProvenAbsent) or looked.repeatable
    assert again == (faced.member.absent is ProvenAbsent or faced.member.repeatable)
    assert faced.posts == []
    if again:
        assert isinstance(await faced.publish(rendered), Accepted)
        assert len(faced.posts) == faced.member.parts


@every_posting_face
async def test_a_death_at_any_step_before_it_commits_costs_nothing_and_doubles_nothing(
    faced: Faced,
) -> None:
    rendered = faced.render()

    for steps in count(1):
        try:
            await faced.publish(rendered, lambda talk, last=steps: killed_after(last, talk))  # type: ignore[misc]
        except Killed as death:
            assert faced.posts == []
            if death.committing:
                break
        else:
            raise AssertionError("it posted without a step that commits")

    outcome = await faced.publish(rendered)
    if isinstance(outcome, Unclear):
        assert faced.member.parts > 1 or faced.member.absent is NotSeen
    else:
        assert isinstance(outcome, Accepted)
        assert len(faced.posts) == faced.member.parts


@every_face
async def test_a_rehearsal_finds_no_fault_and_leaves_nothing_that_anybody_sees(
    faced: Faced,
) -> None:
    steps = faced.platform.rehearse(faced.account)
    if steps is None:
        assert "rehearses" in faced.platform.facts.exempt
        return

    report = await faced.ask(steps)

    assert [each.cause for each in report.findings] == [None]
    assert faced.posts == []


@every_posting_face
@pytest.mark.parametrize("beyond", [-1, 0, 1], ids=["one less", "the limit", "one more"])
async def test_a_text_about_as_long_as_the_limit_is_taken_and_cut_only_beyond_it(
    faced: Faced, beyond: int
) -> None:
    longest = faced.member.fits or faced.render().limit
    rest = faced.render(warning("a")).length - 1
    text = faced.member.filler * (longest - rest + beyond)

    rendered = faced.render(warning(text))
    outcome = await faced.publish(rendered)

    assert isinstance(outcome, Accepted)
    assert faced.posts[0]["text"] == faced.member.shows(rendered)
    assert rendered.length <= rendered.limit
    if faced.member.measures:
        assert (rendered.length == longest + beyond, rendered.cut != ()) == (
            beyond <= 0,
            beyond > 0,
        )


@every_posting_face
async def test_its_face_refuses_a_text_beyond_the_limit(faced: Faced) -> None:
    if faced.member.too_long is None:
        pytest.skip("its server knows no limit")
    rendered = faced.render()
    over = faced.member.filler * (rendered.limit + 1)

    outcome = await faced.publish(faced.member.lengthen(rendered, over))

    assert ended(outcome) == faced.member.too_long
    assert faced.posts == []


@every_face
async def test_what_is_left_of_the_quota_falls_with_a_post(faced: Faced) -> None:
    if not faced.member.quota:
        assert "rate_limit_read" in faced.platform.facts.exempt
        return
    await faced.publish(faced.render())
    before = await left(faced)
    faced.memory.clear()  # which is the first delivery's

    await faced.publish(faced.render(another(warning("Es geht weiter."))))

    assert await left(faced) < before


@every_face
async def test_a_fresh_credential_serves_and_says_when_it_ends(faced: Faced) -> None:
    if faced.platform.refresh_credentials(faced.account) is None:
        assert faced.member.expires_in is None
        return
    session = await faced.renew()

    report = await faced.ask(faced.platform.check_credentials(faced.account))
    if not faced.platform.facts.by_hand:
        assert isinstance(await faced.publish(faced.render()), Accepted)

    if faced.member.expires_in is not None:
        assert session.expires_at is not None
        off = session.expires_at - now() - faced.member.expires_in
        assert abs(off.total_seconds()) < 60
    assert (report.expires_at == session.expires_at) or not faced.member.tells_expiry


async def left(faced: Faced) -> float:
    """Return what is left of the member's window, by what was stated since the last time."""
    await faced.findings(None)
    stated = [w.remaining for w in faced.windows if w.name == faced.member.quota]
    faced.windows.clear()
    known = [each for each in stated if each is not None]
    assert known, f"nothing stated {faced.member.quota}"
    return min(known)


def another(message: Draft) -> Draft:
    """Return a message that is not the same delivery."""
    return replace(message, delivery_id="0192f3a0-0000-7000-8000-000000000018")
