"""Threads: what is asked beside posting: the token, the limits, what is seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Receipt,
)
from sentinel.domain.observation import Owner, Window
from sentinel.platforms import Published
from sentinel.platforms.threads import PLATFORM
from sentinel.wire import RenewalFailed
from tests.platforms.talk import NOON, Answer, account, causes, draft, page, said, talk

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
LIVE = Published(receipt=RECEIPT, rendered=RENDERED)
MADE = said(200, {"id": "170"})
SHOWN = said(200, POST)
NONE = said(200, {"data": []})


def error(code: int, subcode: int | None = None, status: int = 400, **headers: str) -> Answer:
    inner: dict[str, Any] = {"message": "x", "code": code, "is_transient": False}
    if subcode is not None:
        inner["error_subcode"] = subcode
    return said(status, {"error": inner}, **headers)


@pytest.mark.parametrize(
    ("second", "confirmed"),
    [(error(190), True), (said(200, {"data": []}), False), (page(400), False)],
)
def test_a_dead_token_is_believed_when_a_second_call_agrees(
    second: Answer, *, confirmed: bool
) -> None:
    told = talk(PLATFORM.check_credentials(ACCOUNT), error(190), second)

    (seen,) = told.value.findings
    assert (seen.cause, seen.confirmed) == (Cause.CREDENTIAL_REJECTED, confirmed)
    assert told.asked == ["GET /v1.0/me", "GET /v1.0/77/threads_publishing_limit"]


def test_a_refreshed_token_carries_its_end() -> None:
    fresh = {"access_token": "n3w", "token_type": "bearer", "expires_in": 5183944}

    session = talk(PLATFORM.refresh_credentials(ACCOUNT), said(200, fresh)).value
    renewed = account("https://a.example", "", {"access_token": "t0ken"}, session=session.keep)
    told = talk(PLATFORM.check_credentials(renewed), said(200, {"id": "77"}))

    assert session.expires_at == NOON + timedelta(seconds=5183944)
    assert told.value.expires_at == session.expires_at
    assert told.requests[0].headers["Authorization"] == "Bearer n3w"


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (error(190, 463), Cause.CREDENTIAL_EXPIRED),
        (error(190), Cause.CREDENTIAL_REJECTED),
        (error(100), Cause.PLATFORM_FAULT),
        (page(500), Cause.PLATFORM_FAULT),
        (said(200, {}), Cause.PLATFORM_FAULT),
    ],
)
def test_a_refresh_that_is_refused_says_why(answer: Answer, cause: Cause) -> None:
    with pytest.raises(RenewalFailed) as caught:
        talk(PLATFORM.refresh_credentials(ACCOUNT), answer)

    assert caught.value.cause is cause


def test_the_days_posts_are_a_window_without_a_reset() -> None:
    limits = {
        "quota_usage": 4,
        "config": {"quota_total": 250, "quota_duration": 86400},
        "reply_quota_usage": 0,
        "reply_config": {"quota_total": 1000, "quota_duration": 86400},
    }

    told = talk(PLATFORM.read_quota(ACCOUNT), said(200, {"data": [limits]}))

    assert told.value.windows == (
        Window(name="posts", limit=250, remaining=246, per=timedelta(days=1)),
        Window(name="replies", limit=1000, remaining=1000, per=timedelta(days=1)),
    )


def test_the_usage_header_is_percent_of_an_hour() -> None:
    request = talk(PLATFORM.check_credentials(ACCOUNT), said(200, {"id": "77"})).requests[0]
    answer = said(200, x_app_usage='{"call_volume":12,"cpu_time":40}')

    assert PLATFORM.windows(request, answer) == (
        Window(name="calls", limit=100, remaining=60, per=timedelta(hours=1), scope=Owner.APP),
    )
    assert PLATFORM.windows(request, said(200, x_app_usage="nonsense")) == ()


def test_the_accounts_own_budget_stands_beside_the_apps_and_says_when_it_comes_back() -> None:
    request = talk(PLATFORM.check_credentials(ACCOUNT), said(200, {"id": "77"})).requests[0]
    own = '{"77":[{"type":"pages","call_count":100,"estimated_time_to_regain_access":19}]}'
    answer = said(
        400,
        x_app_usage='{"call_count":12}',
        x_business_use_case_usage=own,
        date="Fri, 20 Nov 2026 12:00:00 GMT",
    )

    app, account = PLATFORM.windows(request, answer)

    assert (app.name, app.scope, app.remaining) == ("calls", Owner.APP, 88)
    assert app.resets_at is None
    assert (account.name, account.scope, account.remaining) == ("calls/account", Owner.ACCOUNT, 0)
    assert account.resets_at == datetime(2026, 11, 20, 12, 19, tzinfo=UTC)


def test_rehearsing_makes_a_container_that_nobody_sees() -> None:
    told = talk(PLATFORM.rehearse(ACCOUNT), MADE)

    assert told.asked == ["POST /v1.0/77/threads"]
    assert causes(told.value) == [(Ability.PUBLISH, None)]


def test_what_is_live_is_compared_with_what_was_sent() -> None:
    whole = talk(PLATFORM.read_own(ACCOUNT, LIVE), said(200, {"data": [POST]}))
    cut = talk(PLATFORM.read_own(ACCOUNT, LIVE), said(200, {"data": [POST | {"text": "Bombe"}]}))
    older = talk(PLATFORM.read_own(ACCOUNT, LIVE), NONE, SHOWN)
    gone = talk(PLATFORM.read_own(ACCOUNT, LIVE), NONE, error(100, 33))
    limited = talk(PLATFORM.read_own(ACCOUNT, LIVE), error(4))

    assert causes(whole.value) == [(Ability.READ_BACK, None)]
    assert causes(cut.value) == [(Ability.READ_BACK, None), (Ability.READ_BACK, Cause.TRUNCATED)]
    assert causes(older.value) == [(Ability.READ_BACK, None)]
    assert causes(gone.value) == [(Ability.READ_BACK, Cause.NOT_VISIBLE)]
    assert causes(limited.value) == [(Ability.READ_BACK, Cause.RATE_LIMITED)]


@pytest.mark.parametrize(
    ("answers", "cause"),
    [
        ((said(200, {"html": "<blockquote>"}),), None),
        ((page(200),), Cause.READER_RESTRICTED),
        ((error(100, 33), error(100, 33)), Cause.NOT_VISIBLE),
        ((error(100, 33), SHOWN), Cause.READER_RESTRICTED),
        ((page(403),), Cause.PLATFORM_FAULT),
        ((error(4),), Cause.RATE_LIMITED),
    ],
)
def test_a_citizen_looks_without_login(answers: tuple[Answer, ...], cause: Cause | None) -> None:
    told = talk(PLATFORM.see_as_citizen(ACCOUNT, LIVE), *answers)

    assert told.requests[0].url == "https://graph.threads.com/v1.0/oembed"
    assert told.requests[0].anonymous
    assert not told.requests[0].headers
    assert causes(told.value) == [(Ability.PUBLIC, cause)]
