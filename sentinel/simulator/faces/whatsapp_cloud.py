"""WhatsApp's Cloud API, as the fact sheet `platforms-b.md` sections 1 and 5.2 describes it.

Base `/whatsapp_cloud/ACCOUNT` (below it `/v26.0/…`). Any token and any number
is taken; templates are there by every name, in German and English. What is
accepted counts as delivered; call backs are not made.
"""

# ruff: noqa: ARG002 - every face keeps one signature, needed or not
from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sentinel.simulator.faces import Answer, Call, HttpFace, Route, Said, say
from sentinel.simulator.kinds import COMMON, Kind, Role
from sentinel.simulator.world import Window

_A_SECOND, _AN_HOUR = 80, 200  # sendings; questions (the latter from memory)
_PAIR = timedelta(seconds=6)
_BODY_UNITS, _OWN_WORDS = 1024, 100
_LANGUAGES = frozenset({"de", "en"})
_BAD_SLOT = re.compile(r"[\n\r\t]| {5}")
_NUMBER = re.compile(r"\+?[0-9]{7,15}")
_NOT_HERE = frozenset(
    {Kind.READ_LIMITED, Kind.LOGIN_WALL, Kind.INTERSTITIAL, Kind.TRUNCATED}
)  # nothing can be read back, by us or by citizens, and templates are never cut
_SCOPES = ["whatsapp_business_management", "whatsapp_business_messaging"]


def _error(
    code: int, message: str, *, subcode: int | None = None, status: int = 400, details: str = ""
) -> Answer:
    error: dict[str, object] = {"message": message, "type": "OAuthException", "code": code}
    if subcode is not None:
        error["error_subcode"] = subcode
    if details:
        error["error_data"] = {"messaging_product": "whatsapp", "details": details}
    trace = hashlib.sha256(f"{code}{subcode}".encode()).hexdigest()[:11]
    return say({"error": error | {"fbtrace_id": f"A{trace}"}}, status)


class WhatsAppCloud(HttpFace):
    """The Cloud API of one business account."""

    name = "whatsapp_cloud"
    operator = "meta"
    kinds = (COMMON - _NOT_HERE) | {
        Kind.CREDENTIAL_GLITCH,
        Kind.PAYMENT_REQUIRED,
        Kind.SWALLOWED,
    }
    hits: ClassVar = {Kind.PAYMENT_REQUIRED: frozenset({Role.PUBLISH})}  # a bill locks no reading
    words: ClassVar = {
        Kind.SERVER_ERROR: _error(2, "Service temporarily unavailable", status=500),
        Kind.CREDENTIAL_GLITCH: _error(190, "Error validating access token", status=401),
        Kind.ACCOUNT_LOCKED: _error(131031, "Business account has been locked", status=403),
        Kind.PAYMENT_REQUIRED: _error(131042, "Business eligibility payment issue"),
    }

    def __init__(self) -> None:
        super().__init__()
        self._wrote: dict[tuple[str, str], datetime] = {}  # to whom, and when

    def routes(self) -> Sequence[Route]:
        """Return everything that can be asked; the general `{id}` last."""
        return (
            Route("GET", "/{version}/debug_token", Role.CHECK, self._debug),
            Route("POST", "/{version}/{number}/messages", Role.PUBLISH, self._send),
            Route("GET", "/{version}/{waba}/message_templates", Role.CHECK, self._templates),
            Route("GET", "/{version}/{id}", Role.CHECK, self._node),
        )

    def role(self, route: Route, call: Call) -> Role:
        """Return the role: what is addressed to nobody is a rehearsal."""
        if route.handler == self._send and not call.text("to"):
            return Role.PREPARE
        return super().role(route, call)

    def said(self, call: Call) -> Said:
        """Return the text in the placeholder, and what the sender calls the message."""
        slots = _slots(call.sent)
        return Said(slots[0] if slots else "", call.text("biz_opaque_callback_data") or None)

    def login(self, call: Call) -> Answer | None:
        """Refuse a request without a token."""
        if call.bearer or call.one("access_token"):
            return None
        return _error(190, "An access token is required.", status=401)

    def refuse(self, fault: Kind, call: Call) -> Answer | None:
        """Word a revoked token with the subcode that the fault asks for."""
        if fault is Kind.CREDENTIAL_REVOKED:
            subcode = int(call.faults[fault].option("subcode"))
            return _error(190, "Error validating access token", subcode=subcode, status=401)
        return self.words.get(fault)

    def unknown(self, call: Call) -> Answer:
        """Return Meta's word for an address that does not exist."""
        return _error(2500, "Unknown path components", status=404)

    def count(self, call: Call, route: Route, role: Role) -> Window | None:
        """Count sendings by the second, and questions by the hour."""
        if route.handler == self._send:
            return call.account.meter.take("sent", _A_SECOND, timedelta(seconds=1), call.at)
        return call.account.meter.take("calls", _AN_HOUR, timedelta(hours=1), call.at)

    def limited(self, call: Call, window: Window) -> Answer:
        """Return the refusal: too fast, or a limit of calls, of which headers tell minutes."""
        if Kind.RATE_LIMITED_LOW_USE in call.faults:
            low = {"call_count": 3, "total_cputime": 0, "total_time": 0}
            refusal = _error(4, "Application request limit reached")
            return replace(refusal, headers={"X-App-Usage": json.dumps(low)})
        if Kind.RATE_LIMITED not in call.faults and window.limit == _A_SECOND:
            return _error(130429, "(#130429) Rate limit hit", status=429)
        minutes = math.ceil((window.resets_at - call.at).total_seconds() / 60)
        refusal = _error(80007, "Rate limit issues")
        return replace(refusal, headers={"X-Business-Use-Case-Usage": _use(call, 100, minutes)})

    def rate_headers(self, window: Window) -> Mapping[str, str]:
        """Return nothing: which account they are of, only `dress` knows."""
        return {}

    def dress(self, call: Call) -> Mapping[str, str]:
        """Return the version, and the use in per cent once it is not near 0."""
        named = {"facebook-api-version": call.path.split("/")[1]}
        window = call.account.meter.take("calls", _AN_HOUR, timedelta(hours=1), call.at, cost=0)
        percent = 100 * (window.limit - window.remaining) // window.limit
        if percent:
            named["X-Business-Use-Case-Usage"] = _use(call, percent, 0)
        return named

    def _send(self, call: Call) -> Answer:
        sent, to = call.sent, call.text("to")
        if call.text("messaging_product") != "whatsapp":
            return _error(100, "(#100) The parameter messaging_product is required.")
        if not to:
            return _error(100, "(#100) The parameter to is required.")
        if not _NUMBER.fullmatch(to):
            return _error(131009, "(#131009) Parameter value is not valid", details="to")
        if (refusal := _refused(sent)) is not None:
            return refusal
        last = self._wrote.get((call.account.name, to))
        if last is not None and call.at < last + _PAIR:
            return _error(131056, "(#131056) Pair rate limit hit", status=429)
        self._wrote[call.account.name, to] = call.at
        slug = hashlib.sha256(f"{call.account.name}{call.account.serial()}".encode()).hexdigest()
        post = call.account.add(
            id=f"wamid.HBgN{slug[:24].upper()}==",
            text=_slots(sent)[0],
            key=call.text("biz_opaque_callback_data") or None,
            at=call.at,
            faults=call.faults,
            to=(to,),
        )
        known = {"input": to, "wa_id": to.removeprefix("+")}
        message = {"id": post.id, "message_status": "accepted"}
        return say({"messaging_product": "whatsapp", "contacts": [known], "messages": [message]})

    def _node(self, call: Call) -> Answer:
        bill = Kind.PAYMENT_REQUIRED in call.in_force
        can = "BLOCKED" if bill else "AVAILABLE"
        waba: dict[str, object] = {"entity_type": "WABA", "id": _waba(call)}
        waba["can_send_message"] = can
        if bill:
            words = "There is an error with the payment method."
            waba["errors"] = [{"error_code": 141006, "error_description": words}]
        number = {"entity_type": "PHONE_NUMBER", "id": call.part["id"]}
        number["can_send_message"] = "AVAILABLE"
        everything = {
            "quality_rating": "GREEN",
            "status": "CONNECTED",
            "health_status": {"can_send_message": can, "entities": [number, waba]},
            "whatsapp_business_manager_messaging_limit": "TIER_2K",
        }
        wanted = call.one("fields").split(",")
        if unknown := [name for name in wanted if name not in {"id", "", *everything}]:
            return _error(100, f"(#100) Tried accessing nonexisting field ({unknown[0]})")
        return say({name: everything[name] for name in wanted if name in everything} | _id(call))

    def _templates(self, call: Call) -> Answer:
        if call.part["waba"] != _waba(call):
            return _error(100, "Unsupported get request.", subcode=33)
        name = call.one("name")
        found = [
            {"name": name, "language": language, "status": "APPROVED", "id": f"{number}"}
            for number, language in enumerate(sorted(_LANGUAGES), start=1)
        ]
        return say({"data": found, "paging": {}})

    def _debug(self, call: Call) -> Answer:
        data = {"type": "SYSTEM_USER", "application": "Simulator", "scopes": _SCOPES}
        return say({"data": data | {"is_valid": True, "expires_at": 0}})


FACE = WhatsAppCloud


def _slots(sent: Mapping[str, Any]) -> list[str]:
    """Return what is put into the placeholders of the body."""
    template = sent.get("template")
    parts = template.get("components") if isinstance(template, dict) else None
    bodies = [
        part.get("parameters")
        for part in (parts if isinstance(parts, list) else ())
        if isinstance(part, dict) and part.get("type") == "body"
    ]
    filled = bodies[0] if bodies and isinstance(bodies[0], list) else []
    return [str(one.get("text", "")) for one in filled if isinstance(one, dict)]


def _refused(sent: Mapping[str, Any]) -> Answer | None:
    """Return what is wrong with the template or what fills it."""
    template = sent.get("template")
    if sent.get("type") != "template" or not isinstance(template, dict):
        return _error(131047, "(#131047) Re-engagement message")
    language = template.get("language")
    code = language.get("code") if isinstance(language, dict) else None
    if not template.get("name") or code not in _LANGUAGES:
        return _error(132001, "(#132001) Template name does not exist", status=404)
    slots = _slots(sent)
    if len(slots) != 1:
        return _error(132000, "(#132000) Number of parameters does not match the expected number")
    if _BAD_SLOT.search(slots[0]):
        return _error(132012, "(#132012) Parameter format does not match")
    if len(slots[0].encode("utf-16-le")) // 2 + _OWN_WORDS > _BODY_UNITS:
        return _error(132005, "(#132005) Translated text too long")
    return None


def _use(call: Call, percent: int, minutes: int) -> str:
    use = {"type": "whatsapp", "call_count": percent, "total_cputime": 0, "total_time": 0}
    return json.dumps({_waba(call): [use | {"estimated_time_to_regain_access": minutes}]})


def _waba(call: Call) -> str:
    return str(10**14 + int(hashlib.sha256(call.account.name.encode()).hexdigest()[:10], 16))


def _id(call: Call) -> dict[str, object]:
    return {"id": call.part["id"]}
