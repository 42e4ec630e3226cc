"""Whatever happens in the middle of a list, nobody has two SMS, and only doubt leaves one out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Accepted, Outcome, Unclear
from sentinel.platforms import Account
from sentinel.platforms.sms import PLATFORM
from sentinel.platforms.sms.seven import SEVEN
from sentinel.wire import Lost, Remember, Request, Response, Wait
from tests.platforms.talk import account, draft

NUMBERS = tuple(f"+49151{number:08d}" for number in range(45))
RENDERED = PLATFORM.render(draft("Bombe"), account("", "", {}))
GATEWAYS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "seven": ({"api_key": "k"}, {}),
    "twilio": ({"account_sid": "AC1", "auth_token": "t"}, {}),
    "http": ({"headers": "A: b"}, {"request": "https://g.example/s\n\nto={number}"}),
}


@dataclass(kw_only=True)
class Phones:
    """What came to whom, at a gateway that keeps a list or does not."""

    tells: bool  # its own list may be asked for
    got: dict[str, int] = field(default_factory=dict)

    def take(self, request: Request) -> Response:
        """Do what a request asks for."""
        if not request.commits:
            return self._listed(request)
        entries = []
        for number in _recipients(request):
            self.got[number] = self.got.get(number, 0) + 1
            entries.append({"recipient": number[1:], "success": True, "id": f"7{number[-4:]}"})
        body = {"success": "100", "messages": entries, "sid": f"SM{entries[0]['id']}"}
        return Response(status=201, body=json.dumps(body).encode())

    def _listed(self, request: Request) -> Response:
        number = "+" + (request.params.get("to") or request.params["To"]).lstrip("+")
        known = self.tells and number in self.got
        one = {"id": "1", "to": number, "sid": "SM1", "text": RENDERED.text, "body": RENDERED.text}
        found = [one] if known else []
        plain = "journal" in request.url
        return Response(
            status=200, body=json.dumps(found if plain else {"messages": found}).encode()
        )


def _recipients(request: Request) -> list[str]:
    if request.json is not None:
        return [f"+{number}" for number in request.json["to"].split(",")]
    if request.form is not None:
        return [request.form["To"]]
    return [(request.body or b"").decode().removeprefix("to=").replace("%2B", "+")]


def attempt(
    who: Account, memory: dict[str, str], phones: Phones, *, steps: int, how: str
) -> Outcome | None:
    """Try once; after so many steps the daemon dies, or an answer is lost, before or after."""
    talk = PLATFORM.publish(who, RENDERED, dict(memory))
    reply: Any = None
    try:
        step = next(talk)
        for count in range(10_000):
            last = count == steps
            if isinstance(step, Remember):
                if last and how == "dies before":
                    return None
                memory[step.name] = step.value
                reply = None
            elif isinstance(step, Request):
                if last and how in {"dies before", "lost before"}:
                    if how == "dies before":
                        return None
                    step = talk.throw(Lost(Cause.UNREACHABLE, "ECONNREFUSED", sent=False))
                    continue
                reply = phones.take(step)
                if last and how == "lost after":
                    step = talk.throw(Lost(Cause.UNREACHABLE, "timeout", sent=True))
                    continue
            else:
                assert isinstance(step, Wait)
                reply = None
            if last and how == "dies after":
                return None
            step = talk.send(reply)
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome
    raise AssertionError("it does not end")


@pytest.mark.parametrize("gateway", GATEWAYS)
@settings(max_examples=40, deadline=None)
@given(
    troubles=st.lists(
        st.tuples(
            st.integers(0, 12) | st.integers(0, 140),
            st.sampled_from(["dies before", "dies after", "lost before", "lost after"]),
        ),
        max_size=4,
    ),
    tells=st.booleans(),
)
def test_nobody_has_two_and_whoever_has_none_is_in_doubt(
    gateway: str, troubles: list[tuple[int, str]], *, tells: bool
) -> None:
    credentials, stated = GATEWAYS[gateway]
    who = account("", "", credentials, **{"from": "Stadt", "recipients": NUMBERS}, **stated)
    phones, memory = Phones(tells=tells), dict[str, str]()

    for steps, how in troubles:
        attempt(who, memory, phones, steps=steps, how=how)
    outcome = attempt(who, memory, phones, steps=10_000, how="")

    missing = set(NUMBERS) - set(phones.got)
    each = SEVEN.batch if gateway == "seven" else 1
    assert set(phones.got.values()) <= {1}
    deaths = sum(1 for _, how in troubles if how.startswith("dies"))
    assert len(missing) <= each * deaths  # what never left this machine is no doubt
    assert isinstance(outcome, Accepted | Unclear)
    if missing:
        assert isinstance(outcome, Unclear)
    if tells and gateway != "http" and not missing:
        assert isinstance(outcome, Accepted)
