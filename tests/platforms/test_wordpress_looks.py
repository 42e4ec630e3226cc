"""What is seen of us on a WordPress: by us, and by citizens through caches and past them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Receipt
from sentinel.platforms import Published
from sentinel.platforms.wordpress import PLATFORM
from sentinel.wire import Response
from tests.platforms.talk import Answer, causes, draft, page, said, talk
from tests.platforms.test_wordpress import ACCOUNT, KEY, RENDERED, SITE, STRANGER, error, shown

LINK = f"{SITE}/{KEY}/"
LAST = Published(receipt=Receipt(post_id="4", permalink=LINK), rendered=RENDERED)
ME = said(200, {"id": 2, "capabilities": {"publish_posts": True}})


def seen(text: str, *, url: str = LINK, status: int = 200) -> Response:
    """Return a page as a citizen gets it."""
    body = f"<html><head><title>x</title></head><body>{text}</body></html>".encode()
    return Response(
        status=status, headers={"date": "Fri, 20 Nov 2026 12:00:00 GMT"}, body=body, url=url
    )


POST = f"<h1>Bombe in der Neustadt</h1>{RENDERED.payload['content']}"
NOT_VISIBLE = [(Ability.PUBLIC, Cause.NOT_VISIBLE)]
RESTRICTED = [(Ability.PUBLIC, Cause.READER_RESTRICTED)]


@pytest.mark.parametrize(
    ("plain", "fresh", "found"),
    [
        (seen(POST), seen(POST), [(Ability.PUBLIC, None)]),
        (seen("Willkommen"), seen(POST), NOT_VISIBLE),
        (seen(POST), seen("", status=404), NOT_VISIBLE),
        (seen("Wartung"), seen("Wartung"), NOT_VISIBLE),
        (seen(POST.replace("Nr. 17", "Nr. 170")), seen("x"), NOT_VISIBLE),
        (seen("", status=404), seen("", status=404), NOT_VISIBLE),
        (seen("", status=503), seen("", status=503), [(Ability.PUBLIC, Cause.PLATFORM_FAULT)]),
        (seen("", status=403), seen("", status=403), RESTRICTED),
        (seen("Login", url=f"{SITE}/wp-login.php"), seen("Login", url=SITE), RESTRICTED),
    ],
    ids=["both", "old cache", "only cache", "page", "longer", "gone", "down", "wall", "login"],
)
def test_a_citizens_page_must_show_it_plainly_and_past_the_cache(
    plain: Response, fresh: Response, found: list[Any]
) -> None:
    held = talk(PLATFORM.see_as_citizen(ACCOUNT, LAST), plain, fresh)

    assert causes(held.value) == found
    assert [each.url for each in held.requests] == [LINK, LINK]
    assert all(each.anonymous and "Authorization" not in each.headers for each in held.requests)
    assert held.requests[0].params == {}
    assert held.requests[1].params["sentinel"]


def test_an_old_page_in_a_cache_is_named_as_such() -> None:
    report = talk(PLATFORM.see_as_citizen(ACCOUNT, LAST), seen("alt"), seen(POST)).value

    assert "a cache shows an old page" in report.findings[0].evidence


def test_typographic_quotes_of_the_theme_change_nothing() -> None:
    rendered = PLATFORM.render(draft('Sperrung "Am Markt" - sofort'), ACCOUNT)
    last = replace(LAST, rendered=rendered)
    shown_so = "<h1>Sperrung &#8220;Am Markt&#8221; &#8211; sofort</h1><p>… Nr. 17</p>"

    report = talk(PLATFORM.see_as_citizen(ACCOUNT, last), seen(shown_so), seen(shown_so)).value

    assert causes(report) == [(Ability.PUBLIC, None)]


def test_before_the_first_post_the_front_page_proves_nothing() -> None:
    report = talk(PLATFORM.see_as_citizen(ACCOUNT, None), seen("Willkommen")).value

    assert causes(report) == [(Ability.PUBLIC, None)]
    assert not report.findings[0].proves


@pytest.mark.parametrize(
    ("script", "cause", "confirmed"),
    [
        ([ME], None, True),
        ([said(200, {"id": 2, "capabilities": {}})], Cause.PERMISSION_MISSING, True),
        ([said(200, {"id": 2})], Cause.PLATFORM_FAULT, True),
        ([STRANGER, STRANGER], Cause.CREDENTIAL_REJECTED, True),
        ([STRANGER, said(200, {"uuid": "0eb4ce6e"})], Cause.CREDENTIAL_REJECTED, False),
        ([STRANGER, page(403)], Cause.CREDENTIAL_REJECTED, False),
        ([error(401, "incorrect_password"), STRANGER], Cause.CREDENTIAL_REJECTED, True),
        ([page(403), page(403)], Cause.PLATFORM_FAULT, True),
        ([page(503)], Cause.PLATFORM_FAULT, True),
        ([error(404, "rest_no_route")], Cause.PERMISSION_MISSING, True),
    ],
)
def test_a_password_is_called_dead_when_a_second_call_agrees(
    script: list[Answer], cause: Cause | None, *, confirmed: bool
) -> None:
    report = talk(PLATFORM.check_credentials(ACCOUNT), *script).value

    assert causes(report) == [(Ability.PUBLISH, cause)]
    assert report.findings[0].confirmed == confirmed


def test_a_category_that_does_not_exist_is_told_and_takes_nothing_down() -> None:
    settled = replace(ACCOUNT, settings={"categories": ("warnungen", "gibt-es-nicht")})
    known = said(200, [{"id": 7, "slug": "warnungen"}])

    finding = talk(PLATFORM.check_credentials(settled), ME, known).value.findings[0]

    assert finding.cause is None
    assert finding.evidence == "HTTP 200; 1 of 2 categories missing"


def test_the_rehearsal_writes_a_draft_and_deletes_it_for_good() -> None:
    none, made, gone = said(200, []), said(201, {"id": 9}), said(200, {"deleted": True})

    held = talk(PLATFORM.rehearse(ACCOUNT), none, made, gone)

    assert [each.method for each in held.requests] == ["GET", "POST", "DELETE"]
    assert held.requests[1].json["status"] == "draft"
    assert held.requests[2].params["force"] == "true"
    assert not any(each.commits for each in held.requests)
    assert causes(held.value) == [(Ability.PUBLISH, None)]


def test_a_rehearsal_that_could_not_clean_up_is_used_again_by_the_next() -> None:
    left, made, stays = said(200, [{"id": 9}]), said(200, {"id": 9}), page(500)

    held = talk(PLATFORM.rehearse(ACCOUNT), left, made, stays)

    assert held.asked[1] == "POST /wp-json/wp/v2/posts/9"
    assert held.value.findings[0].evidence == "written, not removed: HTTP 500, not JSON"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (said(200, shown("publish")), [None]),
        (said(200, shown("publish", content={"raw": "<p>Bitte</p>"})), [None, Cause.TRUNCATED]),
        (said(200, shown("future")), [Cause.NOT_VISIBLE]),
        (said(200, shown("trash")), [Cause.NOT_VISIBLE]),
        (error(404, "rest_post_invalid_id"), [Cause.NOT_VISIBLE]),
        (said(200, {"id": 5}), [Cause.PLATFORM_FAULT]),
        (page(503), [Cause.PLATFORM_FAULT]),
        (page(429), [Cause.RATE_LIMITED]),
    ],
)
def test_reading_back_compares_status_and_text(answer: Response, found: list[Cause | None]) -> None:
    report = talk(PLATFORM.read_own(ACCOUNT, LAST), answer).value

    assert [each.cause for each in report.findings] == found
