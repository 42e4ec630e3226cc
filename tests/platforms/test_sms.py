"""SMS to a list through seven.io: what its answers mean, and the middle of a long list."""

from __future__ import annotations

from typing import Any

import pytest

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
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
from sentinel.domain.message import Variant
from sentinel.platforms import Account
from sentinel.platforms.sms import PLATFORM
from sentinel.platforms.sms.seven import TABLE
from sentinel.wire import FileAnswer, Lost, Response
from tests.platforms.talk import NOON, Talk, account, causes, draft, lost, page, said, talk

ONE, TWO, THREE = "+4915112345678", "+4917612345678", "+43664123456"


def at_seven(*numbers: str, **more: Any) -> Account:
    credentials = more.pop("credentials", {"api_key": "k"})
    settings = {"from": "Musterstadt", "recipients": numbers or (ONE,), **more}
    return account("", "", credentials, **settings)


def warning(**content: Any) -> Rendered:
    return PLATFORM.render(draft("Bombe", "Weg!", **content), at_seven())


def sent(
    who: Account, *answers: Response | Lost, memory: dict[str, str] | None = None
) -> Talk[Outcome]:
    return talk(PLATFORM.publish(who, warning(), memory or {}), *answers)


def entry(number: str, error: object = None, name: str = "77") -> dict[str, object]:
    good = error is None
    digits = number.removeprefix("+")
    return {"recipient": digits, "success": good, "error": error, "id": name if good else None}


def told(*entries: dict[str, object], success: str = "100", status: int = 200) -> Response:
    return said(status, {"success": success, "balance": 12.5, "messages": list(entries)})


def after(ended: Talk[Any], before: dict[str, str] | None = None) -> dict[str, str]:
    return {**(before or {}), **ended.remembered}


def everybody(count: int) -> tuple[str, ...]:
    return tuple(f"+49151{number:08d}" for number in range(count))


def all_taken(numbers: tuple[str, ...]) -> Response:
    return told(*(entry(each, name=f"77{each[-4:]}") for each in numbers))


# --- single answers -------------------------------------------------------------------------


def test_a_request_is_what_seven_documents() -> None:
    ended = sent(at_seven(ONE, TWO), all_taken((ONE, TWO)))

    request = ended.requests[0]
    assert (request.method, request.url) == ("POST", "https://gateway.seven.io/api/sms")
    assert request.headers["X-Api-Key"] == "k"
    assert request.json == {
        "to": "4915112345678,4917612345678",
        "text": "Bombe\n\nWeg!\n\nNr. 17",
        "from": "Musterstadt",
        "foreign_id": "0192f3a0-0000-7000-8000-000000000017",
    }
    assert request.commits
    assert request.within_s == 20.0
    assert isinstance(ended.value, Accepted)
    assert ended.value.evidence == "2 of 2 recipients accepted"


RECORDED = {
    # Published with a Java client, and in the vendor's own documentation.
    "success": "100",
    "total_price": 0.075,
    "balance": 593.994,
    "debug": "false",
    "sms_type": "direct",
    "messages": [
        {
            "id": "77229318510",
            "sender": "Musterstadt",
            "recipient": "4915112345678",
            "text": "Bombe",
            "encoding": "gsm",
            "label": None,
            "parts": 1,
            "udh": None,
            "is_binary": False,
            "price": 0.075,
            "success": True,
            "error": None,
            "error_text": None,
        }
    ],
}


def test_a_recorded_answer_is_taken_and_its_name_kept_for_receipts() -> None:
    ended = sent(at_seven(), said(200, RECORDED))

    assert isinstance(ended.value, Accepted)
    assert '"77229318510"' in ended.remembered["sentinel.ids:1"]


@pytest.mark.parametrize(
    ("body", "ends"),
    [
        ({"success": "900"}, Refused(Cause.CREDENTIAL_REJECTED, evidence="HTTP 200, code 900")),
        (900, Refused(Cause.CREDENTIAL_REJECTED, evidence="HTTP 200, code 900")),
        (
            {"success": "900", "messages": []},
            Refused(Cause.CREDENTIAL_REJECTED, evidence="HTTP 200, code 900"),
        ),
        ({"success": "901"}, Refused(Cause.CREDENTIAL_REJECTED, evidence="HTTP 200, code 901")),
        ({"success": "902"}, Refused(Cause.PERMISSION_MISSING, evidence="HTTP 200, code 902")),
        ({"success": "903"}, Refused(Cause.PERMISSION_MISSING, evidence="HTTP 200, code 903")),
        ({"success": "500"}, Refused(Cause.PAYMENT_REQUIRED, evidence="HTTP 200, code 500")),
        ({"success": "201"}, Refused(Cause.BAD_CONFIGURATION, evidence="HTTP 200, code 201")),
        ({"success": "202"}, Refused(Cause.BAD_CONFIGURATION, evidence="HTTP 200, code 202")),
        ({"success": "301"}, Refused(Cause.BAD_CONFIGURATION, evidence="HTTP 200, code 301")),
        ({"success": "305"}, Refused(Cause.BAD_CONFIGURATION, evidence="HTTP 200, code 305")),
        (
            {"success": "401"},
            Refused(Cause.CONTENT_REJECTED, Scope.CONTENT, "HTTP 200, code 401"),
        ),
        ({"success": "403"}, Throttled(until=None, evidence="HTTP 200, code 403")),
    ],
)
def test_http_200_with_a_code_that_is_not_100_was_not_sent(body: Any, ends: Outcome) -> None:
    ended = sent(at_seven(), said(200, body))

    assert ended.value == ends
    assert not any(value for name, value in ended.remembered.items() if ".out." in name)


@pytest.mark.parametrize(
    "answer",
    [
        said(200, {"success": "600"}),
        said(200, {"success": "700"}),
        said(200, {"success": "4711"}),
        said(200, {"success": "Kanarienvogel"}),
        said(200, {"success": "101"}),
        said(200, {"success": True}),
        said(200, []),
        said(500, {"success": "100"}),
        said(503, {"success": "900"}),
        page(200),
        page(403),
        page(502),
    ],
)
def test_an_answer_that_says_nothing_certain_leaves_the_recipient_in_doubt(
    answer: Response,
) -> None:
    ended = sent(at_seven(), answer)

    assert isinstance(ended.value, Unclear)
    assert ended.value.cause is Cause.PLATFORM_FAULT
    assert "Kanarienvogel" not in repr(ended.value)
    assert "1 in doubt" in ended.value.evidence


def test_the_reload_lock_means_that_they_have_it() -> None:
    ended = sent(at_seven(), said(200, {"success": "402"}))

    assert isinstance(ended.value, Accepted)


def test_too_many_requests_is_told_apart_from_a_page() -> None:
    assert sent(at_seven(), said(429, {})).value == Throttled(until=None, evidence="HTTP 429")


def test_every_code_of_the_sheet_stands_in_the_table() -> None:
    listed = {row.code for row in TABLE}

    assert listed >= {100, 201, 202, 301, 305, 401, 402, 403, 500, 600, 700, 900, 901, 902, 903}


@pytest.mark.parametrize(
    ("who", "why"),
    [
        (at_seven(credentials={}, gateway="seven"), "gateway seven needs api_key"),
        (
            at_seven(credentials={"account_sid": "AC1"}),
            "gateway twilio needs auth_token",
        ),
        (
            at_seven(credentials={"headers": "X: y"}),
            "gateway http needs request: METHOD and address, headers, body",
        ),
        (at_seven("kein Telefon"), "recipient file missing or without a column number"),
    ],
)
def test_what_is_missing_in_the_rules_is_said_before_anything_is_sent(
    who: Account, why: str
) -> None:
    files = [FileAnswer(error="ENOENT")] if "recipient" in why else []

    ended = talk(PLATFORM.publish(who, warning(), {}), *files)

    assert ended.value == Refused(Cause.BAD_CONFIGURATION, evidence=why)


# --- the middle of a long list --------------------------------------------------------------


def test_fifty_go_in_three_requests_and_each_is_on_disk_before() -> None:
    numbers = everybody(50)

    ended = sent(
        at_seven(*numbers),
        all_taken(numbers[:20]),
        all_taken(numbers[20:40]),
        all_taken(numbers[40:]),
    )

    assert isinstance(ended.value, Accepted)
    assert ended.value.evidence == "50 of 50 recipients accepted"
    assert [len(each.json["to"].split(",")) for each in ended.requests] == [20, 20, 10]
    begun = [step for step in ended.steps if "begun" in getattr(step, "value", "")]
    assert len(begun) == 3


def test_credit_that_runs_out_half_way_leaves_the_rest_for_later_and_nobody_twice() -> None:
    numbers = everybody(30)
    some = [entry(each, name=f"7{n}") for n, each in enumerate(numbers[:12])]
    rest = [entry(each, error=500) for each in numbers[12:20]]

    first = sent(at_seven(*numbers), told(*some, *rest, success="101"))
    memory = after(first)
    second = sent(at_seven(*numbers), all_taken(numbers[12:]), memory=memory)

    assert first.value == Refused(
        Cause.PAYMENT_REQUIRED,
        evidence="12 of 30 recipients accepted, 8 deferred, 10 not reached; HTTP 200, code 500",
    )
    assert len(first.requests) == 1
    assert second.requests[0].json["to"].split(",") == [each[1:] for each in numbers[12:]]
    assert isinstance(second.value, Accepted)
    assert second.value.evidence == "30 of 30 recipients accepted"


def test_a_lost_answer_leaves_one_request_in_doubt_and_the_rest_goes_on() -> None:
    numbers = everybody(45)
    nothing = [said(200, [])] * 20

    first = sent(at_seven(*numbers), all_taken(numbers[:20]), lost())
    memory = after(first)
    looked = talk(PLATFORM.find(at_seven(*numbers), warning(), memory, NOON), *nothing)
    second = sent(at_seven(*numbers), *nothing, all_taken(numbers[40:]), memory=memory)
    memory = after(second, memory)
    again = talk(PLATFORM.find(at_seven(*numbers), warning(), memory, NOON), *nothing)
    third = sent(at_seven(*numbers), *nothing, memory=memory)

    assert isinstance(first.value, Unclear)
    assert looked.value == ProvenAbsent("the SMS was certainly not begun for 5 recipients")
    assert second.requests[-1].json["to"].split(",") == [each[1:] for each in numbers[40:]]
    assert isinstance(second.value, Unclear)
    assert again.value == NotSeen("SMS cannot be read back; 20 recipients in doubt")
    assert not any(request.commits for request in third.requests)


def test_the_journal_settles_a_doubt_by_our_own_name_or_by_the_text() -> None:
    numbers = (ONE, TWO, THREE)
    memory = after(sent(at_seven(*numbers), lost()))
    journal = [
        said(200, [{"id": "1", "to": ONE[1:], "foreign_id": warning().key, "text": "…"}]),
        said(200, [{"id": 2, "to": TWO, "foreign_id": None, "text": warning().text}]),
        said(200, [{"id": "3", "to": ONE[1:], "foreign_id": warning().key}]),  # another number's
    ]

    looked = talk(PLATFORM.find(at_seven(*numbers), warning(), memory, NOON), *journal)
    both = after(sent(at_seven(ONE, TWO), lost()))
    settled = talk(PLATFORM.find(at_seven(ONE, TWO), warning(), both, NOON), *journal[:2])
    again = sent(at_seven(*numbers), *journal, memory=memory)

    assert looked.requests[0].params == {"to": "4915112345678", "limit": "100"}
    assert looked.value == NotSeen("SMS cannot be read back; 1 recipients in doubt")
    assert isinstance(settled.value, Found)
    assert isinstance(again.value, Unclear)
    assert "2 of 3 recipients accepted, 1 in doubt" in again.value.evidence
    assert len([name for name in again.remembered if "ids:look:" in name]) == 2


def test_a_connection_that_never_came_about_leaves_nobody_in_doubt() -> None:
    refused = Lost(Cause.UNREACHABLE, "ECONNREFUSED (connection)", sent=False)

    ended = sent(at_seven(ONE, TWO), refused)

    assert ended.value == Failed(Cause.UNREACHABLE, "ECONNREFUSED (connection)")
    assert set(after(ended).values()) == {""}


def test_a_wrong_number_is_left_out_for_good_and_the_others_have_it() -> None:
    ended = sent(at_seven(ONE, TWO, THREE), told(entry(ONE), entry(TWO, error="202"), entry(THREE)))
    again = sent(at_seven(ONE, TWO, THREE), memory=after(ended))

    assert isinstance(ended.value, Accepted)
    assert ended.value.evidence == "2 of 3 recipients accepted, 1 refused"
    assert again.requests == []


def test_a_code_about_a_number_said_of_several_is_asked_for_each() -> None:
    ended = sent(
        at_seven(ONE, TWO),
        said(200, {"success": "202"}),
        told(entry(ONE)),
        said(200, {"success": "202"}),
    )

    assert [each.json["to"] for each in ended.requests] == [
        f"{ONE[1:]},{TWO[1:]}",
        ONE[1:],
        TWO[1:],
    ]
    assert isinstance(ended.value, Accepted)
    assert ended.value.evidence == "1 of 2 recipients accepted, 1 refused"


def test_who_is_not_named_in_an_answer_is_in_doubt() -> None:
    ended = sent(at_seven(ONE, TWO), told(entry(ONE)))

    assert isinstance(ended.value, Unclear)
    assert ended.value.evidence.startswith("1 of 2 recipients accepted, 1 in doubt")


def test_a_gateway_that_asks_for_a_moment_gets_it_and_one_that_asks_for_long_is_left() -> None:
    soon = said(429, {}, retry_after="2")

    waited = sent(at_seven(), soon, soon, told(entry(ONE)))
    left = sent(at_seven(), said(429, {}, retry_after="60"))
    weary = sent(at_seven(), soon, soon, soon, soon)

    assert isinstance(waited.value, Accepted)
    assert waited.waited_s == 4.0
    assert left.value == weary.value == Throttled(until=None, evidence="HTTP 429")


def test_one_that_took_some_and_then_slows_down_is_slow_and_not_shut() -> None:
    numbers = everybody(30)

    ended = sent(at_seven(*numbers), all_taken(numbers[:20]), said(429, {}))

    assert isinstance(ended.value, Throttled)
    assert ended.value.cause is Cause.SLOW
    assert ended.value.evidence.startswith("20 of 30 recipients accepted, 10 deferred")


def test_a_list_that_takes_too_long_ends_in_time_and_goes_on() -> None:
    numbers = everybody(60)
    later = Response(
        status=200,
        headers={"date": "Fri, 20 Nov 2026 12:01:30 GMT"},
        body=all_taken(numbers[20:40]).body,
    )

    first = sent(at_seven(*numbers), all_taken(numbers[:20]), later)
    second = sent(at_seven(*numbers), all_taken(numbers[40:]), memory=after(first))

    assert isinstance(first.value, Throttled)
    assert first.value.cause is Cause.SLOW
    assert first.value.evidence == (
        "40 of 60 recipients accepted, 20 not reached; the list takes longer than one attempt"
    )
    assert isinstance(second.value, Accepted)


def test_after_three_answers_that_say_nothing_certain_it_ends() -> None:
    numbers = everybody(100)
    carrier = said(200, {"success": "600"})

    ended = sent(at_seven(*numbers), carrier, carrier, carrier)

    assert isinstance(ended.value, Unclear)
    assert ended.value.evidence.startswith("0 of 100 recipients accepted, 40 not reached, 60 in")


def test_each_reads_the_text_in_their_own_language() -> None:
    english = Variant(language="en", headline="Bomb found", text="Leave the area.")
    rendered = warning(variants=(english,))
    csv = f"number,language\n{ONE},de\n{TWO},en\n{THREE},\n".encode()

    ended = talk(
        PLATFORM.publish(at_seven("/srv/sms.csv"), rendered, {}),
        FileAnswer(content=csv),
        told(entry(ONE), entry(THREE)),
        told(entry(TWO)),
    )

    assert isinstance(ended.value, Accepted)
    assert [(each.json["to"], each.json["text"][:5]) for each in ended.requests] == [
        (f"{ONE[1:]},{THREE[1:]}", "Bombe"),
        (TWO[1:], "Bomb "),
    ]


# --- looks ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "cause", "confirmed"),
    [
        ([said(200, {"amount": 12.5, "currency": "EUR"})], None, True),
        ([said(200, 900), said(200, {"success": "900"})], Cause.CREDENTIAL_REJECTED, True),
        ([said(200, 900), said(200, [])], Cause.CREDENTIAL_REJECTED, False),
        ([said(200, {"success": "903"})], Cause.PERMISSION_MISSING, True),
        ([said(200, {"success": "4711"})], Cause.PLATFORM_FAULT, True),
        ([page(403)], Cause.PLATFORM_FAULT, True),
        ([said(500, {"amount": 1})], Cause.PLATFORM_FAULT, True),
    ],
)
def test_a_credential_is_refused_only_when_a_second_call_agrees(
    answers: list[Response], cause: Cause | None, *, confirmed: bool
) -> None:
    report = talk(PLATFORM.check_credentials(at_seven()), *answers).value

    assert causes(report) == [(Ability.PUBLISH, cause)]
    assert report.findings[0].confirmed is confirmed


def test_credit_is_counted_in_sms_to_everybody() -> None:
    who = at_seven(ONE, TWO, price="0.10")

    report = talk(PLATFORM.read_quota(who), said(200, {"amount": "5.00"})).value

    assert report.findings == ()
    assert [(each.name, each.remaining, each.cost) for each in report.windows] == [
        ("posts", 5.0, 0.2)
    ]
    assert (report.windows[0].resets_at, report.windows[0].per) == (None, None)


@pytest.mark.parametrize("amount", ["nan", "viel", None, True, 1e300])
def test_what_is_no_amount_is_no_credit(amount: object) -> None:
    assert talk(PLATFORM.read_quota(at_seven()), said(200, {"amount": amount})).value.windows == ()


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (said(200, {"success": "301"}), None),
        (said(200, {"success": "202"}), None),
        (said(200, {"success": "900"}), Cause.CREDENTIAL_REJECTED),
        (said(200, {"success": "500"}), Cause.PAYMENT_REQUIRED),
        (said(200, {"success": "100"}), Cause.PLATFORM_FAULT),
        (page(502), Cause.PLATFORM_FAULT),
    ],
)
def test_a_rehearsal_goes_to_nobody(answer: Response, cause: Cause | None) -> None:
    ended = talk(PLATFORM.rehearse(at_seven()), answer)

    assert causes(ended.value) == [(Ability.PUBLISH, cause)]
    assert ended.requests[0].json["to"] == ""
    assert not ended.requests[0].commits
