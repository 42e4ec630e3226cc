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


def approve(
    message: Message, *who: str, author: tuple[str, ...] = (AUTHOR,), emergency: bool = False
) -> Message:
    return approved(message, author=author, who=who, emergency=emergency, at=NOON)


def refused(message: Message, *who: str, author: tuple[str, ...] = (AUTHOR,)) -> int:
    with pytest.raises(InputError) as caught:
        approve(message, *who, author=author)
    return caught.value.status


def test_a_second_person_approves() -> None:
    made = approve(WAITING, SECOND)

    assert (made.approved_by, made.approved_at) == (SECOND, NOON)
    assert not made.awaits_approval


def test_nobody_approves_their_own_message() -> None:
    assert refused(WAITING, AUTHOR) == 403


@pytest.mark.parametrize(
    ("author", "who"),
    [
        ((SECOND,), ("token:t2", SECOND)),
        ((SECOND,), ("token:t3", "token:t2", SECOND)),
        (("token:t2", SECOND), (SECOND,)),
        (("token:t3", "token:t2", SECOND), (SECOND,)),
        (("token:t2", SECOND), ("token:t3", "token:t2", SECOND)),
    ],
    ids=[
        "a token that the author made",
        "a token made with a token that the author made",
        "who made the author's token",
        "who made the token with which the author's was made",
        "a token that the author's token made",
    ],
)
def test_nobody_becomes_a_second_person_by_making_a_token(
    author: tuple[str, ...], who: tuple[str, ...]
) -> None:
    assert refused(WAITING, *who, author=author) == 403
    assert approve(WAITING, *who, author=author, emergency=True).approved_by == who[0]


@pytest.mark.parametrize(
    ("author", "who", "said"),
    [
        ((AUTHOR,), (AUTHOR,), "their own message"),
        ((SECOND,), ("token:t2", SECOND), "your token was made by the author"),
        (("token:t2", SECOND), (SECOND,), "you made the author's token"),
        (("token:t1",), ("person:uid:0",), "root may be anybody"),
    ],
)
def test_it_says_why_somebody_is_no_second_person_and_names_no_field(
    author: tuple[str, ...], who: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InputError) as caught:
        approve(WAITING, *who, author=author)

    assert said in caught.value.phrase.en
    assert "emergency," not in caught.value.phrase.en


def test_two_tokens_of_one_administrator_may_be_two_people() -> None:
    made = approve(WAITING, "token:t2", SECOND, author=("token:t1", SECOND))

    assert made.approved_by == "token:t2"


def test_root_is_nobodys_second_person_but_the_tokens_it_made_may_be() -> None:
    root = "person:uid:0"

    assert refused(WAITING, root) == 403
    assert approve(WAITING, root, emergency=True).approved_by == root
    assert approve(WAITING, "token:t2", root).approved_by == "token:t2"


def test_what_came_from_nobody_known_needs_somebody_who_is_known() -> None:
    assert approve(WAITING, SECOND, author=()).approved_by == SECOND


def test_in_an_emergency_the_author_may() -> None:
    assert approve(WAITING, AUTHOR, emergency=True).approved_by == AUTHOR


@pytest.mark.parametrize(
    "message",
    [
        link(17),
        replace(WAITING, approved_at=NOON),
        replace(WAITING, withdrawn_at=NOON),
        replace(WAITING, expires_at=NOON),
        replace(WAITING, superseded_at=NOON),
    ],
    ids=["needs none", "approved before", "withdrawn", "expired", "superseded"],
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
