"""Mastodon: what is asked beside posting: the token, the limits, what is seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    Receipt,
)
from sentinel.domain.observation import Window
from sentinel.platforms import Published
from sentinel.platforms.mastodon import PLATFORM
from tests.platforms.talk import Answer, account, causes, draft, page, said, talk

ACCOUNT = account("https://social.example", "https://social.example", {"access_token": "t0ken"})
RENDERED = PLATFORM.render(draft(), ACCOUNT)
STATUS = {
    "id": "114",
    "url": "https://social.example/@stadt/114",
    "visibility": "public",
    "content": "<p>Bombe in der Neustadt</p><p>Bitte verlassen Sie das Gebiet.</p><p>Nr. 17</p>",
}
LIVE = Published(receipt=Receipt(post_id="114"), rendered=RENDERED)
ME = said(200, {"id": "9"})
APP = said(200, {"name": "sentinel", "scopes": ["profile", "write:statuses"]})


@pytest.mark.parametrize(
    ("me", "app", "cause", "confirmed"),
    [
        (ME, APP, None, True),
        (said(401, {"error": "x"}), APP, Cause.CREDENTIAL_REJECTED, False),
        (said(401, {"error": "x"}), said(401, {"error": "x"}), Cause.CREDENTIAL_REJECTED, True),
        (said(401, {"error": "x"}), page(401), Cause.CREDENTIAL_REJECTED, False),
        (page(401), page(401), Cause.PLATFORM_FAULT, True),
        (said(403, {"error": "x"}), APP, Cause.ACCOUNT_LOCKED, True),
        (ME, said(200, {"scopes": ["read"]}), Cause.PERMISSION_MISSING, True),
        (said(403, {}), said(200, {"scopes": ["write:statuses"]}), None, True),
        (said(422, {"error": "x"}), APP, Cause.PERMISSION_MISSING, True),
        (said(200, {}), APP, Cause.PLATFORM_FAULT, True),
    ],
)
def test_a_credential_is_judged_by_two_calls(
    me: Answer, app: Answer, cause: Cause | None, *, confirmed: bool
) -> None:
    told = talk(PLATFORM.check_credentials(ACCOUNT), me, app)

    (seen,) = told.value.findings
    assert (seen.ability, seen.cause, seen.confirmed) == (Ability.PUBLISH, cause, confirmed)


def test_rehearsing_asks_for_the_scope_and_sends_nothing() -> None:
    told = talk(PLATFORM.rehearse(ACCOUNT), APP)
    old = talk(PLATFORM.rehearse(ACCOUNT), said(200, {"name": "before 4.3"}))
    lacking = talk(PLATFORM.rehearse(ACCOUNT), said(200, {"scopes": ["read"]}))

    assert told.asked == ["GET /api/v1/apps/verify_credentials"]
    assert told.value.findings[0].cause is None
    assert not old.value.findings[0].proves
    assert lacking.value.findings[0].cause is Cause.PERMISSION_MISSING


def test_what_is_live_is_compared_with_what_was_sent() -> None:
    whole = talk(PLATFORM.read_own(ACCOUNT, LIVE), said(200, STATUS))
    cut = talk(PLATFORM.read_own(ACCOUNT, LIVE), said(200, STATUS | {"content": "<p>Bombe</p>"}))
    hidden = talk(PLATFORM.read_own(ACCOUNT, LIVE), said(200, STATUS | {"visibility": "unlisted"}))
    gone = talk(PLATFORM.read_own(ACCOUNT, LIVE), said(404, {"error": "x"}))

    assert causes(whole.value) == [(Ability.READ_BACK, None)]
    assert causes(cut.value) == [(Ability.READ_BACK, None), (Ability.READ_BACK, Cause.TRUNCATED)]
    assert causes(hidden.value) == [
        (Ability.READ_BACK, None),
        (Ability.PUBLIC, Cause.READER_RESTRICTED),
    ]
    assert causes(gone.value) == [(Ability.READ_BACK, Cause.NOT_VISIBLE)]


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (said(200, STATUS), None),
        (said(200, STATUS | {"visibility": "unlisted"}), Cause.READER_RESTRICTED),
        (said(401, {"error": "x"}), Cause.READER_RESTRICTED),
        (page(200), Cause.READER_RESTRICTED),
        (said(404, {"error": "x"}), Cause.NOT_VISIBLE),
        (page(403), Cause.PLATFORM_FAULT),
        (said(503, {"error": "x"}), Cause.PLATFORM_FAULT),
        (said(429, {"error": "x"}), Cause.RATE_LIMITED),
    ],
)
def test_a_citizen_looks_without_login(answer: Answer, cause: Cause | None) -> None:
    told = talk(PLATFORM.see_as_citizen(ACCOUNT, LIVE), answer)

    assert told.requests[0].anonymous
    assert not told.requests[0].headers
    assert [each.cause for each in told.value.findings] == [cause]


def test_a_deliberately_unlisted_post_is_no_finding() -> None:
    quiet = replace(ACCOUNT, settings={"visibility": "unlisted"})
    rendered = PLATFORM.render(draft(), quiet)

    told = talk(
        PLATFORM.publish(quiet, rendered, {}), said(200, STATUS | {"visibility": "unlisted"})
    )

    assert isinstance(told.value, Accepted)
    assert told.value.note is None


def test_the_headers_window_is_named_by_how_far_its_reset_is() -> None:
    post = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), said(200, STATUS)).requests[0]
    limits = {"x_ratelimit_limit": "300", "x_ratelimit_remaining": "227"}

    far = PLATFORM.windows(post, said(200, x_ratelimit_reset="2026-11-20T14:59:59Z", **limits))
    near = PLATFORM.windows(post, said(200, x_ratelimit_reset="2026-11-20T12:04:00Z", **limits))

    assert far == (
        Window(
            name="posts",
            limit=300,
            remaining=227,
            resets_at=datetime(2026, 11, 20, 14, 59, 59, tzinfo=UTC),
            per=timedelta(hours=3),
        ),
    )
    assert near[0].name == "calls"
    assert near[0].per == timedelta(minutes=5)


def test_staff_hear_if_notifications_can_be_read() -> None:
    good = talk(PLATFORM.listen(ACCOUNT), said(200, []))
    barred = talk(PLATFORM.listen(ACCOUNT), said(403, {"error": "x"}))

    assert good.value.findings[0].cause is None
    assert barred.value.findings[0].cause is Cause.PERMISSION_MISSING
    assert barred.value.findings[0].ability is Ability.LISTEN
