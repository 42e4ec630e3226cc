"""What gateways report afterwards of single SMS, and whom Sentinel believes."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from sentinel.domain.cause import Cause
from sentinel.domain.receipts import PartState
from sentinel.platforms import Account
from sentinel.platforms.sms import PLATFORM
from sentinel.platforms.sms.twilio import signature
from sentinel.wire.hooks import Hook, PartHeard, Received
from tests.platforms.talk import NOON, account

HERE = "https://stadt.example/hooks/sms-verteiler"
SECRET, TOKEN = "s3cret", "12345"


def at_seven(**credentials: str) -> Account:
    keys = {"api_key": "k", "signing_secret": SECRET} | credentials
    return account("", "", keys, gateway="seven")


def at_twilio() -> Account:
    return account("", "", {"account_sid": "AC1", "auth_token": TOKEN}, gateway="twilio")


def seven_calls(body: bytes, *, method: str = "POST", url: str = HERE, age_s: int = 0) -> Hook:
    """Return a call signed as the vendor's own verifier checks it."""
    stamp = str(int((NOON - timedelta(seconds=age_s)).timestamp()))
    digest = hashlib.md5(body, usedforsecurity=False).hexdigest()
    words = f"{stamp}\nn0nce\n{method}\n{url}\n{digest}"
    right = hmac.new(SECRET.encode(), words.encode(), hashlib.sha256).hexdigest()
    headers = {"x-timestamp": stamp, "x-nonce": "n0nce", "x-signature": right}
    query = dict(pair.split("=") for pair in url.partition("?")[2].split("&") if pair)
    return Hook(method=method, url=url, query=query, headers=headers, body=body)


def report(status: str, **more: Any) -> bytes:
    data = {"msg_id": "77229318510", "status": status, "timestamp": "2026-11-20 13:00:00"}
    return json.dumps({"webhook_event": "dlr", "data": data | more}).encode()


def twilio_calls(token: str = TOKEN, **fields: str) -> Hook:
    stated = {"MessageSid": "SM1342fe1b2c904d1ab04f0fc7a58abca9", "AccountSid": "AC1", **fields}
    right = signature(token, HERE, sorted(stated.items()))
    body = urlencode(stated).encode()
    return Hook(method="POST", url=HERE, headers={"x-twilio-signature": right}, body=body)


def taken(who: Account, call: Hook) -> Received:
    received = PLATFORM.receive(who, call, NOON)
    assert received is not None
    return received


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("ACCEPTED", PartState.SENT),
        ("BUFFERED", PartState.SENT),
        ("TRANSMITTED", PartState.SENT),
        ("DELIVERED", PartState.DELIVERED),
    ],
)
def test_seven_says_how_far_an_sms_came(status: str, state: PartState) -> None:
    received = taken(at_seven(), seven_calls(report(status)))

    assert received.heard == (PartHeard(id="77229318510", state=state),)
    assert received.status == 200


@pytest.mark.parametrize("status", ["NOTDELIVERED", "EXPIRED", "REJECTED", "FAILED"])
def test_seven_says_that_one_will_not_arrive(status: str) -> None:
    heard = taken(at_seven(), seven_calls(report(status))).heard

    assert [(each.state, each.evidence) for each in heard] == [(PartState.FAILED, status)]


def test_seven_may_call_in_a_form_or_in_the_address() -> None:
    form = taken(at_seven(), seven_calls(b"msg_id=7&status=DELIVERED"))
    there = f"{HERE}?msg_id=8&status=DELIVERED"
    address = taken(at_seven(), seven_calls(b"", method="GET", url=there))

    assert [each.id for each in form.heard + address.heard] == ["7", "8"]


@pytest.mark.parametrize(
    "call",
    [
        seven_calls(report("DELIVERED"), age_s=7200),
        seven_calls(report("DELIVERED"), age_s=-7200),
        seven_calls(report("DELIVERED"), url=f"{HERE}2"),
        Hook(method="POST", url=HERE, body=report("DELIVERED")),
        Hook(method="POST", url=HERE, headers={"x-timestamp": "²"}, body=b""),
    ],
    ids=["old", "of tomorrow", "of another channel", "unsigned", "nonsense"],
)
def test_what_seven_did_not_sign_for_here_and_now_is_not_believed(call: Hook) -> None:
    if call.url != HERE:
        call = Hook(method="POST", url=HERE, headers=call.headers, body=call.body)

    received = taken(at_seven(), call)

    assert (received.trusted, received.status, received.heard) == (False, 403, ())


def test_without_a_signing_secret_nobody_is_believed() -> None:
    assert not taken(at_seven(signing_secret=""), seven_calls(report("DELIVERED"))).trusted


def test_twilios_signature_is_the_documented_one() -> None:
    """The worked example of Twilio's documentation on webhook security."""
    fields = [
        ("CallSid", "CA1234567890ABCDE"),
        ("From", "+12349013030"),
        ("To", "+18005551212"),
        ("Caller", "+12349013030"),
        ("Digits", "1234"),
    ]
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"

    assert signature("12345", url, fields) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("queued", PartState.SENT),
        ("sent", PartState.SENT),
        ("delivered", PartState.DELIVERED),
        ("read", PartState.READ),
    ],
)
def test_twilio_says_how_far_an_sms_came(status: str, state: PartState) -> None:
    received = taken(at_twilio(), twilio_calls(MessageStatus=status, RawDlrDoneDate="2611201300"))

    assert [each.state for each in received.heard] == [state]


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("30003", Cause.UNREACHABLE),
        ("30006", Cause.BAD_CONFIGURATION),
        ("30007", Cause.CONTENT_REJECTED),
        ("30008", Cause.PLATFORM_FAULT),
        ("", Cause.PLATFORM_FAULT),
    ],
)
def test_twilio_says_why_one_will_not_arrive(code: str, cause: Cause) -> None:
    heard = taken(at_twilio(), twilio_calls(MessageStatus="undelivered", ErrorCode=code)).heard

    assert [(each.state, each.cause) for each in heard] == [(PartState.FAILED, cause)]
    assert heard[0].evidence == (f"code {code}" if code else "")


def test_another_token_signs_for_nobody() -> None:
    assert not taken(at_twilio(), twilio_calls("54321", MessageStatus="delivered")).trusted


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"data": []}', b"MessageStatus=boredom"])
def test_a_signed_call_about_something_else_is_answered_and_means_nothing(body: bytes) -> None:
    received = taken(at_seven(), seven_calls(body))

    assert (received.trusted, received.heard) == (True, ())


def test_a_gateway_of_the_citys_own_never_calls() -> None:
    who = account("http://127.0.0.1:1", "", {"headers": "A: b"}, gateway="http")

    assert PLATFORM.receive(who, Hook(method="POST", url=HERE), NOON) is None
