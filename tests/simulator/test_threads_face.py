"""The face of Threads answers as the fact sheet says (platforms-b.md, sections 1 and 2)."""

from __future__ import annotations

import json
from typing import Any

from sentinel.simulator.server import Simulator


async def test_a_container_becomes_a_post_with_an_id_of_its_own(
    threads: Any, sim: Simulator
) -> None:
    await threads.prepare("Bombe")
    before = await threads.ask("GET", f"/v1.0/{threads.container}", headers=threads.auth)

    posted = await threads.publish("Bombe")

    after = await threads.ask("GET", f"/v1.0/{threads.container}", headers=threads.auth)
    assert (before.json["status"], after.json["status"]) == ("FINISHED", "PUBLISHED")
    assert posted.json["id"] != threads.container
    assert sim.posts()[0]["key"] == threads.container


async def test_a_container_alone_makes_nothing_public(threads: Any, sim: Simulator) -> None:
    await threads.prepare("Bombe")

    assert (sim.posts(), sim.arrivals()) == ([], [])


async def test_a_container_is_published_once(threads: Any, sim: Simulator) -> None:
    await threads.say("Bombe")

    again = await threads.publish("Bombe")

    assert again.status == 400
    assert (again.json["error"]["code"], again.json["error"]["error_subcode"]) == (24, 4279009)
    assert [post["arrivals"] for post in sim.posts()] == [2]


async def test_a_lost_container_stays_lost_and_the_next_one_is_found(
    threads: Any, sim: Simulator
) -> None:
    sim.faults.put("threads", "container_lost")
    await threads.prepare("Bombe")
    state = await threads.ask("GET", f"/v1.0/{threads.container}", headers=threads.auth)
    first = await threads.publish("Bombe")
    second = await threads.publish("Bombe")
    await threads.prepare("Bombe")

    third = await threads.publish("Bombe")

    assert state.json["status"] == "FINISHED"
    assert [first.json["error"]["error_subcode"], second.status, third.status] == [
        4279009,
        400,
        200,
    ]
    assert len(sim.posts()) == 1


async def test_a_container_ends_after_a_day(threads: Any, clock: Any) -> None:
    await threads.prepare("Bombe")
    clock.pass_by(hours=24)

    status = await threads.ask("GET", f"/v1.0/{threads.container}", headers=threads.auth)
    posted = await threads.publish("Bombe")

    assert (status.json["status"], posted.status) == ("EXPIRED", 400)


async def test_after_a_lost_answer_the_container_tells_that_it_is_published(
    threads: Any, sim: Simulator
) -> None:
    sim.faults.put("meta", "accepted_then_error")

    posted = await threads.say("Bombe")

    status = await threads.ask("GET", f"/v1.0/{threads.container}", headers=threads.auth)
    assert (posted.status, status.json["status"]) == (500, "PUBLISHED")


async def test_one_call_publishes_a_text_too(threads: Any, sim: Simulator) -> None:
    form = {"media_type": "TEXT", "text": "Bombe", "auto_publish_text": "true"}

    heard = await threads.ask("POST", "/v1.0/me/threads", data=form, headers=threads.auth)

    assert heard.status == 200
    assert [post["text"] for post in sim.posts()] == ["Bombe"]


async def test_a_post_shows_permalink_and_a_time_without_a_colon_in_the_offset(
    threads: Any,
) -> None:
    posted = (await threads.say("Bombe")).json["id"]

    asked = {"fields": "id,permalink,text,timestamp,shortcode,username"}
    heard = await threads.ask("GET", f"/v1.0/{posted}", params=asked, headers=threads.auth)

    shortcode = heard.json["shortcode"]
    assert heard.json["permalink"] == f"https://www.threads.com/@stadt/post/{shortcode}"
    assert heard.json["timestamp"] == "2026-11-20T12:00:00+0000"


async def test_a_published_post_has_no_status_and_says_so_with_code_100(threads: Any) -> None:
    posted = (await threads.say("Bombe")).json["id"]

    heard = await threads.ask("GET", f"/v1.0/{posted}?fields=id,status", headers=threads.auth)

    assert (heard.status, heard.json["error"]["code"]) == (400, 100)
    assert heard.json["error"]["type"] == "THApiException"


async def test_the_publishing_limit_is_readable_and_has_no_reset(threads: Any) -> None:
    await threads.say("Bombe")

    asked = {"fields": "quota_usage,config"}
    heard = await threads.ask(
        "GET", "/v1.0/me/threads_publishing_limit", params=asked, headers=threads.auth
    )

    assert heard.json == {
        "data": [
            {"quota_usage": 1, "config": {"quota_total": 250, "quota_duration": 86400}},
        ]
    }


async def test_a_rate_limit_is_a_400_with_code_4_and_the_minutes_to_wait(
    threads: Any, sim: Simulator
) -> None:
    await threads.prepare("Bombe")
    sim.faults.put("threads", "rate_limited", options={"seconds": 600})

    heard = await threads.publish("Bombe")

    assert (heard.status, heard.json["error"]["code"]) == (400, 4)
    assert json.loads(heard.headers["X-App-Usage"])["call_count"] == 100
    ((use,),) = json.loads(heard.headers["X-Business-Use-Case-Usage"]).values()
    assert use["estimated_time_to_regain_access"] == 10


async def test_a_rate_limit_at_low_use_shows_low_use(threads: Any, sim: Simulator) -> None:
    await threads.prepare("Bombe")
    sim.faults.put("threads", "rate_limited_low_use")

    heard = await threads.publish("Bombe")

    assert json.loads(heard.headers["X-App-Usage"])["call_count"] == 3
    assert "X-Business-Use-Case-Usage" not in heard.headers


async def test_usage_near_nothing_is_not_shown(threads: Any) -> None:
    heard = await threads.check()

    assert "X-App-Usage" not in heard.headers


async def test_a_glitch_is_a_190_without_subcode_on_every_call_and_the_token_is_fine_after(
    threads: Any, sim: Simulator
) -> None:
    sim.faults.put("meta", "credential_glitch", account="stadt")

    glitch = [await threads.check(), await threads.own(), await threads.mentions()]
    sim.faults.clear()

    assert [heard.json["error"]["code"] for heard in glitch] == [190, 190, 190]
    assert all("error_subcode" not in heard.json["error"] for heard in glitch)
    assert (await threads.check()).status == 200


async def test_a_revoked_token_bears_the_subcode_that_was_asked_for(
    threads: Any, sim: Simulator
) -> None:
    sim.faults.put("threads", "credential_revoked", options={"subcode": 458})

    heard = await threads.check()

    assert (heard.status, heard.json["error"]["error_subcode"]) == (400, 458)


async def test_a_text_is_counted_with_emoji_as_bytes(threads: Any) -> None:
    async def make(text: str) -> int:
        form = {"media_type": "TEXT", "text": text}
        made = await threads.ask("POST", "/v1.0/me/threads", data=form, headers=threads.auth)
        return int(made.status)

    assert [await make("ä" * 500), await make("ä" * 501)] == [200, 400]
    assert [await make("a" * 496 + "🚨"), await make("a" * 497 + "🚨")] == [200, 400]


async def test_more_than_five_links_are_refused(threads: Any) -> None:
    text = " ".join(f"https://stadt.example/{number}" for number in range(6))

    form = {"media_type": "TEXT", "text": text}
    heard = await threads.ask("POST", "/v1.0/me/threads", data=form, headers=threads.auth)

    assert "LINK_LIMIT_EXCEEDED" in heard.json["error"]["message"]


async def test_the_two_hundred_and_fifty_first_post_of_a_day_is_refused(
    threads: Any, sim: Simulator, clock: Any
) -> None:
    for number in range(250):
        sim.world.account("threads", "stadt").add(
            id=str(number), text="x", key=None, at=clock(), faults={}, detail={"shortcode": "s"}
        )

    refused = await threads.say("Bombe")
    clock.pass_by(hours=24)
    taken = await threads.say("Bombe")

    assert (refused.status, taken.status) == (400, 200)


async def test_a_token_can_be_refreshed_when_it_is_a_day_old(threads: Any, clock: Any) -> None:
    async def refresh(token: str) -> Any:
        asked = {"grant_type": "th_refresh_token", "access_token": token}
        return await threads.ask("GET", "/refresh_access_token", params=asked)

    fresh = (await refresh("configured")).json
    at_once = await refresh(fresh["access_token"])
    clock.pass_by(hours=24)
    later = await refresh(fresh["access_token"])

    assert fresh["expires_in"] == 5184000
    assert (at_once.status, later.status) == (400, 200)


async def test_a_token_ends_after_sixty_days_and_its_end_can_be_read(
    threads: Any, clock: Any
) -> None:
    asked = {"grant_type": "th_refresh_token", "access_token": "configured"}
    token = (await threads.ask("GET", "/refresh_access_token", params=asked)).json["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}

    told = await threads.ask("GET", f"/debug_token?input_token={token}", headers=bearer)
    clock.pass_by(days=60)
    ended = await threads.ask("GET", "/v1.0/me", headers=bearer)

    assert told.json["data"]["expires_at"] == 1795176000 + 60 * 86400
    assert (ended.status, ended.json["error"]["error_subcode"]) == (400, 463)


async def test_citizens_see_the_text_by_oembed_without_a_token(threads: Any) -> None:
    await threads.say("Straße gesperrt")

    seen = await threads.look({})

    assert "Straße gesperrt" in seen.json["html"]


async def test_a_deleted_post_is_gone_for_all(threads: Any, sim: Simulator) -> None:
    posted = (await threads.say("Bombe")).json["id"]

    gone = await threads.ask("DELETE", f"/v1.0/{posted}", headers=threads.auth)

    assert gone.json == {"success": True, "deleted_id": posted}
    assert ("Bombe" in (await threads.own()).text, sim.posts()[0]["deleted"]) == (False, True)


async def test_without_a_token_nobody_is_let_in(threads: Any) -> None:
    none = await threads.ask("GET", "/v1.0/me")
    query = await threads.ask("GET", "/v1.0/me?access_token=t")

    assert (none.status, none.json["error"]["code"], query.status) == (400, 190, 200)
