"""X: what is asked beside posting: who we are, what is left, what is seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Accepted, Failed, Receipt, Refused
from sentinel.domain.observation import Owner
from sentinel.platforms import Published
from sentinel.platforms.x import PLATFORM
from sentinel.wire import Lost, Renew, RenewalFailed, Request
from tests.platforms.talk import NOON, Answer, account, causes, draft, lost, page, said, talk

SIGNED = account(
    "https://api.x.com",
    "https://publish.x.com",
    {"api_key": "k", "api_secret": "ks", "access_token": "t", "access_secret": "ts"},
    account="@stadt",
)
BEARER = account(
    "https://api.x.com",
    "https://publish.x.com",
    {"client_id": "c", "client_secret": "cs", "refresh_token": "r"},
    session={"access_token": "old", "refresh_token": "r1"},
)
RENDERED = PLATFORM.render(draft(), SIGNED)
TEXT = "Bombe in der Neustadt\n\nBitte verlassen Sie das Gebiet.\n\nNr. 17"
POST = {"id": "190", "text": TEXT}
ME = said(200, {"data": {"id": "9", "username": "stadt"}}, x_access_level="read-write")
RECEIPT = Receipt(post_id="190", permalink="https://x.com/stadt/status/190")
LIVE = Published(receipt=RECEIPT, rendered=RENDERED)


def problem(status: int, kind: str = "about:blank", **more: Any) -> Answer:
    return said(status, {"title": "x", "detail": "x", "type": kind, "status": status} | more)


def code(status: int, number: int) -> Answer:
    return said(status, {"errors": [{"code": number, "message": "x"}]})


def limits(**more: str) -> dict[str, str]:
    return {
        "x_rate_limit_limit": "100",
        "x_rate_limit_reset": str(int(datetime(2026, 11, 20, 12, 15, tzinfo=UTC).timestamp())),
    } | more


def test_a_bearer_that_is_refused_is_renewed_once() -> None:
    told = talk(
        PLATFORM.publish(BEARER, RENDERED, {}),
        problem(401),
        {"access_token": "new", "refresh_token": "r2"},
        said(201, {"data": POST}),
    )

    assert isinstance(told.value, Accepted)
    assert [each.headers["Authorization"] for each in told.requests] == ["Bearer old", "Bearer new"]


def test_an_edge_page_never_costs_a_refresh_token() -> None:
    told = talk(PLATFORM.publish(BEARER, RENDERED, {}), page(401))

    assert told.value == Failed(Cause.PLATFORM_FAULT, "HTTP 401, not JSON")
    assert Renew() not in told.steps


def test_a_renewal_that_fails_ends_the_attempt_by_its_cause() -> None:
    dead = RenewalFailed(Cause.CREDENTIAL_REJECTED, "HTTP 400")
    down = RenewalFailed(Cause.PLATFORM_FAULT, "HTTP 503")

    refused = talk(PLATFORM.publish(BEARER, RENDERED, {}), problem(401), dead)
    failed = talk(PLATFORM.publish(BEARER, RENDERED, {}), problem(401), down)

    assert refused.value == Refused(Cause.CREDENTIAL_REJECTED, evidence="HTTP 400")
    assert failed.value == Failed(Cause.PLATFORM_FAULT, "HTTP 503")


def test_a_fresh_pair_is_kept_whole_with_its_end() -> None:
    fresh = {"access_token": "new", "refresh_token": "r2", "expires_in": 7200}

    told = talk(PLATFORM.refresh_credentials(BEARER), said(200, fresh))

    assert told.value.keep == {"access_token": "new", "refresh_token": "r2"}
    assert told.value.expires_at == NOON + timedelta(hours=2)
    assert told.requests[0].form is not None
    assert told.requests[0].form["refresh_token"] == "r1"
    assert PLATFORM.refresh_credentials(SIGNED) is None


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (said(400, {"error": "invalid_request"}), Cause.CREDENTIAL_REJECTED),
        (page(400), Cause.PLATFORM_FAULT),
        (problem(503), Cause.PLATFORM_FAULT),
        (said(200, {}), Cause.PLATFORM_FAULT),
        (said(429, {}), Cause.RATE_LIMITED),
    ],
)
def test_a_refresh_that_is_refused_says_why(answer: Answer, cause: Cause) -> None:
    with pytest.raises(RenewalFailed) as caught:
        talk(PLATFORM.refresh_credentials(BEARER), answer)

    assert caught.value.cause is cause


def test_the_limit_of_renewals_is_none_of_posts() -> None:
    answer = said(200, {}, **limits(x_rate_limit_remaining="0"))
    renewal = Request(method="POST", url="https://api.x.com/2/oauth2/token")
    post = Request(method="POST", url="https://api.x.com/2/tweets")

    assert PLATFORM.windows(renewal, answer) == ()
    assert [each.name for each in PLATFORM.windows(post, answer)] == ["posts"]


@pytest.mark.parametrize(
    ("second", "confirmed"),
    [(problem(401), True), (said(200, {"data": []}), False), (page(401), False)],
)
def test_a_dead_token_is_believed_when_a_second_call_agrees(
    second: Answer, *, confirmed: bool
) -> None:
    told = talk(PLATFORM.check_credentials(SIGNED), problem(401), second)

    (seen,) = told.value.findings
    assert (seen.cause, seen.confirmed) == (Cause.CREDENTIAL_REJECTED, confirmed)
    assert told.requests[0].url != told.requests[1].url


def test_the_access_level_tells_whether_posting_is_allowed() -> None:
    able = talk(PLATFORM.check_credentials(SIGNED), ME)
    unable = talk(
        PLATFORM.check_credentials(SIGNED),
        said(200, {"data": {"id": "9"}}, x_access_level="read"),
    )

    assert causes(able.value) == [(Ability.PUBLISH, None)]
    assert causes(unable.value) == [(Ability.PUBLISH, Cause.PERMISSION_MISSING)]


def test_what_is_live_is_compared_with_what_was_sent() -> None:
    whole = talk(PLATFORM.read_own(SIGNED, LIVE), ME, said(200, {"data": [POST]}))
    cut = talk(PLATFORM.read_own(SIGNED, LIVE), ME, said(200, {"data": [POST | {"text": "B"}]}))
    nothing = said(200, {"meta": {"result_count": 0}})
    older = talk(PLATFORM.read_own(SIGNED, LIVE), ME, nothing, said(200, {"data": POST}))
    gone = talk(PLATFORM.read_own(SIGNED, LIVE), ME, nothing, said(200, {"errors": [{}]}))

    assert causes(whole.value) == [(Ability.READ_BACK, None)]
    assert causes(cut.value) == [(Ability.READ_BACK, None), (Ability.READ_BACK, Cause.TRUNCATED)]
    assert causes(older.value) == [(Ability.READ_BACK, None)]
    assert causes(gone.value) == [(Ability.READ_BACK, Cause.NOT_VISIBLE)]


def test_the_reading_limits_of_hamburg_are_seen_while_posting_works() -> None:
    limited = said(429, {}, **limits(x_rate_limit_remaining="0"))

    told = talk(PLATFORM.read_own(SIGNED, LIVE), ME, limited)

    (seen,) = told.value.findings
    assert (seen.ability, seen.cause) == (Ability.READ_BACK, Cause.RATE_LIMITED)
    assert seen.until == datetime(2026, 11, 20, 12, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (said(200, {"html": "<p>Bombe in der Neustadt Bitte …</p>"}), None),
        (said(200, {"html": "<p>This post is hidden</p>"}), Cause.READER_RESTRICTED),
        (page(200), Cause.READER_RESTRICTED),
        (said(403, {"error": "x"}), Cause.READER_RESTRICTED),
        (page(404), Cause.NOT_VISIBLE),
        (page(403), Cause.PLATFORM_FAULT),
        (page(520), Cause.PLATFORM_FAULT),
    ],
)
def test_a_citizen_looks_without_login(answer: Answer, cause: Cause | None) -> None:
    told = talk(PLATFORM.see_as_citizen(SIGNED, LIVE), answer)

    assert told.requests[0].anonymous
    assert not told.requests[0].headers
    assert told.requests[0].params["url"] == "https://x.com/stadt/status/190"
    assert causes(told.value) == [(Ability.PUBLIC, cause)]


def test_staff_hear_if_mentions_can_be_read() -> None:
    told = talk(PLATFORM.listen(SIGNED), ME, said(200, {"meta": {"result_count": 0}}))

    assert told.asked == ["GET /2/users/me", "GET /2/users/9/mentions"]
    assert causes(told.value) == [(Ability.LISTEN, None)]


def test_windows_are_named_after_what_they_count() -> None:
    post = talk(PLATFORM.publish(SIGNED, RENDERED, {}), said(201, {"data": POST})).requests[0]
    me = talk(PLATFORM.check_credentials(SIGNED), ME).requests[0]
    answer = said(200, {}, **limits(x_rate_limit_remaining="7", x_app_limit_24hour_limit="10000"))

    assert [(each.name, each.limit, each.remaining) for each in PLATFORM.windows(post, answer)] == [
        ("posts", 100, 7),
        ("posts/24h-app", 10000, None),
    ]
    assert [each.scope for each in PLATFORM.windows(post, answer)] == [Owner.ACCOUNT, Owner.APP]
    assert PLATFORM.windows(me, answer)[0].name == "reads/users/me"


def test_the_reads_of_all_posts_share_one_window_and_the_timeline_has_its_own() -> None:
    answer = said(200, {}, **limits(x_rate_limit_remaining="7"))

    def named(path: str) -> str:
        request = Request(method="GET", url=f"https://api.x.example/x/stadt{path}")
        (window,) = PLATFORM.windows(request, answer)
        return window.name

    assert named("/2/tweets/17311") == named("/2/tweets/17312") == "reads/tweets"
    assert named("/2/users/5/tweets?max_results=5") == "reads/users/tweets"
    assert named("/2/users/5/mentions") == "reads/users/mentions"


def test_the_loss_of_the_post_itself_is_left_to_the_driver() -> None:
    with pytest.raises(Lost) as caught:
        talk(PLATFORM.publish(SIGNED, RENDERED, {}), lost())

    assert caught.value.committed
