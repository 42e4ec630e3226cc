"""Threads: after a lost answer the container says whether the post is out."""

from __future__ import annotations

from typing import Any

import pytest

from sentinel.domain.delivery import (
    Found,
    NotSeen,
    ProvenAbsent,
    Receipt,
)
from sentinel.platforms.threads import PLATFORM
from sentinel.wire import Lost
from tests.platforms.talk import NOON, Answer, account, draft, lost, page, said, talk

ACCOUNT = account(
    "https://graph.threads.net",
    "https://graph.threads.com",
    {"access_token": "t0ken"},
    user_id="77",
)
RENDERED = PLATFORM.render(draft(), ACCOUNT)
LINK = "https://www.threads.com/@stadt/post/Dx"
POST = {"id": "180", "permalink": LINK, "text": RENDERED.text}
RECEIPT = Receipt(post_id="180", permalink=LINK)
NONE = said(200, {"data": []})
KEPT = {"container": "170"}


def state(word: str, **more: str) -> Answer:
    return said(200, {"id": "170", "status": word} | more)


def error(code: int, subcode: int | None = None, status: int = 400, **headers: str) -> Answer:
    inner: dict[str, Any] = {"message": "x", "code": code, "is_transient": False}
    if subcode is not None:
        inner["error_subcode"] = subcode
    return said(status, {"error": inner}, **headers)


NOT_FOUND = error(24, 4279009)


def test_the_container_itself_says_whether_a_lost_call_worked() -> None:
    since = NOON
    posts = said(200, {"data": [POST]})

    out = talk(PLATFORM.find(ACCOUNT, RENDERED, KEPT, since), state("PUBLISHED"), posts)
    late = talk(PLATFORM.find(ACCOUNT, RENDERED, KEPT, since), state("PUBLISHED"), NONE)
    waiting = talk(PLATFORM.find(ACCOUNT, RENDERED, KEPT, since), state("FINISHED"))
    dead = talk(PLATFORM.find(ACCOUNT, RENDERED, KEPT, since), state("EXPIRED"))
    never = talk(PLATFORM.find(ACCOUNT, RENDERED, {}, since))

    assert out.value == Found(RECEIPT)
    assert out.requests[1].params["since"] == str(int(NOON.timestamp()) - 60)
    assert isinstance(late.value, NotSeen)
    assert waiting.value == ProvenAbsent("container FINISHED")
    assert waiting.remembered == {}
    assert dead.value == ProvenAbsent("container EXPIRED")
    assert dead.remembered == {"container": ""}
    assert never.value == ProvenAbsent("no container")


@pytest.mark.parametrize("answer", [page(502), error(190), NOT_FOUND, state("IN_PROGRESS")])
def test_a_container_that_says_nothing_leaves_it_open(answer: Answer) -> None:
    told = talk(PLATFORM.find(ACCOUNT, RENDERED, KEPT, NOON), answer, NONE)
    seen = talk(PLATFORM.find(ACCOUNT, RENDERED, KEPT, NOON), answer, said(200, {"data": [POST]}))

    assert isinstance(told.value, NotSeen)
    assert not told.value.repeatable
    assert seen.value == Found(RECEIPT)


def test_the_loss_of_the_publishing_call_is_left_to_the_driver() -> None:
    with pytest.raises(Lost) as caught:
        talk(PLATFORM.publish(ACCOUNT, RENDERED, KEPT), state("FINISHED"), lost())

    assert caught.value.committed


def test_the_loss_of_the_container_call_is_no_doubt() -> None:
    with pytest.raises(Lost) as caught:
        talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), lost())

    assert not caught.value.committed
