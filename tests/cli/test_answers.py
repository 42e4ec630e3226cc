"""How `check` and `status` judge what a daemon answers: the daemon's words are given here."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.cli.house import Ended, House

UP = {"state": "up", "cause": None, "since": None}
DOWN = {"state": "down", "cause": "unreachable", "since": None}
DEGRADED = {"state": "degraded", "cause": "slow", "since": None}
STALE = {"state": "unknown", "cause": "stale", "since": None}
LOST = {"state": "unknown", "cause": "uplink_lost", "since": None}
BROKEN = {"state": "down", "cause": "bad_configuration", "since": None}
NEVER = {"state": "unknown", "cause": "not_observed", "since": None}


def channel(
    name: str, publish: Mapping[str, Any], mode: str = "active", *, by_hand: bool = False
) -> dict[str, Any]:
    others = {"read_back": NEVER, "public": NEVER, "listen": NEVER}
    abilities = {"publish": publish, **others}
    frozen = {"reason": "R", "by": "anna", "until": None} if mode == "frozen" else None
    return {
        "id": name,
        "mode": mode,
        "abilities": abilities,
        "by_hand": by_hand,
        "quota": [],
        "pending": 0,
        "frozen": frozen,
    }


def item(name: str, cause: str | None) -> dict[str, Any]:
    result = "good" if cause is None else "bad"
    seen = {"ability": "publish", "result": result, "cause": cause, "evidence": ""}
    return {"channel": name, "probe": "credentials", "duration_ms": 1.0, **seen}


@contextmanager
def answering(answers: Mapping[str, Any]) -> Iterator[str]:
    """Answer with what is stated for a path; with an empty page for every other."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            found = answers.get(asked.path, {"items": [], "next": None})
            if callable(found):
                found = found({name: int(value) for name, value in parse_qsl(asked.query)})
            body = json.dumps(found).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Keep the tests' output quiet."""

    with HTTPServer(("127.0.0.1", 0), Answers) as server, ThreadPoolExecutor() as aside:
        aside.submit(server.serve_forever, 0.02)
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def checked(
    house: House, channels: list[dict[str, Any]], items: list[dict[str, Any]], *names: str
) -> Ended:
    answers: dict[str, Any] = {"/api/v1/channels": {"items": channels, "next": None}}
    for one in channels:
        own = [seen for seen in items if seen["channel"] == one["id"]]
        path = f"/api/v1/channels/{one['id']}/check"
        answers[path] = {"items": own, "channels": [one]}
    with answering(answers) as url:
        return house.here("--url", url, "check", *names)


@pytest.mark.parametrize(
    ("publish", "cause", "code"),
    [
        (UP, None, 0),
        (DOWN, "unreachable", 2),
        (UP, "credential_rejected", 2),  # seen, and not believed yet
        (NEVER, "platform_fault", 2),
        (BROKEN, "bad_configuration", 2),
        (DEGRADED, None, 1),
        (UP, "quota_low", 1),
        (STALE, None, 3),
        (UP, "uplink_lost", 3),
        (NEVER, None, 3),
        (UP, "credential_expiring", 0),  # a risk, no state
    ],
)
def test_check_ends_by_what_is_and_by_what_was_just_seen(
    house: House, publish: Mapping[str, Any], cause: str | None, code: int
) -> None:
    ended = checked(house, [channel("masto", publish)], [item("masto", cause)])

    assert ended.code == code


def test_a_channel_that_no_probe_could_check_is_named_and_counts_if_asked_for(
    house: House,
) -> None:
    channels, items = [channel("masto", UP), channel("x", BROKEN)], [item("masto", None)]

    everything, named = checked(house, channels, items), checked(house, channels, items, "x")

    assert (everything.code, named.code) == (0, 2)
    for ended in (everything, named):
        assert "could not be checked, set up wrongly: x" in ended.out.splitlines()[0]


@pytest.mark.parametrize(("others", "code"), [((UP,), 0), ((), 0), ((DOWN,), 2), ((STALE,), 3)])
def test_a_channel_by_hand_that_no_probe_looks_at_does_not_count(
    house: House, others: tuple[Mapping[str, Any], ...], code: int
) -> None:
    channels = [channel("kanal", NEVER, by_hand=True)]
    channels += [channel("masto", publish) for publish in others]

    ended = checked(house, channels, [item("masto", None)] if others else [])

    assert ended.code == code
    assert "nothing to check, by hand: kanal" in ended.out.splitlines()[0]
    assert "unknown" not in next(line for line in ended.out.splitlines() if line[:5] == "kanal")


def test_a_channel_by_hand_that_was_looked_at_counts_like_any_other(house: House) -> None:
    channels = [channel("kanal", DOWN, by_hand=True)]

    ended = checked(house, channels, [item("kanal", "unreachable")])

    assert ended.code == 2
    assert "by hand" not in ended.out


def test_status_says_by_hand_of_what_no_probe_looks_at(house: House) -> None:
    channels = [channel("kanal", NEVER, by_hand=True), channel("masto", UP)]
    answers = {
        "/api/v1/channels": {"items": channels, "next": None},
        "/health": {"status": "pass"},
    }
    with answering(answers) as url:
        ended = house.here("--url", url, "status")

    assert ended.code == 0
    assert "by hand" in next(line for line in ended.out.splitlines() if line[:5] == "kanal")
    assert ended.out.count("by hand") == 1


def test_a_frozen_channel_is_checked_only_if_named(house: House) -> None:
    channels = [channel("masto", UP), channel("x", DOWN, "frozen")]
    items = [item("masto", None), item("x", "unreachable")]

    everything, named = checked(house, channels, items), checked(house, channels, items, "x")

    assert (everything.code, named.code) == (0, 2)
    assert "1 checks on 1 channels, 0 bad" in everything.out


def stated(house: House, channels: list[dict[str, Any]], health: Mapping[str, Any]) -> str:
    """Return the first line of `status`."""
    answers = {"/api/v1/channels": {"items": channels, "next": None}, "/health": health}
    with answering(answers) as url:
        return house.here("--url", url, "status").out.splitlines()[0]


def test_only_channels_in_service_that_are_not_down_can_publish(house: House) -> None:
    channels = [
        channel("a", UP),
        channel("b", DEGRADED, "standby"),
        channel("c", NEVER),
        channel("d", DOWN),
        channel("e", UP, "frozen"),
        channel("f", UP, "off"),
        channel("g", LOST),
    ]

    line = stated(house, channels, {"status": "warn"})

    assert line.startswith("SENTINEL WARNING - 3 of 6 channels can publish, ")
    assert "channels_up=3;;;0;6" in line


@pytest.mark.parametrize(
    ("health", "why"),
    [
        ({"stranded": 2}, "stranded messages: 2"),
        (
            {"checks": {"storage:writable": [{"status": "fail"}]}},
            "database cannot be written",
        ),
        ({}, "a route without usable channel, or a part of the daemon is broken"),
    ],
)
def test_a_critical_first_line_says_why(house: House, health: Mapping[str, Any], why: str) -> None:
    line = stated(house, [channel("a", UP)], {"status": "fail", **health})

    assert line.startswith(f"SENTINEL CRITICAL - {why}; 1 of 1 channels can publish")


@pytest.mark.parametrize("number", [1, 199, 200, 201, 650, 1000])
def test_the_reason_of_a_hold_is_found_in_a_long_journal(house: House, number: int) -> None:
    def journal(query: Mapping[str, int]) -> dict[str, Any]:
        above = range(query["after"] + 1, 1001)[: query["limit"]]
        return {"items": [entry(one, held=one == number) for one in above], "next": None}

    answers = {
        "/api/v1/channels": {"items": [channel("a", UP)], "next": None},
        "/api/v1/journal": journal,
        "/health": {"status": "pass", "hold": True},
    }
    with answering(answers) as url:
        ended = house.here("--url", url, "status")

    assert "ON HOLD since 2026-07-05 14:00:00, by berta: rumour\n" in ended.out


def entry(number: int, *, held: bool) -> dict[str, Any]:
    kind, payload = ("publishing.held", {"reason": "rumour"}) if held else ("outage.opened", {})
    actor = {"kind": "user", "id": "berta"}
    at = "2026-07-05T12:00:00.000Z"
    return {"number": number, "kind": kind, "actor": actor, "at": at, "payload": payload}
