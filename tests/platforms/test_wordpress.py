"""WordPress: a draft, then the same post however often it is published; never called published
unless the site says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    Found,
    NotSeen,
    Outcome,
    ProvenAbsent,
    Receipt,
    Refused,
    Scope,
    StillThere,
    Throttled,
    Unclear,
    Withdrawn,
)
from sentinel.platforms import Published
from sentinel.platforms.wordpress import PLATFORM, answers
from sentinel.wire import FileAnswer, Response
from tests.platforms.talk import NOON, Answer, account, draft, lost, page, said, talk

USER = {"user": "sentinel", "application_password": "abcd efgh ijkl mnop qrst uvwx"}
SITE = "https://www.musterstadt.example"
ACCOUNT = account(SITE, SITE, USER)
RENDERED = PLATFORM.render(draft(link="https://stadt.example/w/17"), ACCOUNT)
KEY = RENDERED.key
KNOWN = {"begun": "1", "post": "4", "route": "pretty"}
PNG = b"\x89PNG\r\n\x1a\n and the rest"


def shown(status: str = "draft", **more: Any) -> dict[str, Any]:
    """Return our post as a real 6.1 shows it to its author, without what is not read."""
    return {
        "id": 4,
        "modified_gmt": "2026-11-20T11:57:03",
        "slug": KEY,
        "status": status,
        "link": f"{SITE}/{KEY}/",
        "title": {"raw": RENDERED.payload["title"]},
        "content": {"raw": RENDERED.payload["content"], "protected": False},
        **more,
    }


def error(status: int, code: str, words: str = "Das geht nicht.") -> Response:
    """Return an error as WordPress words it."""
    return said(status, {"code": code, "message": words, "data": {"status": status}})


DRAFT = said(201, shown())
LIVE = said(200, shown("publish"))
STRANGER = error(401, "rest_not_logged_in")
NOBODY = said(200, [])


def publish(*script: Answer, memory: Mapping[str, str] | None = None) -> Outcome:
    """Publish the warning, with these answers."""
    return talk(PLATFORM.publish(ACCOUNT, RENDERED, memory or {}), *script).value


def test_a_headline_is_the_title_and_the_rest_is_text_with_a_link_and_a_key_nobody_reads() -> None:
    assert RENDERED.text == (
        "Bombe in der Neustadt\n\nBitte verlassen Sie das Gebiet.\n\n"
        "https://stadt.example/w/17 (Nr. 17)"
    )
    assert RENDERED.payload["title"] == "Bombe in der Neustadt"
    assert RENDERED.payload["content"] == (
        "<p>Bitte verlassen Sie das Gebiet.</p>\n\n"
        '<p><a href="https://stadt.example/w/17">https://stadt.example/w/17</a> (Nr. 17)'
        f"<!-- sentinel {KEY} --></p>"
    )
    assert KEY.startswith("warnung-17-")
    assert len(KEY) == len("warnung-17-") + 10


def test_an_exercise_says_so_in_the_title() -> None:
    rendered = PLATFORM.render(draft(exercise=True), ACCOUNT)

    assert rendered.payload["title"] == "ÜBUNG: Bombe in der Neustadt"
    assert "Neustadt" not in str(rendered.payload["content"])


def test_a_text_of_its_own_keeps_the_headline_as_its_title() -> None:
    rendered = PLATFORM.render(draft(texts={"kanal": "Alles <raus>.\n\nSofort."}), ACCOUNT)

    assert rendered.payload["title"] == "Bombe in der Neustadt"
    assert str(rendered.payload["content"]).startswith(
        "<p>Alles &lt;raus&gt;.</p>\n\n<p>Sofort.</p>"
    )


def test_it_is_a_draft_first_whose_number_is_on_disk_before_it_is_published() -> None:
    held = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), DRAFT, LIVE)

    assert held.asked == ["POST /wp-json/wp/v2/posts", "POST /wp-json/wp/v2/posts/4"]
    assert [each.commits for each in held.requests] == [False, True]
    assert held.requests[0].json["status"] == "draft"
    assert held.requests[0].json["slug"] == KEY
    assert held.requests[1].json == {"status": "publish"}
    assert "date" not in held.requests[0].json
    assert held.remembered == KNOWN
    names = [type(step).__name__ for step in held.steps]
    assert names[-2:] == ["Remember", "Request"]
    assert held.value == Accepted(
        receipt=Receipt(post_id="4", permalink=f"{SITE}/{KEY}/"),
        evidence="HTTP 200, status publish",
    )


def test_the_password_goes_in_a_header_and_never_in_an_address() -> None:
    request = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), DRAFT, LIVE).requests[0]

    assert request.headers["Authorization"].startswith("Basic c2VudGluZWw6YWJjZCBlZmdo")
    assert "abcd" not in f"{request.url}{request.params}{request!r}"


def test_a_site_without_pretty_permalinks_is_asked_at_its_other_address_from_then_on() -> None:
    front = Response(status=200, body=b"<!DOCTYPE html><html><body>Willkommen</body></html>")

    held = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), front, DRAFT, LIVE)

    assert isinstance(held.value, Accepted)
    assert [each.params.get("rest_route") for each in held.requests] == [
        *(None, "/wp/v2/posts", "/wp/v2/posts/4")
    ]
    assert held.remembered["route"] == "plain"
    assert held.requests[2].url == f"{SITE}/"


def test_what_is_dated_ahead_is_dated_anew_by_the_sites_own_clock() -> None:
    held = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), DRAFT, said(200, shown("future")), LIVE)

    assert isinstance(held.value, Accepted)
    assert held.requests[2].json == {"status": "publish", "date_gmt": "2026-11-20T11:57:03"}
    assert held.requests[2].commits


def test_what_stays_dated_ahead_is_never_called_published() -> None:
    future = said(200, shown("future"))

    assert publish(DRAFT, future, future) == Unclear(Cause.NOT_VISIBLE, "HTTP 200, status future")


@pytest.mark.parametrize(
    "answer", [error(403, "rest_cannot_publish"), page(429), error(404, "rest_post_invalid_id")]
)
def test_what_was_dated_ahead_will_appear_by_itself_so_no_failure_after_it_is_certain(
    answer: Response,
) -> None:
    future = said(200, shown("future"))
    first = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), DRAFT, future, answer)
    memory = first.remembered

    again = publish(future, answer, memory=memory)
    blind = publish(answer, *([] if answer.status != 404 else [NOBODY, page(503)]), memory=memory)
    dead = talk(PLATFORM.publish(ACCOUNT, RENDERED, memory), lost()).value

    assert memory["ahead"] == "1"
    for outcome in (first.value, again, blind, dead):
        assert isinstance(outcome, Unclear)


def test_what_an_editor_published_meanwhile_is_not_called_refused() -> None:
    outcome = publish(LIVE, error(403, "rest_cannot_edit"), memory=KNOWN)

    assert outcome == Unclear(Cause.PERMISSION_MISSING, "HTTP 403 rest_cannot_edit")


def test_without_the_sites_own_time_the_header_says_what_is_not_ahead() -> None:
    future = said(200, {**shown("future"), "modified_gmt": "gestern"})

    held = talk(PLATFORM.publish(ACCOUNT, RENDERED, {}), DRAFT, future, LIVE)

    assert held.requests[2].json["date_gmt"] == "2026-11-20T12:00:00"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("pending", Refused(Cause.PERMISSION_MISSING, evidence="HTTP 200, status pending")),
        ("private", Refused(Cause.PERMISSION_MISSING, evidence="HTTP 200, status private")),
        ("draft", Failed(Cause.PLATFORM_FAULT, "HTTP 200, status draft")),
        ("trash", Refused(Cause.CONTENT_REJECTED, Scope.CONTENT, "HTTP 200, status trash")),
        ("neu", Unclear(Cause.PLATFORM_FAULT, "HTTP 200, no known status")),
    ],
)
def test_only_what_is_published_counts_as_published(status: str, outcome: Outcome) -> None:
    assert publish(DRAFT, said(200, shown(status))) == outcome


def test_a_text_that_a_plugin_changed_is_a_finding_for_a_person() -> None:
    outcome = publish(DRAFT, said(200, shown("publish", content={"raw": "<p>Bitte verl</p>"})))

    assert isinstance(outcome, Accepted)
    assert outcome.note is Cause.TRUNCATED


# What real sites answered, in public places, and the sheet's rows: to a draft (nothing is
# public) and to publishing it. A 401 is followed by the question who we are.
ROWS: list[tuple[str, Response, Outcome, Outcome]] = [
    (
        "a real 6.1, wrong password",
        error(401, "rest_cannot_create", "Sorry, you are not allowed to create posts."),
        Refused(Cause.CREDENTIAL_REJECTED, evidence="HTTP 401 rest_cannot_create"),
        Refused(Cause.CREDENTIAL_REJECTED, evidence="HTTP 401 rest_cannot_create"),
    ),
    (
        "a contributor",
        error(403, "rest_cannot_publish"),
        Refused(Cause.PERMISSION_MISSING, evidence="HTTP 403 rest_cannot_publish"),
        Refused(Cause.PERMISSION_MISSING, evidence="HTTP 403 rest_cannot_publish"),
    ),
    (
        "told in French by a site whose API is off",
        error(404, "rest_no_route", "Aucune route correspondante à l’URL n’a été trouvée."),
        Refused(Cause.PERMISSION_MISSING, evidence="HTTP 404 rest_no_route"),
        Refused(Cause.PERMISSION_MISSING, evidence="HTTP 404 rest_no_route"),
    ),
    (
        "told in Italian",
        error(404, "rest_no_route", "Nessun percorso fornisce una corrispondenza"),
        Refused(Cause.PERMISSION_MISSING, evidence="HTTP 404 rest_no_route"),
        Refused(Cause.PERMISSION_MISSING, evidence="HTTP 404 rest_no_route"),
    ),
    (
        "a parameter that it does not take",
        error(400, "rest_invalid_param"),
        Refused(Cause.CONTENT_REJECTED, Scope.CONTENT, "HTTP 400 rest_invalid_param"),
        Refused(Cause.CONTENT_REJECTED, Scope.CONTENT, "HTTP 400 rest_invalid_param"),
    ),
    (
        "a database that is full",
        error(500, "db_insert_error", "Could not insert post into the database."),
        Failed(Cause.PLATFORM_FAULT, "HTTP 500 db_insert_error"),
        Unclear(Cause.PLATFORM_FAULT, "HTTP 500 db_insert_error"),
    ),
    (
        "a plugin that fell over",
        error(500, "internal_server_error", "<p>There has been a critical error.</p>"),
        Failed(Cause.PLATFORM_FAULT, "HTTP 500"),
        Unclear(Cause.PLATFORM_FAULT, "HTTP 500"),
    ),
    (
        "a security plugin's own words",
        said(403, {"status": "error", "error": "FORBIDDEN", "code": "400"}),
        Failed(Cause.PLATFORM_FAULT, "HTTP 403"),
        Unclear(Cause.PLATFORM_FAULT, "HTTP 403"),
    ),
    (
        "maintenance",
        page(503),
        Failed(Cause.PLATFORM_FAULT, "HTTP 503, not JSON"),
        Unclear(Cause.PLATFORM_FAULT, "HTTP 503, not JSON"),
    ),
    (
        "a guard that counts",
        Response(status=429, headers={"retry-after": "Fri, 20 Nov 2026 12:00:00 GMT"}),
        Throttled(until=NOON, evidence="HTTP 429, not JSON"),
        Throttled(until=NOON, evidence="HTTP 429, not JSON"),
    ),
]


@pytest.mark.parametrize(
    ("answer", "outcome"), [(r[1], r[2]) for r in ROWS], ids=[r[0] for r in ROWS]
)
def test_an_answer_to_the_draft_ends_as_the_sheet_says(answer: Response, outcome: Outcome) -> None:
    asked = [STRANGER] if answer.status == 401 else []

    assert publish(answer, *asked) == outcome


@pytest.mark.parametrize(
    ("answer", "outcome"), [(r[1], r[3]) for r in ROWS], ids=[r[0] for r in ROWS]
)
def test_an_answer_to_publishing_ends_as_the_sheet_says(answer: Response, outcome: Outcome) -> None:
    asked = [STRANGER] if answer.status == 401 else []

    assert publish(DRAFT, answer, *asked) == outcome


@pytest.mark.parametrize("status", [200, 403, 404, 406])
def test_a_page_instead_of_an_answer_is_tried_at_the_other_address_and_is_never_the_password(
    status: int,
) -> None:
    outcome = publish(page(status), page(status))

    assert outcome == Failed(Cause.PLATFORM_FAULT, f"HTTP {status}, not JSON")


def test_a_site_that_leads_elsewhere_is_not_at_the_address_in_the_rules() -> None:
    assert publish(page(301), page(301)) == Failed(Cause.BAD_CONFIGURATION, "HTTP 301, not JSON")


def test_a_401_from_a_site_that_knows_us_is_about_a_permission() -> None:
    me = said(200, {"id": 2, "capabilities": {}})

    assert publish(error(401, "rest_cannot_create"), me) == Refused(
        Cause.PERMISSION_MISSING, evidence="HTTP 401 rest_cannot_create"
    )


def test_a_certain_refusal_stays_certain_when_asking_further_is_lost() -> None:
    assert publish(DRAFT, error(401, "rest_cannot_edit"), lost()) == Refused(
        Cause.PERMISSION_MISSING, evidence="HTTP 401 rest_cannot_edit"
    )


def test_every_row_of_the_table_is_reached_and_repeats_no_sentence() -> None:
    for row in answers.TABLE:
        answer = error(row.status or 200, row.code, "s3cret")

        assert answers.judge(answer) == row
        assert "s3cret" not in answers.said(answer)


def test_an_earlier_try_is_looked_up_by_its_number_before_anything_is_written() -> None:
    held = talk(PLATFORM.publish(ACCOUNT, RENDERED, KNOWN), said(200, shown()), LIVE)

    assert held.asked == ["GET /wp-json/wp/v2/posts/4", "POST /wp-json/wp/v2/posts/4"]
    assert isinstance(held.value, Accepted)


def test_without_a_number_it_is_looked_up_by_its_address_in_every_status_and_the_trash() -> None:
    memory = {"begun": "1", "route": "pretty"}

    held = talk(PLATFORM.publish(ACCOUNT, RENDERED, memory), said(200, [shown()]), LIVE)

    assert held.requests[0].params["slug"] == f"{KEY},{KEY}__trashed"
    assert held.requests[0].params["status"] == "publish,future,pending,private,draft,trash"
    assert held.asked[1] == "POST /wp-json/wp/v2/posts/4"


def test_at_last_it_is_looked_up_by_its_key_in_the_text() -> None:
    moved = said(
        200, [shown("publish", slug="deich"), shown("publish", id=9, slug="x", content={})]
    )

    held = talk(PLATFORM.find(ACCOUNT, RENDERED, {"begun": "1"}, NOON), NOBODY, moved)

    assert held.requests[1].params["search"] == KEY
    assert isinstance(held.value, Found)
    assert held.value.receipt.post_id == "4"


def test_of_two_drafts_the_one_that_is_live_counts() -> None:
    both = said(200, [shown("draft", id=3), shown("publish")])

    looked = talk(PLATFORM.find(ACCOUNT, RENDERED, {"begun": "1"}, NOON), both).value

    assert isinstance(looked, Found)
    assert looked.receipt.post_id == "4"


def test_what_somebody_put_into_the_trash_stays_there() -> None:
    assert publish(said(200, shown("trash")), memory=KNOWN) == Refused(
        Cause.CONTENT_REJECTED, Scope.CONTENT, "somebody put it into the trash"
    )


def test_a_password_that_died_since_is_not_laid_on_the_text() -> None:
    memory = {"begun": "1", "route": "pretty"}

    outcome = publish(error(400, "rest_invalid_param"), STRANGER, memory=memory)

    assert outcome == Refused(Cause.CREDENTIAL_REJECTED, evidence="HTTP 400 rest_invalid_param")


def test_a_question_that_the_site_dislikes_is_its_fault_and_not_the_texts() -> None:
    memory = {"begun": "1", "route": "pretty"}
    me = said(200, {"id": 2, "capabilities": {}})

    outcome = publish(error(400, "rest_invalid_param"), me, memory=memory)

    assert outcome == Failed(Cause.PLATFORM_FAULT, "HTTP 400 rest_invalid_param")


@pytest.mark.parametrize(
    ("script", "memory", "result"),
    [
        ([NOBODY, NOBODY], {}, ProvenAbsent("no such post, no draft")),
        ([said(200, shown())], KNOWN, NotSeen("status draft", repeatable=True)),
        ([said(200, shown("future"))], KNOWN, NotSeen("status future", repeatable=True)),
        ([said(200, shown("pending"))], KNOWN, NotSeen("status pending")),
        ([page(503)], KNOWN, NotSeen("HTTP 503, not JSON")),
        ([said(200, {"nonsense": 1})], {"route": "pretty"}, NotSeen("HTTP 200")),
        (
            [error(404, "rest_post_invalid_id"), NOBODY, NOBODY],
            KNOWN,
            NotSeen("the post is gone: somebody deleted it"),
        ),
    ],
    ids=["never", "draft", "future", "pending", "maintenance", "nonsense", "deleted"],
)
def test_absence_is_believed_only_where_the_site_itself_says_so(
    script: list[Answer], memory: dict[str, str], result: object
) -> None:
    assert talk(PLATFORM.find(ACCOUNT, RENDERED, memory, NOON), *script).value == result


@pytest.mark.parametrize(
    ("status", "note"),
    [("publish", None), ("private", Cause.READER_RESTRICTED), ("trash", Cause.NOT_VISIBLE)],
)
def test_a_post_that_is_or_was_there_is_found_with_what_a_person_has_to_know(
    status: str, note: Cause | None
) -> None:
    looked = talk(PLATFORM.find(ACCOUNT, RENDERED, KNOWN, NOON), said(200, shown(status))).value

    assert looked == Found(Receipt(post_id="4", permalink=f"{SITE}/{KEY}/"), note)


def test_an_image_is_uploaded_below_the_draft_with_its_text_and_featured() -> None:
    rendered = PLATFORM.render(draft(image="/srv/karte.png", alt_text="Karte: Süd"), ACCOUNT)
    uploaded = said(201, {"id": 7, "alt_text": "Karte: Süd"})

    held = talk(
        PLATFORM.publish(ACCOUNT, rendered, {}), DRAFT, FileAnswer(content=PNG), uploaded, LIVE
    )

    fields = {each.name: each for each in held.requests[1].multipart}
    assert held.asked[1] == "POST /wp-json/wp/v2/media"
    assert (fields["file"].value, fields["file"].filename) == (PNG, f"{rendered.key}.png")
    assert fields["alt_text"].value.decode() == "Karte: Süd"
    assert fields["post"].value == b"4"
    assert held.requests[2].json == {"status": "publish", "featured_media": 7}
    assert held.remembered["image"] == "7"


@pytest.mark.parametrize("answer", [error(403, "rest_cannot_create"), page(413), lost()])
def test_a_warning_goes_out_without_an_image_that_is_refused(answer: Answer) -> None:
    rendered = PLATFORM.render(draft(image="/srv/karte.png"), ACCOUNT)

    held = talk(
        PLATFORM.publish(ACCOUNT, rendered, {}), DRAFT, FileAnswer(content=PNG), answer, LIVE
    )

    assert isinstance(held.value, Accepted)
    assert held.requests[-1].json == {"status": "publish"}


def test_an_image_is_uploaded_once_however_often_the_post_is_tried() -> None:
    rendered = PLATFORM.render(draft(image="/srv/karte.png"), ACCOUNT)

    held = talk(
        PLATFORM.publish(ACCOUNT, rendered, {**KNOWN, "image": "7"}), said(200, shown()), LIVE
    )

    assert held.requests[-1].json == {"status": "publish", "featured_media": 7}


def test_an_upload_that_ate_up_one_try_does_not_eat_up_the_next() -> None:
    rendered = PLATFORM.render(draft(image="/srv/karte.png"), ACCOUNT)
    first = talk(
        PLATFORM.publish(ACCOUNT, rendered, {}), DRAFT, FileAnswer(content=PNG), lost(), LIVE
    ).remembered

    held = talk(PLATFORM.publish(ACCOUNT, rendered, first), said(200, shown()), LIVE)

    assert isinstance(held.value, Accepted)
    assert held.requests[-1].json == {"status": "publish"}


def test_categories_are_named_by_address_or_number_and_a_missing_one_is_left_out() -> None:
    settled = replace(ACCOUNT, settings={"categories": ("warnungen", "12", "gibt-es-nicht")})
    known = said(200, [{"id": 7, "slug": "warnungen"}])

    held = talk(PLATFORM.publish(settled, RENDERED, {}), known, DRAFT, LIVE)

    assert held.requests[0].params["slug"] == "warnungen,gibt-es-nicht"
    assert held.requests[1].json["categories"] == [12, 7]


LAST = Published(receipt=Receipt(post_id="4"), rendered=RENDERED)


@pytest.mark.parametrize(
    ("script", "result"),
    [
        ([said(200, shown("trash"))], Withdrawn("HTTP 200")),
        (
            [error(410, "rest_already_trashed")],
            Withdrawn("gone already: HTTP 410 rest_already_trashed"),
        ),
        (
            [error(501, "rest_trash_not_supported"), said(200, {"deleted": True, "previous": {}})],
            Withdrawn("HTTP 200"),
        ),
        (
            [error(404, "rest_post_invalid_id"), error(404, "rest_post_invalid_id")],
            Withdrawn("gone already: HTTP 404 rest_post_invalid_id"),
        ),
        (
            [error(404, "rest_post_invalid_id"), said(200, shown("publish"))],
            StillThere(
                Cause.PERMISSION_MISSING,
                "HTTP 404 rest_post_invalid_id on deleting, HTTP 200 on reading",
            ),
        ),
        (
            [error(403, "rest_cannot_delete")],
            StillThere(Cause.PERMISSION_MISSING, "HTTP 403 rest_cannot_delete"),
        ),
    ],
    ids=["trash", "twice", "no trash", "gone", "only said to be", "not ours"],
)
def test_taking_down_is_believed_when_the_site_says_so(
    script: list[Answer], result: object
) -> None:
    assert talk(PLATFORM.withdraw(ACCOUNT, LAST), *script).value == result
