"""Threads: the container is the key, and it is on disk before it is published."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    Outcome,
    Receipt,
    Refused,
    Scope,
    Throttled,
    Unclear,
)
from sentinel.platforms.threads import PLATFORM
from sentinel.wire import Remember, Request
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
MADE = said(200, {"id": "170"})
OUT = said(200, {"id": "180"})
SHOWN = said(200, POST)
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


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("ä" * 500, 500),
        ("a" * 496 + "🚨", 500),
        ("a" * 497 + "🚨", 501),
        ("a" * 494 + "⚠️", 500),
        ("🚨" * 125, 500),
        ("🚨" * 126, 504),
        ("🇩🇪", 8),
        ("1️⃣", 7),
        ("👩🏽‍🚒", 15),
        ("👨‍👩‍👧‍👦", 25),
    ],
)
def test_emoji_count_as_their_bytes(text: str, length: int) -> None:
    assert PLATFORM.length(text) == length


def test_ten_of_the_five_hundred_are_left() -> None:
    sentence = "Bitte verlassen Sie das Gebiet jetzt. "

    rendered = PLATFORM.render(draft(text=sentence * 30), ACCOUNT)

    assert rendered.limit == 500
    assert 450 < rendered.length <= 490


def test_too_many_links_are_warned_of() -> None:
    links = " ".join(f"https://example.org/{number}" for number in range(4))

    assert PLATFORM.render(draft(text=links), ACCOUNT).warnings == ("links: 4 > 3",)


def test_the_container_is_on_disk_before_it_is_published() -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), MADE, state("FINISHED"), OUT, SHOWN)

    assert told.value == Accepted(receipt=RECEIPT, evidence="HTTP 200")
    assert told.asked == [
        "POST /v1.0/77/threads",
        "GET /v1.0/170",
        "POST /v1.0/77/threads_publish",
        "GET /v1.0/180",
    ]
    assert [each.commits for each in told.requests] == [False, False, True, False]
    assert told.requests[0].form == {"media_type": "TEXT", "text": RENDERED.text}
    assert told.requests[2].form == {"creation_id": "170"}
    kept = told.steps.index(Remember(name="container", value="170"))
    sent = next(
        number
        for number, step in enumerate(told.steps)
        if isinstance(step, Request) and step.commits
    )
    assert kept < sent


def test_the_token_is_in_a_header_and_in_no_address() -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), MADE, state("FINISHED"), OUT, SHOWN)

    assert {each.headers["Authorization"] for each in told.requests} == {"Bearer t0ken"}
    assert not any("t0ken" in f"{each.url}{each.params}" for each in told.requests)


def test_a_remembered_container_is_published_and_no_second_one_made() -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, KEPT), state("FINISHED"), OUT, SHOWN)

    assert isinstance(told.value, Accepted)
    assert "POST /v1.0/77/threads" not in told.asked


def test_a_remembered_container_that_is_out_already_is_not_published_again() -> None:
    told = talk(
        PLATFORM.publish(ACCOUNT, RENDERED, KEPT), state("PUBLISHED"), said(200, {"data": [POST]})
    )
    unlisted = talk(PLATFORM.publish(ACCOUNT, RENDERED, KEPT), state("PUBLISHED"), NONE)

    assert told.value == Accepted(receipt=RECEIPT, evidence="found among own posts")
    assert isinstance(unlisted.value, Unclear)


def test_what_has_no_status_is_a_post_that_is_out_and_not_a_refusal() -> None:
    no_status = error(100)  # "Tried accessing nonexisting field (status)", recorded
    posts = said(200, {"data": [POST]})

    out = talk(PLATFORM.publish(ACCOUNT, RENDERED, KEPT), no_status, posts)
    late = talk(PLATFORM.publish(ACCOUNT, RENDERED, KEPT), no_status, NONE)

    assert isinstance(out.value, Accepted)
    assert out.value.receipt == RECEIPT
    assert isinstance(late.value, Unclear)
    assert not any(each.commits for each in out.requests + late.requests)


def test_a_container_in_the_making_is_waited_for() -> None:
    making = state("IN_PROGRESS")

    told = talk(
        PLATFORM.publish(ACCOUNT, RENDERED, {}), MADE, making, making, state("FINISHED"), OUT, SHOWN
    )
    never = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), MADE, *[making] * 6)

    assert isinstance(told.value, Accepted)
    assert told.waited_s == 3
    assert never.value == Failed(Cause.PLATFORM_FAULT, "container still IN_PROGRESS")
    assert never.waited_s == 30


def test_media_not_found_is_tried_again_twice_and_often_passes() -> None:
    told = talk(
        PLATFORM.publish(ACCOUNT, RENDERED, {}),
        *(MADE, state("FINISHED"), NOT_FOUND, NOT_FOUND, OUT, SHOWN),
    )

    assert isinstance(told.value, Accepted)
    assert told.waited_s == 10


def test_after_looking_at_our_own_posts_a_lost_container_is_made_anew() -> None:
    told = talk(
        PLATFORM.publish(ACCOUNT, RENDERED, {}),
        *(MADE, state("FINISHED"), NOT_FOUND, NOT_FOUND, NOT_FOUND, NONE),
        *(said(200, {"id": "171"}), state("FINISHED"), OUT, SHOWN),
    )

    assert isinstance(told.value, Accepted)
    assert told.remembered == {"container": "171"}


def test_a_lost_container_whose_post_is_there_ends_as_accepted() -> None:
    told = talk(
        PLATFORM.publish(ACCOUNT, RENDERED, {}),
        *(MADE, state("FINISHED"), NOT_FOUND, NOT_FOUND, NOT_FOUND),
        said(200, {"data": [POST]}),
    )

    assert isinstance(told.value, Accepted)


def test_three_lost_containers_are_enough() -> None:
    once = (MADE, state("FINISHED"), NOT_FOUND, NOT_FOUND, NOT_FOUND, NONE)

    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), *once, *once, *once)

    assert isinstance(told.value, Failed)


def test_where_our_own_posts_cannot_be_read_no_new_container_is_made() -> None:
    told = talk(
        PLATFORM.publish(ACCOUNT, RENDERED, {}),
        *(MADE, state("FINISHED"), NOT_FOUND, NOT_FOUND, NOT_FOUND, page(502)),
    )

    assert isinstance(told.value, Unclear)


@pytest.mark.parametrize("answer", [lost(), page(502), error(100)])
def test_a_permalink_that_cannot_be_had_changes_nothing(answer: Answer) -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), MADE, state("FINISHED"), OUT, answer)

    assert isinstance(told.value, Accepted)
    assert told.value.receipt == Receipt(post_id="180")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (error(1), Unclear(Cause.PLATFORM_FAULT, "HTTP 400, code 1/None")),
        (error(1, 99), Unclear(Cause.PLATFORM_FAULT, "HTTP 400, code 1/99")),
        (error(2, status=500), Unclear(Cause.PLATFORM_FAULT, "HTTP 500, code 2/None")),
        (error(4, 2207051), Unclear(Cause.RATE_LIMITED, "HTTP 400, code 4/2207051")),
        (page(502), Unclear(Cause.PLATFORM_FAULT, "HTTP 502, not JSON")),
        (page(403), Failed(Cause.PLATFORM_FAULT, "HTTP 403, not JSON")),
        (error(4), Throttled(until=None, evidence="HTTP 400, code 4/None")),
        (error(9, 2207042), Throttled(
            until=None, cause=Cause.QUOTA_EXHAUSTED, evidence="HTTP 400, code 9/2207042"
        )),
        (error(10), Refused(Cause.PERMISSION_MISSING, evidence="HTTP 400, code 10/None")),
        (error(200), Refused(Cause.PERMISSION_MISSING, evidence="HTTP 400, code 200/None")),
        (error(190), Refused(Cause.CREDENTIAL_REJECTED, evidence="HTTP 400, code 190/None")),
        (error(190, 460), Refused(Cause.CREDENTIAL_REJECTED, evidence="HTTP 400, code 190/460")),
        (error(190, 463), Refused(Cause.CREDENTIAL_EXPIRED, evidence="HTTP 400, code 190/463")),
        (error(190, 459), Refused(Cause.ACCOUNT_LOCKED, evidence="HTTP 400, code 190/459")),
        (error(0, 4279013), Refused(Cause.ACCOUNT_LOCKED, evidence="HTTP 400, code 0/4279013")),
        (
            error(368, 1346003),
            Refused(Cause.CONTENT_REJECTED, Scope.CONTENT, "HTTP 400, code 368/1346003"),
        ),
        (
            error(368, 1390008),
            Throttled(until=NOON + timedelta(hours=1), evidence="HTTP 400, code 368/1390008"),
        ),
        (error(77777), Unclear(Cause.PLATFORM_FAULT, "HTTP 400, code 77777/None")),
    ],
)  # fmt: skip
def test_each_answer_to_publishing_has_its_outcome(answer: Answer, outcome: Outcome) -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, KEPT), state("FINISHED"), answer)

    assert told.value == outcome


@pytest.mark.parametrize("answer", [error(100), error(368)], ids=["100", "368"])
def test_a_refused_text_is_looked_for_before_the_refusal_is_believed(answer: Answer) -> None:
    before = state("FINISHED"), answer

    live = talk(PLATFORM.publish(ACCOUNT, RENDERED, KEPT), *before, said(200, {"data": [POST]}))
    gone = talk(PLATFORM.publish(ACCOUNT, RENDERED, KEPT), *before, NONE)
    dark = talk(PLATFORM.publish(ACCOUNT, RENDERED, KEPT), *before, page(502))

    assert isinstance(live.value, Accepted)
    assert live.value.receipt == RECEIPT
    assert isinstance(gone.value, Refused)
    assert (gone.value.cause, gone.value.scope) == (Cause.CONTENT_REJECTED, Scope.CONTENT)
    assert isinstance(dark.value, Unclear)


def test_a_text_that_no_container_takes_is_refused_at_once() -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), error(100))

    assert told.value == Refused(Cause.CONTENT_REJECTED, Scope.CONTENT, "HTTP 400, code 100/None")


def test_a_fault_before_anything_could_be_public_is_certain() -> None:
    making = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), error(2, status=500))
    looking = talk(PLATFORM.publish(ACCOUNT, RENDERED, KEPT), page(502))

    assert making.value == Failed(Cause.PLATFORM_FAULT, "HTTP 500, code 2/None")
    assert looking.value == Failed(Cause.PLATFORM_FAULT, "HTTP 502, not JSON")


def test_minutes_until_access_is_regained_are_believed() -> None:
    header = '{"77":[{"type":"threads","call_count":100,"estimated_time_to_regain_access":30}]}'
    answer = error(4, x_business_use_case_usage=header)

    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), answer)

    assert isinstance(told.value, Throttled)
    assert told.value.until == NOON + timedelta(minutes=30)


def test_a_limit_at_low_use_is_meta_defending_itself() -> None:
    answer = error(4, x_app_usage='{"call_count":13,"total_cputime":0,"total_time":2}')

    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), answer)

    assert isinstance(told.value, Throttled)
    assert not told.value.own_fault


def test_the_same_text_twice_is_usually_our_own_first_try() -> None:
    told = talk(
        PLATFORM.publish(ACCOUNT, RENDERED, KEPT),
        *(state("FINISHED"), error(506), said(200, {"data": [POST]})),
    )
    unseen = talk(PLATFORM.publish(ACCOUNT, RENDERED, KEPT), state("FINISHED"), error(506), NONE)

    assert isinstance(told.value, Accepted)
    assert isinstance(unseen.value, Unclear)


def test_a_spoiled_container_is_forgotten() -> None:
    refused = talk(
        PLATFORM.publish(ACCOUNT, RENDERED, KEPT), state("ERROR", error_message="INVALID_TEXT")
    )
    failed = talk(
        PLATFORM.publish(ACCOUNT, RENDERED, KEPT), state("ERROR", error_message="UNKNOWN")
    )

    assert isinstance(refused.value, Refused)
    assert refused.value.scope is Scope.CONTENT
    assert isinstance(failed.value, Failed)
    assert failed.remembered == {"container": ""}
