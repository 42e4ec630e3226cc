"""Bluesky: own keys, sessions that are kept, and errors read by their names."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.cause import Ability, Cause, Severity
from sentinel.domain.delivery import (
    Accepted,
    Found,
    NotSeen,
    Outcome,
    Receipt,
    Refused,
    Rendered,
    Scope,
    Throttled,
    Unclear,
)
from sentinel.domain.message import Content, Message
from sentinel.domain.observation import Finding, Report
from sentinel.platforms import Account, Draft, Published, platforms
from sentinel.platforms.bluesky import records
from sentinel.wire import Renew, RenewalFailed, Request, Response, Step, Steps

T = TypeVar("T")

BLUESKY = platforms()["bluesky"]
NOON = datetime(2026, 7, 5, 12, 0, tzinfo=UTC)
DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
SESSION = {
    "accessJwt": "token-1",
    "refreshJwt": "refresh-1",
    "did": DID,
    "pds": "https://pds.example",
}
ACCOUNT = Account(
    channel="bluesky-stadt",
    base_url="https://entry.example",
    public_url="https://appview.example",
    credentials={"identifier": "stadt.example", "app_password": "app-password-1"},
    session=SESSION,
)
CONTENT = Content(
    headline="Bombe wird entschärft",
    text="Bitte verlassen Sie das Gebiet. Alle Straßen sind gesperrt.",
    severity=Severity.SEVERE,
)


def test_a_draft_renders_to_the_same_record_every_time() -> None:
    again = BLUESKY.render(draft(), ACCOUNT)

    assert BLUESKY.render(draft(), ACCOUNT) == again
    assert again.payload["record"]["createdAt"] == "2026-07-05T12:00:00.000Z"
    assert again.payload["record"]["langs"] == ["de"]


def test_the_key_is_a_tid_of_the_moment_of_planning() -> None:
    rendered = BLUESKY.render(draft(), ACCOUNT)

    assert len(rendered.key) == 13
    assert decoded(rendered.key) >> 10 == 1_783_252_800_000_000


def test_two_deliveries_of_one_moment_have_different_keys() -> None:
    one = BLUESKY.render(draft(), ACCOUNT)
    other = BLUESKY.render(replace(draft(), delivery_id="another"), ACCOUNT)

    assert one.key != other.key


def test_links_and_hashtags_are_marked_by_their_bytes() -> None:
    content = replace(CONTENT, text="Straße gesperrt #Köln, siehe https://a.example/ü.")

    record = BLUESKY.render(draft(content), ACCOUNT).payload["record"]

    raw = record["text"].encode()
    marked = {
        raw[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(): facet["features"][0]
        for facet in record["facets"]
    }
    assert marked == {
        "https://a.example/ü": {
            "$type": "app.bsky.richtext.facet#link",
            "uri": "https://a.example/ü",
        },
        "#Köln": {"$type": "app.bsky.richtext.facet#tag", "tag": "Köln"},
    }


@pytest.mark.parametrize(("families", "start"), [(1, 25), (2, 50), (3, 75)])
def test_a_mark_behind_emoji_begins_at_their_bytes(families: int, start: int) -> None:
    record = records.record("👨‍👩‍👧‍👧" * families + "#Köln", "de", NOON)

    assert record["facets"][0]["index"] == {"byteStart": start, "byteEnd": start + 6}


@pytest.mark.parametrize(
    ("text", "size", "characters"),
    [
        ("Hello!", 6, 6),
        ("👨‍👩‍👧‍👧", 25, 1),
        ("👨‍👩‍👧‍👧🔥 good!✅", 38, 9),
        ("⚠️ Warnung", 14, 9),
        ("Straße – 5 €", 17, 12),
        ("\r\n", 2, 1),
    ],
)
def test_length_counts_what_a_person_sees(text: str, size: int, characters: int) -> None:
    assert BLUESKY.length(text) == characters
    assert len(text.encode()) == size


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("a" * 300, True),
        ("a" * 301, False),
        ("👨‍👩‍👧‍👧" * 120, True),  # 3,000 bytes
        ("👨‍👩‍👧‍👧" * 121, False),  # 121 characters, and 3,025 bytes
    ],
    ids=["300", "301", "3000 bytes", "3025 bytes"],
)
def test_both_limits_hold_of_characters_and_of_bytes(text: str, *, fits: bool) -> None:
    assert (records.strict_length(text) <= 300) == fits


@settings(max_examples=30)
@given(st.text(max_size=700), st.text(alphabet="👨‍👩‍👧 a.", max_size=400))
def test_nothing_is_ever_too_long(text: str, families: str) -> None:
    rendered = BLUESKY.render(draft(replace(CONTENT, text=text + families)), ACCOUNT)

    assert rendered.length <= 300
    assert len(rendered.text.encode()) <= 3000


def test_a_link_to_the_notice_is_kept_whole_when_the_text_is_cut() -> None:
    link = "https://warnung.example/notices/0190a1/"
    long = replace(CONTENT, text="Ein Satz von etwa dreißig Zeichen. " * 20)

    rendered = BLUESKY.render(replace(draft(long), link=link, link_is_notice=True), ACCOUNT)

    assert rendered.text.endswith(link)
    assert rendered.cut == ("text",)


def test_a_post_is_put_under_its_own_key_and_never_over_another_record() -> None:
    steps, outcome = publish([ok_put()])

    assert outcome == Accepted(
        receipt=Receipt(
            post_id=f"at://{DID}/app.bsky.feed.post/{KEY}",
            permalink=f"https://bsky.app/profile/{DID}/post/{KEY}",
        )
    )
    put = request(steps[0])
    assert put.commits
    assert put.url == "https://pds.example/xrpc/com.atproto.repo.putRecord"
    assert put.json["rkey"] == KEY
    assert put.json["swapRecord"] is None
    assert put.headers["Authorization"] == "Bearer token-1"


def test_without_a_session_one_is_asked_for_before_posting() -> None:
    steps, outcome = publish([SESSION, ok_put()], replace(ACCOUNT, session={}))

    assert isinstance(steps[0], Renew)
    assert isinstance(outcome, Accepted)


@pytest.mark.parametrize("error", ["ExpiredToken", "InvalidToken"])
def test_a_stale_token_is_renewed_once_and_the_put_repeated(error: str) -> None:
    fresh = {**SESSION, "accessJwt": "token-2"}

    steps, outcome = publish([refusal(400, error), fresh, ok_put()])

    assert isinstance(outcome, Accepted)
    assert request(steps[2]).headers["Authorization"] == "Bearer token-2"


def test_a_token_refused_after_renewal_refuses_the_channel() -> None:
    _, outcome = publish([refusal(400, "InvalidToken"), SESSION, refusal(400, "InvalidToken")])

    assert outcome == Refused(Cause.CREDENTIAL_REJECTED, evidence="HTTP 400 InvalidToken")


def test_a_login_refused_while_renewing_refuses_the_channel() -> None:
    failed = RenewalFailed(Cause.CREDENTIAL_REJECTED, "HTTP 401 AuthenticationRequired")

    _, outcome = publish([refusal(400, "ExpiredToken"), failed])

    assert outcome == Refused(Cause.CREDENTIAL_REJECTED, evidence="HTTP 401 AuthenticationRequired")


def test_a_key_taken_by_our_own_text_is_our_own_post() -> None:
    _, outcome = publish([refusal(400, "InvalidSwap"), ok_record(RENDERED.text)])

    assert isinstance(outcome, Accepted)
    assert outcome.receipt.post_id.endswith(KEY)


def test_a_key_taken_by_another_text_refuses_the_content() -> None:
    _, outcome = publish([refusal(400, "InvalidSwap"), ok_record("something else")])

    assert outcome == Refused(Cause.CONTENT_REJECTED, Scope.CONTENT, "HTTP 400 InvalidSwap")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((400, "InvalidRequest"), Refused(Cause.CONTENT_REJECTED, Scope.CONTENT)),
        ((413, "PayloadTooLarge"), Refused(Cause.CONTENT_REJECTED, Scope.CONTENT)),
        ((401, "AccountTakedown"), Refused(Cause.ACCOUNT_LOCKED)),
        ((401, "AccountDeactivated"), Refused(Cause.ACCOUNT_LOCKED)),
        ((403, "AccountNotFound"), Refused(Cause.ACCOUNT_LOCKED)),
        ((401, "AuthFactorTokenRequired"), Refused(Cause.PERMISSION_MISSING)),
        ((404, "XRPCNotSupported"), Refused(Cause.BAD_CONFIGURATION)),
        ((400, "NeverSeenBefore"), Unclear(Cause.PLATFORM_FAULT)),
        ((500, "InternalServerError"), Unclear(Cause.PLATFORM_FAULT)),
        ((502, "UpstreamFailure"), Unclear(Cause.PLATFORM_FAULT)),
        ((503, "NotEnoughResources"), Unclear(Cause.PLATFORM_FAULT)),
        ((504, "UpstreamTimeout"), Unclear(Cause.PLATFORM_FAULT)),
    ],
)
def test_an_error_means_what_the_fact_sheet_says(
    answer: tuple[int, str], expected: Outcome
) -> None:
    _, outcome = publish([refusal(*answer)])

    assert without_evidence(outcome) == expected


@pytest.mark.parametrize("status", [200, 302, 403, 502])
def test_an_edge_page_is_unclear_and_never_a_credential(status: int) -> None:
    _, outcome = publish([Response(status=status, body=b"<html>Request forbidden</html>")])

    assert without_evidence(outcome) == Unclear(Cause.PLATFORM_FAULT)


def test_a_name_that_the_server_made_up_is_not_repeated() -> None:
    _, outcome = publish([refusal(400, "app-password-1")])

    assert "app-password-1" not in repr(outcome)


def test_too_fast_waits_for_the_epoch_second_in_the_header() -> None:
    limited = limits(limit=5000, remaining=0, window=3600)

    _, outcome = publish([replace(refusal(429, "RateLimitExceeded"), headers=limited)])

    assert isinstance(outcome, Throttled)
    assert outcome.until == datetime(2026, 7, 5, 13, 0, tzinfo=UTC)
    assert outcome.own_fault


def test_too_fast_with_most_of_the_limit_left_is_the_platform_defending_itself() -> None:
    limited = limits(limit=5000, remaining=4000, window=3600)

    _, outcome = publish([replace(refusal(429, "RateLimitExceeded"), headers=limited)])

    assert isinstance(outcome, Throttled)
    assert not outcome.own_fault


def test_a_look_up_finds_the_record_by_its_key_without_a_login() -> None:
    steps, found = play(BLUESKY.find(ACCOUNT, RENDERED, {}, NOON), [ok_record(RENDERED.text)])

    assert isinstance(found, Found)
    assert found.receipt.post_id == f"at://{DID}/app.bsky.feed.post/{KEY}"
    assert "Authorization" not in request(steps[0]).headers


def test_a_missing_record_may_be_put_again() -> None:
    _, found = play(BLUESKY.find(ACCOUNT, RENDERED, {}, NOON), [refusal(400, "RecordNotFound")])

    assert found == NotSeen("HTTP 400 RecordNotFound", repeatable=True)


def test_a_look_up_that_fails_proves_nothing() -> None:
    _, found = play(BLUESKY.find(ACCOUNT, RENDERED, {}, NOON), [Response(status=502)])

    assert found == NotSeen("HTTP 502, not JSON")


def test_a_session_is_renewed_by_its_refresh_token_at_the_login_host() -> None:
    steps, session = refresh([ok_session()])

    assert [request(step).url for step in steps] == [
        "https://entry.example/xrpc/com.atproto.server.refreshSession"
    ]
    assert request(steps[0]).headers["Authorization"] == "Bearer refresh-1"
    assert session.keep["accessJwt"] == jwt(1_783_260_000)
    assert session.keep["pds"] == "https://morel.host.example"
    assert session.expires_at == datetime(2026, 7, 5, 14, 0, tzinfo=UTC)


def test_a_login_is_made_only_when_the_refresh_token_is_refused() -> None:
    steps, session = refresh([refusal(400, "ExpiredToken"), ok_session()])

    assert request(steps[1]).url == "https://entry.example/xrpc/com.atproto.server.createSession"
    assert request(steps[1]).json == {
        "identifier": "stadt.example",
        "password": "app-password-1",
    }
    assert session.keep["did"] == DID


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ((401, "AuthenticationRequired"), Cause.CREDENTIAL_REJECTED),
        ((401, "AuthFactorTokenRequired"), Cause.PERMISSION_MISSING),
        ((401, "AccountTakedown"), Cause.ACCOUNT_LOCKED),
        ((429, "RateLimitExceeded"), Cause.RATE_LIMITED),
        ((500, "InternalServerError"), Cause.PLATFORM_FAULT),
    ],
)
def test_a_refused_login_names_its_cause(answer: tuple[int, str], cause: Cause) -> None:
    with pytest.raises(RenewalFailed) as failed:
        refresh([refusal(*answer)], replace(ACCOUNT, session={}))

    assert failed.value.cause is cause


def test_a_broken_refresh_does_not_spend_a_login() -> None:
    with pytest.raises(RenewalFailed) as failed:
        refresh([Response(status=503)])

    assert failed.value.cause is Cause.PLATFORM_FAULT


def test_a_server_on_loopback_stands_in_for_the_pds_that_the_document_names() -> None:
    account = replace(ACCOUNT, base_url="http://127.0.0.1:19200", session={})

    _, session = refresh([ok_session()], account)

    assert session.keep["pds"] == "http://127.0.0.1:19200"


def test_a_taken_down_account_is_locked() -> None:
    finding = look(BLUESKY.check_credentials(ACCOUNT), [ok(active=False, status="takendown")])

    assert finding.cause is Cause.ACCOUNT_LOCKED
    assert finding.evidence == "taken down"


def test_a_good_session_is_good() -> None:
    finding = look(BLUESKY.check_credentials(ACCOUNT), [ok(did=DID, active=True)])

    assert finding == Finding(ability=Ability.PUBLISH, evidence="session good, account active")


def test_a_credential_is_called_bad_only_after_a_renewal_said_so_too() -> None:
    failed = RenewalFailed(Cause.CREDENTIAL_REJECTED, "HTTP 401 AuthenticationRequired")

    finding = look(BLUESKY.check_credentials(ACCOUNT), [refusal(400, "InvalidToken"), failed])

    assert finding.cause is Cause.CREDENTIAL_REJECTED
    assert finding.confirmed


def test_the_rehearsal_deletes_a_post_that_cannot_exist_and_commits_nothing() -> None:
    steps, report = play(required(BLUESKY.rehearse(ACCOUNT)), [ok()])

    assert request(steps[0]).json["rkey"] == "2222222222222"
    assert not request(steps[0]).commits
    assert report.findings[0].cause is None


def test_the_quota_is_read_from_the_headers_of_a_cheap_call() -> None:
    answer = replace(ok(did=DID), headers=limits(limit=3000, remaining=2990, window=300))

    _, report = play(required(BLUESKY.read_quota(ACCOUNT)), [answer])

    assert [(one.name, one.limit, one.remaining) for one in report.windows] == [
        ("calls/5m", 3000, 2990)
    ]


def test_points_are_told_with_what_a_post_takes_of_them() -> None:
    put = Request(method="POST", url="https://pds.example/xrpc/com.atproto.repo.putRecord")
    answer = Response(status=200, headers=limits(limit=5000, remaining=4991, window=3600))

    window = BLUESKY.windows(put, answer)[0]

    assert (window.name, window.limit, window.remaining) == ("posts/1h", 5000, 4991)
    assert window.cost == 2


@pytest.mark.parametrize(("window", "name"), [(300, "calls/5m"), (5, "calls/5s")])
def test_a_window_is_named_by_its_length(window: int, name: str) -> None:
    get = Request(method="GET", url="https://pds.example/xrpc/com.atproto.server.getSession")
    answer = Response(status=200, headers=limits(limit=3000, remaining=2999, window=window))

    assert BLUESKY.windows(get, answer)[0].name == name


def test_the_limit_on_logins_is_no_limit_of_the_channel() -> None:
    login = Request(method="POST", url="https://e.example/xrpc/com.atproto.server.createSession")
    answer = Response(status=200, headers=limits(limit=30, remaining=0, window=300))

    assert BLUESKY.windows(login, answer) == ()


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda: ok_record(RENDERED.text), None),
        (lambda: ok_record("Bombe"), Cause.TRUNCATED),
        (lambda: refusal(400, "RecordNotFound"), Cause.NOT_VISIBLE),
        (lambda: Response(status=502), Cause.PLATFORM_FAULT),
    ],
)
def test_reading_back_compares_the_text(answer: Any, cause: Cause | None) -> None:
    finding = look(BLUESKY.read_own(ACCOUNT, LAST), [answer()])

    assert finding.ability is Ability.READ_BACK
    assert finding.cause is cause


def test_a_citizen_sees_post_and_profile() -> None:
    steps, report = play(required(BLUESKY.see_as_citizen(ACCOUNT, LAST)), [shown(), ok(did=DID)])

    assert report.findings[0].cause is None
    assert all(request(step).anonymous for step in steps)


@pytest.mark.parametrize(
    ("answers", "cause"),
    [
        (lambda: [ok(posts=[])], Cause.NOT_VISIBLE),
        (lambda: [shown(labels=[{"val": "!takedown"}])], Cause.NOT_VISIBLE),
        (lambda: [shown(), ok(did=DID, labels=[{"val": "!no-unauthenticated"}])],
         Cause.READER_RESTRICTED),
        (lambda: [refusal(401, "AuthMissing")], Cause.BAD_CONFIGURATION),
        (lambda: [Response(status=403, body=b"<html>")], Cause.PLATFORM_FAULT),
    ],
)  # fmt: skip
def test_what_keeps_citizens_out_is_named(answers: Any, cause: Cause) -> None:
    finding = look(BLUESKY.see_as_citizen(ACCOUNT, LAST), answers())

    assert finding.ability is Ability.PUBLIC
    assert finding.cause is cause


def test_before_the_first_post_citizens_are_asked_for_the_profile() -> None:
    steps, report = play(required(BLUESKY.see_as_citizen(ACCOUNT, None)), [ok(did=DID)])

    assert request(steps[0]).url == "https://appview.example/xrpc/app.bsky.actor.getProfile"
    assert report.findings[0].cause is None


def test_a_pds_without_an_appview_cannot_listen() -> None:
    finding = look(BLUESKY.listen(ACCOUNT), [refusal(502, "UpstreamFailure")])

    assert (finding.ability, finding.cause) == (Ability.LISTEN, Cause.PLATFORM_FAULT)


def draft(content: Content = CONTENT) -> Draft:
    message = Message(
        id="0190a1b2-0000-7000-8000-000000000017",
        number=17,
        chain="0190a1b2-0000-7000-8000-000000000017",
        content=content,
        routes=("katastrophe",),
        accepted_at=NOON,
        expires_at=datetime(2026, 7, 6, 12, 0, tzinfo=UTC),
        effective_severity=content.severity,
    )
    return Draft(
        message=message,
        delivery_id="0190a1b2-0000-7000-8000-0000000000d1",
        at=NOON,
        organisation="Stadt Musterstadt",
        timezone="Europe/Berlin",
        link=None,
    )


def play(steps: Steps[T], answers: list[Any]) -> tuple[list[Step], T]:
    """Answer each step in turn; an exception among the answers is raised there."""
    taken: list[Step] = []
    try:
        step = next(steps)
        for answer in answers:
            taken.append(step)
            step = steps.throw(answer) if isinstance(answer, Exception) else steps.send(answer)
    except StopIteration as end:
        return taken, end.value
    raise AssertionError(f"one step too many: {step}")


def publish(answers: list[Any], account: Account = ACCOUNT) -> tuple[list[Step], Outcome]:
    return play(BLUESKY.publish(account, RENDERED, {}), answers)


def refresh(answers: list[Any], account: Account = ACCOUNT) -> tuple[list[Step], Any]:
    return play(required(BLUESKY.refresh_credentials(account)), answers)


def look(steps: Steps[Report] | None, answers: list[Any]) -> Finding:
    return play(required(steps), answers)[1].findings[0]


def required(steps: Steps[T] | None) -> Steps[T]:
    assert steps is not None
    return steps


def request(step: Step) -> Request:
    assert isinstance(step, Request)
    return step


def without_evidence(outcome: Outcome) -> Outcome:
    return replace(outcome, evidence="")


def decoded(key: str) -> int:
    return sum(
        "234567abcdefghijklmnopqrstuvwxyz".index(letter) << 5 * place
        for place, letter in enumerate(reversed(key))
    )


def ok(**body: Any) -> Response:
    return Response(status=200, body=json.dumps(body).encode())


def ok_put() -> Response:
    return ok(uri=f"at://{DID}/app.bsky.feed.post/{KEY}", cid="bafyreia")


def ok_record(text: str) -> Response:
    return ok(uri=f"at://{DID}/app.bsky.feed.post/{KEY}", value={"text": text})


def shown(labels: list[dict[str, str]] | None = None) -> Response:
    return ok(posts=[{"record": {"text": RENDERED.text}, "labels": labels or []}])


def ok_session() -> Response:
    services = [{"id": "#atproto_pds", "serviceEndpoint": "https://morel.host.example"}]
    return ok(
        accessJwt=jwt(1_783_260_000),
        refreshJwt="refresh-2",
        did=DID,
        active=True,
        didDoc={"service": services},
    )


def jwt(expires: int) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": expires}).encode()).decode()
    return f"e30.{claims.rstrip('=')}.sig"


def refusal(status: int, error: str) -> Response:
    body = json.dumps({"error": error, "message": "localised"}).encode()
    return Response(status=status, body=body)


def limits(*, limit: int, remaining: int, window: int) -> Mapping[str, str]:
    return {
        "ratelimit-limit": str(limit),
        "ratelimit-remaining": str(remaining),
        "ratelimit-reset": "1783256400",
        "ratelimit-policy": f"{limit};w={window}",
    }


RENDERED: Rendered = BLUESKY.render(draft(), ACCOUNT)
KEY = RENDERED.key
LAST = Published(receipt=Receipt(post_id=f"at://{DID}/app.bsky.feed.post/{KEY}"), rendered=RENDERED)
