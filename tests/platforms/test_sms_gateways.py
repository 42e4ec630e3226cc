"""SMS through Twilio, and through any gateway by the city's own request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    Found,
    NotSeen,
    Outcome,
    ProvenAbsent,
    Refused,
    Rendered,
    Scope,
    Throttled,
    Unclear,
)
from sentinel.platforms import Account
from sentinel.platforms.sms import PLATFORM
from sentinel.platforms.sms.template import safe_address
from sentinel.platforms.sms.twilio import LATER, TABLE
from sentinel.wire import Lost, Response
from tests.platforms.faced import Faced, ended, facing
from tests.platforms.talk import NOON, Talk, account, causes, draft, lost, page, said, talk

ONE, TWO = "+4915112345678", "+4917612345678"
SID = "AC504e58232220f1698dbf3c55a8ff73ff"
KANNEL = (
    "GET {base_url}/cgi-bin/sendsms?username={user}&password={password}"
    "&from={from}&to={number}&charset=UTF-8&coding={coding}&text={text}"
)
REFUSALS = (
    "^403 Authorization failed -> credential_rejected",
    "^400 .*denied by white -> recipient",
    "^402 -> payment_required",
)


def at_twilio(*numbers: str, **more: Any) -> Account:
    keys = {"account_sid": SID, "auth_token": "t"}
    settings = {"from": "+15005550006", "recipients": numbers or (ONE,), **more}
    return account("", "", keys, **settings)


def at_kannel(*numbers: str, **more: Any) -> Account:
    settings: dict[str, Any] = {"from": "100", "recipients": numbers or (ONE,)}
    settings |= {"request": KANNEL} | {"success": "^[03]: ", "refusals": REFUSALS} | more
    return account("http://127.0.0.1:1", "", {"user": "k", "password": "p&w"}, **settings)


def warning(text: str = "Weg!") -> Rendered:
    return PLATFORM.render(draft("Bombe", text), at_twilio())


def sent(
    who: Account, *answers: Response | Lost, memory: dict[str, str] | None = None
) -> Talk[Outcome]:
    return talk(PLATFORM.publish(who, warning(), memory or {}), *answers)


def plain(status: int, text: str) -> Response:
    return Response(status=status, headers={"content-type": "text/html"}, body=text.encode())


def taken(sid: str = "SM55d7040dd06b4c33a19b38863843acea", **more: Any) -> Response:
    # A message as Twilio answers it, from a tutorial of 2020.
    body = {
        "sid": sid,
        "date_created": "Wed, 02 Sep 2020 17:41:14 +0000",
        "date_sent": None,
        "to": ONE,
        "body": "Sent from your Twilio trial account - Hello!",
        "status": "queued",
        "num_segments": "1",
        "direction": "outbound-api",
        "error_code": None,
    }
    return said(201, body | more)


def refusal(status: int, code: int) -> Response:
    link = f"https://www.twilio.com/docs/errors/{code}"
    return said(status, {"code": code, "message": "…", "more_info": link, "status": status})


# --- Twilio ---------------------------------------------------------------------------------


def test_twilio_is_asked_once_for_each_recipient() -> None:
    who = at_twilio(ONE, TWO, callback_url="https://stadt.example/hooks/sms")

    talked = sent(who, taken("SM1"), taken("SM2"))

    first, second = talked.requests
    assert first.url == f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages.json"
    assert first.form == {
        "To": ONE,
        "Body": "Bombe\n\nWeg!\n\nNr. 17",
        "From": "+15005550006",
        "StatusCallback": "https://stadt.example/hooks/sms",
    }
    assert first.headers["Authorization"].startswith("Basic ")
    assert second.form is not None
    assert second.form["To"] == TWO
    assert isinstance(talked.value, Accepted)


def test_a_messaging_service_is_told_by_its_id() -> None:
    form = sent(at_twilio(**{"from": "MG0123"}), taken()).requests[0].form

    assert form is not None
    assert form["MessagingServiceSid"] == "MG0123"
    assert "From" not in form


@pytest.mark.parametrize(
    ("answer", "ends"),
    [
        (refusal(401, 20003), Refused(Cause.CREDENTIAL_REJECTED, evidence="HTTP 401, code 20003")),
        (refusal(403, 20003), Refused(Cause.CREDENTIAL_REJECTED, evidence="HTTP 403, code 20003")),
        (refusal(429, 20429), Throttled(until=None, evidence="HTTP 429, code 20429")),
        (refusal(400, 21211), Refused(Cause.BAD_CONFIGURATION, evidence="HTTP 400, code 21211")),
        (refusal(400, 21614), Refused(Cause.BAD_CONFIGURATION, evidence="HTTP 400, code 21614")),
        (refusal(403, 21408), Refused(Cause.PERMISSION_MISSING, evidence="HTTP 403, code 21408")),
        (refusal(400, 21610), Refused(Cause.BAD_CONFIGURATION, evidence="HTTP 400, code 21610")),
        (
            refusal(400, 21617),
            Refused(Cause.CONTENT_REJECTED, Scope.CONTENT, "HTTP 400, code 21617"),
        ),
        (refusal(404, 20404), Refused(Cause.BAD_CONFIGURATION, evidence="HTTP 404, code 20404")),
    ],
)
def test_twilios_refusals_are_certain(answer: Response, ends: Outcome) -> None:
    assert sent(at_twilio(), answer).value == ends


@pytest.mark.parametrize(
    "answer",
    [
        refusal(400, 29999),
        refusal(500, 20500),
        page(403),
        page(503),
        said(401, "Authenticate"),
        said(200, {"status": "queued"}),
        said(202, {"sid": "SM1"}),
    ],
)
def test_what_twilio_never_said_leaves_the_recipient_in_doubt(answer: Response) -> None:
    assert isinstance(sent(at_twilio(), answer).value, Unclear)


def test_a_message_that_failed_at_once_is_refused_for_that_number() -> None:
    failed = taken(status="failed", error_code=30006)

    talked = sent(at_twilio(ONE, TWO), failed, taken("SM2"))

    assert isinstance(talked.value, Accepted)
    assert talked.value.evidence == "1 of 2 recipients accepted, 1 refused"


def test_every_code_of_the_sheet_stands_in_twilios_tables() -> None:
    assert {row.code for row in TABLE} >= {20003, 20429, 21211, 21614, 21408, 21610, 21617}
    assert set(LATER) >= {30001, 30003, 30005, 30006, 30007, 30008}


def test_a_thousand_at_twilio_go_on_where_a_throttle_stopped_them() -> None:
    numbers = tuple(f"+49151{number:08d}" for number in range(1000))
    some = [taken(f"SM{number}") for number in range(600)]

    first = sent(at_twilio(*numbers), *some, refusal(429, 20429))
    rest = [taken(f"SM{number}") for number in range(600, 1000)]
    second = sent(at_twilio(*numbers), *rest, memory=first.remembered)

    assert isinstance(first.value, Throttled)
    assert first.value.cause is Cause.SLOW
    assert isinstance(second.value, Accepted)
    to = [each.form["To"] for each in (*first.requests, *second.requests) if each.form]
    assert len(to) == 1001  # the one that was throttled, twice
    assert set(to) == set(numbers)


def test_twilios_list_settles_a_doubt_by_number_and_text() -> None:
    memory = dict(sent(at_twilio(), lost()).remembered)
    ours = {"sid": "SM7", "to": ONE, "body": warning().text}
    others = {"sid": "SM6", "to": ONE, "body": "Bombe\n\nWeg!\n\nNr. 16"}

    seen = talk(
        PLATFORM.find(at_twilio(), warning(), memory, NOON), said(200, {"messages": [others, ours]})
    )
    unseen = talk(
        PLATFORM.find(at_twilio(), warning(), memory, NOON), said(200, {"messages": [others]})
    )
    dumb = talk(PLATFORM.find(at_twilio(), warning(), memory, NOON), page(503))

    assert seen.requests[0].params == {"To": ONE, "PageSize": "50"}
    assert isinstance(seen.value, Found)
    assert isinstance(unseen.value, NotSeen)
    assert isinstance(dumb.value, NotSeen)


@pytest.mark.parametrize(
    ("answers", "cause", "confirmed"),
    [
        ([said(200, {"sid": SID, "status": "active"})], None, True),
        ([said(200, {"sid": SID, "status": "suspended"})], Cause.ACCOUNT_LOCKED, True),
        ([refusal(401, 20003), refusal(401, 20003)], Cause.CREDENTIAL_REJECTED, True),
        (
            [refusal(401, 20003), said(200, {"balance": "1.0"})],
            Cause.CREDENTIAL_REJECTED,
            False,
        ),
        ([page(401)], Cause.PLATFORM_FAULT, True),
    ],
)
def test_twilios_account_is_asked_for(
    answers: list[Response], cause: Cause | None, *, confirmed: bool
) -> None:
    report = talk(PLATFORM.check_credentials(at_twilio()), *answers).value

    assert causes(report) == [(Ability.PUBLISH, cause)]
    assert report.findings[0].confirmed is confirmed


def test_twilios_credit_may_stand_below_zero() -> None:
    window = talk(PLATFORM.read_quota(at_twilio()), said(200, {"balance": "-3.1"})).value.windows

    assert [each.remaining for each in window] == [0.0]


# --- the city's own request -----------------------------------------------------------------


def test_a_request_in_the_address_is_escaped_and_keeps_its_secrets() -> None:
    request = sent(at_kannel(), plain(202, "0: Accepted for delivery")).requests[0]

    assert request.method == "GET"
    assert request.url == (
        "http://127.0.0.1:1/cgi-bin/sendsms?username=k&password=p%26w&from=100"
        "&to=%2B4915112345678&charset=UTF-8&coding=0&text=Bombe%0A%0AWeg%21%0A%0ANr.%2017"
    )
    assert request.commits
    assert "p%26w" not in repr(request)


@pytest.mark.parametrize(
    ("template", "body", "kind"),
    [
        (
            'POST https://g.example/s\n\n{"to":"{digits}","msg":"{text}"}',
            '{"to":"4915112345678","msg":"Bombe\\n\\nWeg!\\n\\nNr. 17"}',
            "application/json",
        ),
        (
            "POST https://g.example/s\n\nto={number}&msg={text}",
            "to=%2B4915112345678&msg=Bombe%0A%0AWeg%21%0A%0ANr.%2017",
            "application/x-www-form-urlencoded",
        ),
        ("https://g.example/s\n\n{text}", "Bombe\n\nWeg!\n\nNr. 17", "text/plain; charset=utf-8"),
        (
            "PUT https://g.example/s\nContent-Type: text/xml\nX-To: {number}\n\n<sms>{from}</sms>",
            "<sms>100</sms>",
            "text/xml",
        ),
    ],
)
def test_each_place_is_escaped_as_it_demands(template: str, body: str, kind: str) -> None:
    who = replace(
        at_kannel(request=template, success=""), credentials={"headers": "X-Key: 7\nA: b"}
    )

    request = sent(who, said(200, {})).requests[0]

    assert request.body == body.encode()
    assert request.headers["Content-Type"] == kind
    assert (request.headers["X-Key"], request.headers["A"]) == ("7", "b")


def test_a_key_is_the_same_for_each_repetition_and_another_for_each_number() -> None:
    who = at_kannel(ONE, TWO, request="POST https://g.example/s\nIdempotency-Key: {key}\n\n{text}")

    keys = [
        request.headers["Idempotency-Key"]
        for _ in range(2)
        for request in sent(who, plain(200, "0: ok"), plain(200, "0: ok")).requests
    ]

    assert keys[:2] == keys[2:]
    assert keys[0] != keys[1]


@pytest.mark.parametrize(
    ("stated", "answer", "ends"),
    [
        # As Kannel 1.4.5 was measured.
        ({}, plain(202, "0: Accepted for delivery"), Accepted),
        ({}, plain(202, "3: Queued for later delivery"), Accepted),
        ({}, plain(403, "Authorization failed for sendsms"), Cause.CREDENTIAL_REJECTED),
        ({}, plain(400, "Empty receiver number not allowed, rejected"), Cause.BAD_CONFIGURATION),
        ({"refusals": ()}, plain(403, "Authorization failed"), Cause.PERMISSION_MISSING),
        ({}, plain(503, "Temporal failure, try again later."), Unclear),
        (
            {"refusals": ("^503 Temporal failure -> later",)},
            plain(503, "Temporal failure, try again later."),
            Cause.PLATFORM_FAULT,
        ),
        ({}, plain(202, "5: what is this"), Unclear),
        ({}, page(200), Unclear),
        ({}, page(403), Unclear),
        ({"success": ""}, page(401), Unclear),
        ({"success": ""}, said(401, {}), Cause.PERMISSION_MISSING),
        ({"success": ""}, said(401, {"error": 1}), Cause.CREDENTIAL_REJECTED),
        ({}, plain(402, "no credit"), Cause.PAYMENT_REQUIRED),
        ({}, plain(404, "?"), Cause.BAD_CONFIGURATION),
        ({}, plain(413, "?"), Cause.CONTENT_REJECTED),
        ({}, plain(429, "slow down"), Cause.RATE_LIMITED),
        ({"success": "$.status=ok"}, said(200, {"status": "ok"}), Accepted),
        ({"success": "$.status=ok"}, said(200, {"status": "no"}), Unclear),
        ({"success": "$.ok"}, said(200, {"ok": True}), Accepted),
        ({"success": "$.ok"}, said(200, {"ok": False}), Unclear),
        (
            {"success": "$.code=0", "refusals": ("$.code=7 -> payment_required",)},
            said(200, {"code": 7}),
            Cause.PAYMENT_REQUIRED,
        ),
    ],
)
def test_an_answer_means_what_the_city_says_and_else_what_http_says(
    stated: dict[str, Any], answer: Response, ends: type[Outcome] | Cause
) -> None:
    outcome = sent(at_kannel(**stated), answer).value

    if isinstance(ends, Cause):
        assert not isinstance(outcome, Accepted | Unclear)
        assert outcome.cause is ends
    else:
        assert isinstance(outcome, ends)


@pytest.mark.parametrize(
    ("where", "answer", "name"),
    [
        ("$.messages.0.id", said(200, {"messages": [{"id": 77}]}), "77"),
        (r"ID: (\w+)", plain(200, "OK ID: a7"), "a7"),
        ("$.nothing", said(200, {}), None),
    ],
)
def test_the_gateways_name_is_found_where_the_city_says(
    where: str, answer: Response, name: str | None
) -> None:
    remembered = sent(at_kannel(success="", id=where), answer).remembered

    assert (f'"{name}"' in remembered.get("sentinel.ids:1", "")) is (name is not None)


@pytest.mark.parametrize(
    ("stated", "why"),
    [
        ({"request": "ftp://g.example"}, "gateway http needs request"),
        ({"request": "POST http://g.example/s"}, "request goes to no address"),
        ({"success": "("}, "success is no pattern"),
        ({"id": "["}, "id is no pattern"),
        ({"refusals": ("^403",)}, "refusals: each line"),
        ({"refusals": ("^403 -> boredom",)}, "refusals: each line"),
    ],
)
def test_a_request_that_makes_no_sense_is_said_so(stated: dict[str, Any], why: str) -> None:
    outcome = sent(at_kannel(**stated)).value

    assert isinstance(outcome, Refused)
    assert outcome.cause is Cause.BAD_CONFIGURATION
    assert outcome.evidence.startswith(why)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://g.example/s", True),
        ("http://127.0.0.1:13013/x", True),
        ("http://[::1]/x", True),
        ("http://localhost/x", True),
        ("http://127.0.0.1.g.example/x", False),
        ("http://g.example/s", False),
        ("http://[", False),
        ("/cgi-bin", False),
    ],
)
def test_without_encryption_it_goes_only_to_the_machine_itself(url: str, *, safe: bool) -> None:
    assert safe_address(url) is safe


def test_a_gateway_of_the_citys_own_has_no_checks() -> None:
    assert PLATFORM.check_credentials(at_kannel()) is None
    assert PLATFORM.read_quota(at_kannel()) is None
    assert PLATFORM.rehearse(at_kannel()) is None


# --- both on their face ---------------------------------------------------------------------

GATEWAYS: dict[str, tuple[dict[str, str], dict[str, object]]] = {
    "twilio": ({"account_sid": SID, "auth_token": "t"}, {"gateway": "twilio"}),
    "http": (
        {"user": "k", "password": "p"},
        {"gateway": "http", "request": KANNEL, "success": "^[03]: ", "refusals": REFUSALS},
    ),
}
FAULTS = [
    ("credential_revoked", Refused, Cause.CREDENTIAL_REJECTED),
    ("rate_limited", Throttled, Cause.RATE_LIMITED),
    ("server_error", Unclear, Cause.PLATFORM_FAULT),
    ("html_error", Unclear, Cause.PLATFORM_FAULT),
    ("edge_page", Unclear, Cause.PLATFORM_FAULT),
    ("refuse_connection", Unclear, Cause.UNREACHABLE),
    ("accepted_then_error", Unclear, Cause.PLATFORM_FAULT),
    ("accepted_then_timeout", Unclear, Cause.UNREACHABLE),
    ("accepted_not_live", Accepted, None),
]


@pytest.fixture
async def faced(gateway: str, tmp_path: Path) -> AsyncIterator[Faced]:
    async with facing("sms", tmp_path) as met:
        credentials, settings = GATEWAYS[gateway]
        settings = {"from": "100", "recipients": (ONE, TWO), **settings}
        met.account = replace(met.account, credentials=credentials, settings=settings)
        yield met


@pytest.mark.parametrize("gateway", GATEWAYS)
async def test_everybody_on_the_list_gets_one(faced: Faced) -> None:
    outcome = await faced.publish(faced.render())
    again = await faced.publish(faced.render())

    assert isinstance(outcome, Accepted)
    assert isinstance(again, Accepted)
    assert [post["to"] for post in faced.posts] == [[ONE], [TWO]]
    assert {post["text"] for post in faced.posts} == {faced.render().text}


@pytest.mark.parametrize("gateway", GATEWAYS)
@pytest.mark.parametrize(("kind", "how", "cause"), FAULTS)
async def test_a_fault_ends_it_alike_at_every_gateway(
    faced: Faced, kind: str, how: type[Outcome], cause: Cause | None
) -> None:
    faced.fault(kind)

    outcome = await faced.publish(faced.render())

    assert ended(outcome) == (how, cause)


@pytest.mark.parametrize(("gateway", "result"), [("twilio", Found), ("http", ProvenAbsent)])
async def test_after_a_lost_answer_the_rest_goes_on_and_nobody_has_two(
    faced: Faced, result: type
) -> None:
    rendered = faced.render()
    faced.fault("accepted_then_timeout")
    await faced.publish(rendered)
    faced.heal()

    looked = await faced.find(rendered)
    outcome = await faced.publish(rendered)

    assert isinstance(looked, ProvenAbsent)  # the second number was not begun
    assert [post["to"] for post in faced.posts] == [[ONE], [TWO]]
    assert isinstance(outcome, Accepted if result is Found else Unclear)


@pytest.mark.parametrize("gateway", ["twilio"])
async def test_every_look_at_twilio_is_well(faced: Faced) -> None:
    await faced.publish(faced.render())

    assert await faced.findings(None) == [("publish", None)]
    report = await faced.ask(faced.platform.rehearse(faced.account))
    assert [each.cause for each in report.findings] == [None]
    assert len(faced.posts) == 2
    assert [window.remaining for window in faced.windows] == [99.85]
