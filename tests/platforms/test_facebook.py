"""Facebook: posted once, looked for before a refusal is believed, never sent a second time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    Found,
    NotSeen,
    Outcome,
    Receipt,
    Refused,
    Scope,
    StillThere,
    Throttled,
    Unclear,
    Withdrawn,
)
from sentinel.domain.observation import Owner, Window
from sentinel.platforms import Published
from sentinel.platforms.facebook import PLATFORM
from sentinel.wire import Request, Response
from tests.platforms.talk import NOON, Answer, account, causes, draft, lost, page, said, talk

PAGE = "67945219057"
ACCOUNT = account(
    "https://graph.facebook.com",
    "https://graph.facebook.com",
    {"page_token": "t0ken"},
    page_id=PAGE,
)
RENDERED = PLATFORM.render(draft(), ACCOUNT)
LINKED = PLATFORM.render(draft(link="https://stadt.example/17"), ACCOUNT)
ID = f"{PAGE}_170"
LINK = f"https://www.facebook.com/{PAGE}/posts/170"
POST = {"id": ID, "permalink_url": LINK, "message": RENDERED.text}
OUT = said(200, {"id": ID, "permalink_url": LINK})
RECEIPT = Receipt(post_id=ID, permalink=LINK)
NONE = said(200, {"data": []})
ME = said(200, {"id": PAGE, "name": "Stadt"})
SCOPES = ["pages_manage_posts", "pages_read_engagement", "pages_show_list"]
LIVE = Published(receipt=RECEIPT, rendered=RENDERED)
INVALID = {"code": 190, "subcode": 460, "message": "x"}
POSTED = ["POST /v26.0/67945219057/feed", "GET /v26.0/67945219057/published_posts"]


def error(code: int, subcode: int | None = None, status: int = 400, **headers: str) -> Response:
    inner: dict[str, Any] = {"message": "x", "type": "OAuthException", "code": code}
    if subcode is not None:
        inner["error_subcode"] = subcode
    return said(status, {"error": inner}, **headers)


def about(**data: Any) -> Response:
    stated = {"is_valid": True, "expires_at": 0, "data_access_expires_at": 0, "scopes": SCOPES}
    return said(200, {"data": stated | data})


def publish(*answers: Answer) -> Any:
    return talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), *answers)


@pytest.mark.parametrize(
    ("text", "length"), [("ä" * 100, 100), ("🚨", 2), ("a" * 63_206, 63_206), ("🇩🇪", 4)]
)
def test_a_text_counts_in_utf_16_units(text: str, length: int) -> None:
    assert PLATFORM.length(text) == length


def test_the_headline_is_among_the_first_two_hundred_letters() -> None:
    text = PLATFORM.render(draft(text="Es brennt. " * 900), ACCOUNT).text

    assert "Bombe in der Neustadt" in text[:200]


def test_one_call_posts_and_brings_the_permalink() -> None:
    told = publish(OUT)

    assert told.value == Accepted(receipt=RECEIPT, evidence="HTTP 200")
    (asked,) = told.requests
    assert (asked.method, asked.commits) == ("POST", True)
    assert asked.url == f"https://graph.facebook.com/v26.0/{PAGE}/feed"
    assert asked.json == {"message": RENDERED.text, "published": True}
    assert asked.params == {"fields": "id,permalink_url"}
    assert asked.headers == {"Authorization": "Bearer t0ken"}


def test_a_permalink_that_is_not_in_the_answer_is_asked_for() -> None:
    told = publish(said(200, {"id": ID}), said(200, POST))

    assert told.value == Accepted(receipt=RECEIPT, evidence="HTTP 200")


@pytest.mark.parametrize("answer", [lost(), page(502), error(100, 33)])
def test_a_permalink_that_cannot_be_had_changes_nothing(answer: Answer) -> None:
    told = publish(said(200, {"id": ID}), answer)

    assert isinstance(told.value, Accepted)
    assert told.value.receipt == Receipt(post_id=ID)


def test_a_link_has_a_preview_and_if_its_page_cannot_be_read_the_post_goes_without() -> None:
    unread = error(1609005)

    told = talk(PLATFORM.publish(ACCOUNT, LINKED, {}), unread, unread, OUT)

    assert isinstance(told.value, Accepted)
    assert [each.json.get("link") for each in told.requests] == [
        "https://stadt.example/17",
        "https://stadt.example/17",
        None,
    ]
    assert "https://stadt.example/17" in told.requests[2].json["message"]


def test_drill_d1_an_error_although_live_is_found_and_not_posted_a_second_time() -> None:
    """Koala 699, 11 August 2025: HTTP 500, code 2, and seven copies of a client that repeated."""
    answered = publish(error(2, status=500))
    early = talk(PLATFORM.find(ACCOUNT, RENDERED, {}, NOON), NONE)
    later = talk(PLATFORM.find(ACCOUNT, RENDERED, {}, NOON), said(200, {"data": [POST]}))

    assert answered.value == Unclear(Cause.PLATFORM_FAULT, "HTTP 500, code 2/None")
    assert early.value == NotSeen("HTTP 200, not among the page's posts", repeatable=False)
    assert later.value == Found(RECEIPT)
    assert [each.method for each in (*early.requests, *later.requests)] == ["GET", "GET"]
    assert later.requests[0].params["since"] == str(int(NOON.timestamp()) - 60)


@pytest.mark.parametrize(
    "answer",
    [
        error(1, 99),  # php-graph-sdk 1141: the link was posted
        error(1, status=500),
        error(2, status=503),
        page(502),  # "Facebook | Error"
        page(403),
        page(200),
        said(200, {}),
        said(500, {"error": "odd"}),
        error(-3),  # never seen
    ],
)
def test_what_leaves_it_open_is_unclear(answer: Response) -> None:
    assert isinstance(publish(answer).value, Unclear)


@pytest.mark.parametrize(
    "answer",
    [
        error(506),  # duplicate status message
        error(368),  # koala 422: "You've already posted this"
        error(1366051),
        error(100),  # fb_graph 370: "Unsupported post request", and it was posted
        error(200, status=403),  # hybridauth 219: "Code 200", and it was posted
    ],
)
def test_a_refusal_of_what_is_live_already_ends_as_accepted(answer: Response) -> None:
    told = publish(answer, said(200, {"data": [POST]}))

    assert told.value == Accepted(receipt=RECEIPT, evidence="found among own posts")
    assert told.asked == POSTED


LOCKED = Refused(Cause.ACCOUNT_LOCKED)
REJECTED = Refused(Cause.CREDENTIAL_REJECTED)
NOT_ALLOWED = Refused(Cause.PERMISSION_MISSING)
CONTENT = Refused(Cause.CONTENT_REJECTED, Scope.CONTENT)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (error(3), NOT_ALLOWED),
        (error(10, status=403), NOT_ALLOWED),
        (error(33), NOT_ALLOWED),
        (error(100, 33), NOT_ALLOWED),
        (error(100), CONTENT),
        (error(102), REJECTED),
        (error(190), REJECTED),
        (error(190, 458), REJECTED),
        (error(190, 459), LOCKED),
        (error(190, 460), REJECTED),
        (error(190, 463), Refused(Cause.CREDENTIAL_EXPIRED)),
        (error(190, 464), LOCKED),
        (error(190, 467), REJECTED),
        (error(190, 492), NOT_ALLOWED),
        (error(200, status=403), NOT_ALLOWED),
        (error(200, 2069030), NOT_ALLOWED),  # fb-post-bulk-privacy-edit 20
        (error(283), NOT_ALLOWED),  # pipedream 7581
        (error(299), NOT_ALLOWED),
        (error(368), CONTENT),
        (error(368, 1346003), CONTENT),
        (error(506), Unclear(Cause.CONTENT_REJECTED)),
        (error(1366046), CONTENT),
        (error(100, 1404078), NOT_ALLOWED),  # page publishing authorisation
        (error(1404102), CONTENT),
        (error(368, 1404112), LOCKED),
        (error(1609005), Failed(Cause.PLATFORM_FAULT)),
        (error(100, 1609008), CONTENT),
        (error(4854002), LOCKED),
    ],
)
def test_the_table_of_errors_is_the_fact_sheets(answer: Response, outcome: Outcome) -> None:
    told = publish(answer, NONE).value

    assert (type(told), told.cause) == (type(outcome), outcome.cause)  # type: ignore[union-attr]
    assert getattr(told, "scope", None) == getattr(outcome, "scope", None)


@pytest.mark.parametrize("code", [4, 17, 32, 341, 613, 80001, 80002, 80007, 80008])
def test_a_limit_is_a_400_without_a_time_of_return(code: int) -> None:
    assert publish(error(code)).value == Throttled(
        until=None, cause=Cause.RATE_LIMITED, evidence=f"HTTP 400, code {code}/None"
    )


def test_too_fast_lasts_an_hour() -> None:
    until = publish(error(368, 1390008)).value.until

    assert until == datetime(2026, 11, 20, 13, tzinfo=UTC)


def test_minutes_to_wait_are_believed_and_a_limit_at_low_use_is_the_platform_defending() -> None:
    use = '{"1":[{"type":"pages","call_count":%s,"estimated_time_to_regain_access":%s}]}'

    full = publish(error(80001, x_business_use_case_usage=use % (100, 7))).value
    low = publish(error(32, x_page_usage='{"call_count":2,"total_cputime":1}')).value

    assert full.until == datetime(2026, 11, 20, 12, 7, tzinfo=UTC)
    assert (low.own_fault, low.until) == (False, None)


def test_where_the_own_posts_cannot_be_read_a_possible_copy_stays_unclear() -> None:
    copy = publish(error(506), page(502))
    refused = publish(error(190, 460), error(190, 460))
    silent = publish(error(100), lost())

    assert isinstance(copy.value, Unclear)
    assert refused.value == Refused(Cause.CREDENTIAL_REJECTED, evidence="HTTP 400, code 190/460")
    assert isinstance(silent.value, Unclear)


def test_another_warning_with_the_same_beginning_is_not_ours() -> None:
    other = POST | {"message": RENDERED.text.replace("Nr. 17", "Nr. 170")}

    assert isinstance(
        talk(PLATFORM.find(ACCOUNT, RENDERED, {}, NOON), said(200, {"data": [other]})).value,
        NotSeen,
    )


def test_a_good_token_is_the_pages_own_and_says_when_it_ends() -> None:
    ends = int(datetime(2027, 2, 1, tzinfo=UTC).timestamp())

    told = talk(
        PLATFORM.check_credentials(ACCOUNT), ME, about(expires_at=0, data_access_expires_at=ends)
    )

    assert causes(told.value) == [(Ability.PUBLISH, None)]
    assert told.value.expires_at == datetime(2027, 2, 1, tzinfo=UTC)
    assert told.asked == ["GET /v26.0/me", "GET /v26.0/debug_token"]


def test_the_earlier_of_two_ends_counts_and_none_is_never() -> None:
    first, second = (int(datetime(2027, month, 1, tzinfo=UTC).timestamp()) for month in (1, 2))

    both = talk(
        PLATFORM.check_credentials(ACCOUNT),
        *(ME, about(expires_at=first, data_access_expires_at=second)),
    )
    never = talk(PLATFORM.check_credentials(ACCOUNT), ME, about())

    assert both.value.expires_at == datetime(2027, 1, 1, tzinfo=UTC)
    assert never.value.expires_at is None


def test_drill_d4_a_revoked_token_is_confirmed_by_what_facebook_knows_of_it() -> None:
    dead = about(is_valid=False, error=INVALID)

    told = talk(PLATFORM.check_credentials(ACCOUNT), error(190, 460), dead)
    likewise = talk(PLATFORM.check_credentials(ACCOUNT), error(190, 460), error(190, 460))

    for each in (told, likewise):
        (seen,) = each.value.findings
        assert (seen.cause, seen.confirmed) == (Cause.CREDENTIAL_REJECTED, True)


@pytest.mark.parametrize("second", [about(), page(502), lost(), error(1, status=500), error(100)])
def test_drill_d3_a_190_alone_is_not_believed(second: Answer) -> None:
    told = talk(PLATFORM.check_credentials(ACCOUNT), error(190), second)

    (seen,) = told.value.findings
    assert (seen.cause, seen.confirmed) == (Cause.CREDENTIAL_REJECTED, False)


@pytest.mark.parametrize("first", [ME, error(190)])
def test_a_token_without_the_permission_to_post_says_so(first: Response) -> None:
    told = talk(PLATFORM.check_credentials(ACCOUNT), first, about(scopes=["pages_read_engagement"]))

    (seen,) = told.value.findings
    assert seen.cause is Cause.PERMISSION_MISSING
    assert seen.evidence == "token without pages_manage_posts"


def test_a_persons_token_is_not_the_pages() -> None:
    told = talk(PLATFORM.check_credentials(ACCOUNT), said(200, {"id": "12"}), about())

    assert causes(told.value) == [(Ability.PUBLISH, Cause.BAD_CONFIGURATION)]


def test_a_version_that_is_served_instead_of_ours_stands_in_the_evidence() -> None:
    other = said(200, {"id": PAGE}, facebook_api_version="v27.0")

    told = talk(PLATFORM.check_credentials(ACCOUNT), other, about())

    assert told.value.findings[0].evidence == "HTTP 200, served as v27.0"


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (error(100), None),  # facepy 55: "(#100) Missing message or attachment"
        (error(5), None),  # other words for the same
        (error(100, 33), Cause.PERMISSION_MISSING),
        (error(200, status=403), Cause.PERMISSION_MISSING),
        (error(100, 1404078), Cause.PERMISSION_MISSING),
        (error(190), Cause.CREDENTIAL_REJECTED),
        (error(190, 459), Cause.ACCOUNT_LOCKED),
        (error(2, status=500), Cause.PLATFORM_FAULT),
        (error(1), Cause.PLATFORM_FAULT),
        (error(4), Cause.RATE_LIMITED),
        (page(403), Cause.PLATFORM_FAULT),
    ],
)
def test_a_rehearsal_sends_nothing_that_could_become_a_post(
    answer: Response, cause: Cause | None
) -> None:
    told = talk(PLATFORM.rehearse(ACCOUNT), answer)

    assert causes(told.value) == [(Ability.PUBLISH, cause)]
    (asked,) = told.requests
    assert (asked.json, asked.commits) == ({"published": False}, False)


def test_an_empty_post_that_is_taken_all_the_same_is_removed() -> None:
    told = talk(PLATFORM.rehearse(ACCOUNT), said(200, {"id": ID}), said(200, {"success": True}))

    assert causes(told.value) == [(Ability.PUBLISH, None)]
    assert told.asked[1] == f"DELETE /v26.0/{ID}"


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ([said(200, {"data": [POST]})], [None]),
        ([NONE, said(200, POST)], [None]),
        ([NONE, error(100, 33)], [Cause.NOT_VISIBLE]),
        ([NONE, page(502)], [Cause.PLATFORM_FAULT]),
        ([error(32)], [Cause.RATE_LIMITED]),
        ([page(200)], [Cause.PLATFORM_FAULT]),
        ([said(200, {"data": [POST | {"message": "Bom"}]})], [None, Cause.TRUNCATED]),
    ],
)
def test_a_look_at_the_own_posts(answers: list[Answer], found: list[Cause | None]) -> None:
    told = talk(PLATFORM.read_own(ACCOUNT, LIVE), *answers)

    assert causes(told.value) == [(Ability.READ_BACK, cause) for cause in found]


@pytest.mark.parametrize(
    ("answers", "cause"),
    [
        ([said(200, {"html": "<b>"})], None),
        ([said(200, {})], Cause.READER_RESTRICTED),
        ([error(10, status=403)], Cause.READER_RESTRICTED),
        ([error(100, 33), said(200, POST)], Cause.READER_RESTRICTED),
        ([error(100, 33), error(100, 33)], Cause.NOT_VISIBLE),
        ([error(4)], Cause.RATE_LIMITED),
        ([page(503)], Cause.PLATFORM_FAULT),
    ],
)
def test_a_citizens_look_is_the_embedded_view(answers: list[Answer], cause: Cause | None) -> None:
    told = talk(PLATFORM.see_as_citizen(ACCOUNT, LIVE), *answers)

    assert causes(told.value) == [(Ability.PUBLIC, cause)]
    assert told.requests[0].anonymous
    assert told.requests[0].url == "https://graph.facebook.com/v26.0/oembed_post"


@pytest.mark.parametrize(
    ("answers", "end"),
    [
        ([said(200, {"success": True})], Withdrawn("HTTP 200")),
        (
            [error(100, 33), error(100, 33)],
            Withdrawn("gone already: HTTP 400, code 100/33"),
        ),
        (
            [error(100, 33), said(200, POST)],
            StillThere(
                Cause.PERMISSION_MISSING, "HTTP 400, code 100/33 on deleting, HTTP 200 on reading"
            ),
        ),
        ([error(200)], StillThere(Cause.PERMISSION_MISSING, "HTTP 400, code 200/None")),
    ],
)
def test_gone_is_believed_when_reading_says_so_too(answers: list[Answer], end: object) -> None:
    assert talk(PLATFORM.withdraw(ACCOUNT, LIVE), *answers).value == end


def test_the_headers_tell_the_hours_budgets_in_percent() -> None:
    """The examples of the fact sheet, section 1.3; bad JSON is ignored."""
    answer = said(
        200,
        {},
        x_app_usage='{"call_volume":0,"cpu_time":13}',
        x_page_usage='{"call_count":85,"total_cputime":56,"total_time":60}',
        x_business_use_case_usage="{nonsense",
    )

    windows = PLATFORM.windows(Request(method="GET", url="https://a.example"), answer)

    hour = {window.name: window.per for window in windows}
    assert [(each.name, each.remaining, each.scope) for each in windows] == [
        ("calls", 87, Owner.APP),
        ("calls/page", 15, Owner.ACCOUNT),
    ]
    assert all(per is not None and per.total_seconds() == 3600 for per in hour.values())
    assert all(isinstance(each, Window) and each.resets_at is None for each in windows)
