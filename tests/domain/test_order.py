"""The order of a chain: as accepted, but an all-clear that waits lets an update pass."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sentinel.domain.cause import Severity
from sentinel.domain.message import Kind, Message, MessageState
from sentinel.domain.order import Link, in_order
from tests.domain.course import NOON
from tests.domain.earlier import ALERT, link

MINUTE = timedelta(minutes=1)
ALARM: Link = (link(17), MessageState.LIVE)


def all_clear(number: int = 18, *after: str, **more: Any) -> Message:
    return link(number, kind=Kind.ALL_CLEAR, references=after or ("m17",), **more)


def update(number: int, *after: str, **more: Any) -> Message:
    return link(number, kind=Kind.UPDATE, references=after, **more)


def follows(links: list[Link]) -> dict[str, tuple[str, ...]]:
    return {one.id: one.references for one, _ in in_order(links, NOON)}


def test_an_all_clear_that_awaits_approval_comes_after_the_update_that_took_effect() -> None:
    waiting = (all_clear(needs_approval=True), MessageState.AWAITING_APPROVAL)
    took = (update(19, "m17", "m18"), MessageState.ACCEPTED)

    after = follows([ALARM, waiting, took])

    assert after == {"m17": (), "m19": ("m17",), "m18": ("m17", "m19")}
    assert list(after) == ["m17", "m19", "m18"]


def test_it_goes_where_the_update_goes_and_as_gravely() -> None:
    ending = all_clear(needs_approval=True, routes=("wasser",))
    ending = replace(ending, effective_severity=Severity.MODERATE)
    took = update(19, "m17", "m18", routes=("katastrophe",))

    *_, (last, _) = in_order(
        [ALARM, (ending, MessageState.AWAITING_APPROVAL), (took, MessageState.LIVE)], NOON
    )

    assert last.routes == ("wasser", "katastrophe")
    assert last.effective_severity is Severity.SEVERE


def test_two_updates_that_took_effect_keep_their_order_before_it() -> None:
    waiting = (all_clear(needs_approval=True), MessageState.AWAITING_APPROVAL)
    first = (update(19, "m17", "m18"), MessageState.ACCEPTED)
    second = (update(20, "m17", "m18", "m19"), MessageState.ACCEPTED)

    after = follows([ALARM, waiting, first, second])

    assert after["m20"] == ("m17", "m19")
    assert after["m18"] == ("m17", "m19", "m20")


def test_an_all_clear_in_effect_gives_way_to_a_later_update() -> None:
    ended = (all_clear(), MessageState.LIVE)
    took = (update(19, "m17", "m18"), MessageState.ACCEPTED)

    assert follows([ALARM, ended, took])["m19"] == ("m17", "m18")


def test_an_all_clear_that_took_effect_before_the_clock_was_set_back_lets_nothing_pass() -> None:
    ending = all_clear(content=replace(ALERT, not_before=NOON + MINUTE))
    took = (update(19, "m17", "m18"), MessageState.ACCEPTED)

    for state in (MessageState.ACCEPTED, MessageState.STRANDED, MessageState.LIVE):
        assert follows([ALARM, (ending, state), took])["m19"] == ("m17", "m18")
    assert follows([ALARM, (ending, MessageState.SCHEDULED), took])["m19"] == ("m17",)


def test_an_update_that_waits_does_not_come_before_it() -> None:
    waiting = (all_clear(needs_approval=True), MessageState.AWAITING_APPROVAL)
    later = (update(19, "m17", "m18", needs_approval=True), MessageState.AWAITING_APPROVAL)

    assert follows([ALARM, waiting, later])["m19"] == ("m17", "m18")


def test_of_two_that_became_due_unseen_the_later_moment_is_the_later_link() -> None:
    def due(minutes: int) -> Any:
        return replace(ALERT, not_before=NOON - minutes * MINUTE)

    took = (update(19, "m17", "m18", content=due(5)), MessageState.SCHEDULED)
    after_it = (all_clear(content=due(2)), MessageState.SCHEDULED)
    before_it = (all_clear(content=due(8)), MessageState.SCHEDULED)

    assert follows([ALARM, after_it, took])["m18"] == ("m17", "m19")
    assert follows([ALARM, before_it, took])["m19"] == ("m17", "m18")


def test_what_is_over_waits_for_nothing() -> None:
    took = (update(19, "m17", "m18"), MessageState.ACCEPTED)

    for over in (
        all_clear(needs_approval=True, withdrawn_at=NOON),
        all_clear(needs_approval=True, superseded_at=NOON),
        all_clear(needs_approval=True, expires_at=NOON),
    ):
        links = [ALARM, (over, MessageState.AWAITING_APPROVAL), took]
        assert follows(links)["m19"] == ("m17", "m18")
