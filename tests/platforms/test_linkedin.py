"""LinkedIn: how a text is written and counted, and what each answer of the sheet comes to."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from sentinel.platforms import Published
from sentinel.platforms.linkedin import PLATFORM, answers
from sentinel.platforms.linkedin.answers import TABLE, Row
from sentinel.platforms.linkedin.text import escaped, plain
from sentinel.wire import RenewalFailed, Response
from sentinel.wire.rows import How
from tests.platforms.talk import NOON, NOON_DATE, account, causes, draft, lost, page, said, talk

TOKEN = {"access_token": "t"}
APP = TOKEN | {"client_id": "c", "client_secret": "s"}
WHOLE = APP | {"refresh_token": "r"}
HOSTS = ("https://api.linkedin.com", "https://www.linkedin.com")
ACCOUNT = account(*HOSTS, TOKEN, organisation="1000003", api_version="202607")
ASKING = account(*HOSTS, APP, organisation="1000003")
RENEWING = account(*HOSTS, WHOLE, organisation="1000003")
RENDERED = PLATFORM.render(draft(), ACCOUNT)
URN = "urn:li:share:7141138937766391808"
ONE = "/rest/posts/urn%3Ali%3Ashare%3A7141138937766391808"
RECEIPT = Receipt(post_id=URN, permalink=f"https://www.linkedin.com/feed/update/{URN}/")
CREATED = Response(status=201, headers={"date": NOON_DATE, "x-restli-id": URN})
FAULT, TEXT, NO_RIGHT = Cause.PLATFORM_FAULT, Cause.CONTENT_REJECTED, Cause.PERMISSION_MISSING
REJECTED, EXPIRED = Cause.CREDENTIAL_REJECTED, Cause.CREDENTIAL_EXPIRED


def live(text: str = RENDERED.text, **more: Any) -> dict[str, Any]:
    """A post as LinkedIn shows it."""
    shown = {"id": URN, "commentary": escaped(text), "visibility": "PUBLIC"}
    return shown | {"lifecycleState": "PUBLISHED", "createdAt": int(NOON.timestamp() * 1000)} | more


def copy_of(urn: str) -> Response:
    """The refusal of a copy, word for word as in a public report of 2023."""
    message = "com.linkedin.content.common.exception.BadRequestResponseException: "
    return said(
        422,
        {
            "errorDetailType": "com.linkedin.common.error.BadRequest",
            "message": f"{message}Content is a duplicate of {urn}",
            "errorDetails": {
                "inputErrors": [
                    {
                        "description": "Duplicate post is detected",
                        "input": {},
                        "code": "DUPLICATE_POST",
                    }
                ]
            },
            "status": 422,
        },
    )


MISSING = said(404, {"status": 404, "code": "NOT_FOUND", "message": "Not Found"})


def published(text: str = RENDERED.text) -> Published:
    rendered = RENDERED if text == RENDERED.text else PLATFORM.render(draft(text), ACCOUNT)
    return Published(receipt=RECEIPT, rendered=rendered)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("This is a test. (This is also a test.)", r"This is a test. \(This is also a test.\)"),
        ("Va al repo (durable)", r"Va al repo \(durable\)"),
        ("#Hinweis", r"\#Hinweis"),
        (r"\ | { } @ [ ] ( ) < > # * _ ~", r"\\ \| \{ \} \@ \[ \] \( \) \< \> \# \* \_ \~"),
        ("Straße 5 – „gesperrt“!", "Straße 5 – „gesperrt“!"),
    ],
)
def test_every_reserved_character_of_the_sheet_is_escaped(text: str, sent: str) -> None:
    assert (escaped(text), plain(sent)) == (sent, text)


@given(st.text(alphabet=r"\|{}@[]()<>#*_~ab Ä"))
def test_what_is_escaped_is_read_as_it_was(text: str) -> None:
    assert plain(escaped(text)) == text
    assert not re.search(r"(?<!\\)(?:\\\\)*[|{}@\[\]()<>#*_~]", escaped(text))


@pytest.mark.parametrize(
    ("commentary", "text"),
    [(r"{hashtag|\#|Hinweis} an alle", "#Hinweis an alle"), ("{hashtag|#|A} b", "#A b")],
)
def test_a_hashtag_as_linkedin_writes_it_is_read_as_a_hashtag(commentary: str, text: str) -> None:
    assert plain(commentary) == text


def test_the_text_is_counted_without_escapes_in_utf16_units_and_fits_with_them() -> None:
    brackets = PLATFORM.render(draft("Bombe", "(Halt) " * 400), ACCOUNT)
    letters = PLATFORM.render(draft("Bombe", "Halt an " * 350), ACCOUNT)

    assert PLATFORM.length("(a) 😀") == 6
    assert brackets.cut == ("text",)
    assert len(escaped(brackets.text)) <= 3000
    assert (letters.cut, letters.length) == ((), len(letters.text))


def test_a_post_names_version_page_and_text_and_is_read_back() -> None:
    text = "Sperrung (Neustadt) #Bombe"
    rendered = PLATFORM.render(draft("Bombe", text), ACCOUNT)

    told = talk(PLATFORM.publish(ACCOUNT, rendered, {}), CREATED, said(200, live(rendered.text)))

    assert told.value == Accepted(receipt=RECEIPT, evidence="HTTP 201")
    assert told.asked == ["POST /rest/posts", f"GET {ONE}"]
    post = told.requests[0]
    assert (post.commits, post.encoded) == (True, True)
    assert post.headers == {
        "LinkedIn-Version": "202607",
        "X-Restli-Protocol-Version": "2.0.0",
        "Authorization": "Bearer t",
    }
    assert post.json["author"] == "urn:li:organization:1000003"
    assert r"Sperrung \(Neustadt\) \#Bombe" in post.json["commentary"]
    assert (post.json["visibility"], post.json["lifecycleState"]) == ("PUBLIC", "PUBLISHED")


def test_a_post_that_was_cut_in_silence_is_accepted_with_a_note() -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), CREATED, said(200, live("Bombe in der ")))

    assert isinstance(told.value, Accepted)
    assert told.value.note is Cause.TRUNCATED


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("Bombe\n\nSiehe https://lnkd.in/d1 jetzt.\n\nNr. 17", None),
        ("Bombe\n\nSiehe https://lnkd.in/d1", Cause.TRUNCATED),
        ("Bombe\n\nSiehe https://other.example/ jetzt.\n\nNr. 17", Cause.TRUNCATED),
    ],
    ids=["short link", "cut behind it", "another link"],
)
def test_a_short_link_of_linkedins_own_is_not_taken_for_a_cut(
    text: str, note: Cause | None
) -> None:
    rendered = PLATFORM.render(draft("Bombe", "Siehe https://www.example.org/a_b jetzt."), ACCOUNT)

    told = talk(PLATFORM.publish(ACCOUNT, rendered, {}), CREATED, said(200, live(text)))

    assert isinstance(told.value, Accepted)
    assert told.value.note is note


@pytest.mark.parametrize("look", [MISSING, lost(), said(403, {"code": "ACCESS_DENIED"}), page(503)])
def test_a_post_that_cannot_be_read_yet_is_accepted_all_the_same(look: Any) -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), CREATED, look)

    assert told.value == Accepted(receipt=RECEIPT, evidence="HTTP 201")


def test_a_post_shown_to_some_only_is_accepted_with_a_note() -> None:
    seen = said(200, live(visibility="LOGGED_IN"))

    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), CREATED, seen)

    assert isinstance(told.value, Accepted)
    assert told.value.note is Cause.READER_RESTRICTED


@pytest.mark.parametrize("named", ["", "170", "urn:li:person:1", "urn:li:share:1; x"])
def test_success_without_a_name_is_unclear(named: str) -> None:
    answer = Response(status=201, headers={"x-restli-id": named})

    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), answer)

    assert told.value == Unclear(FAULT, "HTTP 201, no x-restli-id")


def test_a_name_that_comes_encoded_is_the_same_name() -> None:
    answer = Response(status=201, headers={"x-restli-id": URN.replace(":", "%3A")})

    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), answer, MISSING)

    assert isinstance(told.value, Accepted)
    assert told.value.receipt == RECEIPT


NOT_ACTIVE = {"status": 426, "code": "NONEXISTENT_VERSION"}
SHEET: list[tuple[int, dict[str, Any], type[Outcome], Cause]] = [  # section 5.5, line by line
    (401, {"code": "REVOKED_ACCESS_TOKEN", "serviceErrorCode": 65601}, Refused, REJECTED),
    (401, {"code": "EXPIRED_ACCESS_TOKEN", "serviceErrorCode": 65602}, Refused, EXPIRED),
    (401, {"code": "INVALID_ACCESS_TOKEN", "serviceErrorCode": 65600}, Refused, REJECTED),
    (401, {"code": "EXPIRED_ACCESS_TOKEN", "serviceErrorCode": 65601}, Refused, EXPIRED),
    (401, {"code": "REVOKED_ACCESS_TOKEN", "serviceErrorCode": 65602}, Refused, REJECTED),
    (401, {"serviceErrorCode": 65600}, Refused, REJECTED),
    (401, {"serviceErrorCode": 65601}, Refused, REJECTED),
    (401, {"serviceErrorCode": 65602}, Refused, EXPIRED),
    (401, {"message": "Unauthorized"}, Refused, REJECTED),
    (403, {"code": "ACCESS_DENIED"}, Refused, NO_RIGHT),
    (403, {"serviceErrorCode": 100}, Refused, NO_RIGHT),
    (426, NOT_ACTIVE, Refused, Cause.API_VERSION_ENDED),
    (400, {"code": "NONEXISTENT_VERSION"}, Refused, Cause.API_VERSION_ENDED),
    (400, {"code": "VERSION_MISSING"}, Refused, Cause.API_VERSION_ENDED),
    (426, {"message": "Upgrade Required"}, Refused, Cause.API_VERSION_ENDED),
    (422, {"errorDetails": {"inputErrors": [{"code": "FIELD_LENGTH"}]}}, Refused, TEXT),
    (400, {"serviceErrorCode": 0, "message": "Request body error"}, Refused, TEXT),
    (429, {"serviceErrorCode": 101}, Throttled, Cause.RATE_LIMITED),
    (500, {"message": "Unable to obtain activity"}, Unclear, FAULT),
    (503, {"message": "Service Unavailable"}, Unclear, FAULT),
    (504, {"message": "Gateway Timeout"}, Unclear, FAULT),
    (418, {"code": "NEVER_SEEN"}, Unclear, FAULT),
]


@pytest.mark.parametrize(("status", "body", "outcome", "cause"), SHEET)
def test_each_answer_of_the_sheet_has_its_outcome(
    status: int, body: dict[str, Any], outcome: type[Outcome], cause: Cause
) -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), said(status, body))

    assert isinstance(told.value, outcome)
    assert not isinstance(told.value, Accepted)
    assert told.value.cause is cause
    if isinstance(told.value, Refused):
        assert (told.value.scope is Scope.CONTENT) == (cause is TEXT)


def test_every_row_of_the_table_is_met_by_a_line_of_the_sheet() -> None:
    lines = [said(status, body) for status, body, _, _ in SHEET]

    met = {answers.judge(each) for each in (*lines, copy_of(URN), said(403, {}))}

    assert set(TABLE) <= met | {Row(None, None, How.UNCLEAR, FAULT)}


REPORTED = [  # word for word as others have reported them in public
    (
        (
            b'{"status":426,"code":"NONEXISTENT_VERSION","message":"Requested version 20250101 is '
            b'not active"}'
        ),
        426,
        Refused,
        Cause.API_VERSION_ENDED,
    ),
    (
        (
            b'{ "status": 426, "code": "NONEXISTENT_VERSION", "message": "Requested version '
            b'20220601 is not active"}'
        ),
        426,
        Refused,
        Cause.API_VERSION_ENDED,
    ),
]


@pytest.mark.parametrize(("body", "status", "outcome", "cause"), REPORTED)
def test_answers_that_others_reported_end_as_the_sheet_demands(
    body: bytes, status: int, outcome: type[Refused], cause: Cause
) -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), Response(status=status, body=body))

    assert isinstance(told.value, outcome)
    assert (told.value.cause, told.value.scope) == (cause, Scope.CHANNEL)


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, Unclear), (302, Unclear), (403, Failed), (503, Unclear)]
)
def test_a_page_is_never_about_the_token(status: int, outcome: type[Outcome]) -> None:
    told = talk(PLATFORM.publish(RENEWING, RENDERED, {}), page(status))

    assert isinstance(told.value, outcome)


def test_a_refusal_that_passes_by_itself_is_asked_for_once_more() -> None:
    passing = said(403, {"status": 403, "message": "resource is forbidden"})

    again = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), passing, CREATED, MISSING)
    twice = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), passing, passing)

    assert isinstance(again.value, Accepted)
    assert twice.value == Refused(NO_RIGHT, evidence="HTTP 403")


def test_a_limit_without_a_time_has_none_and_one_with_a_time_has_it() -> None:
    silent = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), said(429, {"status": 429}))
    stated = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), said(429, {}, retry_after="60"))

    assert silent.value == Throttled(until=None, evidence="HTTP 429")
    assert stated.value == Throttled(until=NOON + timedelta(seconds=60), evidence="HTTP 429")


def test_a_copy_of_our_own_live_post_is_that_post() -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), copy_of(URN), said(200, live()))

    assert told.asked == ["POST /rest/posts", f"GET {ONE}"]
    assert told.value == Accepted(receipt=RECEIPT, evidence="HTTP 422, DUPLICATE_POST, found")


def test_a_copy_of_a_post_that_is_gone_is_refused_and_never_called_live() -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), copy_of(URN), MISSING, MISSING)

    assert isinstance(told.value, Refused)
    assert (told.value.cause, told.value.scope) == (TEXT, Scope.CONTENT)
    assert told.waited_s == 5


def test_a_copy_of_something_else_is_refused() -> None:
    other = said(200, live("Bombe in der Neustadt\n\nEntwarnung. Nr. 171"))

    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), copy_of(URN), other)

    assert isinstance(told.value, Refused)
    assert told.value.scope is Scope.CONTENT


@pytest.mark.parametrize("look", [lost(), page(503), said(403, {"code": "ACCESS_DENIED"})])
def test_a_copy_of_what_cannot_be_read_stays_open(look: Any) -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), copy_of(URN), look)

    assert isinstance(told.value, Unclear)


def test_a_copy_that_names_no_post_is_looked_for_among_our_own() -> None:
    nameless = said(409, {"code": "DUPLICATE_POST", "message": "duplicate"})

    found = talk(
        PLATFORM.publish(ACCOUNT, RENDERED, {}), nameless, said(200, {"elements": [live()]})
    )
    none = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), nameless, said(200, {"elements": []}))

    assert isinstance(found.value, Accepted)
    assert isinstance(none.value, Unclear)


def test_after_a_lost_answer_our_post_is_found_among_the_latest() -> None:
    posts = {"elements": [live("Anderes", id="urn:li:share:1"), live()]}

    told = talk(PLATFORM.find(ACCOUNT, RENDERED, {}, NOON), said(200, posts))

    assert told.value == Found(RECEIPT)
    asked = told.requests[0]
    assert asked.url.endswith(
        "/rest/posts?q=author&author=urn%3Ali%3Aorganization%3A1000003&count=10&sortBy=LAST_MODIFIED"
    )
    assert asked.headers["X-RestLi-Method"] == "FINDER"


@pytest.mark.parametrize(
    ("made", "seen"),
    [(NOON, True), (NOON - timedelta(seconds=59), True), (NOON - timedelta(hours=1), False)],
)
def test_a_post_that_lost_its_mark_is_ours_only_if_it_was_made_since(
    made: datetime, *, seen: bool
) -> None:
    cut = live("Bombe in der Neustadt\n\nBitte ver", createdAt=int(made.timestamp() * 1000))

    told = talk(PLATFORM.find(ACCOUNT, RENDERED, {}, NOON), said(200, {"elements": [cut]}))

    assert (
        told.value == Found(RECEIPT, Cause.TRUNCATED) if seen else isinstance(told.value, NotSeen)
    )


def test_yesterdays_warning_with_the_same_words_is_not_this_one() -> None:
    text = RENDERED.text.replace("Nr. 17", "Nr. 16")

    told = talk(PLATFORM.find(ACCOUNT, RENDERED, {}, NOON), said(200, {"elements": [live(text)]}))

    assert isinstance(told.value, NotSeen)
    assert not told.value.repeatable


def test_a_draft_of_ours_is_not_a_post() -> None:
    kept = {"elements": [live(lifecycleState="DRAFT")]}

    told = talk(PLATFORM.find(ACCOUNT, RENDERED, {}, NOON), said(200, kept))

    assert isinstance(told.value, NotSeen)


DEAD = said(401, {"status": 401, "serviceErrorCode": 65602, "code": "EXPIRED_ACCESS_TOKEN"})


def test_a_dead_token_is_renewed_once_where_that_is_possible() -> None:
    fresh = {"access_token": "fresh"}

    told = talk(PLATFORM.publish(RENEWING, RENDERED, {}), DEAD, fresh, CREATED, MISSING)

    assert isinstance(told.value, Accepted)
    assert told.requests[1].headers["Authorization"] == "Bearer fresh"


@pytest.mark.parametrize(("cause", "outcome"), [(REJECTED, Refused), (FAULT, Failed)])
def test_a_token_that_cannot_be_renewed_posts_nothing(cause: Cause, outcome: type[Outcome]) -> None:
    told = talk(PLATFORM.publish(RENEWING, RENDERED, {}), DEAD, RenewalFailed(cause, "HTTP 400"))

    assert isinstance(told.value, outcome)


def test_a_wrong_number_of_the_page_is_our_own_mistake() -> None:
    wrong = account(*HOSTS, TOKEN, organisation="Stadt Musterstadt")

    assert talk(PLATFORM.publish(wrong, RENDERED, {})).value == Refused(
        Cause.BAD_CONFIGURATION, evidence="`organisation` is no number"
    )


def test_a_post_is_deleted_and_one_that_is_gone_counts_as_deleted() -> None:
    deleted = talk(PLATFORM.withdraw(ACCOUNT, published()), Response(status=204))
    gone = talk(PLATFORM.withdraw(ACCOUNT, published()), MISSING, MISSING)
    kept = talk(PLATFORM.withdraw(ACCOUNT, published()), MISSING, said(200, live()))

    assert isinstance(deleted.value, Withdrawn)
    assert deleted.asked == [f"DELETE {ONE}"]
    assert isinstance(gone.value, Withdrawn)
    assert kept.value == StillThere(NO_RIGHT, "HTTP 404 on deleting, HTTP 200 on reading")


def test_a_version_ends_a_year_on_and_ours_is_known_before() -> None:
    versions = PLATFORM.facts.api_versions

    assert versions["202607"] == date(2027, 7, 1)
    assert PLATFORM.facts.settings["api_version"].default == "202607"
    assert all(name == f"{end.year - 1}{end.month:02}" for name, end in versions.items())


def test_the_ready_text_opens_unescaped() -> None:
    link = PLATFORM.compose_link(ACCOUNT, PLATFORM.render(draft("A (b)"), ACCOUNT))

    assert parse_qs(urlsplit(link).query)["text"][0].startswith("A (b)\n")


ACTIVE = {"active": True, "status": "active", "scope": "w_organization_social,r_basicprofile"}
ENDS = {"expires_at": 1797768000}


def test_introspection_tells_the_end_of_the_token() -> None:
    told = talk(PLATFORM.check_credentials(ASKING), said(200, ACTIVE | ENDS))

    assert causes(told.value) == [(Ability.PUBLISH, None)]
    assert told.value.expires_at == datetime(2026, 12, 20, 12, tzinfo=UTC)
    assert told.requests[0].url == "https://www.linkedin.com/oauth/v2/introspectToken"
    assert told.requests[0].form == {"client_id": "c", "client_secret": "s", "token": "t"}


@pytest.mark.parametrize(("status", "cause"), [("expired", EXPIRED), ("revoked", REJECTED)])
def test_a_dead_token_is_believed_when_its_use_says_so_too(status: str, cause: Cause) -> None:
    told_dead = said(200, {"active": False, "status": status})

    agreed = talk(PLATFORM.check_credentials(ASKING), told_dead, DEAD).value.findings[0]
    alone = talk(PLATFORM.check_credentials(ASKING), told_dead, page(503)).value.findings[0]
    serves = talk(PLATFORM.check_credentials(ASKING), told_dead, said(200, {"elements": []}))

    assert (agreed.cause, agreed.confirmed) == (cause, True)
    assert (alone.cause, alone.confirmed) == (cause, False)
    assert causes(serves.value) == [(Ability.PUBLISH, None)]


def test_a_token_without_the_scope_may_not_post() -> None:
    told = talk(PLATFORM.check_credentials(ASKING), said(200, ACTIVE | {"scope": "r_basicprofile"}))

    assert causes(told.value) == [(Ability.PUBLISH, NO_RIGHT)]


@pytest.mark.parametrize(("second", "confirmed"), [(DEAD, True), (said(200, {"sub": "1"}), False)])
def test_without_the_apps_secret_a_second_call_confirms(
    second: Response, *, confirmed: bool
) -> None:
    told = talk(PLATFORM.check_credentials(ACCOUNT), DEAD, second)

    assert (told.value.findings[0].cause, told.value.findings[0].confirmed) == (EXPIRED, confirmed)
    assert told.asked[1] == "GET /v2/userinfo"


def role(name: str, page: str = "urn:li:organization:1000003", state: str = "APPROVED") -> Response:
    return said(200, {"elements": [{"role": name, "organization": page, "state": state}]})


@pytest.mark.parametrize(
    ("roles", "cause"),
    [
        (role("ADMINISTRATOR"), None),
        (role("CONTENT_ADMINISTRATOR"), None),
        (role("ANALYST"), NO_RIGHT),
        (role("ADMINISTRATOR", "urn:li:organization:7"), NO_RIGHT),
        (role("ADMINISTRATOR", state="REVOKED"), NO_RIGHT),
        (said(200, {"elements": []}), NO_RIGHT),
        (said(200, {}), FAULT),
        (said(426, NOT_ACTIVE), Cause.API_VERSION_ENDED),
        (page(403), FAULT),
    ],
)
def test_the_rehearsal_asks_for_the_role_on_our_page(roles: Response, cause: Cause | None) -> None:
    told = talk(PLATFORM.rehearse(ACCOUNT), roles)

    assert causes(told.value) == [(Ability.PUBLISH, cause)]
    assert [request.method for request in told.requests] == ["GET"]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (said(200, live()), [(Ability.READ_BACK, None)]),
        (MISSING, [(Ability.READ_BACK, Cause.NOT_VISIBLE)]),
        (said(200, live(lifecycleState="DRAFT")), [(Ability.READ_BACK, Cause.NOT_VISIBLE)]),
        (
            said(200, live("This is a test. ")),
            [(Ability.READ_BACK, None), (Ability.READ_BACK, Cause.TRUNCATED)],
        ),
        (
            said(200, live(visibility="CONNECTIONS")),
            [(Ability.READ_BACK, None), (Ability.PUBLIC, Cause.READER_RESTRICTED)],
        ),
        (said(403, {"code": "ACCESS_DENIED"}), [(Ability.READ_BACK, NO_RIGHT)]),
        (page(404), [(Ability.READ_BACK, FAULT)]),
    ],
)
def test_reading_back_compares_text_and_who_sees_it(
    answer: Response, found: list[tuple[Ability, Cause | None]]
) -> None:
    told = talk(PLATFORM.read_own(ACCOUNT, published()), answer)

    assert causes(told.value) == found


def shown(status: int, text: str = "", url: str = "") -> Response:
    return Response(status=status, body=f"<html><p>{text}</p></html>".encode(), url=url)


EMBED = f"https://www.linkedin.com/embed/feed/update/{URN}"


@pytest.mark.parametrize(
    ("answer", "cause", "proves"),
    [
        (shown(200, RENDERED.text.replace("\n", "<br>")), None, True),
        (shown(200, RENDERED.text, EMBED), None, True),
        (shown(200, "Sign in", "https://www.linkedin.com/authwall?trk=e"), "restricted", True),
        (shown(200, "Sign in"), "restricted", True),
        (shown(404), "not visible", True),
        (shown(999), None, False),
        (shown(429), None, False),
        (shown(503), "fault", True),
    ],
)
def test_what_a_citizen_sees_is_told_from_a_script_being_turned_away(
    answer: Response, cause: str | None, *, proves: bool
) -> None:
    words = {
        None: None,
        "restricted": Cause.READER_RESTRICTED,
        "not visible": Cause.NOT_VISIBLE,
        "fault": FAULT,
    }

    told = talk(PLATFORM.see_as_citizen(ACCOUNT, published()), answer)

    seen = told.value.findings[0]
    assert (seen.cause, seen.proves) == (words[cause], proves)
    assert told.requests[0].anonymous
    assert told.requests[0].headers == {}


def test_a_renewal_keeps_the_refresh_token_that_comes_back() -> None:
    body = {"access_token": "new", "expires_in": 5184000, "refresh_token": "r"}

    told = talk(PLATFORM.refresh_credentials(RENEWING), said(200, body))

    assert dict(told.value.keep) == {"access_token": "new", "refresh_token": "r"}
    assert told.value.expires_at == NOON + timedelta(days=60)
    assert told.requests[0].url == "https://www.linkedin.com/oauth/v2/accessToken"


def test_an_app_that_is_given_no_refresh_token_renews_nothing() -> None:
    assert PLATFORM.refresh_credentials(ASKING) is None


@pytest.mark.parametrize(("answer", "cause"), [(said(400, {}), REJECTED), (page(400), FAULT)])
def test_a_refused_renewal_says_whether_it_is_certain(answer: Response, cause: Cause) -> None:
    with pytest.raises(RenewalFailed) as failed:
        talk(PLATFORM.refresh_credentials(RENEWING), answer)

    assert failed.value.cause is cause
