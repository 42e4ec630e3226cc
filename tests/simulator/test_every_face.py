"""Every face shows every fault that it claims to show, over a real connection."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sentinel.simulator.faces import HttpFace, PortFace, faces
from sentinel.simulator.kinds import Kind
from sentinel.simulator.server import Simulator

WEB = ("x", "threads", "mastodon", "bluesky")
SOON = aiohttp.ClientTimeout(total=0.3)

# What a request to publish is told: status, and a word that is in the body.
REFUSED: dict[tuple[str, str], tuple[int, str]] = {
    ("x", "server_error"): (503, '"title": "Service Unavailable"'),
    ("x", "flapping"): (503, '"title": "Service Unavailable"'),
    ("x", "rate_limited"): (429, "Too Many Requests"),
    ("x", "rate_limited_low_use"): (429, "Too Many Requests"),
    ("x", "credential_revoked"): (401, "Unauthorized"),
    ("x", "account_locked"): (403, '"code": 326'),
    ("x", "plan_refused"): (403, "client-not-enrolled"),
    ("x", "payment_required"): (402, "credits-depleted"),
    ("threads", "server_error"): (500, '"code": 2,'),
    ("threads", "flapping"): (500, '"is_transient": true'),
    ("threads", "rate_limited"): (400, '"code": 4,'),
    ("threads", "rate_limited_low_use"): (400, '"code": 4,'),
    ("threads", "credential_revoked"): (400, '"error_subcode": 463'),
    ("threads", "credential_glitch"): (400, '"code": 190, "fbtrace_id"'),
    ("threads", "account_locked"): (400, '"error_subcode": 459'),
    ("mastodon", "server_error"): (500, '{"error"'),
    ("mastodon", "flapping"): (500, '{"error"'),
    ("mastodon", "rate_limited"): (429, "Too many requests"),
    ("mastodon", "rate_limited_low_use"): (429, "Too many requests"),
    ("mastodon", "credential_revoked"): (401, "revoked"),
    ("mastodon", "account_locked"): (403, "disabled"),
    ("bluesky", "server_error"): (500, "InternalServerError"),
    ("bluesky", "flapping"): (500, "InternalServerError"),
    ("bluesky", "rate_limited"): (429, "RateLimitExceeded"),
    ("bluesky", "rate_limited_low_use"): (429, "RateLimitExceeded"),
    ("bluesky", "credential_revoked"): (400, "InvalidToken"),
    ("bluesky", "account_locked"): (401, "AccountTakedown"),
    **{(name, "html_error"): (503, "<h1>Sorry") for name in WEB},
    **{(name, "edge_page"): (403, "<h1>Sorry, you have been blocked") for name in WEB},
}
# What a citizen is told.
WALLS = {
    ("x", "login_wall"): (403, "Not authorized"),
    ("x", "interstitial"): (200, "<title>Log in to X"),
    ("threads", "login_wall"): (400, '"error_subcode": 33'),
    ("threads", "interstitial"): (200, "<title>Threads"),
    ("mastodon", "login_wall"): (401, "authenticated user"),
    ("mastodon", "interstitial"): (200, "<title>One moment"),
    ("bluesky", "login_wall"): (200, "!no-unauthenticated"),
    ("bluesky", "interstitial"): (200, "!hide"),
}
ON_EACH = {
    "refuse_connection",
    "black_hole",
    "slow",
    "accepted_then_error",
    "accepted_then_timeout",
    "read_limited",
    "accepted_not_live",
    "late_visible",
}
# In that face's own tests, or in test_accepted.py.
OWN_TEST = {
    *(("x", "credential_glitch"), ("x", "duplicate_refused"), ("mastodon", "ignores_key")),
    *(("x", "swallowed"), ("threads", "swallowed"), ("threads", "container_lost")),
}
Clients = Callable[[str], Any]


def test_every_kind_of_these_faces_is_tried_here() -> None:
    """Of every other face, `tests/platforms/test_every_face.py` tries each kind, by its member."""
    shown = {(name, kind.value) for name in WEB for kind in faces()[name].kinds}
    tried = {*REFUSED, *WALLS, *OWN_TEST, *product(WEB, ON_EACH)}
    cut_short = {(name, "truncated") for name in WEB if name != "bluesky"}

    assert shown == tried | cut_short


def test_every_face_has_a_test_of_its_own_in_the_words_of_its_sheet() -> None:
    tests = {path.name for path in Path(__file__).parent.glob("test_*_face.py")}

    assert {f"test_{name}_face.py" for name in faces()} <= tests


def test_the_folder_is_the_register() -> None:
    assert isinstance(faces()["email"], PortFace)
    assert all(isinstance(faces()[name], HttpFace) for name in WEB)


def test_no_face_claims_what_a_server_on_loopback_cannot_do() -> None:
    assert all(Kind.NAME_RESOLUTION not in face.kinds for face in faces().values())


@pytest.mark.parametrize(("platform", "kind"), REFUSED)
async def test_a_refusal_comes_in_the_platforms_own_words_and_nothing_is_kept(
    platform: str, kind: str, sim: Simulator, client_of: Clients
) -> None:
    client = client_of(platform)
    await client.prepare("Bombe in Wilhelmsburg")
    sim.faults.put(platform, kind)

    heard = await client.publish("Bombe in Wilhelmsburg")

    status, word = REFUSED[platform, kind]
    assert (heard.status, word in heard.text) == (status, True)
    assert sim.posts() == []
    assert [arrival["status"] for arrival in sim.arrivals(platform)] == [status]


@pytest.mark.parametrize(("platform", "kind"), REFUSED)
async def test_when_the_fault_is_cleared_the_platform_takes_the_post(
    platform: str, kind: str, sim: Simulator, client_of: Clients
) -> None:
    client = client_of(platform)
    await client.prepare("Bombe in Wilhelmsburg")
    sim.faults.put(platform, kind)
    await client.publish("Bombe in Wilhelmsburg")

    sim.faults.clear(platform)
    heard = await client.publish("Bombe in Wilhelmsburg")

    assert heard.status == {"x": 201}.get(platform, 200)
    assert [post["text"] for post in sim.posts()] == ["Bombe in Wilhelmsburg"]


@pytest.mark.parametrize("platform", WEB)
async def test_a_refused_connection_is_cut_without_an_answer(
    platform: str, sim: Simulator, client_of: Clients
) -> None:
    client = client_of(platform)
    sim.faults.put(platform, "refuse_connection")

    with pytest.raises(aiohttp.ClientConnectionError):
        await client.publish("x")

    assert sim.posts() == []


@pytest.mark.parametrize("platform", WEB)
async def test_a_black_hole_never_answers(
    platform: str, sim: Simulator, client_of: Clients
) -> None:
    client = client_of(platform)
    sim.faults.put(platform, "black_hole")

    with pytest.raises(TimeoutError):
        await client.ask("GET", "/", timeout=SOON)


@pytest.mark.parametrize("platform", WEB)
async def test_a_slow_platform_does_what_it_is_asked_and_says_so_late(
    platform: str, sim: Simulator, client_of: Clients
) -> None:
    client = client_of(platform)
    await client.prepare("Bombe")
    sim.faults.put(platform, "slow", options={"seconds": 0.2})
    begun = time.monotonic()

    heard = await client.publish("Bombe")

    assert heard.status < 300
    assert time.monotonic() - begun >= 0.2
    assert len(sim.posts()) == 1


@pytest.mark.parametrize("platform", WEB)
async def test_when_reading_is_limited_posting_and_the_credential_are_as_good_as_ever(
    platform: str, sim: Simulator, client_of: Clients
) -> None:
    client = client_of(platform)
    sim.faults.put(platform, "read_limited")

    posted, own, heard, check = (
        await client.say("Bombe"),
        await client.own(),
        await client.mentions(),
        await client.check(),
    )

    limited = {"threads": 400}.get(platform, 429)
    assert (posted.status < 300, own.status, heard.status) == (True, limited, limited)
    assert check.status == 200


@pytest.mark.parametrize(("platform", "kind"), WALLS)
async def test_a_wall_stands_before_citizens_and_not_before_us(
    platform: str, kind: str, sim: Simulator, client_of: Clients
) -> None:
    client = client_of(platform)
    posted = (await client.say("Bombe")).json
    sim.faults.put(platform, kind)

    looked = await client.look(posted.get("data", posted))

    status, word = WALLS[platform, kind]
    assert (looked.status, word in looked.text) == (status, True)
    assert "Bombe" in (await client.own()).text


@pytest.mark.parametrize("platform", WEB)
async def test_an_edge_page_bears_the_marks_of_the_edge(
    platform: str, sim: Simulator, client_of: Clients
) -> None:
    client = client_of(platform)
    sim.faults.put(platform, "edge_page", options={"status": 520})

    heard = await client.check()

    assert (heard.status, heard.headers["Server"]) == (520, "cloudflare")
    assert heard.headers["CF-RAY"].endswith("-FRA")
    assert heard.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("platform", WEB)
async def test_flapping_is_bad_and_good_by_turns(
    platform: str, sim: Simulator, client_of: Clients, clock: Any
) -> None:
    client = client_of(platform)
    sim.faults.put(platform, "flapping", options={"seconds": 3})

    statuses = []
    for _ in range(4):
        statuses.append((await client.check()).status)
        clock.pass_by(seconds=3)

    bad = {"x": 503}.get(platform, 500)
    assert statuses == [bad, 200, bad, 200]


@pytest.mark.parametrize("platform", WEB)
async def test_a_share_of_a_third_hits_every_third_request(
    platform: str, sim: Simulator, client_of: Clients
) -> None:
    client = client_of(platform)
    sim.faults.put(platform, "html_error", share=1 / 3)

    statuses = [(await client.check()).status for _ in range(6)]

    assert statuses == [200, 200, 503, 200, 200, 503]
