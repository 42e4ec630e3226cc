"""Mastodon: one key, one post where the server keeps its word; doubt elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    Found,
    NotSeen,
    Outcome,
    Receipt,
    Refused,
    Scope,
    Throttled,
    Unclear,
)
from sentinel.platforms.mastodon import PLATFORM
from sentinel.wire import Lost
from tests.platforms.talk import NOON, Answer, account, draft, lost, page, said, talk

ACCOUNT = account("https://social.example", "https://social.example", {"access_token": "t0ken"})
RENDERED = PLATFORM.render(draft(), ACCOUNT)
STATUS = {
    "id": "114",
    "url": "https://social.example/@stadt/114",
    "visibility": "public",
    "content": "<p>Bombe in der Neustadt</p><p>Bitte verlassen Sie das Gebiet.</p><p>Nr. 17</p>",
}
ME = said(200, {"id": "9"})
APP = said(200, {"name": "sentinel", "scopes": ["profile", "write:statuses"]})
STOCK = said(200, {"version": "4.6.4", "source_url": "https://github.com/mastodon/mastodon"})


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("check http://example.com and https://example.org/page?x=1#frag", 57),
        ("ftp://files.example.net/resource", 32),
        ("@bob@example.com", 4),
        ("a: 🇪🇪", 4),
        ("b: 👨‍👩‍👧‍👦", 4),
        ("f\u0301", 1),
        ("(see https://example.com.)", 30),
        ("http://127.0.0.1/abcdefghijklmnopq", 34),
        ("a" * 476 + " http://example.org/" + "b" * 300, 500),
    ],
)
def test_text_is_counted_as_the_server_counts_it(text: str, length: int) -> None:
    assert PLATFORM.length(text) == length


def test_the_key_changes_with_the_text_because_a_server_compares_only_keys() -> None:
    other = PLATFORM.render(draft(headline="Entwarnung"), ACCOUNT)

    assert other.key != RENDERED.key
    assert PLATFORM.render(draft(), ACCOUNT).key == RENDERED.key


def test_a_post_carries_its_key_and_brings_home_id_and_address() -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), said(200, STATUS))

    assert told.value == Accepted(
        receipt=Receipt(post_id="114", permalink="https://social.example/@stadt/114"),
        evidence="HTTP 200",
    )
    assert told.asked == ["POST /api/v1/statuses"]
    assert told.requests[0].commits
    assert told.requests[0].headers["Idempotency-Key"] == RENDERED.key
    assert told.requests[0].json == {
        "status": RENDERED.text,
        "visibility": "public",
        "language": "de",
    }


def test_a_post_that_the_server_shows_to_fewer_people_is_accepted_with_a_note() -> None:
    told = talk(
        PLATFORM.publish(ACCOUNT, RENDERED, {}), said(200, STATUS | {"visibility": "unlisted"})
    )

    assert isinstance(told.value, Accepted)
    assert told.value.note is Cause.READER_RESTRICTED


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (said(400, {"error": "x"}), Refused(Cause.CONTENT_REJECTED, Scope.CONTENT, "HTTP 400")),
        (said(401, {"error": "x"}), Refused(Cause.CREDENTIAL_REJECTED, evidence="HTTP 401")),
        (page(401), Failed(Cause.PLATFORM_FAULT, "HTTP 401, not JSON")),
        (page(403), Failed(Cause.PLATFORM_FAULT, "HTTP 403, not JSON")),
        (said(406, {"error": "x"}), Failed(Cause.PLATFORM_FAULT, "HTTP 406")),
        (said(409, {"error": "x"}), Unclear(Cause.PLATFORM_FAULT, "HTTP 409")),  # never seen
        (said(500, {"error": "x"}), Unclear(Cause.PLATFORM_FAULT, "HTTP 500")),
        (said(503, {"error": "x"}), Unclear(Cause.PLATFORM_FAULT, "HTTP 503")),
        (page(524), Unclear(Cause.PLATFORM_FAULT, "HTTP 524, not JSON")),
        (page(200), Unclear(Cause.PLATFORM_FAULT, "HTTP 200, not JSON")),
        (said(200, {}), Unclear(Cause.PLATFORM_FAULT, "HTTP 200, no id")),
    ],
)
def test_each_answer_has_its_outcome(answer: Answer, outcome: Outcome) -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), answer)

    assert told.value == outcome


@pytest.mark.parametrize("reset", ["2026-11-20T14:00:00.459402Z", "1795183200"])
def test_a_spent_limit_is_waited_for_whichever_way_the_reset_is_written(reset: str) -> None:
    answer = said(
        429,
        {"error": "x"},
        x_ratelimit_limit="300",
        x_ratelimit_remaining="0",
        x_ratelimit_reset=reset,
    )

    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), answer)

    assert isinstance(told.value, Throttled)
    assert told.value.until is not None
    assert told.value.until.replace(microsecond=0) == datetime(2026, 11, 20, 14, tzinfo=UTC)
    assert told.value.own_fault


def test_a_429_with_most_of_the_limit_left_is_the_server_defending_itself() -> None:
    answer = said(429, {"error": "x"}, x_ratelimit_limit="300", x_ratelimit_remaining="290")

    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), answer)

    assert told.value == Throttled(until=None, own_fault=False, evidence="HTTP 429")


@pytest.mark.parametrize(
    ("app", "cause"),
    [
        (APP, Cause.ACCOUNT_LOCKED),
        (said(200, {"name": "old server"}), Cause.ACCOUNT_LOCKED),
        (said(200, {"scopes": ["read"]}), Cause.PERMISSION_MISSING),
        (said(401, {"error": "x"}), Cause.CREDENTIAL_REJECTED),
        (page(502), Cause.PERMISSION_MISSING),
        (lost(), Cause.PERMISSION_MISSING),
    ],
)
def test_what_a_403_is_about_is_asked(app: Answer, cause: Cause) -> None:
    told = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), said(403, {"error": "x"}), app)

    assert told.value == Refused(cause, evidence="HTTP 403")


def test_a_422_is_about_the_text_unless_the_token_belongs_to_no_user() -> None:
    text = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), said(422, {"error": "x"}), APP, ME)
    token = talk(
        PLATFORM.publish(ACCOUNT, RENDERED, {}),
        said(422, {"error": "x"}),
        APP,
        said(422, {"error": "x"}),
    )

    assert text.value == Refused(Cause.CONTENT_REJECTED, Scope.CONTENT, "HTTP 422")
    assert token.value == Refused(Cause.PERMISSION_MISSING, evidence="HTTP 422, token of no user")


def test_the_loss_of_the_post_itself_is_left_to_the_driver() -> None:
    with pytest.raises(Lost) as caught:
        talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), lost())

    assert caught.value.committed


def test_a_post_is_found_among_the_own_ones_although_html_and_mentions_changed_it() -> None:
    rendered = PLATFORM.render(
        draft(text="Fragen an @stadt@social.example & https://example.org/a"), ACCOUNT
    )
    shown = STATUS | {
        "content": '<p>Bombe in der Neustadt</p><p>Fragen an <span class="h-card"><a href="#">@'
        '<span>stadt</span></a></span> &amp; <a href="#"><span class="invisible">https://</span>'
        "<span>example.org/a</span></a></p><p>Nr. 17</p>"
    }

    told = talk(PLATFORM.find(ACCOUNT, rendered, {}, NOON), ME, said(200, [shown]))

    assert told.value == Found(
        Receipt(post_id="114", permalink="https://social.example/@stadt/114")
    )
    assert told.remembered == {"account_id": "9"}


def test_yesterdays_equal_warning_is_not_taken_for_ours() -> None:
    yesterday = STATUS | {"content": str(STATUS["content"]).replace("Nr. 17", "Nr. 170")}

    steps = PLATFORM.find(ACCOUNT, RENDERED, {"account_id": "9"}, NOON)

    told = talk(steps, said(200, [yesterday]), STOCK, said(422, {"error": "x"}))

    assert isinstance(told.value, NotSeen)


@pytest.mark.parametrize(
    "instance",
    [
        said(200, {"version": "2.7.2 (compatible; Pleroma 2.6.0)"}),
        said(200, {"version": "4.2.0 (compatible; Other 1.0)"}),
        said(200, {"version": "0.17.3+git-a", "source_url": "https://codeberg.org/gotosocial"}),
        said(200, {"version": "4.5.0", "source_url": "https://git.example/fork"}),
        said(200, ["nonsense"]),
        page(200),
        said(503, {"version": "4.6.4"}),
    ],
)
def test_any_other_server_is_never_sent_a_copy_by_the_machine(instance: Answer) -> None:
    steps = PLATFORM.find(ACCOUNT, RENDERED, {"account_id": "9"}, NOON)

    told = talk(steps, said(200, []), instance)

    assert told.value == NotSeen("not among the own statuses", repeatable=False)


def test_a_key_that_the_server_has_forgotten_is_not_relied_on() -> None:
    hour_ago = NOON - timedelta(minutes=55)

    told = talk(
        PLATFORM.find(ACCOUNT, RENDERED, {"account_id": "9"}, hour_ago), said(200, []), STOCK
    )

    assert told.value == NotSeen("not among the own statuses", repeatable=False)


def test_a_key_whose_age_cannot_be_told_because_our_clock_was_ahead_is_not_relied_on() -> None:
    an_hour_ahead = NOON + timedelta(minutes=60)

    told = talk(
        PLATFORM.find(ACCOUNT, RENDERED, {"account_id": "9"}, an_hour_ahead), said(200, []), STOCK
    )

    assert told.value == NotSeen("not among the own statuses", repeatable=False)


@pytest.mark.parametrize(
    "answer", [page(200), said(401, {"error": "x"}), said(200, {"no": "list"})]
)
def test_without_a_look_nothing_is_repeatable(answer: Answer) -> None:
    told = talk(PLATFORM.find(ACCOUNT, RENDERED, {"account_id": "9"}, NOON), answer)

    assert isinstance(told.value, NotSeen)
    assert not told.value.repeatable
