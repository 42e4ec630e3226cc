"""WhatsApp's Cloud API: what is sent to whom, and what each answer means (facts B, 5.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
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
    Refused,
    Rendered,
    Throttled,
    Unclear,
)
from sentinel.domain.message import Variant
from sentinel.domain.outcome import cause_of
from sentinel.platforms import Account
from sentinel.platforms.whatsapp_cloud import PLATFORM
from sentinel.platforms.whatsapp_cloud.sending import BATCH
from sentinel.wire import FileAnswer, Lost, Remember, Steps, Withheld
from tests.platforms.talk import NOON, Talk, account, draft, lost, page, said, talk

ONE, TWO, THREE = "+491511111111", "+491512222222", "+491513333333"
NODE = said(200, {"id": "106540352242922"})


def channel(*recipients: str, **settings: Any) -> Account:
    return account(
        "https://graph.facebook.com",
        "",
        {"access_token": "t", "app_secret": "s", "verify_token": "v"},
        phone_number_id="106540352242922",
        template="warnung",
        template_language="de",
        recipients=recipients or (ONE, TWO, THREE),
        **settings,
    )


def taken(number: int = 1) -> Any:
    """Return the answer to a sending, as Meta's documentation and client libraries show it."""
    return said(
        200,
        {
            "messaging_product": "whatsapp",
            "contacts": [{"input": "491511111111", "wa_id": "491511111111"}],
            "messages": [{"id": f"wamid.{number}", "message_status": "accepted"}],
        },
    )


def error(status: int, code: int, *, subcode: int | None = None, **headers: str) -> Any:
    body: dict[str, Any] = {"message": "in whatever language", "type": "OAuthException"}
    body |= {"code": code} | ({"error_subcode": subcode} if subcode else {})
    return said(status, {"error": body}, **headers)


def render(where: Account, **content: Any) -> Rendered:
    return PLATFORM.render(draft(**content), where)


def publish(
    where: Account, *answers: Any, memory: dict[str, str] | None = None, **content: Any
) -> Talk[Outcome]:
    return talk(PLATFORM.publish(where, render(where, **content), memory or {}), *answers)


def find(where: Account, memory: dict[str, str]) -> Any:
    return talk(PLATFORM.find(where, render(where), memory, NOON)).value


def sent_to(held: Talk[Any]) -> list[str]:
    return [each.json["to"] for each in held.requests if each.commits]


# --- what is sent -----------------------------------------------------------------------------


def test_a_sending_is_the_documented_body_with_the_whole_message_on_one_line() -> None:
    held = publish(channel(ONE), NODE, taken(), instruction="Fenster\tschließen!")

    (sending,) = [each for each in held.requests if each.commits]
    body = dict(sending.json)
    key = body.pop("biz_opaque_callback_data")

    assert sending.url == "https://graph.facebook.com/v26.0/106540352242922/messages"
    assert sending.headers["Authorization"] == "Bearer t"
    assert body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "491511111111",
        "type": "template",
        "template": {
            "name": "warnung",
            "language": {"code": "de"},
            "components": [
                {
                    "type": "body",
                    "parameters": [
                        {
                            "type": "text",
                            "text": "Bombe in der Neustadt – Bitte verlassen Sie das Gebiet. – "
                            "Fenster schließen! – Nr. 17",
                        }
                    ],
                }
            ],
        },
    }
    assert len(key) == 12


@pytest.mark.parametrize(("text", "units"), [("ä" * 100, 100), ("🚨", 2), ("👩🏽‍🚒", 7), ("", 0)])
def test_a_text_counts_in_utf_16_units(text: str, units: int) -> None:
    assert PLATFORM.length(text) == units


def test_everybody_is_written_to_once_with_a_key_of_their_own() -> None:
    held = publish(channel(), NODE, taken(1), taken(2), taken(3))

    keys = {each.json["biz_opaque_callback_data"] for each in held.requests if each.commits}

    assert sent_to(held) == [ONE[1:], TWO[1:], THREE[1:]]
    assert len(keys) == 3
    assert isinstance(held.value, Accepted)
    assert held.value.evidence == "3 of 3 recipients accepted"
    assert ONE[1:] not in str(held.remembered)


def test_who_speaks_another_language_gets_it_if_the_message_and_the_template_have_it() -> None:
    english = Variant(language="en", headline="Bomb", text="Please leave the area.")
    where = channel()
    spoken = PLATFORM.render(draft(variants=(english,)), where)
    rows = b"number,language\n+491511111111,en-GB\n+491512222222,tr\n+491513333333,en\n"
    steps = PLATFORM.publish(
        replace(where, settings={**where.settings, "recipients": ("/w.csv",)}), spoken, {}
    )

    held = talk(
        steps, FileAnswer(content=rows), NODE, taken(1), taken(2), error(404, 132001), taken(3)
    )

    chosen = [each.json["template"]["language"]["code"] for each in held.requests if each.commits]
    assert chosen == ["en", "de", "en", "de"]  # the template is not there in English after all
    assert isinstance(held.value, Accepted)


# --- each answer, held against the sheet ------------------------------------------------------

SHEET: list[tuple[int, int, type[Outcome], Cause]] = [
    (401, 0, Refused, Cause.CREDENTIAL_REJECTED),
    (401, 190, Refused, Cause.CREDENTIAL_REJECTED),
    (403, 3, Refused, Cause.PERMISSION_MISSING),
    (403, 10, Refused, Cause.PERMISSION_MISSING),
    (403, 200, Refused, Cause.PERMISSION_MISSING),
    (403, 299, Refused, Cause.PERMISSION_MISSING),
    (403, 131005, Refused, Cause.PERMISSION_MISSING),
    (400, 4, Throttled, Cause.RATE_LIMITED),
    (400, 80007, Throttled, Cause.RATE_LIMITED),
    (400, 131056, Throttled, Cause.RATE_LIMITED),
    (400, 131048, Refused, Cause.ACCOUNT_LOCKED),
    (400, 131049, Refused, Cause.CONTENT_REJECTED),
    (400, 131047, Refused, Cause.CONTENT_REJECTED),
    (400, 131026, Refused, Cause.CONTENT_REJECTED),
    (403, 131031, Refused, Cause.ACCOUNT_LOCKED),
    (403, 368, Refused, Cause.ACCOUNT_LOCKED),
    (403, 130497, Refused, Cause.ACCOUNT_LOCKED),
    (400, 131042, Refused, Cause.PAYMENT_REQUIRED),
    (500, 131057, Unclear, Cause.PLATFORM_FAULT),
    (503, 131016, Unclear, Cause.PLATFORM_FAULT),
    (500, 131000, Unclear, Cause.PLATFORM_FAULT),
    (500, 1, Unclear, Cause.PLATFORM_FAULT),
    (503, 2, Unclear, Cause.PLATFORM_FAULT),
    (400, 132000, Refused, Cause.BAD_CONFIGURATION),
    (404, 132001, Refused, Cause.BAD_CONFIGURATION),
    (400, 132005, Refused, Cause.CONTENT_REJECTED),
    (400, 132007, Refused, Cause.CONTENT_REJECTED),
    (400, 132012, Refused, Cause.CONTENT_REJECTED),
    (400, 132015, Refused, Cause.PERMISSION_MISSING),
    (400, 132016, Refused, Cause.PERMISSION_MISSING),
    (400, 133010, Refused, Cause.PERMISSION_MISSING),
    (400, 133016, Refused, Cause.PERMISSION_MISSING),
    (500, 131045, Refused, Cause.PERMISSION_MISSING),
    (400, 999999, Unclear, Cause.PLATFORM_FAULT),
]


@pytest.mark.parametrize(("status", "code", "kind", "cause"), SHEET)
def test_each_code_ends_as_the_sheet_says(
    status: int, code: int, kind: type[Any], cause: Cause
) -> None:
    held = publish(channel(ONE), NODE, error(status, code))

    assert isinstance(held.value, kind)
    assert cause_of(held.value) is cause


SEEN_IN_PUBLIC = [
    # github.com/Neurotech-HQ/heyoo/issues/94
    (
        400,
        {
            "message": "(#131030) Recipient phone number not in allowed list",
            "type": "OAuthException",
            "code": 131030,
            "error_data": {
                "messaging_product": "whatsapp",
                "details": "Recipient phone number not in allowed list: Add recipient phone "
                "number to recipient list and try again.",
            },
            "fbtrace_id": "A",
        },
        Refused,
        Cause.PERMISSION_MISSING,
    ),
    # david-lev/pywa, tests/test_errors.py
    (
        401,
        {
            "message": "Error validating access token: Session has expired on Friday, 26-Apr-24 "
            "06:00:00 PDT. The current time is Sunday, 28-Apr-24 03:40:10 PDT.",
            "type": "OAuthException",
            "code": 190,
            "error_subcode": 463,
            "fbtrace_id": "ACEyrTehk6IAd0lm05Ixogh",
        },
        Refused,
        Cause.CREDENTIAL_EXPIRED,
    ),
    (
        400,
        {
            "code": 131047,
            "title": "Re-engagement message",
            "message": "Re-engagement message",
            "error_data": {
                "details": "Message failed to send because more than 24 hours have passed since "
                "the customer last replied to this number."
            },
            "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        },
        Refused,
        Cause.CONTENT_REJECTED,
    ),
]


@pytest.mark.parametrize(("status", "body", "kind", "cause"), SEEN_IN_PUBLIC)
def test_answers_that_others_met_end_as_the_sheet_says(
    status: int, body: dict[str, Any], kind: type[Any], cause: Cause
) -> None:
    held = publish(channel(ONE), NODE, said(status, {"error": body}))

    assert isinstance(held.value, kind)
    assert cause_of(held.value) is cause


# --- one recipient is not all ------------------------------------------------------------------


@pytest.mark.parametrize("code", [131026, 131049])
def test_one_who_cannot_get_it_holds_up_nobody_and_is_not_asked_again(code: int) -> None:
    held = publish(channel(), NODE, taken(1), error(400, code), taken(3))
    again = publish(channel(), memory=held.remembered)

    assert isinstance(held.value, Accepted)
    assert held.value.evidence == "2 of 3 recipients accepted, 1 refused"
    assert sent_to(again) == []


def test_one_to_whom_we_wrote_just_now_is_asked_again_and_nobody_else() -> None:
    held = publish(channel(), NODE, taken(1), error(400, 131056), taken(3))
    again = publish(channel(), NODE, taken(2), memory=held.remembered)

    assert isinstance(held.value, Failed)
    assert sent_to(again) == [TWO[1:]]
    assert isinstance(again.value, Accepted)


def test_too_fast_is_waited_for_and_the_same_one_is_asked_again() -> None:
    held = publish(channel(ONE), NODE, error(429, 130429), error(429, 130429), taken())

    assert isinstance(held.value, Accepted)
    assert held.waited_s == 5.0


def test_too_fast_for_long_ends_the_run_with_our_own_fault() -> None:
    held = publish(channel(ONE, TWO), NODE, *[error(429, 130429)] * 3)

    assert held.value == Throttled(
        until=NOON + timedelta(seconds=6), evidence="HTTP 429, code 130429/None"
    )
    assert sent_to(held) == [ONE[1:]] * 3


def test_where_a_whole_batch_is_refused_the_rest_of_the_list_is_spared() -> None:
    many = [f"+4915100{number:05}" for number in range(BATCH + 5)]

    held = publish(channel(*many), NODE, *[error(400, 131030)] * BATCH)

    assert held.value == Refused(Cause.PERMISSION_MISSING, evidence="HTTP 400, code 131030/None")


def test_a_refusal_that_concerns_all_ends_the_run_and_the_rest_is_asked_later() -> None:
    held = publish(channel(), NODE, taken(1), error(400, 131042))
    again = publish(channel(), NODE, taken(2), taken(3), memory=held.remembered)

    assert isinstance(held.value, Refused)
    assert held.value.cause is Cause.PAYMENT_REQUIRED
    assert sent_to(again) == [TWO[1:], THREE[1:]]


# --- what nobody can know ----------------------------------------------------------------------


@pytest.mark.parametrize("answer", [lost(), error(500, 2), page(502), said(200, {"messages": []})])
def test_who_got_no_answer_is_in_doubt_and_never_asked_again(answer: Any) -> None:
    held = publish(channel(), NODE, taken(1), answer)
    again = publish(channel(), NODE, taken(3), memory=held.remembered)

    assert isinstance(held.value, Unclear)
    assert isinstance(find(channel(), held.remembered), ProvenAbsent)  # of the third
    assert sent_to(again) == [THREE[1:]]
    assert isinstance(again.value, Unclear)
    assert isinstance(find(channel(), held.remembered | again.remembered), NotSeen)


def test_a_receipt_settles_who_was_in_doubt() -> None:
    held = publish(channel(ONE), NODE, lost())
    (sending,) = [each for each in held.requests if each.commits]
    key = sending.json["biz_opaque_callback_data"]

    found = find(channel(ONE), held.remembered | {f"sentinel.heard:{key}": "delivered"})

    assert isinstance(found, Found)


def test_a_request_that_never_left_puts_nobody_in_doubt() -> None:
    held = publish(channel(ONE), NODE, Lost(Cause.UNREACHABLE, "no connection", sent=False))

    assert isinstance(held.value, Failed)
    assert isinstance(find(channel(ONE), held.remembered), ProvenAbsent)


def test_a_hold_in_the_middle_leaves_the_rest_certainly_unsent() -> None:
    where = channel()
    memory: dict[str, str] = {}

    with pytest.raises(Withheld):
        held_up(PLATFORM.publish(where, render(where), {}), memory, NODE, taken(1))
    again = publish(where, NODE, taken(2), taken(3), memory=memory)

    assert sent_to(again) == [TWO[1:], THREE[1:]]
    assert isinstance(again.value, Accepted)


def held_up(steps: Steps[Outcome], memory: dict[str, str], *answers: Any) -> None:
    """Hold the conversation, and let nothing more become public after the last answer."""
    script = [*answers, Withheld()]
    step = next(steps)
    while True:
        if isinstance(step, Remember):
            memory[step.name] = step.value
            step = steps.send(None)
            continue
        answer = script.pop(0)
        step = steps.throw(answer) if isinstance(answer, Withheld) else steps.send(answer)


@pytest.mark.parametrize("answer", [lost(), error(503, 2), page(503)])
def test_nothing_is_begun_while_the_platform_does_not_answer(answer: Any) -> None:
    held = publish(channel(), answer)

    assert isinstance(held.value, Failed)
    assert held.remembered == {}


@pytest.mark.parametrize("answer", [error(400, 100), error(403, 10), error(400, 80007)])
def test_a_token_that_may_send_and_not_read_sends(answer: Any) -> None:
    assert isinstance(publish(channel(ONE), answer, taken()).value, Accepted)


def test_a_list_that_takes_too_long_goes_on_at_the_next_attempt() -> None:
    many = [f"+4915100{number:05}" for number in range(BATCH + 1)]
    late = replace(taken(), headers={"date": "Fri, 20 Nov 2026 12:09:00 GMT"})

    held = publish(channel(*many), NODE, *[late] * BATCH)
    again = publish(channel(*many), NODE, taken(), memory=held.remembered)

    assert isinstance(held.value, Failed)
    assert held.value.cause is Cause.SLOW
    assert len(sent_to(again)) == 1
    assert isinstance(again.value, Accepted)


def test_without_recipients_or_number_nothing_is_tried() -> None:
    nowhere = replace(channel(), settings={**channel().settings, "phone_number_id": "me/../x"})

    assert publish(nowhere).value == Refused(
        Cause.BAD_CONFIGURATION, evidence="phone_number_id is no number"
    )


def test_the_link_to_post_by_hand_holds_the_text() -> None:
    where = channel(ONE)

    link = PLATFORM.compose_link(where, render(where))

    assert link == (
        "https://wa.me/?text=Bombe%20in%20der%20Neustadt%20%E2%80%93%20Bitte%20verlassen%20Sie"
        "%20das%20Gebiet.%20%E2%80%93%20Nr.%2017"
    )
