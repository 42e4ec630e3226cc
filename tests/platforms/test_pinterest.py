"""Pinterest: a message as a pin, and what each answer of the sheet comes to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

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
from sentinel.domain.observation import Window
from sentinel.platforms import Published
from sentinel.platforms.pinterest import PLATFORM, answers
from sentinel.platforms.pinterest.answers import TABLE
from sentinel.wire import RenewalFailed, Request, Response
from sentinel.wire.pictures import thawed
from tests.platforms.talk import NOON, account, causes, draft, lost, page, said, talk

KEYS = {"client_id": "c", "client_secret": "s", "refresh_token": "first"}
HOSTS = ("https://api.pinterest.com", "https://www.pinterest.com")
FRESH = {"access_token": "pina", "refresh_token": "pinr", "scope": "boards:read,pins:write"}
ACCOUNT = account(*HOSTS, KEYS, board="1000004", session=FRESH)
NEW = account(*HOSTS, KEYS, board="1000004")
RENDERED = PLATFORM.render(draft(), ACCOUNT)
RECEIPT = Receipt(post_id="813", permalink="https://www.pinterest.com/pin/813/")
LIVE = Published(receipt=RECEIPT, rendered=RENDERED)
FAULT, TEXT, NO_RIGHT = Cause.PLATFORM_FAULT, Cause.CONTENT_REJECTED, Cause.PERMISSION_MISSING
DEAD = said(401, {"code": 2, "message": "Authentication failed."})
GONE = said(404, {"code": 50, "message": "Pin not found."})


def pin(**more: Any) -> dict[str, Any]:
    """Our pin as Pinterest shows it."""
    shown = {"id": "813", "title": RENDERED.payload["title"], "description": RENDERED.text}
    return shown | {"link": None, "created_at": "2026-11-20T12:00:00"} | more


@pytest.mark.parametrize(
    ("letters", "cut"), [(799, False), (800, False), (801, True)], ids=["799", "800", "801"]
)
def test_a_description_takes_800(letters: int, *, cut: bool) -> None:
    rest = len("Bombe\n\n\n\nNr. 17")

    rendered = PLATFORM.render(draft("Bombe", "ä" * (letters - rest)), ACCOUNT)

    assert (rendered.cut != ()) == cut
    assert rendered.length <= 800


@pytest.mark.parametrize(
    ("headline", "title"),
    [
        ("ä" * 100, "ä" * 100),
        ("ä" * 101, "ä" * 99 + "…"),
        ("Bombe " * 17, "Bombe " * 15 + "Bombe…"),
        ("😀" * 60, "😀" * 49 + "…"),
    ],
)
def test_a_title_takes_100_also_as_utf16(headline: str, title: str) -> None:
    made = PLATFORM.render(draft(headline.strip()), ACCOUNT).payload["title"]

    assert made == title
    assert len(made.encode("utf-16-le")) // 2 <= 100


@pytest.mark.parametrize(
    ("letters", "length"), [(499, 499), (500, 500), (501, 13)], ids=["499", "500", "501"]
)
def test_an_alternative_text_takes_500(letters: int, length: int) -> None:
    rest = len("Bombe\n\n\n\nNr. 17")

    made = PLATFORM.render(draft("Bombe", "ä" * (letters - rest)), ACCOUNT).payload["alt_text"]

    assert len(made) == length  # the one long word is left out whole


def test_an_alternative_text_says_the_message_in_500() -> None:
    long = PLATFORM.render(draft("Bombe", "Bitte gehen Sie. " * 40), ACCOUNT).payload["alt_text"]
    short = RENDERED.payload["alt_text"]

    assert short == "Bombe in der Neustadt\n\nBitte verlassen Sie das Gebiet.\n\nNr. 17"
    assert 480 < len(long) <= 500


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("https://notices.example/17/", True),
        ("https://a.example/" + "z" * 2030, True),
        ("https://a.example/" + "z" * 2031, False),
        ("tel:115", False),
    ],
    ids=["short", "2048", "2049", "no page"],
)
def test_a_link_takes_2048(link: str, *, kept: bool) -> None:
    rendered = PLATFORM.render(draft(link=link, link_is_notice=True), ACCOUNT)

    assert rendered.payload["link"] == (link if kept else "")


def test_a_pin_is_the_message_as_a_picture_with_its_text() -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), said(201, pin()))

    assert told.value == Accepted(receipt=RECEIPT, evidence="HTTP 201")
    post = told.requests[0]
    assert (post.method, post.url) == ("POST", "https://api.pinterest.com/v5/pins")
    assert post.commits
    media = post.json["media_source"]
    assert {name: post.json[name] for name in ("board_id", "title", "description")} == {
        "board_id": "1000004",
        "title": "Bombe in der Neustadt",
        "description": RENDERED.text,
    }
    assert (media["source_type"], media["content_type"]) == ("image_base64", "image/jpeg")
    assert "link" not in post.json
    with Image.open(BytesIO(thawed(media["data"]))) as picture:
        assert (picture.format, picture.size) == ("JPEG", (1080, 1350))


def test_an_exercise_says_so_in_the_title_too() -> None:
    rendered = PLATFORM.render(draft(exercise=True), ACCOUNT)

    assert rendered.payload["title"] == "ÜBUNG: Bombe in der Neustadt"


def test_a_pin_that_is_shown_otherwise_is_accepted_with_a_note() -> None:
    cut = said(201, pin(description="Bombe in der"))

    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), cut)

    assert isinstance(told.value, Accepted)
    assert told.value.note is Cause.TRUNCATED


@pytest.mark.parametrize("number", [None, True, "", "abc", -1, {"id": 1}])
def test_without_the_number_of_the_pin_it_is_unclear(number: object) -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), said(201, pin(id=number)))

    assert told.value == Unclear(FAULT, "HTTP 201, no id")


SHEET: list[tuple[int, int | None, type[Outcome], Cause]] = [  # section 6, row "errors"
    (401, 3, Refused, NO_RIGHT),
    (401, 7, Refused, NO_RIGHT),
    (403, 29, Refused, Cause.PLAN_REFUSED),
    (403, 7, Refused, NO_RIGHT),
    (403, None, Refused, NO_RIGHT),
    (404, 40, Refused, Cause.BAD_CONFIGURATION),
    (404, 50, Failed, FAULT),
    (429, 8, Throttled, Cause.RATE_LIMITED),
    (429, 30, Throttled, Cause.RATE_LIMITED),
    (429, None, Throttled, Cause.RATE_LIMITED),
    (400, 1, Refused, TEXT),
    (400, 7, Refused, NO_RIGHT),
    (400, 30, Refused, TEXT),  # the code of a rate limit, with another status
    (500, 1, Unclear, FAULT),
    (503, None, Unclear, FAULT),
    (418, 8, Unclear, FAULT),
]


@pytest.mark.parametrize(("status", "code", "outcome", "cause"), SHEET)
def test_each_answer_of_the_sheet_has_its_outcome(
    status: int, code: int | None, outcome: type[Outcome], cause: Cause
) -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), said(status, {"code": code}))

    assert isinstance(told.value, outcome)
    assert not isinstance(told.value, Accepted)
    assert told.value.cause is cause
    if isinstance(told.value, Refused):
        assert (told.value.scope is Scope.CONTENT) == (cause is TEXT)


def test_every_row_of_the_table_is_met_by_a_line_of_the_sheet() -> None:
    lines = [said(status, {"code": code}) for status, code, _, _ in SHEET]

    met = {answers.judge(each) for each in (*lines, DEAD, said(401, {}))}

    assert set(TABLE) <= met


REPORTED = [  # word for word as others have reported them in public
    (
        403,
        (
            '{"code":29,"message":"Apps with Trial access may not create Pins in production '
            "https://api.pinterest.com - use API Sandbox https://api-sandbox.pinterest.com "
            'instead."}'
        ),
        Refused(Cause.PLAN_REFUSED, evidence="HTTP 403, code 29"),
    ),
    (
        201,
        (
            '{"alt_text":null,"board_section_id":"5258814934636085108","board_id":"999658517227244888"'
            ',"description":"Details below","title":"Design","link":"https://www.example.org/19993",'
            '"media":{"media_type":"image"},"created_at":"2022-10-13T01:40:29",'
            '"id":"999658448514149467"}'
        ),
        Accepted(
            receipt=Receipt(
                post_id="999658448514149467",
                permalink="https://www.pinterest.com/pin/999658448514149467/",
            ),
            evidence="HTTP 201",
            note=Cause.TRUNCATED,  # not what we sent
        ),
    ),
]


@pytest.mark.parametrize(("status", "body", "outcome"), REPORTED)
def test_answers_that_others_reported_end_as_the_sheet_demands(
    status: int, body: str, outcome: Outcome
) -> None:
    answer = Response(status=status, body=body.encode())

    assert talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), answer).value == outcome


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, Unclear), (302, Unclear), (403, Failed), (503, Unclear)]
)
def test_a_page_is_never_about_the_token(status: int, outcome: type[Outcome]) -> None:
    assert isinstance(talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), page(status)).value, outcome)


def test_the_first_token_is_obtained_before_anything_is_sent() -> None:
    told = talk(PLATFORM.publish(NEW, RENDERED, {}), FRESH, said(201, pin()))

    assert isinstance(told.value, Accepted)
    assert told.requests[0].headers["Authorization"] == "Bearer pina"


def test_a_dead_token_is_renewed_once_and_a_missing_scope_is_not() -> None:
    renewed = talk(
        PLATFORM.publish(ACCOUNT, RENDERED, {}), DEAD, {"access_token": "b"}, said(201, pin())
    )
    scope = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), said(401, {"code": 3}))

    assert renewed.requests[1].headers["Authorization"] == "Bearer b"
    assert len(scope.requests) == 1


@pytest.mark.parametrize(
    ("cause", "outcome"), [(Cause.CREDENTIAL_REJECTED, Refused), (FAULT, Failed)]
)
def test_a_token_that_cannot_be_renewed_posts_nothing(cause: Cause, outcome: type[Outcome]) -> None:
    told = talk(PLATFORM.publish(NEW, RENDERED, {}), RenewalFailed(cause, "HTTP 401"))

    assert isinstance(told.value, outcome)


POST = Request(method="POST", url="https://api.pinterest.com/v5/pins")
READ = Request(method="GET", url="https://api.pinterest.com/v5/pins/1")
TOKEN = Request(method="POST", url="https://api.pinterest.com/v5/oauth/token")
STATED = {"x_ratelimit_limit": "100, 100;w=1, 1000;w=60", "x_ratelimit_remaining": "99"}


@pytest.mark.parametrize(
    ("request_", "headers", "windows"),
    [
        (
            POST,
            STATED | {"x_ratelimit_reset": "1"},
            (
                Window(
                    name="posts",
                    limit=100,
                    remaining=99,
                    resets_at=NOON + timedelta(seconds=1),
                    per=timedelta(seconds=1),
                ),
            ),
        ),
        (
            READ,
            {"x_ratelimit_limit": "1000", "x_ratelimit_remaining": "0", "x_ratelimit_reset": "60"},
            (
                Window(
                    name="reads", limit=1000, remaining=0, resets_at=NOON + timedelta(seconds=60)
                ),
            ),
        ),
        (POST, {"x_ratelimit_limit": "1000", "x_ratelimit_remaining": "5"}, ()),
        (POST, {"x_ratelimit_limit": "many"}, ()),
        (replace(READ, method="DELETE"), STATED, ()),
        (TOKEN, STATED, ()),
    ],
)
def test_the_headers_of_a_limit_are_read_as_a_list(
    request_: Request, headers: dict[str, str], windows: tuple[Window, ...]
) -> None:
    assert tuple(PLATFORM.windows(request_, said(200, {}, **headers))) == windows


def test_a_429_at_low_use_is_pinterest_defending_itself() -> None:
    low = said(429, {"code": 8}, **STATED, x_ratelimit_reset="1")
    spent = said(
        429, {"code": 8}, **(STATED | {"x_ratelimit_remaining": "0"}), x_ratelimit_reset="9"
    )

    assert talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), low).value == Throttled(
        until=None, own_fault=False, evidence="HTTP 429, code 8"
    )
    assert talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), spent).value == Throttled(
        until=NOON + timedelta(seconds=9), evidence="HTTP 429, code 8"
    )


def test_after_a_lost_answer_our_pin_is_found_on_the_board() -> None:
    items = {"items": [pin(id="1", title="Anderes", description="Anderes"), pin()]}

    told = talk(PLATFORM.find(ACCOUNT, RENDERED, {}, NOON), said(200, items))

    assert told.value == Found(RECEIPT)
    assert told.asked == ["GET /v5/boards/1000004/pins"]


def test_a_pin_is_ours_by_title_and_by_the_link_of_our_notice() -> None:
    notice = PLATFORM.render(draft(link="https://n.example/17/", link_is_notice=True), ACCOUNT)
    shown = pin(description="Bombe in", link="https://n.example/17/")

    told = talk(PLATFORM.find(ACCOUNT, notice, {}, NOON), said(200, {"items": [shown]}))

    assert told.value == Found(RECEIPT, Cause.TRUNCATED)


def test_yesterdays_pin_with_the_same_words_is_not_this_one() -> None:
    old = pin(description=RENDERED.text.replace("Nr. 17", "Nr. 171"))

    told = talk(PLATFORM.find(ACCOUNT, RENDERED, {}, NOON), said(200, {"items": [old]}))

    assert isinstance(told.value, NotSeen)
    assert not told.value.repeatable


def test_a_pin_is_deleted_and_one_that_is_gone_counts_as_deleted() -> None:
    deleted = talk(PLATFORM.withdraw(ACCOUNT, LIVE), Response(status=204))
    gone = talk(PLATFORM.withdraw(ACCOUNT, LIVE), GONE, GONE)
    kept = talk(PLATFORM.withdraw(ACCOUNT, LIVE), GONE, said(200, pin()))

    assert deleted.value == Withdrawn("HTTP 204")
    assert deleted.asked == ["DELETE /v5/pins/813"]
    assert isinstance(gone.value, Withdrawn)
    assert isinstance(kept.value, StillThere)


@pytest.mark.parametrize(("second", "confirmed"), [(DEAD, True), (said(200, {"id": "1"}), False)])
def test_a_dead_token_is_believed_when_a_second_call_says_so(
    second: Response, *, confirmed: bool
) -> None:
    fresh = {"access_token": "b"}
    again: list[Any] = [fresh, second] if confirmed else []

    told = talk(PLATFORM.check_credentials(ACCOUNT), DEAD, fresh, DEAD, second, *again)

    seen = told.value.findings[0]

    assert (seen.cause, seen.confirmed) == (Cause.CREDENTIAL_REJECTED, confirmed)


BOARD = {"id": "1000004", "privacy": "PUBLIC"}


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (said(200, BOARD), [(Ability.PUBLISH, None)]),
        (
            said(200, BOARD | {"privacy": "SECRET"}),
            [(Ability.PUBLISH, None), (Ability.PUBLIC, Cause.NOT_VISIBLE)],
        ),
        (said(404, {"code": 40}), [(Ability.PUBLISH, Cause.BAD_CONFIGURATION)]),
        (said(401, {"code": 3}), [(Ability.PUBLISH, NO_RIGHT)]),
        (page(403), [(Ability.PUBLISH, FAULT)]),
    ],
)
def test_the_rehearsal_asks_for_the_board_and_writes_nothing(
    answer: Response, found: list[tuple[Ability, Cause | None]]
) -> None:
    told = talk(PLATFORM.rehearse(ACCOUNT), answer)

    assert causes(told.value) == found
    assert [each.method for each in told.requests] == ["GET"]


def test_a_token_that_may_not_make_pins_is_told_before_it_matters() -> None:
    reader = replace(ACCOUNT, session=FRESH | {"scope": "boards:read pins:read"})
    silent = replace(ACCOUNT, session={"access_token": "a"})

    told = talk(PLATFORM.rehearse(reader), said(200, BOARD)).value
    unsaid = talk(PLATFORM.rehearse(silent), said(200, BOARD)).value

    assert causes(told) == [(Ability.PUBLISH, NO_RIGHT)]
    assert (causes(unsaid), unsaid.findings[0].proves) == ([(Ability.PUBLISH, None)], False)


def shown(status: int, text: str = "", url: str = "") -> Response:
    return Response(status=status, body=f"<html><h1>{text}</h1></html>".encode(), url=url)


CARD = said(200, {"type": "rich", "title": "Bombe in der Neustadt", "html": "<iframe>"})
NO_CARD = said(404, {"status": "failure"})


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        ([CARD], None),
        ([NO_CARD, shown(404)], Cause.NOT_VISIBLE),  # trial access: its maker reads it well
        ([NO_CARD, shown(200, "Pinterest")], Cause.NOT_VISIBLE),
        ([NO_CARD, shown(200, "Bombe in der Neustadt")], None),
        ([page(503), shown(404)], FAULT),
        (
            [said(403, {}), shown(200, "x", "https://www.pinterest.com/login/")],
            Cause.READER_RESTRICTED,
        ),
        ([page(200), shown(200, "One moment")], Cause.READER_RESTRICTED),
        ([said(429, {}), shown(429)], Cause.RATE_LIMITED),
    ],
)
def test_only_a_look_without_login_tells_whether_citizens_see_a_pin(
    script: list[Response], cause: Cause | None
) -> None:
    told = talk(PLATFORM.see_as_citizen(ACCOUNT, LIVE), *script)

    assert causes(told.value) == [(Ability.PUBLIC, cause)]
    assert all(each.anonymous and not each.headers for each in told.requests)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (said(200, pin()), [(Ability.READ_BACK, None)]),
        (said(200, pin(description=None)), [(Ability.READ_BACK, None)]),
        (GONE, [(Ability.READ_BACK, Cause.NOT_VISIBLE)]),
        (
            said(200, pin(description="Bombe")),
            [(Ability.READ_BACK, None), (Ability.READ_BACK, Cause.TRUNCATED)],
        ),
        (page(404), [(Ability.READ_BACK, FAULT)]),
    ],
)
def test_reading_back_compares_the_text(
    answer: Response, found: list[tuple[Ability, Cause | None]]
) -> None:
    assert causes(talk(PLATFORM.read_own(ACCOUNT, LIVE), answer).value) == found


def test_a_renewal_keeps_the_new_pair_and_uses_it_the_next_time() -> None:
    body = {"access_token": "pina2", "refresh_token": "pinr2", "expires_in": 2592000, "scope": "a"}

    first = talk(PLATFORM.refresh_credentials(NEW), said(200, body))
    second = talk(
        PLATFORM.refresh_credentials(replace(NEW, session=first.value.keep)), said(200, body)
    )

    assert first.value.expires_at == NOON + timedelta(days=30)
    assert first.value.keep["refresh_token"] == "pinr2"
    forms = [talked.requests[0].form or {} for talked in (first, second)]
    assert [form["refresh_token"] for form in forms] == ["first", "pinr2"]
    assert {form["continuous_refresh"] for form in forms} == {"true"}
    assert first.requests[0].headers["Authorization"] == "Basic Yzpz"


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (DEAD, Cause.CREDENTIAL_REJECTED),
        (said(400, {}), Cause.CREDENTIAL_REJECTED),
        (page(401), FAULT),
    ],
)
def test_a_refused_renewal_says_whether_it_is_certain(answer: Response, cause: Cause) -> None:
    with pytest.raises(RenewalFailed) as failed:
        talk(PLATFORM.refresh_credentials(NEW), answer)

    assert failed.value.cause is cause


def test_a_wrong_number_of_the_board_is_our_own_mistake() -> None:
    wrong = account(*HOSTS, KEYS, board="Warnungen", session=FRESH)

    told = talk(PLATFORM.publish(wrong, RENDERED, {}))

    assert isinstance(told.value, Refused)
    assert told.value.cause is Cause.BAD_CONFIGURATION


def test_a_look_up_that_is_lost_says_nothing() -> None:
    with pytest.raises(type(lost())):
        talk(PLATFORM.find(ACCOUNT, RENDERED, {}, NOON), lost())
