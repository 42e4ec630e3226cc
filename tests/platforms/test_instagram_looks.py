"""Instagram: what can be seen of us there, and what is left of the day and of the token."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Receipt, StillThere, Withdrawn
from sentinel.domain.observation import Window
from sentinel.platforms import Published
from sentinel.platforms.instagram import PLATFORM
from sentinel.wire import FileAnswer, PutFile, RemoveFile, RenewalFailed, Request, Response
from tests.platforms.board import hung_up
from tests.platforms.faced import facing, now, published
from tests.platforms.talk import Answer, account, causes, draft, lost, page, said, talk

USER = "17840000000000001"
ACCOUNT = hung_up(
    account(
        "https://graph.instagram.com",
        "https://graph.facebook.com",
        {"access_token": "t0ken"},
        user_id=USER,
    )
)
RENDERED = PLATFORM.render(draft(), ACCOUNT)
LINK = "https://www.instagram.com/p/Dx/"
POST = {"id": "180", "permalink": LINK, "caption": RENDERED.text}
LIVE = Published(receipt=Receipt(post_id="180", permalink=LINK), rendered=RENDERED)
NONE = said(200, {"data": []})


def error(code: int, subcode: int | None = None, status: int = 400) -> Response:
    inner: dict[str, Any] = {"message": "x", "code": code}
    if subcode is not None:
        inner["error_subcode"] = subcode
    return said(status, {"error": inner})


GONE = error(100, 33)
THRICE = (GONE, GONE, GONE)
HUNG, MADE = FileAnswer(), said(200, {"id": "170"})
READY = said(200, {"id": "170", "status_code": "FINISHED"})
DELETED = said(200, {"success": True})


def test_a_rehearsal_has_a_picture_fetched_and_publishes_nothing() -> None:
    told = talk(PLATFORM.rehearse(ACCOUNT), HUNG, MADE, READY)

    assert causes(told.value) == [(Ability.PUBLISH, None)]
    assert not any(each.commits for each in told.requests)
    put = told.steps[0]
    assert isinstance(put, PutFile)
    assert put.path.startswith("/srv/notices/probe/card-")
    assert told.requests[0].json["image_url"].startswith("https://notices.example/probe/card-")


@pytest.mark.parametrize(
    ("answers", "cause"),
    [
        ([FileAnswer(error="EROFS")], Cause.BAD_CONFIGURATION),
        ([HUNG, error(9004, 2207052), lost()], Cause.UNREACHABLE),
        ([HUNG, error(190)], Cause.CREDENTIAL_REJECTED),
        ([HUNG, error(25, 2207050)], Cause.ACCOUNT_LOCKED),
        ([HUNG, error(80002)], Cause.RATE_LIMITED),
        ([HUNG, error(36001, 2207005)], Cause.PLATFORM_FAULT),
        ([HUNG, page(502)], Cause.PLATFORM_FAULT),
        ([HUNG, MADE, said(200, {"status_code": "ERROR", "status": "2207052"})], "fault"),
    ],
)
def test_a_rehearsal_that_fails_says_why(answers: list[Answer], cause: Cause | str) -> None:
    told = talk(PLATFORM.rehearse(ACCOUNT), *answers)

    (seen,) = told.value.findings
    assert seen.cause is (Cause.PLATFORM_FAULT if cause == "fault" else cause)
    assert seen.cause is not Cause.CREDENTIAL_REJECTED or not seen.confirmed
    assert told.waited_s == 0


def test_the_accounts_own_number_of_posts_a_day_is_read_for_papers_disagree() -> None:
    """Restfb 1256 recorded 25; the guides say 100."""
    stated = {"quota_usage": 2, "config": {"quota_total": 25, "quota_duration": 86400}}

    told = talk(PLATFORM.read_quota(ACCOUNT), said(200, {"data": [stated]}))

    assert told.value.windows == (
        Window(name="posts", limit=25, remaining=23, per=timedelta(hours=24)),
    )
    assert told.asked == [f"GET /v26.0/{USER}/content_publishing_limit"]


def test_a_token_error_is_confirmed_by_another_question() -> None:
    both = talk(PLATFORM.check_credentials(ACCOUNT), error(190, 463), error(190, 463))
    one = talk(PLATFORM.check_credentials(ACCOUNT), error(190), NONE)
    fine = talk(PLATFORM.check_credentials(ACCOUNT), said(200, {"id": USER, "username": "stadt"}))

    assert (both.value.findings[0].cause, both.value.findings[0].confirmed) == (
        Cause.CREDENTIAL_EXPIRED,
        True,
    )
    assert not one.value.findings[0].confirmed
    assert causes(fine.value) == [(Ability.PUBLISH, None)]


def test_a_token_is_renewed_for_sixty_days_and_the_fresh_one_is_renewed_next() -> None:
    fresh = said(200, {"access_token": "fresh", "token_type": "bearer", "expires_in": 5_184_000})

    session = talk(PLATFORM.refresh_credentials(ACCOUNT), fresh).value
    later = hung_up(
        account(
            "https://graph.instagram.com",
            "https://graph.facebook.com",
            {"access_token": "t0ken"},
            user_id=USER,
            session=session.keep,
        )
    )
    again = talk(PLATFORM.refresh_credentials(later), fresh)

    assert session.expires_at == datetime(2027, 1, 19, 12, tzinfo=UTC)
    assert again.requests[0].params == {"grant_type": "ig_refresh_token", "access_token": "fresh"}
    assert again.requests[0].url == "https://graph.instagram.com/refresh_access_token"
    assert PLATFORM.facts.refresh_before == timedelta(days=30)
    told = talk(PLATFORM.check_credentials(later), said(200, {"id": USER}))
    assert told.value.expires_at == session.expires_at


@pytest.mark.parametrize("answer", [error(190, 463), page(500), said(200, {}), error(100)])
def test_a_renewal_that_is_refused_says_so(answer: Response) -> None:
    with pytest.raises(RenewalFailed):
        talk(PLATFORM.refresh_credentials(ACCOUNT), answer)


def test_a_token_of_the_login_by_facebook_is_not_renewed() -> None:
    facebook = account("https://graph.facebook.com", "", {"access_token": "t"}, user_id=USER)

    assert PLATFORM.refresh_credentials(facebook) is None


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ([said(200, {"data": [POST]})], [None]),
        ([NONE, GONE, said(200, POST)], [None]),
        ([NONE, *THRICE], [Cause.NOT_VISIBLE]),
        ([NONE, page(502)], [Cause.PLATFORM_FAULT]),
        ([error(80002)], [Cause.RATE_LIMITED]),
        ([said(200, {"data": [POST | {"caption": "Bom"}]})], [None, Cause.TRUNCATED]),
    ],
)
def test_a_look_at_the_own_posts(answers: list[Answer], found: list[Cause | None]) -> None:
    told = talk(PLATFORM.read_own(ACCOUNT, LIVE), *answers)

    assert causes(told.value) == [(Ability.READ_BACK, cause) for cause in found]


@pytest.mark.parametrize(
    ("answers", "cause"),
    [
        ([said(200, {"html": "<b>"})], None),
        ([page(200)], Cause.READER_RESTRICTED),
        ([GONE, said(200, POST)], Cause.READER_RESTRICTED),
        ([GONE, *THRICE], Cause.NOT_VISIBLE),
        ([page(503)], Cause.PLATFORM_FAULT),
    ],
)
def test_a_citizens_look_is_the_embedded_view(answers: list[Answer], cause: Cause | None) -> None:
    told = talk(PLATFORM.see_as_citizen(ACCOUNT, LIVE), *answers)

    assert causes(told.value) == [(Ability.PUBLIC, cause)]
    assert told.requests[0].url == "https://graph.facebook.com/v26.0/instagram_oembed"
    assert told.requests[0].params == {"url": LINK}


def test_without_the_login_by_facebook_a_post_stays_until_a_person_deletes_it() -> None:
    refused = talk(PLATFORM.withdraw(ACCOUNT, LIVE), error(10, status=403))
    deleted = talk(PLATFORM.withdraw(ACCOUNT, LIVE), DELETED, FileAnswer())

    assert refused.value == StillThere(Cause.PERMISSION_MISSING, "HTTP 403, code 10/None")
    assert deleted.value == Withdrawn("HTTP 200")


def test_with_its_post_a_card_goes_from_its_public_address_too() -> None:
    held = talk(PLATFORM.withdraw(ACCOUNT, LIVE), DELETED, FileAnswer())

    (removed,) = [step for step in held.steps if isinstance(step, RemoveFile)]
    assert removed.path.startswith(f"{ACCOUNT.board_folder}/{RENDERED.payload['name']}/card-")


def test_a_card_that_stays_is_told_and_the_post_is_down_all_the_same() -> None:
    held = talk(PLATFORM.withdraw(ACCOUNT, LIVE), DELETED, FileAnswer(error="EROFS"))

    assert held.value == Withdrawn("HTTP 200; its card still hangs: EROFS")


def test_other_keys_of_the_usage_header_mean_the_same() -> None:
    """Python-facebook's tests: Instagram's hosts say `call_volume` and `cpu_time`."""
    answer = said(200, {}, x_app_usage='{"call_volume":7,"cpu_time":0}')

    (window,) = PLATFORM.windows(Request(method="GET", url="https://a.example"), answer)

    assert (window.name, window.remaining) == ("calls", 93)


async def test_on_its_face_nothing_of_a_withdrawn_post_is_left_to_be_seen(tmp_path: Path) -> None:
    async with facing("instagram", tmp_path) as faced:
        rendered = faced.render()
        live = published(rendered, await faced.publish(rendered), now())
        before = hanging(tmp_path)
        steps = faced.platform.withdraw(faced.account, live)
        assert steps is not None

        result = await faced.drive(steps)

    assert len(before) == 1
    assert result == Withdrawn("HTTP 200")
    assert hanging(tmp_path) == []
    assert [post["visible"] for post in faced.posts] == [False]


def hanging(folder: Path) -> list[Path]:
    """Return the cards that hang in the notice board's folder."""
    return list(folder.rglob("card-*.jpg"))
