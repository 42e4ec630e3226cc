"""A person's decisions: approving, never one's own, and confirming what is out."""

from dataclasses import replace

import pytest

from sentinel.domain.by_person import approved, confirmed
from sentinel.domain.cause import Cause
from sentinel.domain.delivery import DeliveryState, Receipt
from sentinel.domain.message import Message
from sentinel.errors import InputError
from tests.domain.course import NOON
from tests.domain.earlier import HOUR, link, on

WAITING = link(17, needs_approval=True)
AUTHOR, SECOND = "token:t1", "person:uid:1000"


def approve(message: Message, who: str, *, emergency: bool = False) -> Message:
    return approved(message, author=AUTHOR, who=who, emergency=emergency, at=NOON)


def refused(message: Message, who: str) -> int:
    with pytest.raises(InputError) as caught:
        approve(message, who)
    return caught.value.status


def test_a_second_person_approves() -> None:
    made = approve(WAITING, SECOND)

    assert (made.approved_by, made.approved_at) == (SECOND, NOON)
    assert not made.awaits_approval


def test_nobody_approves_their_own_message() -> None:
    assert refused(WAITING, AUTHOR) == 403


def test_in_an_emergency_the_author_may() -> None:
    assert approve(WAITING, AUTHOR, emergency=True).approved_by == AUTHOR


@pytest.mark.parametrize(
    "message",
    [
        link(17),
        replace(WAITING, approved_at=NOON),
        replace(WAITING, withdrawn_at=NOON),
        replace(WAITING, expires_at=NOON),
    ],
    ids=["needs none", "approved before", "withdrawn", "expired"],
)
def test_what_needs_no_approval_any_more_gets_none(message: Message) -> None:
    assert refused(message, SECOND) == 409
    assert refused(message, AUTHOR) == 409


@pytest.mark.parametrize(
    "state",
    [
        DeliveryState.PLANNED,
        DeliveryState.UNKNOWN,
        DeliveryState.AWAITING_PERSON,
        DeliveryState.MOVED,
        DeliveryState.REFUSED,
    ],
)
def test_a_persons_word_makes_a_delivery_live_but_not_seen(state: DeliveryState) -> None:
    before = replace(on(state), cause=Cause.UNREACHABLE)

    out = confirmed(before, who=SECOND, permalink="https://x.example/1", at=NOON + HOUR)

    assert (out.live, out.confirmed_by, out.since) == (True, SECOND, NOON + HOUR)
    assert (out.posted_at, out.read_back_at, out.public_at) == (None, None, None)
    assert out.receipt == Receipt(post_id="", permalink="https://x.example/1")
    assert out.cause is None


def test_an_address_is_not_needed() -> None:
    out = confirmed(on(DeliveryState.PLANNED), who=SECOND, permalink=None, at=NOON)

    assert (out.live, out.receipt) == (True, None)


@pytest.mark.parametrize(
    "state", [DeliveryState.PUBLISHING, DeliveryState.WITHDRAWN, DeliveryState.EXPIRED]
)
def test_what_is_under_way_or_over_is_not_confirmed(state: DeliveryState) -> None:
    with pytest.raises(InputError) as caught:
        confirmed(on(state), who=SECOND, permalink=None, at=NOON)

    assert caught.value.status == 409


def test_what_is_out_already_keeps_its_proof_and_gains_at_most_an_address() -> None:
    live = replace(on(DeliveryState.PUBLISHED), receipt=Receipt(post_id="7"), posted_at=NOON)

    again = confirmed(live, who=SECOND, permalink="https://x.example/7", at=NOON + HOUR)
    other = confirmed(again, who=SECOND, permalink="https://x.example/8", at=NOON + HOUR)

    assert again.receipt == Receipt(post_id="7", permalink="https://x.example/7")
    assert (again.confirmed_by, again.posted_at) == (None, NOON)
    assert other == again
