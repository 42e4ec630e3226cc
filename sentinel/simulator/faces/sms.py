"""SMS gateways, as the fact sheet `platforms-b.md` section 9.2 describes them.

Base `/sms/ACCOUNT` is all three at once: seven.io below `/api`, Twilio below
`/2010-04-01`, and Kannel's `/cgi-bin/sendsms` as one that speaks plain HTTP
(measured on Kannel 1.4.5). Any credential is taken. What is sent is one post for
each recipient, and takes one part's price from a credit that seven and Twilio
tell. What a fault hides is an SMS that never reaches its phone.
"""

# ruff: noqa: ARG002 - every face keeps one signature, needed or not
from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sentinel.simulator.faces import HTML, Answer, Call, HttpFace, Route, Said, say
from sentinel.simulator.kinds import COMMON, Kind, Role
from sentinel.simulator.world import Post, Window

CREDIT, PRICE = 100.0, 0.075
MAX_LETTERS = 1520
_NUMBER = re.compile(r"\+?[1-9]\d{6,14}")
_MINUTE = timedelta(minutes=1)
_A_MINUTE = 3000  # "some tens per second"
_TWILIO = "/2010-04-01/Accounts/{sid}"
_ERRORS = "https://www.twilio.com/docs/errors/"


def seven(code: int) -> Answer:
    """Return a refusal of seven: HTTP 200, and the code as a text in the body."""
    return say({"success": str(code)})


def twilio(status: int, code: int, words: str) -> Answer:
    """Return a refusal of Twilio."""
    more = {"more_info": f"{_ERRORS}{code}", "status": status}
    return say({"code": code, "message": words, **more}, status)


def plain(status: int, words: str, **headers: str) -> Answer:
    """Return an answer of Kannel: plain text that it calls HTML."""
    return Answer(status=status, body=words.encode(), media_type=HTML, headers=headers)


_SEVEN: Mapping[Kind, Answer] = {
    Kind.SERVER_ERROR: say({"error": "Internal Server Error"}, 500),
    Kind.CREDENTIAL_REVOKED: seven(900),
    Kind.CREDENTIAL_GLITCH: seven(900),
    Kind.ACCOUNT_LOCKED: seven(902),
    Kind.PAYMENT_REQUIRED: seven(500),
    Kind.DUPLICATE_REFUSED: seven(402),
}
_AUTHENTICATE = twilio(401, 20003, "Authenticate")
_TWILIO_SAYS: Mapping[Kind, Answer] = {
    Kind.SERVER_ERROR: twilio(500, 20500, "Internal Server Error"),
    Kind.CREDENTIAL_REVOKED: _AUTHENTICATE,
    Kind.CREDENTIAL_GLITCH: _AUTHENTICATE,
    Kind.ACCOUNT_LOCKED: twilio(401, 20005, "Account not active"),
    Kind.PAYMENT_REQUIRED: twilio(401, 20005, "Account not active"),
}
_DENIED = plain(403, "Authorization failed for sendsms")
_KANNEL: Mapping[Kind, Answer] = {
    Kind.SERVER_ERROR: plain(503, "Temporal failure, try again later."),
    Kind.CREDENTIAL_REVOKED: _DENIED,
    Kind.CREDENTIAL_GLITCH: _DENIED,
    Kind.ACCOUNT_LOCKED: _DENIED,
    Kind.PAYMENT_REQUIRED: plain(402, "no credit"),
}


class Sms(HttpFace):
    """One account, at each of three gateways."""

    name = "sms"
    operator = "sms"
    # Nothing is read back, no citizen looks anywhere, and a text is taken whole or refused.
    kinds = COMMON - {Kind.READ_LIMITED, Kind.LOGIN_WALL, Kind.INTERSTITIAL, Kind.TRUNCATED} | {
        Kind.CREDENTIAL_GLITCH,
        Kind.PAYMENT_REQUIRED,
        Kind.DUPLICATE_REFUSED,
    }

    def routes(self) -> Sequence[Route]:
        """Return everything that can be asked."""
        return (
            Route("POST", "/api/sms", Role.PUBLISH, self._seven),
            Route("GET", "/api/balance", Role.CHECK, self._seven_balance),
            Route("GET", "/api/journal/outbound", Role.CHECK, self._seven_journal),
            Route("POST", _TWILIO + "/Messages.json", Role.PUBLISH, self._twilio),
            Route("GET", _TWILIO + "/Messages.json", Role.CHECK, self._twilio_list),
            Route("GET", _TWILIO + "/Balance.json", Role.CHECK, self._twilio_balance),
            Route("GET", _TWILIO + ".json", Role.CHECK, self._twilio_account),
            Route("GET", "/cgi-bin/sendsms", Role.PUBLISH, self._kannel),
        )

    def role(self, route: Route, call: Call) -> Role:
        """Return the role: what goes to nobody reaches nobody."""
        nobody = route.role is Role.PUBLISH and not any(_to(call))
        return Role.PREPARE if nobody else route.role

    def said(self, call: Call) -> Said:
        """Return the text, and what the sender calls it."""
        return Said(_text(call), call.text("foreign_id") or None)

    def login(self, call: Call) -> Answer | None:
        """Refuse a call without a credential."""
        if call.path.startswith("/api/"):
            return None if call.headers.get("x-api-key") else seven(900)
        if call.path.startswith("/cgi-bin/"):
            return None if call.one("username") and call.one("password") else _DENIED
        return None if _basic(call) else _AUTHENTICATE

    def refuse(self, fault: Kind, call: Call) -> Answer | None:
        """Word a fault as the gateway does that is spoken to."""
        if call.path.startswith("/api/"):
            return _SEVEN.get(fault)
        return (_KANNEL if call.path.startswith("/cgi-bin/") else _TWILIO_SAYS).get(fault)

    def unknown(self, call: Call) -> Answer:
        """Return 404."""
        return twilio(404, 20404, "The requested resource was not found")

    def count(self, call: Call, route: Route, role: Role) -> Window | None:
        """Count what is sent."""
        if role not in {Role.PUBLISH, Role.PREPARE}:
            return None
        cost = max(len(_to(call)), 1)
        return call.account.meter.take("sms", _A_MINUTE, _MINUTE, call.at, cost=cost)

    def limited(self, call: Call, window: Window) -> Answer:
        """Return the 429; none of them says how long."""
        if call.path.startswith("/2010"):
            return twilio(429, 20429, "Too Many Requests")
        if call.path.startswith("/cgi-bin/"):
            return plain(429, "too many")
        return say({"error": "Too Many Requests"}, 429)

    def _seven(self, call: Call) -> Answer:
        numbers, text = _to(call), _text(call)
        if not numbers:
            return seven(301)
        if not text:
            return seven(305)
        if len(text) > MAX_LETTERS:
            return seven(401)
        entries = [self._seven_one(call, number, text) for number in numbers]
        good = sum(1 for each in entries if each["success"])
        codes = {each["error"] for each in entries if not each["success"]}
        whole = 100 if good == len(entries) else 101 if good else codes.pop()
        body = {"success": str(whole), "total_price": good * PRICE, "balance": _credit(call)}
        return say(body | {"debug": "false", "sms_type": "direct", "messages": entries})

    def _seven_one(self, call: Call, number: str, text: str) -> dict[str, Any]:
        entry: dict[str, Any] = {"recipient": number.lstrip("+"), "sender": call.text("from")}
        entry |= {"text": text, "parts": 1, "encoding": "gsm", "label": None, "price": 0}
        if not _NUMBER.fullmatch(number):
            return entry | {"id": None, "success": False, "error": 202, "error_text": "number"}
        if _credit(call) < PRICE:
            return entry | {"id": None, "success": False, "error": 500, "error_text": "credit"}
        post = _keep(call, number, text, f"77{call.account.serial():09d}")
        good = {"id": post.id, "success": True, "error": None, "error_text": None}
        return entry | good | {"price": PRICE}

    def _seven_balance(self, call: Call) -> Answer:
        return say({"amount": _credit(call), "currency": "EUR"})

    def _seven_journal(self, call: Call) -> Answer:
        wanted = call.one("to")
        return say(
            [
                {
                    "id": post.id,
                    "to": post.to[0].lstrip("+"),
                    "text": post.text,
                    "foreign_id": post.key,
                    "timestamp": post.at.strftime("%Y-%m-%d %H:%M:%S"),
                    "dlr": None,
                }
                for post in reversed(call.account.posts)
                if not wanted or post.to[0].lstrip("+") == wanted
            ][: call.number("limit", 100)]
        )

    def _twilio(self, call: Call) -> Answer:
        numbers, text = _to(call), _text(call)
        if not numbers:
            return twilio(400, 21604, "A 'To' phone number is required.")
        if not text:
            return twilio(400, 21602, "Message body is required.")
        if not (call.text("From") or call.text("MessagingServiceSid")):
            return twilio(400, 21603, "A 'From' phone number is required.")
        if not _NUMBER.fullmatch(numbers[0]):
            return twilio(400, 21211, "Invalid 'To' Phone Number")
        if len(text) > 1600:  # Twilio's own limit
            return twilio(400, 21617, "The concatenated message body exceeds the limit.")
        post = _keep(call, numbers[0], text, f"SM{call.account.serial():032x}")
        return say(_resource(call, post) | {"status": "queued"}, 201)

    def _twilio_list(self, call: Call) -> Answer:
        wanted = call.one("To")
        posts = [post for post in reversed(call.account.posts) if wanted in {"", post.to[0]}]
        return say({"messages": [_resource(call, post) for post in posts], "page_size": 50})

    def _twilio_balance(self, call: Call) -> Answer:
        return say({"account_sid": call.part["sid"], "balance": f"{_credit(call):.3f}"})

    def _twilio_account(self, call: Call) -> Answer:
        return say({"sid": call.part["sid"], "status": "active", "type": "Full"})

    def _kannel(self, call: Call) -> Answer:
        numbers, text = _to(call), _text(call)
        if not numbers:
            return plain(400, "Empty receiver number not allowed, rejected")
        if not _NUMBER.fullmatch(numbers[0]):
            return plain(400, "Number(s) has/have been denied by white- and/or black-lists.")
        _keep(call, numbers[0], text, f"k{call.account.serial()}")
        return plain(202, "0: Accepted for delivery")


FACE = Sms


def _to(call: Call) -> list[str]:
    stated = call.text("to") or call.text("To") or call.one("to")
    return [number.strip() for number in stated.split(",") if number.strip()]


def _text(call: Call) -> str:
    return call.text("text") or call.text("Body") or call.one("text")


def _basic(call: Call) -> str:
    scheme, _, pair = call.headers.get("authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(pair).decode().partition(":")
    except (binascii.Error, ValueError):
        return ""
    return user if scheme == "Basic" and password else ""


def _keep(call: Call, number: str, text: str, name: str) -> Post:
    key = call.text("foreign_id") or None
    post = call.keep(text=text, key=key, post_id=name)
    post.to = (number,)
    return post


def _credit(call: Call) -> float:
    return round(CREDIT - PRICE * len(call.account.posts), 3)


def _resource(call: Call, post: Post) -> dict[str, Any]:
    return {
        "sid": post.id,
        "account_sid": call.part["sid"],
        "to": post.to[0],
        "body": post.text,
        "status": "delivered" if post.visible(call.at) else "sent",
        "num_segments": "1",
        "date_created": post.at.strftime("%a, %d %b %Y %H:%M:%S +0000"),
        "error_code": None,
        "error_message": None,
    }
