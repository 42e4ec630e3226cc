"""The simulator's own addresses: what was posted, the faults, the inbox, the controls."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from sentinel.errors import InputError
from sentinel.simulator.server import Simulator, serve


async def put(http: aiohttp.ClientSession, sim: Simulator, body: Any) -> tuple[int, Any]:
    async with http.put(f"{sim.url}/_faults", json=body) as answer:
        return answer.status, await answer.json(content_type=None)


async def get(http: aiohttp.ClientSession, sim: Simulator, path: str) -> Any:
    async with http.get(f"{sim.url}{path}") as answer:
        return await answer.json()


async def test_posts_are_listed_by_platform_and_account(
    sim: Simulator, http: aiohttp.ClientSession, x: Any, mastodon: Any
) -> None:
    await x.publish("Bombe")
    await mastodon.publish("Bombe")

    every = await get(http, sim, "/_posts")
    (one,) = await get(http, sim, "/_posts?platform=mastodon&account=stadt")

    assert [post["platform"] for post in every] == ["x", "mastodon"]
    assert (one["text"], one["key"], one["visible"]) == ("Bombe", "key-1", True)
    assert one["at"] == "2026-11-20T12:00:00.123456+00:00"
    assert await get(http, sim, "/_posts?account=feuerwehr") == []


async def test_refused_posts_are_counted_as_arrivals(
    sim: Simulator, http: aiohttp.ClientSession, x: Any
) -> None:
    sim.faults.put("x", "rate_limited")
    await x.publish("Bombe")

    (arrival,) = await get(http, sim, "/_arrivals?platform=x")

    assert (arrival["status"], arrival["text"], arrival["id"]) == (429, "Bombe", None)
    assert await get(http, sim, "/_posts") == []


async def test_a_fault_is_set_listed_and_taken_down(
    sim: Simulator, http: aiohttp.ClientSession
) -> None:
    status, shown = await put(
        http, sim, {"platform": "x", "kind": "slow", "for": "30s", "options": {"seconds": 2}}
    )
    listed = await get(http, sim, "/_faults")
    async with http.delete(f"{sim.url}/_faults?platform=x") as answer:
        cleared = await answer.json()

    assert (status, listed) == (200, [shown])
    assert shown["until"] == "2026-11-20T12:00:30.123456+00:00"
    assert (shown["options"], shown["account"], shown["share"]) == ({"seconds": 2}, None, 1.0)
    assert (cleared, await get(http, sim, "/_faults")) == ({"cleared": 1}, [])


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        ({"platform": "myspace", "kind": "slow"}, "platform", "bluesky"),
        ({"platform": "x", "kind": "sloww"}, "kind", "slow"),
        ({"platform": "mastodon", "kind": "plan_refused"}, "kind", "ignores_key"),
        ({"platform": "x", "kind": "name_resolution"}, "kind", "loopback"),
        ({"platform": "x", "kind": "uplink_lost"}, "kind", "it can"),
        ({"platform": "x"}, "kind", "needed"),
        ({"platform": "x", "kind": "slow", "for": "soon"}, "for", "30s"),
        ({"platform": "x", "kind": "slow", "share": 2}, "share", "0 to 1"),
        ({"platform": "x", "kind": "slow", "options": {"speed": 1}}, "options.speed", "seconds"),
        ({"platform": "x", "kind": "slow", "options": {"seconds": 0}}, "options.seconds", "above"),
        ({"platform": "x", "kind": "slow", "options": 5}, "options", "object"),
        ({"platform": "x", "kind": "slow", "account": 5}, "account", "name"),
        ({"platform": "x", "kind": "slow", "until": "noon"}, "until", "known"),
        ([], "", "object"),
    ],
)
async def test_what_cannot_be_is_refused_with_what_would_be_right(
    sim: Simulator, http: aiohttp.ClientSession, body: Any, field: str, says: str
) -> None:
    status, problem = await put(http, sim, body)

    assert (status, problem["field"]) == (422, field)
    assert says in problem["detail"]
    assert await get(http, sim, "/_faults") == []


async def test_a_body_that_is_no_json_is_malformed(
    sim: Simulator, http: aiohttp.ClientSession
) -> None:
    async with http.put(f"{sim.url}/_faults", data=b"{") as answer:
        assert answer.status == 400
        assert answer.content_type == "application/problem+json"


async def test_a_mistyped_filter_takes_nothing_down(
    sim: Simulator, http: aiohttp.ClientSession
) -> None:
    sim.faults.put("x", "slow")

    async with http.delete(f"{sim.url}/_faults?where=x") as answer:
        assert answer.status == 422

    assert len(sim.faults.listed()) == 1


async def test_the_inbox_keeps_json_and_forms_with_their_time(
    sim: Simulator, http: aiohttp.ClientSession
) -> None:
    async with http.post(f"{sim.url}/_inbox/presse", json={"title": "X ist aus"}) as answer:
        assert answer.status == 200
    async with http.post(f"{sim.url}/_inbox/leitung", data={"message": "Threads"}) as answer:
        assert answer.status == 200

    every = await get(http, sim, "/_inbox")
    (presse,) = await get(http, sim, "/_inbox/presse")

    assert [note["body"] for note in every] == [{"title": "X ist aus"}, {"message": "Threads"}]
    assert (presse["name"], presse["at"]) == ("presse", "2026-11-20T12:00:00.123456+00:00")
    async with http.delete(f"{sim.url}/_inbox") as answer:
        assert (answer.status, sim.notes()) == (204, [])


async def test_a_broken_inbox_takes_nothing(sim: Simulator, http: aiohttp.ClientSession) -> None:
    sim.faults.put("_inbox", "server_error", account="presse")

    async with http.post(f"{sim.url}/_inbox/presse", json={"title": "x"}) as answer:
        assert answer.status == 500

    assert sim.notes("presse") == []


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_a_control_answers_204_and_tells_the_time(
    sim: Simulator, http: aiohttp.ClientSession, number: int
) -> None:
    async with http.get(f"{sim.url}/_control/{number}") as answer:
        assert answer.status == 204
        assert answer.headers["Date"] == "Fri, 20 Nov 2026 12:00:00 GMT"


async def test_when_the_uplink_is_lost_no_control_answers_and_platforms_still_do(
    sim: Simulator, http: aiohttp.ClientSession, x: Any
) -> None:
    sim.faults.put("_control", "uplink_lost")

    for number in (1, 2, 3):
        with pytest.raises(aiohttp.ClientConnectionError):
            await http.get(f"{sim.url}/_control/{number}")

    assert (await x.check()).status == 200


async def test_a_fault_hits_one_account_and_a_family_all_of_its_platforms(
    sim: Simulator, threads: Any
) -> None:
    sim.faults.put("meta", "server_error", account="feuerwehr")
    spared = await threads.check()
    sim.faults.put("meta", "server_error")
    hit = await threads.check()

    assert (spared.status, hit.status) == (200, 500)


async def test_a_face_that_does_not_exist_is_not_found(
    sim: Simulator, http: aiohttp.ClientSession
) -> None:
    async with http.get(f"{sim.url}/myspace/stadt/posts") as answer:
        assert answer.status == 404
    with pytest.raises(InputError, match="myspace"):
        await sim.address("myspace", "stadt")


async def test_faces_are_listed_with_address_and_kinds(
    sim: Simulator, http: aiohttp.ClientSession
) -> None:
    listed = {face["platform"]: face for face in await get(http, sim, "/_faces")}

    assert listed["x"]["base_url"] == f"{sim.url}/x/{{account}}"
    assert (listed["threads"]["operator"], "ignores_key" in listed["mastodon"]["kinds"]) == (
        "meta",
        True,
    )
    assert await sim.address("x", "stadt") == f"{sim.url}/x/stadt"
    assert sim.public_address("x", "stadt") == f"{sim.url}/x/stadt/public"


async def test_leaving_lets_go_of_everybody_who_waits(clock: Any) -> None:
    async with Simulator(now=clock) as sim, aiohttp.ClientSession() as http:
        sim.faults.put("x", "black_hole")

        async def wait() -> str:
            try:
                await http.get(f"{sim.url}/x/stadt/2/users/me")
            except aiohttp.ClientError as error:
                return type(error).__name__
            return "answered"

        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(wait())
            await asyncio.sleep(0.1)
            async with asyncio.timeout(3):
                await sim.__aexit__(None, None, None)

    assert waiting.result() != "answered"


async def test_serve_runs_until_it_is_told_to_stop(
    clock: Any, unused_tcp_port: int, http: aiohttp.ClientSession
) -> None:
    stop = asyncio.Event()

    async with asyncio.TaskGroup() as group:
        group.create_task(serve(f"127.0.0.1:{unused_tcp_port}", stop, now=clock))
        await asyncio.sleep(0.2)
        async with http.get(f"http://127.0.0.1:{unused_tcp_port}/_control/1") as answer:
            status = answer.status
        stop.set()

    assert status == 204


@pytest.mark.parametrize("listen", ["9900", "localhost", "127.0.0.1:http", ""])
async def test_serve_wants_host_and_port(clock: Any, listen: str) -> None:
    with pytest.raises(InputError, match="HOST:PORT"):
        await serve(listen, asyncio.Event(), now=clock)


async def test_windows_run_faster_by_the_pace(clock: Any) -> None:
    async with Simulator(now=clock, pace=60) as sim, aiohttp.ClientSession() as http:
        bearer = {"Authorization": "Bearer b"}
        async with http.get(f"{sim.url}/x/stadt/2/users/me", headers=bearer) as answer:
            reset = int(answer.headers["x-rate-limit-reset"])

    assert reset - clock().timestamp() <= 16  # a quarter of an hour is 15 seconds
