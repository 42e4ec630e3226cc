"""Instagram: a card, a container on disk before it is published, and a look after any error."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    Found,
    NotSeen,
    Outcome,
    ProvenAbsent,
    Receipt,
    Refused,
    Scope,
    Throttled,
    Unclear,
)
from sentinel.platforms.instagram import PLATFORM
from sentinel.platforms.instagram.answers import GRAPH, OWN
from sentinel.wire import FileAnswer, PutFile, Remember, Request, Response, pictures
from tests.platforms.board import BOARD, hung_up
from tests.platforms.talk import NOON, Answer, account, draft, lost, page, said, talk

USER = "17840000000000001"
ACCOUNT = hung_up(
    account(
        "https://graph.instagram.com",
        "https://graph.facebook.com",
        {"access_token": "t0ken"},
        user_id=USER,
        image_base_url="https://bilder.example/",
    )
)
RENDERED = PLATFORM.render(draft(), ACCOUNT)
LINK = "https://www.instagram.com/p/Dx/"
POST = {"id": "180", "permalink": LINK, "caption": RENDERED.text}
RECEIPT = Receipt(post_id="180", permalink=LINK)
HUNG = FileAnswer()
MADE = said(200, {"id": "170"})
OUT = said(200, {"id": "180"})
SHOWN = said(200, POST)
NONE = said(200, {"data": []})
MINE = said(200, {"data": [POST]})
KEPT = {"container": "170"}
CARD = pictures.thawed(RENDERED.payload["card"])


def error(code: int, subcode: int | None = None, status: int = 400, **headers: str) -> Response:
    inner: dict[str, Any] = {"message": "x", "type": "OAuthException", "code": code}
    if subcode is not None:
        inner["error_subcode"] = subcode
    return said(status, {"error": inner}, **headers)


def state(word: str, status: str = "x") -> Response:
    return said(200, {"id": "170", "status_code": word, "status": status})


READY = state("FINISHED", "Finished: Media has been uploaded and it is ready to be published.")
BLOCKED = error(4, 2207051, status=403)
NO_PICTURE = error(9004, 2207052)
PICTURE = Response(status=200, body=CARD)


def publish(*answers: Answer) -> Any:
    return talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), HUNG, *answers)


def repeat(*answers: Answer) -> Any:
    return talk(PLATFORM.publish(ACCOUNT, RENDERED, KEPT), *answers)


@pytest.mark.parametrize(("text", "length"), [("ä" * 2200, 2200), ("🚨", 2), ("👩🏽‍🚒", 7)])
def test_a_caption_counts_in_utf_16_units(text: str, length: int) -> None:
    assert PLATFORM.length(text) == length


def test_a_caption_has_at_most_thirty_hashtags_and_twenty_mentions_and_keeps_the_words() -> None:
    tags = " ".join(f"#lage{number}" for number in range(31))
    people = " ".join(f"@amt{number}" for number in range(22))

    rendered = PLATFORM.render(draft(text=f"{tags} {people} a@b.example"), ACCOUNT)

    assert (rendered.text.count("#"), rendered.text.count("@amt")) == (30, 20)
    assert all(word in rendered.text for word in ("lage30", "amt21", "a@b.example"))
    assert rendered.warnings == ("hashtags: 31 > 30", "mentions: 22 > 20")
    assert rendered.length == PLATFORM.length(rendered.text)


def test_the_card_is_a_jpeg_and_its_text_is_the_alternative_text_too() -> None:
    long = PLATFORM.render(draft(text="Bitte verlassen Sie das Gebiet. " * 60), ACCOUNT)

    assert CARD.startswith(b"\xff\xd8\xff")
    assert len(CARD) < 8 * 1024 * 1024
    assert "Bombe in der Neustadt" in RENDERED.payload["alt_text"]
    assert "Bitte verlassen Sie das Gebiet." in RENDERED.payload["alt_text"]
    assert 900 < len(long.payload["alt_text"]) <= 1000


def test_the_card_hangs_before_the_container_and_the_container_is_on_disk_before_it_is_out() -> (
    None
):
    told = publish(MADE, READY, OUT, SHOWN)

    assert told.value == Accepted(receipt=RECEIPT, evidence="HTTP 200")
    assert told.asked == [
        f"POST /v26.0/{USER}/media",
        "GET /v26.0/170",
        f"POST /v26.0/{USER}/media_publish",
        "GET /v26.0/180",
    ]
    assert [each.commits for each in told.requests] == [False, False, True, False]
    put = told.steps[0]
    assert isinstance(put, PutFile)
    assert (put.content, put.commits) == (CARD, False)
    assert put.path.startswith(f"{BOARD}/0192f3a0-0000-7000-8000-000000000001/card-")
    made = told.requests[0].json
    assert made["image_url"] == put.path.replace(BOARD, "https://bilder.example")
    assert made["caption"] == RENDERED.text
    assert made["alt_text"] == RENDERED.payload["alt_text"]
    assert told.requests[2].json == {"creation_id": "170"}
    kept = told.steps.index(Remember(name="container", value="170"))
    assert kept < next(
        number
        for number, step in enumerate(told.steps)
        if isinstance(step, Request) and step.commits
    )
    assert {each.headers["Authorization"] for each in told.requests} == {"Bearer t0ken"}


def test_without_a_place_for_the_card_nothing_is_asked_and_the_reason_is_the_configuration() -> (
    None
):
    nowhere = account("https://graph.instagram.com", "", {"access_token": "t"}, user_id=USER)

    bare = talk(PLATFORM.publish(nowhere, RENDERED, {}))
    refused = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), FileAnswer(error="EACCES"))
    full = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), FileAnswer(error="ENOSPC"))

    assert bare.value == Refused(
        Cause.BAD_CONFIGURATION, evidence="no place for the picture: ENOENT"
    )
    assert isinstance(refused.value, Refused)
    assert full.value == Failed(Cause.PLATFORM_FAULT, "no place for the picture: ENOSPC")


@pytest.mark.parametrize("refusal", [NO_PICTURE, error(-2, 2207003), error(1, 2207052)])
@pytest.mark.parametrize(
    ("look", "cause", "evidence"),
    [
        (lost(), Cause.UNREACHABLE, "picture host: unreachable"),
        (page(502), Cause.UNREACHABLE, "picture host: HTTP 502"),
        (page(200), Cause.UNREACHABLE, "picture host: HTTP 200"),  # a login page, say
        (PICTURE, Cause.PLATFORM_FAULT, "others can fetch the picture"),  # mixpost 197
    ],
)
def test_drill_d12_a_picture_host_that_is_gone_blocks_with_that_reason(
    refusal: Response, look: Answer, cause: Cause, evidence: str
) -> None:
    told = publish(refusal, refusal, refusal, look)

    assert isinstance(told.value, Failed)
    assert told.value.cause is cause
    assert told.value.evidence.endswith(evidence)
    assert told.requests[-1].anonymous
    assert told.requests[-1].headers == {}


def test_a_picture_that_is_fetched_the_second_time_goes_out() -> None:
    told = publish(NO_PICTURE, MADE, READY, OUT, SHOWN)

    assert isinstance(told.value, Accepted)
    assert told.waited_s == 3


def test_the_5th_of_july_2026_an_error_although_live_is_found_before_anything_else() -> None:
    at_once = publish(MADE, READY, BLOCKED, state("PUBLISHED"), MINE)
    after_a_while = publish(MADE, READY, BLOCKED, READY, NONE, state("PUBLISHED"), MINE)

    for told in (at_once, after_a_while):
        assert told.value == Accepted(receipt=RECEIPT, evidence="found among own posts")
        assert sum(each.commits for each in told.requests) == 1
    assert after_a_while.waited_s == 5


def test_a_block_that_kept_the_post_unpublished_lasts_an_hour() -> None:
    told = publish(MADE, READY, BLOCKED, READY, NONE, READY, NONE)
    before = publish(BLOCKED)

    assert before.value == told.value
    assert told.value == Throttled(
        until=datetime(2026, 11, 20, 13, tzinfo=UTC), evidence="HTTP 403, code 4/2207051"
    )
    assert told.remembered == KEPT


@pytest.mark.parametrize(
    "answer", [error(1), error(2, status=500), error(-1, 2207001), page(502), page(403)]
)
def test_what_leaves_it_open_is_unclear_and_the_container_is_kept(answer: Response) -> None:
    told = publish(MADE, READY, answer, READY, NONE, READY, NONE)

    assert isinstance(told.value, Unclear)
    assert told.remembered == KEPT


def test_a_container_that_says_published_is_never_sent_again_though_the_post_is_not_listed() -> (
    None
):
    after_error = publish(MADE, READY, error(10), state("PUBLISHED"), NONE)
    repeated = repeat(state("PUBLISHED"), NONE)
    looked = talk(PLATFORM.find(ACCOUNT, RENDERED, KEPT, NOON), state("PUBLISHED"), NONE)

    assert isinstance(after_error.value, Unclear)
    assert isinstance(repeated.value, Unclear)
    assert isinstance(looked.value, NotSeen)
    assert not looked.value.repeatable


LOCKED = Refused(Cause.ACCOUNT_LOCKED)
BAD_CARD = Refused(Cause.CONTENT_REJECTED, Scope.CONTENT)
FAULT = Failed(Cause.PLATFORM_FAULT)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (error(9, 2207042), Throttled(until=None, cause=Cause.QUOTA_EXHAUSTED)),
        (error(25, 2207050), LOCKED),
        (error(190, 459), LOCKED),
        (error(190, 463), Refused(Cause.CREDENTIAL_EXPIRED)),
        (error(190), Refused(Cause.CREDENTIAL_REJECTED)),
        (error(10, status=403), Refused(Cause.PERMISSION_MISSING)),
        (error(36000, 2207004), BAD_CARD),
        (error(36001, 2207005), BAD_CARD),
        (error(36003, 2207009), BAD_CARD),
        (error(36004, 2207010), BAD_CARD),
        (error(100, 2207028), BAD_CARD),
        (error(80002, 2494055), Throttled(until=None)),
        (error(4), Throttled(until=None)),
        (error(-1, 2207001), FAULT),
        (error(24, 999), FAULT),
        (page(502), FAULT),
        (said(200, {}), FAULT),
    ],
)
def test_the_table_of_errors_is_the_fact_sheets_for_a_container(
    answer: Response, outcome: Outcome
) -> None:
    told = publish(answer).value

    assert (type(told), told.cause) == (type(outcome), outcome.cause)  # type: ignore[union-attr]
    assert getattr(told, "scope", None) == getattr(outcome, "scope", None)


@pytest.mark.parametrize("answer", [error(-1, 2207032), error(-1, 2207053)])
def test_a_creation_that_failed_is_tried_again(answer: Response) -> None:
    told = publish(answer, answer, MADE, READY, OUT, SHOWN)

    assert isinstance(told.value, Accepted)


def test_a_container_that_is_not_ready_is_published_a_little_later_and_no_other_is_made() -> None:
    not_yet = error(9007, 2207027)

    told = publish(MADE, READY, not_yet, not_yet, OUT, SHOWN)
    never = publish(MADE, READY, *[not_yet] * 4, READY, NONE)

    assert isinstance(told.value, Accepted)
    assert told.waited_s == 8
    assert isinstance(never.value, Failed)


@pytest.mark.parametrize("gone", [error(24, 2207006), error(-2, 2207020), error(9, 2207008)])
def test_a_lost_container_is_made_anew_once_our_posts_were_read(gone: Response) -> None:
    told = publish(
        *(MADE, READY, gone, state("EXPIRED"), NONE, state("EXPIRED"), NONE),
        *(HUNG, said(200, {"id": "171"}), READY, OUT, SHOWN),
    )
    live = publish(MADE, READY, gone, error(100, 33), error(100, 33), error(100, 33), MINE)
    blind = publish(MADE, READY, gone, READY, page(502), READY, page(502))

    assert isinstance(told.value, Accepted)
    assert told.remembered == {"container": "171"}
    assert isinstance(live.value, Accepted)
    assert isinstance(blind.value, Unclear)


def test_three_lost_containers_are_enough() -> None:
    once = (MADE, state("EXPIRED"))

    told = publish(*once, HUNG, *once, HUNG, *once)

    assert told.value == Failed(Cause.PLATFORM_FAULT, "3 containers were lost")


def test_a_container_in_error_names_its_subcode() -> None:
    words = "Error: Media upload has failed with error code 2207052"

    unfetched = publish(MADE, state("ERROR", words))
    bad = publish(MADE, state("ERROR", "Error: 2207009"))
    odd = publish(MADE, state("ERROR"))

    assert unfetched.value == Failed(Cause.PLATFORM_FAULT, "HTTP 200, code 1/2207052")
    assert isinstance(bad.value, Refused)
    assert isinstance(odd.value, Failed)
    assert bad.remembered == {"container": ""}


def test_no_such_object_on_a_read_is_a_passing_fault_and_never_a_reason_to_publish_again() -> None:
    """Postiz 1562, June 2026: 100/33 for containers and permalinks that do exist."""
    gone = error(100, 33)

    passing = repeat(gone, gone, READY, OUT, gone, SHOWN)
    lasting = repeat(gone, gone, gone)

    assert passing.value == Accepted(receipt=RECEIPT, evidence="HTTP 200")
    assert isinstance(lasting.value, Failed)
    assert not any(each.commits for each in lasting.requests)


def test_a_container_in_the_making_is_waited_for() -> None:
    making = state("IN_PROGRESS")

    told = publish(MADE, making, making, READY, OUT, SHOWN)
    never = publish(MADE, *[making] * 6)

    assert isinstance(told.value, Accepted)
    assert never.value == Failed(Cause.PLATFORM_FAULT, "container still IN_PROGRESS")


def test_a_remembered_container_is_published_and_no_second_one_made() -> None:
    told = repeat(READY, OUT, SHOWN)

    assert isinstance(told.value, Accepted)
    assert f"POST /v26.0/{USER}/media" not in told.asked


@pytest.mark.parametrize("word", ["FINISHED", "ERROR", "EXPIRED"])
def test_what_its_container_calls_unpublished_is_proven_absent(word: str) -> None:
    told = talk(PLATFORM.find(ACCOUNT, RENDERED, KEPT, NOON), state(word))

    assert told.value == ProvenAbsent(f"container {word}")
    assert told.remembered == ({} if word == "FINISHED" else {"container": ""})


def test_without_a_container_nothing_can_be_public() -> None:
    assert talk(PLATFORM.find(ACCOUNT, RENDERED, {}, NOON)).value == ProvenAbsent("no container")


def test_ours_is_told_by_its_caption_and_not_by_being_the_latest() -> None:
    """Trypost 281: the latest post may be somebody else's."""
    others = {"id": "999", "permalink": LINK, "caption": "Stadtfest am Samstag"}

    told = talk(
        PLATFORM.find(ACCOUNT, RENDERED, KEPT, NOON),
        *(state("PUBLISHED"), said(200, {"data": [others, POST]})),
    )

    assert told.value == Found(RECEIPT)


def test_each_row_of_its_own_holds_whatever_code_comes_with_the_subcode() -> None:
    for _, subcode in OWN:
        assert (
            GRAPH.judge(error(-1, subcode)) == GRAPH.judge(error(24, subcode)) == OWN[None, subcode]
            or subcode == 2207051
        )
