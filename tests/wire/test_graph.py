"""Meta's answers are read by code and subcode, by one table for all who speak through it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Failed, Unclear
from sentinel.domain.observation import Owner, Window
from sentinel.wire import Response
from sentinel.wire.graph import ERRORS, Graph, good, said
from sentinel.wire.graph_posts import Posts, id_of
from sentinel.wire.rows import How

GRAPH = Graph(table=ERRORS)
EDGE = Graph(table=ERRORS, certain_page=True)
PAGE = Response(status=403, body=b"<html>Sorry, something went wrong</html>")


def answer(status: int = 400, **error: Any) -> Response:
    date = {"date": "Fri, 20 Nov 2026 12:00:00 GMT"}
    return Response(status=status, headers=date, body=json.dumps({"error": error}).encode())


def test_the_subcode_decides_before_the_code() -> None:
    assert GRAPH.judge(answer(code=190)).cause is Cause.CREDENTIAL_REJECTED
    assert GRAPH.judge(answer(code=190, error_subcode=459)).cause is Cause.ACCOUNT_LOCKED
    assert GRAPH.judge(answer(code=190, error_subcode=1)).cause is Cause.CREDENTIAL_REJECTED
    assert GRAPH.judge(answer(code=100, error_subcode=1404112)).cause is Cause.ACCOUNT_LOCKED


def test_the_message_and_is_transient_are_not_read() -> None:
    plain, transient = answer(code=100), answer(code=100, is_transient=True, message="(#190) token")

    assert GRAPH.judge(plain) == GRAPH.judge(transient)


def test_what_was_never_seen_is_unclear_once_it_could_have_posted_and_else_a_fault() -> None:
    odd = answer(code=987_654)

    assert isinstance(GRAPH.refusal(odd, committed=True), Unclear)
    assert isinstance(GRAPH.refusal(odd, committed=False), Failed)
    assert GRAPH.finding(Ability.READ_BACK, odd).cause is Cause.PLATFORM_FAULT


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 500, 503])
def test_a_page_is_never_a_bad_token(status: int) -> None:
    page = Response(status=status, body=PAGE.body)

    assert not good(page)
    assert GRAPH.finding(Ability.PUBLISH, page).cause is Cause.PLATFORM_FAULT
    assert isinstance(GRAPH.refusal(page, committed=True), Unclear)


def test_a_page_of_an_edge_is_certain_only_for_whoever_says_so() -> None:
    assert isinstance(EDGE.refusal(PAGE, committed=True), Failed)
    assert isinstance(GRAPH.refusal(PAGE, committed=True), Unclear)


def test_the_evidence_holds_numbers_and_nothing_that_was_said() -> None:
    told = answer(code=190, error_subcode=460, message="s3cret", error_user_msg="s3cret")

    assert said(told) == "HTTP 400, code 190/460"
    assert said(answer(code="s3cret")) == "HTTP 400"
    assert said(PAGE) == "HTTP 403, not JSON"


def test_a_row_for_each_kind_of_outcome_names_a_cause_that_belongs_to_it() -> None:
    for row in ERRORS.values():
        assert (row.how is How.CONTENT) <= (row.cause is Cause.CONTENT_REJECTED)
        assert (row.how in {How.THROTTLED, How.AN_HOUR}) <= (row.cause is Cause.RATE_LIMITED)


def test_minutes_until_calls_are_taken_again_are_minutes() -> None:
    """The array of the fact sheet 1.3: several types for one object."""
    uses = [
        {"type": "pages", "call_count": 1, "estimated_time_to_regain_access": 0},
        {"type": "instagram", "call_count": 100, "estimated_time_to_regain_access": 20},
    ]
    headers = {"x-business-use-case-usage": json.dumps({"1784": uses})}
    limit = answer(code=80002)
    told = Response(status=400, headers={**limit.headers, **headers}, body=limit.body)

    assert GRAPH.windows(told) == (
        Window(
            name="calls/account",
            limit=100,
            remaining=0,
            resets_at=datetime(2026, 11, 20, 12, 20, tzinfo=UTC),
            per=timedelta(hours=1),
            scope=Owner.ACCOUNT,
        ),
    )


@pytest.mark.parametrize("value", [None, "", "../me", 170, "a b", "x" * 65, {"id": "1"}])
def test_what_is_no_id_is_none(value: object) -> None:
    assert id_of({"id": value}) == ""


def test_an_account_never_shows_its_token() -> None:
    posts = Posts(
        graph=GRAPH,
        base="https://graph.example/v1",
        token="s3cret",
        listing="me/posts",
        text="message",
        link="link",
        time="time",
    )

    assert "s3cret" not in repr(posts)
