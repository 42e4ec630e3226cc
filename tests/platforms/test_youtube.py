"""YouTube: the text that a person is handed, and what is found of channel, access and quota."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import NotSeen, Receipt, Refused
from sentinel.domain.observation import Owner, Window
from sentinel.platforms import Published
from sentinel.platforms.youtube import PLATFORM, answers
from sentinel.platforms.youtube.answers import TABLE
from sentinel.wire import RenewalFailed, Request, Response
from tests.platforms.talk import NOON, account, causes, draft, page, said, talk

KEYS = {"client_id": "c", "client_secret": "s", "refresh_token": "1//first"}
HOSTS = ("https://www.googleapis.com", "https://www.youtube.com")
FRESH = {"access_token": "ya29", "refresh_token": "1//first"}
ACCOUNT = account(*HOSTS, KEYS, channel="UCmusterstadt", session=FRESH)
NEW = account(*HOSTS, KEYS, channel="UCmusterstadt")
RENDERED = PLATFORM.render(draft(), ACCOUNT)
READ, PUBLISH, PUBLIC = Ability.READ_BACK, Ability.PUBLISH, Ability.PUBLIC
FAULT, REJECTED, NO_RIGHT = (
    Cause.PLATFORM_FAULT,
    Cause.CREDENTIAL_REJECTED,
    Cause.PERMISSION_MISSING,
)
MIDNIGHT = datetime(2026, 11, 21, 8, tzinfo=UTC)  # Pacific time, in winter


def channels(*ids: str, **status: str) -> Response:
    """The channels of the token's owner."""
    items = [{"id": each, "status": {"privacyStatus": "public"} | status} for each in ids]
    return said(200, {"kind": "youtube#channelListResponse", "items": items})


OURS = channels("UCmusterstadt")


def refused(status: int, reason: str, **more: Any) -> Response:
    """An error as the Data API words it."""
    inner = {"message": "Kanarienvogel", "domain": "youtube", "reason": reason}
    return said(status, {"error": {"code": status, "errors": [inner]} | more})


@pytest.mark.parametrize(
    ("text", "length"), [("ä" * 2500, 5000), ("ä" * 2501, 5002), ("a😀", 5), ("", 0)]
)
def test_text_is_counted_in_bytes(text: str, length: int) -> None:
    assert PLATFORM.length(text) == length


@pytest.mark.parametrize(("umlauts", "cut"), [(2492, False), (2493, True)])
def test_a_text_takes_5000_bytes(umlauts: int, *, cut: bool) -> None:
    rendered = PLATFORM.render(draft("Bombe", "ä" * umlauts + "b"), ACCOUNT)

    assert (rendered.cut != ()) == cut  # headline, blank lines and mark take 15
    assert rendered.length == len(rendered.text.encode()) <= 5000


def test_what_youtube_refuses_in_a_text_is_written_otherwise() -> None:
    rendered = PLATFORM.render(draft("Pegel < 5 m", "a > b"), ACCOUNT)

    assert rendered.text.startswith("Pegel ‹ 5 m\n\na › b")


def test_a_person_posts_and_no_machine_can_look() -> None:
    posted = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}))
    looked = talk(PLATFORM.find(ACCOUNT, RENDERED, {}, NOON))

    assert PLATFORM.facts.by_hand
    assert posted.value == Refused(Cause.BAD_CONFIGURATION, evidence="a person posts here")
    assert looked.value == NotSeen("a person posts here")
    assert posted.steps == looked.steps == []


def test_our_channel_is_there_and_that_proves_nothing_of_the_person_who_posts() -> None:
    told = talk(PLATFORM.check_credentials(ACCOUNT), OURS)

    assert causes(told.value) == [(READ, None), (PUBLISH, None)]
    assert [each.proves for each in told.value.findings] == [True, False]
    assert told.asked == ["GET /youtube/v3/channels"]
    assert told.requests[0].params == {"part": "id,status", "mine": "true"}
    assert told.requests[0].headers == {"Authorization": "Bearer ya29"}


@pytest.mark.parametrize("answer", [channels("UCsomebody"), channels(), said(200, {})])
def test_a_token_of_another_channel_is_our_own_mistake(answer: Response) -> None:
    told = talk(PLATFORM.check_credentials(ACCOUNT), answer)

    assert causes(told.value) == [(READ, Cause.BAD_CONFIGURATION)]


@pytest.mark.parametrize(
    ("shown", "cause"), [("private", Cause.NOT_VISIBLE), ("unlisted", Cause.READER_RESTRICTED)]
)
def test_a_channel_that_is_not_public_is_said_so(shown: str, cause: Cause) -> None:
    told = talk(PLATFORM.check_credentials(ACCOUNT), channels("UCmusterstadt", privacyStatus=shown))

    assert causes(told.value)[2] == (PUBLIC, cause)


SHEET: list[tuple[int, str, Ability, Cause, datetime | None]] = [  # section 7, "Errors"
    (403, "quotaExceeded", READ, Cause.QUOTA_EXHAUSTED, MIDNIGHT),
    (403, "dailyLimitExceeded", READ, Cause.QUOTA_EXHAUSTED, MIDNIGHT),
    (403, "rateLimitExceeded", READ, Cause.RATE_LIMITED, None),
    (429, "rateLimitExceeded", READ, Cause.RATE_LIMITED, None),
    (403, "userRateLimitExceeded", READ, Cause.RATE_LIMITED, None),
    (400, "uploadLimitExceeded", PUBLISH, Cause.QUOTA_EXHAUSTED, NOON + timedelta(days=1)),
    (403, "forbidden", READ, NO_RIGHT, None),
    (403, "insufficientPermissions", READ, NO_RIGHT, None),
    (403, "accountDelegationForbidden", READ, NO_RIGHT, None),
    (403, "authenticatedUserAccountSuspended", PUBLISH, Cause.ACCOUNT_LOCKED, None),
    (403, "authenticatedUserAccountClosed", PUBLISH, Cause.ACCOUNT_LOCKED, None),
    (401, "youtubeSignupRequired", PUBLISH, Cause.BAD_CONFIGURATION, None),
    (400, "invalidTitle", READ, FAULT, None),
    (500, "backendError", READ, FAULT, None),
    (503, "backendError", READ, FAULT, None),
    (418, "neverSeen", READ, FAULT, None),
]


@pytest.mark.parametrize(("status", "reason", "ability", "cause", "until"), SHEET)
def test_each_answer_of_the_sheet_has_its_cause(
    status: int, reason: str, ability: Ability, cause: Cause, until: datetime | None
) -> None:
    told = talk(PLATFORM.check_credentials(ACCOUNT), refused(status, reason))

    (seen,) = told.value.findings
    assert (seen.ability, seen.cause, seen.until, seen.confirmed) == (ability, cause, until, True)


def test_every_row_of_the_table_is_met_by_a_line_of_the_sheet() -> None:
    lines = [refused(status, reason) for status, reason, _, _, _ in SHEET]
    more = [
        refused(401, "authError"),
        said(401, {}),
        said(403, {}),
        said(429, {}),
        refused(400, "backendError"),
        refused(403, "x", details=[{"reason": "SERVICE_UNAVAILABLE"}]),
    ]

    assert set(TABLE) <= {answers.judge(each) for each in (*lines, *more)}


REPORTED: list[tuple[int, str, Ability, Cause]] = [  # as others have reported them in public
    (
        403,
        """{"error": {"code": 403, "message": "The request cannot be completed because you have
        exceeded your <a href=\\"/youtube/v3/getting-started#quota\\">quota</a>.", "errors":
        [{"message": "…", "domain": "youtube.quota", "reason": "quotaExceeded"}]}}""",
        READ,
        Cause.QUOTA_EXHAUSTED,
    ),
    (
        403,
        """{"error": {"code": 403, "message": "Requests to this API youtube method
        youtube.api.v3.V3DataSearchService.List are blocked.", "errors": [{"message": "…",
        "domain": "global", "reason": "forbidden"}], "status": "PERMISSION_DENIED", "details":
        [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason":
        "API_KEY_SERVICE_BLOCKED", "domain": "googleapis.com"}]}}""",
        READ,
        NO_RIGHT,
    ),
    (
        403,
        """{"error": {"code": 403, "status": "PERMISSION_DENIED", "errors": [{"reason":
        "SERVICE_UNAVAILABLE", "domain": "global"}]}}""",
        READ,
        FAULT,
    ),
]


@pytest.mark.parametrize(("status", "body", "ability", "cause"), REPORTED)
def test_answers_that_others_reported_end_as_the_sheet_demands(
    status: int, body: str, ability: Ability, cause: Cause
) -> None:
    answer = Response(status=status, body=" ".join(body.split()).encode())

    told = talk(PLATFORM.check_credentials(ACCOUNT), answer)

    assert causes(told.value) == [(ability, cause)]


@pytest.mark.parametrize("status", [200, 302, 401, 403, 404, 503])
def test_a_page_is_never_about_the_token(status: int) -> None:
    told = talk(PLATFORM.check_credentials(ACCOUNT), page(status))

    assert causes(told.value) == [(READ, FAULT)]


def test_in_summer_the_quota_is_full_again_an_hour_earlier() -> None:
    answer = refused(403, "quotaExceeded")
    summer = replace(answer, headers={"date": "Mon, 20 Jul 2026 12:00:00 GMT"})

    seen = talk(PLATFORM.check_credentials(ACCOUNT), summer).value.findings[0]

    assert seen.until == datetime(2026, 7, 21, 7, tzinfo=UTC)


def test_units_that_are_used_up_are_a_window_of_the_project() -> None:
    asked = Request(method="GET", url="https://x.example", headers={"Authorization": "Bearer t"})
    window = Window(
        name="calls",
        limit=10_000,
        remaining=0,
        resets_at=MIDNIGHT,
        per=timedelta(days=1),
        scope=Owner.APP,
    )

    assert PLATFORM.windows(asked, refused(403, "quotaExceeded")) == (window,)
    assert PLATFORM.windows(asked, OURS) == ()
    assert PLATFORM.windows(asked, refused(403, "forbidden")) == ()


DEAD = refused(401, "authError")


@pytest.mark.parametrize(("second", "confirmed"), [(DEAD, True), (said(200, {}), False)])
def test_a_dead_token_is_renewed_and_then_confirmed_by_another_question(
    second: Response, *, confirmed: bool
) -> None:
    again: list[Any] = [FRESH, second] if confirmed else []

    told = talk(PLATFORM.check_credentials(ACCOUNT), DEAD, FRESH, DEAD, second, *again)

    seen = told.value.findings[0]
    assert (seen.ability, seen.cause, seen.confirmed) == (READ, REJECTED, confirmed)
    assert told.asked[2] == "GET /youtube/v3/playlistItems"
    assert told.requests[2].params["playlistId"] == "UUmusterstadt"


def test_a_consent_that_has_ended_speaks_against_reading_and_not_against_posting() -> None:
    told = talk(PLATFORM.check_credentials(NEW), RenewalFailed(REJECTED, "HTTP 400, invalid_grant"))

    assert causes(told.value) == [(READ, REJECTED)]


def test_a_token_is_made_on_its_own_host_and_lives_an_hour() -> None:
    body = {"access_token": "ya29.new", "expires_in": 3599, "scope": "x", "token_type": "Bearer"}

    told = talk(PLATFORM.refresh_credentials(NEW), said(200, body))

    assert dict(told.value.keep) == {"access_token": "ya29.new", "refresh_token": "1//first"}
    assert told.value.expires_at == NOON + timedelta(seconds=3599)
    assert told.requests[0].url == "https://oauth2.googleapis.com/token"
    assert (told.requests[0].form or {})["refresh_token"] == "1//first"


def test_a_test_servers_token_is_made_there_and_nowhere_else() -> None:
    test = replace(NEW, base_url="http://127.0.0.1:9900/youtube/stadt")

    told = talk(PLATFORM.refresh_credentials(test), said(200, {"access_token": "a"}))

    assert told.requests[0].url == "http://127.0.0.1:9900/youtube/stadt/token"


def test_a_new_refresh_token_is_kept_and_the_seven_days_of_a_test_are_told() -> None:
    body = {"access_token": "a", "refresh_token": "1//b", "refresh_token_expires_in": 604799}

    session = talk(PLATFORM.refresh_credentials(NEW), said(200, body)).value
    told = talk(PLATFORM.check_credentials(replace(NEW, session=session.keep)), OURS)

    assert session.keep["refresh_token"] == "1//b"
    assert told.value.expires_at == NOON + timedelta(seconds=604799)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (
            said(
                400,
                {
                    "error": "invalid_grant",
                    "error_description": "Token has been expired or revoked.",
                },
            ),
            REJECTED,
        ),
        (said(401, {"error": "invalid_client"}), REJECTED),
        (said(400, {"error": "invalid_request"}), FAULT),
        (page(400), FAULT),
        (said(503, {}), FAULT),
        (said(429, {}), Cause.RATE_LIMITED),
        (said(200, {}), FAULT),
    ],
)
def test_a_refused_renewal_says_whether_it_is_certain(answer: Response, cause: Cause) -> None:
    with pytest.raises(RenewalFailed) as failed:
        talk(PLATFORM.refresh_credentials(NEW), answer)

    assert failed.value.cause is cause


PLAYLISTS = said(
    200,
    {
        "items": [
            {"id": "UCm", "contentDetails": {"relatedPlaylists": {"uploads": "UUmusterstadt"}}}
        ]
    },
)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (said(200, {"items": []}), None),
        (refused(404, "playlistNotFound"), None),  # nothing was ever uploaded
        (page(404), FAULT),
        (refused(403, "quotaExceeded"), Cause.QUOTA_EXHAUSTED),
    ],
)
def test_reading_goes_by_the_playlist_of_uploads_and_never_by_the_dear_search(
    answer: Response, cause: Cause | None
) -> None:
    told = talk(PLATFORM.read_own(ACCOUNT, None), PLAYLISTS, answer)

    assert causes(told.value) == [(READ, cause)]
    assert told.asked == ["GET /youtube/v3/channels", "GET /youtube/v3/playlistItems"]


def published(permalink: str | None) -> Published:
    return Published(receipt=Receipt(post_id="", permalink=permalink), rendered=RENDERED)


FEED = Response(status=200, body=b'<?xml version="1.0"?><feed xmlns="x"></feed>')
CARD = said(200, {"type": "video", "title": "Warnung"})
TEXT = {"content-type": "text/html"}


@pytest.mark.parametrize(
    ("feed", "cause"),
    [
        (FEED, None),
        (page(200), Cause.READER_RESTRICTED),
        (page(401), Cause.READER_RESTRICTED),
        (page(404), Cause.NOT_VISIBLE),
        (page(503), FAULT),
    ],
)
def test_without_a_video_the_channels_feed_is_looked_at(
    feed: Response, cause: Cause | None
) -> None:
    told = talk(PLATFORM.see_as_citizen(ACCOUNT, None), feed)

    assert causes(told.value) == [(PUBLIC, cause)]
    assert told.requests[0].url == "https://www.youtube.com/feeds/videos.xml"
    assert told.requests[0].params == {"channel_id": "UCmusterstadt"}
    assert told.requests[0].anonymous


@pytest.mark.parametrize("link", [None, "https://www.youtube.com/post/Ugkx1", "https://a.example"])
def test_of_a_post_of_the_community_the_feed_proves_nothing(link: str | None) -> None:
    seen = talk(PLATFORM.see_as_citizen(ACCOUNT, published(link)), FEED).value.findings[0]

    assert (seen.cause, seen.proves) == (None, False)


@pytest.mark.parametrize(
    "link",
    [
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=1",
        "https://youtu.be/dQw4w9WgXcQ",
        "https://www.youtube.com/shorts/dQw4w9WgXcQ",
        "https://m.youtube.com/live/dQw4w9WgXcQ",
    ],
)
@pytest.mark.parametrize(
    ("script", "cause"),
    [
        ([CARD], None),
        ([Response(status=401, headers=TEXT, body=b"Unauthorized")], Cause.READER_RESTRICTED),
        ([Response(status=404, headers=TEXT, body=b"Not Found"), FEED], Cause.NOT_VISIBLE),
        ([page(404), page(503)], FAULT),
        ([page(200)], Cause.READER_RESTRICTED),
        ([page(503)], FAULT),
    ],
    ids=["public", "private", "gone", "something before it", "a wall", "a fault"],
)
def test_a_video_whose_address_a_person_gave_is_looked_at(
    link: str, script: list[Response], cause: Cause | None
) -> None:
    told = talk(PLATFORM.see_as_citizen(ACCOUNT, published(link)), *script)

    assert causes(told.value) == [(PUBLIC, cause)]
    assert told.requests[0].params["url"] == "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


@pytest.mark.parametrize("channel", ["@musterstadt", "Stadt", "UC", "UC../x"])
def test_a_channel_without_its_id_is_our_own_mistake(channel: str) -> None:
    wrong = account(*HOSTS, KEYS, channel=channel, session=FRESH)

    assert causes(talk(PLATFORM.check_credentials(wrong)).value) == [
        (READ, Cause.BAD_CONFIGURATION)
    ]
    assert causes(talk(PLATFORM.see_as_citizen(wrong, None)).value) == [
        (PUBLIC, Cause.BAD_CONFIGURATION)
    ]
