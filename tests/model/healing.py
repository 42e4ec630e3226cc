"""When all heals: every message that is still valid must become live, or say honestly why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sentinel.domain.cause import Ability, State
from sentinel.domain.health import Verdict
from tests.model.house import GRACE_S
from tests.model.kept import Kept, Message
from tests.model.promises import Judge
from tests.model.rules import city
from tests.model.town import Town
from tests.model.world import Mood

ROUNDS, EACH_S = 12, 90.0


async def heal(town: Town, judge: Judge) -> None:
    """Have everything work again, wait for twenty minutes, and judge what came of it."""
    town.disarm()
    for node in town.nodes:
        if node.still:
            node.thaw()
    await town.quiet()
    town.world.moods.clear()
    town.world.late_s.clear()
    while town.world.calls:
        town.world.answer(0, Mood.TAKES)
    for post in town.world.posts:
        post.visible_from = min(post.visible_from, town.elapsed())
    for _, hesitation in town.world.waiting:
        hesitation.set()
    await town.wait(GRACE_S + 1)
    judge.look()
    rules = town.truth.rules
    await town.adopt(replace(city(), routes=(city().routes)) if not rules.routes else city())
    for name in list(town.truth.rules.channels):
        await town.release(name)
        await town.judge(
            name, {ability: _well(town) for ability in (Ability.PUBLISH, Ability.PUBLIC)}
        )
    await town.resume()
    await town.quiet()
    judge.look()
    for _ in range(ROUNDS):
        await town.wait(EACH_S)
        judge.look()
    kept = town.reader.read()
    for message in kept.messages.values():
        assert message.id in judge.ended or _came_to_a_good_end(town, message, kept), (
            f"no. {message.number} is {message.state} for ever: "
            f"{[(d.account, d.state) for d in kept.of(message)]}"
        )
    async with town.storage.read() as view:
        verified = await view.verify_journal()
    assert verified.ok, f"the journal breaks at {verified.first_bad}"


def _well(town: Town) -> Verdict:
    return Verdict(state=State.UP, cause=None, evidence="", since=town.now())


def _came_to_a_good_end(town: Town, message: Message, kept: Kept) -> bool:
    if message.stopped or town.now() >= message.expires_at - timedelta(seconds=EACH_S):
        return True
    match message.state:
        case "live":
            return True
        case "awaiting_approval":
            return message.awaits_approval
        case "scheduled":
            return message.not_before is not None and town.now() < message.not_before
        case "stranded":  # only where it cannot be known, or the text was refused
            states = {delivery.state for delivery in kept.of(message)}
            return bool(states & {"unknown", "refused"})
        case _:
            return False
