"""WhatsApp's Cloud API: what is asked beforehand, and what Meta's call backs say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Receipt
from sentinel.domain.observation import Report
from sentinel.domain.receipts import PartState
from sentinel.platforms import Published
from sentinel.platforms.whatsapp_cloud import PLATFORM
from sentinel.wire.hooks import Hook, Received, signed
from tests.platforms.talk import NOON, causes, draft, page, said, talk
from tests.platforms.test_whatsapp_cloud import ONE, TWO, channel, error

NUMBER = "106540352242922"


def node(**fields: Any) -> Any:
    return said(200, {"id": NUMBER, **fields})


def token(**data: Any) -> Any:
    return said(200, {"data": {"is_valid": True, **data}})


def checked(*answers: Any) -> Report:
    return talk(PLATFORM.check_credentials(channel(ONE)), *answers).value


def asked_quota(answer: Any, *recipients: str) -> Report:
    return talk(PLATFORM.read_quota(channel(*(recipients or (ONE,)))), answer).value


# --- the token ----------------------------------------


def test_a_good_token_tells_the_earlier_of_its_two_ends() -> None:
    report = checked(
        node(quality_rating="GREEN"),
        token(expires_at=1_800_000_000, data_access_expires_at=1_790_000_000),
    )

    assert causes(report) == [(Ability.PUBLISH, None)]
    assert report.expires_at == datetime.fromtimestamp(1_790_000_000, UTC)


def test_a_token_of_the_system_never_ends() -> None:
    assert checked(node(), token(expires_at=0, data_access_expires_at=0)).expires_at is None


def test_a_token_that_may_not_send_is_found_out_in_peace() -> None:
    report = checked(node(), token(scopes=["whatsapp_business_management"]))

    assert causes(report) == [(Ability.PUBLISH, Cause.PERMISSION_MISSING)]


@pytest.mark.parametrize(
    ("second", "sure"),
    [
        (error(401, 190, subcode=463), True),
        (said(200, {"data": {"is_valid": False}}), True),
        (token(), False),
        (page(503), False),
    ],
)
def test_a_refused_token_is_believed_when_its_inspection_agrees(second: Any, sure: bool) -> None:  # noqa: FBT001 - a table
    report = checked(error(401, 190), second)

    (found,) = report.findings
    assert (found.cause, found.confirmed) == (Cause.CREDENTIAL_REJECTED, sure)


# --- limits and health ----------------------------------------


@pytest.mark.parametrize(
    ("stated", "limit"), [("TIER_250", 250), ("TIER_2K", 2000), ("TIER_100K", 100_000), (250, 250)]
)
def test_the_messaging_limit_is_a_window_that_the_same_people_do_not_use_up(
    stated: object, limit: int
) -> None:
    report = asked_quota(node(whatsapp_business_manager_messaging_limit=stated))

    (window,) = report.windows
    assert (window.name, window.limit, window.cost) == ("posts/24h", limit, 0)
    assert report.findings == ()


@pytest.mark.parametrize("stated", ["TIER_UNLIMITED", None, [], "TIER_0"])
def test_without_a_limit_there_is_no_window(stated: object) -> None:
    assert asked_quota(node(whatsapp_business_manager_messaging_limit=stated)).windows == ()


def test_a_list_that_is_longer_than_the_limit_is_told() -> None:
    report = asked_quota(node(whatsapp_business_manager_messaging_limit=1), ONE, TWO)

    assert causes(report) == [(Ability.PUBLISH, Cause.QUOTA_LOW)]
    assert report.findings[0].evidence == "2 recipients, 1 a day allowed"


def blocked(can: str, *codes: int) -> Any:
    entity: dict[str, Any] = {"entity_type": "WABA", "id": "1", "can_send_message": can}
    entity["errors"] = [{"error_code": code} for code in codes]
    return node(health_status={"can_send_message": can, "entities": [entity]})


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (blocked("AVAILABLE"), None),
        (blocked("LIMITED"), Cause.QUOTA_LOW),
        (blocked("BLOCKED"), Cause.PERMISSION_MISSING),
        (blocked("BLOCKED", 141006), Cause.PAYMENT_REQUIRED),
        (blocked("BLOCKED", 7, 131031), Cause.ACCOUNT_LOCKED),
        (node(quality_rating="RED"), Cause.QUOTA_LOW),
        (node(quality_rating="YELLOW"), None),
        (error(401, 190), Cause.CREDENTIAL_REJECTED),
        (error(400, 100), Cause.PLATFORM_FAULT),
        (page(502), Cause.PLATFORM_FAULT),
    ],
)
def test_health_and_quality_mean_what_the_sheet_says(answer: Any, cause: Cause | None) -> None:
    found = {finding.cause for finding in asked_quota(answer).findings}

    assert found == ({cause} if cause else set())


# --- the rehearsal ----------------------------------------

NOBODY = error(400, 100)
OWNED = node(health_status={"entities": [{"entity_type": "WABA", "id": "1020"}]})


def listed(*statuses: str, language: str = "de") -> Any:
    rows = [{"name": "warnung", "language": language, "status": status} for status in statuses]
    return said(200, {"data": rows})


@pytest.mark.parametrize(
    ("template", "cause"),
    [
        (listed("APPROVED"), None),
        (listed("PAUSED"), Cause.PERMISSION_MISSING),
        (listed("DISABLED"), Cause.PERMISSION_MISSING),
        (listed(), Cause.BAD_CONFIGURATION),
        (listed("APPROVED", language="en"), Cause.BAD_CONFIGURATION),
        (error(403, 10), None),
    ],
)
def test_a_template_that_is_not_fit_is_an_alarm_in_peace_time(
    template: Any, cause: Cause | None
) -> None:
    held = talk(PLATFORM.rehearse(channel(ONE)), NOBODY, OWNED, template)

    assert [found.cause for found in held.value.findings] == [cause]
    assert "to" not in held.requests[0].json
    assert not held.requests[0].commits


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (error(403, 131005), Cause.PERMISSION_MISSING),
        (error(400, 100, subcode=33), Cause.PERMISSION_MISSING),
        (error(403, 131031), Cause.ACCOUNT_LOCKED),
        (said(200, {"messages": [{"id": "wamid.1"}]}), Cause.PLATFORM_FAULT),
    ],
)
def test_any_other_answer_to_a_message_to_nobody_is_a_finding(answer: Any, cause: Cause) -> None:
    assert causes(talk(PLATFORM.rehearse(channel(ONE)), answer).value) == [(Ability.PUBLISH, cause)]


# --- silence ----------------------------------------


def live(ago: timedelta, **heard: str) -> Published:
    memory = {"sentinel.ids:1": json.dumps({"f1": "wamid.1", "f2": "wamid.2"})}
    memory |= {f"sentinel.heard:{name}": state for name, state in heard.items()}
    return Published(
        receipt=Receipt(post_id="k"),
        rendered=PLATFORM.render(draft(), channel(ONE)),
        posted_at=NOON - ago,
        memory=memory,
    )


@pytest.mark.parametrize(
    ("last", "cause", "proves"),
    [
        (None, None, False),
        (live(timedelta(minutes=9)), None, False),
        (live(timedelta(minutes=10)), Cause.PLATFORM_FAULT, False),
        (live(timedelta(minutes=10), f1="sent"), None, False),
        (live(timedelta(minutes=1), f1="delivered"), None, True),
        (live(timedelta(hours=9), f2="read"), None, True),
    ],
)
def test_when_no_receipt_comes_for_ten_minutes_that_is_what_an_outage_looks_like(
    last: Published | None,
    cause: Cause | None,
    proves: bool,  # noqa: FBT001 - a table
) -> None:
    report = talk(PLATFORM.read_own(channel(ONE), last), node()).value

    (found,) = report.findings
    assert (found.ability, found.cause, found.proves) == (Ability.READ_BACK, cause, proves)
    if cause:
        assert found.evidence == "taken 10 min ago for 2 recipients, and no receipt came"


# --- call backs ----------------------------------------


def call(body: Any, *, key: str = "s") -> Received:
    raw = json.dumps(body).encode()
    headers = {"x-hub-signature-256": f"sha256={signed(key, raw)}"}
    received = PLATFORM.receive(channel(ONE), Hook(method="POST", headers=headers, body=raw), NOON)
    assert received is not None
    return received


def change(field: str, **value: Any) -> Any:
    changes = [{"field": field, "value": value}]
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}


def statuses(*words: Any, number: str = NUMBER) -> Any:
    about = {"display_phone_number": "4911", "phone_number_id": number}
    return change("messages", messaging_product="whatsapp", metadata=about, statuses=list(words))


# As Meta's documentation and client libraries record them.
DELIVERED = {
    "id": "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA",
    "status": "delivered",
    "timestamp": "1669233778",
    "recipient_id": "491511111111",
    "biz_opaque_callback_data": "0123456789ab",
    "conversation": {"id": "c", "origin": {"type": "utility"}},
    "pricing": {"billable": True, "pricing_model": "CBP", "category": "utility"},
}
FAILED = {
    "id": "wamid.HBgLMTIxMTU1NTc5NDcVAgARGBIyRkQxREUxRDJFQUJGMkQ3NDIZABIA",
    "status": "failed",
    "timestamp": "1689380458",
    "recipient_id": "491511111111",
    "errors": [
        {
            "code": 131026,
            "title": "Message undeliverable",
            "message": "Message undeliverable",
            "error_data": {"details": "Message Undeliverable."},
        }
    ],
}


def test_a_receipt_says_what_became_of_one_recipient() -> None:
    received = call(statuses(DELIVERED, FAILED))

    first, second = received.heard
    assert (first.id, first.key, first.state) == (
        DELIVERED["id"],
        "0123456789ab",
        PartState.DELIVERED,
    )
    assert first.at == datetime(2022, 11, 23, 20, 2, 58, tzinfo=UTC)
    assert (second.state, second.cause) == (PartState.FAILED, Cause.CONTENT_REJECTED)
    assert second.evidence == "code 131026"
    assert received.findings == ()
    assert "4915" not in repr(received)


def test_a_failure_that_concerns_all_is_said_of_the_number_too() -> None:
    unpaid = FAILED | {"errors": [{"code": 131042}]}

    received = call(statuses(unpaid, unpaid))

    assert causes(Report(findings=received.findings)) == [(Ability.PUBLISH, Cause.PAYMENT_REQUIRED)]


def test_what_concerns_another_number_is_left_to_its_own_channel() -> None:
    assert call(statuses(DELIVERED, number="1")).heard == ()


def test_a_template_that_is_paused_is_told_at_once() -> None:
    ours = change("message_template_status_update", event="PAUSED", message_template_name="warnung")
    other = change("message_template_status_update", event="PAUSED", message_template_name="gruss")

    assert [found.cause for found in call(ours).findings] == [Cause.PERMISSION_MISSING]
    assert call(other).findings == ()


@pytest.mark.parametrize("key", ["", "guessed"])
def test_a_call_with_a_wrong_signature_counts_for_nothing(key: str) -> None:
    received = call(statuses(DELIVERED), key=key)

    assert (received.status, received.trusted, received.heard) == (403, False, ())


def test_without_a_secret_of_ours_no_call_counts() -> None:
    empty = replace(channel(ONE), credentials={"app_secret": "", "verify_token": ""})
    headers = {"x-hub-signature-256": f"sha256={signed('', b'{}')}"}

    posted = PLATFORM.receive(empty, Hook(method="POST", headers=headers, body=b"{}"), NOON)
    asked = PLATFORM.receive(
        empty, Hook(method="GET", query=QUERY | {"hub.verify_token": ""}), NOON
    )

    assert posted is not None
    assert asked is not None
    assert not posted.trusted
    assert not asked.trusted


def test_a_call_without_a_signature_counts_for_nothing() -> None:
    received = PLATFORM.receive(channel(ONE), Hook(method="POST", body=b"{}"), NOON)

    assert received is not None
    assert not received.trusted


@pytest.mark.parametrize(
    "body",
    [
        *([], "x", None, {"object": "page"}, change("messages"), statuses({}, {"id": 1})),
        *(statuses({"id": "w", "status": "warning"}), {"object": "whatsapp_business_account"}),
        statuses({"id": "w", "status": "sent", "timestamp": "soon"}),
    ],
)
def test_whatever_meta_sends_is_answered_well_so_that_it_does_not_come_again(body: Any) -> None:
    assert call(body).status == 200


QUERY = {"hub.mode": "subscribe", "hub.verify_token": "v", "hub.challenge": "1158201444"}


def test_our_address_is_proved_with_our_own_word() -> None:
    received = PLATFORM.receive(channel(ONE), Hook(method="GET", query=QUERY), NOON)

    assert received == Received(body=b"1158201444")


@pytest.mark.parametrize(
    "query",
    [
        {},
        QUERY | {"hub.verify_token": "guessed"},
        QUERY | {"hub.mode": "unsubscribe"},
        QUERY | {"hub.challenge": "<script>alert(1)</script> x"},
    ],
)
def test_nobody_else_gets_a_challenge_back(query: dict[str, str]) -> None:
    received = PLATFORM.receive(channel(ONE), Hook(method="GET", query=query), NOON)

    assert received is not None
    assert (received.status, received.body) == (403, b"")
