"""The face of Bluesky answers as the fact sheet and the lab say (platforms-a.md 3, lab.md 2)."""

from __future__ import annotations

import base64
import json
from typing import Any

from sentinel.simulator.server import Simulator

PUT, CREATE = "com.atproto.repo.putRecord", "com.atproto.repo.createRecord"


async def test_a_session_names_the_pds_and_says_in_the_token_when_it_ends(
    bluesky: Any, sim: Simulator
) -> None:
    heard = await bluesky.log_in()

    (service,) = heard.json["didDoc"]["service"]
    payload = heard.json["accessJwt"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert service["serviceEndpoint"] == f"{sim.url}/bluesky/stadt"
    assert claims["exp"] - claims["iat"] == 7200


async def test_a_record_put_again_is_the_same_record_without_a_commit(
    bluesky: Any, sim: Simulator
) -> None:
    first = await bluesky.publish("Bombe")

    again = await bluesky.publish("Bombe")

    assert (first.status, again.status) == (200, 200)
    assert ("commit" in first.json, "commit" in again.json) == (True, False)
    assert again.json["cid"] == first.json["cid"]
    assert [post["arrivals"] for post in sim.posts()] == [2]


async def test_another_text_under_the_same_key_overwrites_it(bluesky: Any, sim: Simulator) -> None:
    first = await bluesky.publish("Bombe")

    other = await bluesky.publish("Entwarnung")

    assert other.json["cid"] != first.json["cid"]
    assert [post["text"] for post in sim.posts()] == ["Entwarnung"]


async def test_a_swap_from_nothing_is_refused_only_where_something_else_stands(
    bluesky: Any,
) -> None:
    first = await bluesky.call("POST", PUT, json=bluesky.put("Bombe", swapRecord=None))
    same = await bluesky.call("POST", PUT, json=bluesky.put("Bombe", swapRecord=None))
    other = await bluesky.call("POST", PUT, json=bluesky.put("Anders", swapRecord=None))

    assert [first.status, same.status, other.status] == [200, 200, 400]
    assert other.json["error"] == "InvalidSwap"
    assert first.json["cid"] in other.json["message"]


async def test_creating_under_a_key_that_is_taken_is_a_500_as_on_a_real_pds(
    bluesky: Any, sim: Simulator
) -> None:
    await bluesky.publish("Bombe")

    heard = await bluesky.call("POST", CREATE, json=bluesky.put("Bombe"))

    assert (heard.status, heard.json["error"]) == (500, "InternalServerError")
    assert len(sim.posts()) == 1


async def test_creating_twice_without_a_key_makes_two_posts(bluesky: Any, sim: Simulator) -> None:
    body = bluesky.put("Bombe")
    del body["rkey"]

    first = await bluesky.call("POST", CREATE, json=body)
    second = await bluesky.call("POST", CREATE, json=body)

    assert first.json["uri"] != second.json["uri"]
    assert len(sim.posts()) == 2


async def test_a_key_that_is_no_tid_is_invalid(bluesky: Any) -> None:
    bluesky.rkey = "my-own-key"

    heard = await bluesky.publish("Bombe")

    assert (heard.status, heard.json["error"]) == (400, "InvalidRequest")


async def test_a_text_has_at_most_300_graphemes_and_3000_bytes(bluesky: Any) -> None:
    family = "👨‍👩‍👧‍👧"

    fits = await bluesky.publish(family * 119)
    heavy = await bluesky.publish(family * 121)
    long = await bluesky.publish("a" * 301)

    assert [fits.status, heavy.status, long.status] == [200, 400, 400]


async def test_limits_are_told_in_epoch_seconds_with_their_policy(bluesky: Any) -> None:
    put, check = await bluesky.publish("Bombe"), await bluesky.check()

    assert check.headers["RateLimit-Policy"] == "3000;w=300"
    assert check.headers["RateLimit-Remaining"] == "2998"
    assert put.headers["RateLimit-Reset"] == "1795176301"


async def test_the_thirty_first_login_in_five_minutes_is_refused_with_the_seconds_to_wait(
    bluesky: Any, clock: Any
) -> None:
    for _ in range(29):
        await bluesky.log_in()
    clock.pass_by(seconds=10)

    heard = await bluesky.log_in()

    assert (heard.status, heard.json["error"]) == (429, "RateLimitExceeded")
    assert heard.headers["Retry-After"] == "290"
    assert heard.headers["RateLimit-Policy"] == "30;w=300"


async def test_an_access_token_ends_after_two_hours_with_a_400(bluesky: Any, clock: Any) -> None:
    clock.pass_by(minutes=120)

    heard = await bluesky.check()

    assert (heard.status, heard.json["error"]) == (400, "ExpiredToken")


async def test_a_refresh_replaces_both_tokens(bluesky: Any) -> None:
    old = (await bluesky.log_in()).json["refreshJwt"]

    async def refresh(token: str) -> Any:
        bearer = {"Authorization": f"Bearer {token}"}
        return await bluesky.call("POST", "com.atproto.server.refreshSession", headers=bearer)

    fresh = await refresh(old)
    again = await refresh(old)

    assert fresh.json["refreshJwt"] != old
    assert (again.status, again.json["error"]) == (400, "InvalidToken")


async def test_no_token_is_401_and_a_bad_one_400(bluesky: Any) -> None:
    none = await bluesky.ask("GET", "/xrpc/com.atproto.server.getSession")
    bearer = {"Authorization": "Bearer nonsense"}
    bad = await bluesky.ask("GET", "/xrpc/com.atproto.server.getSession", headers=bearer)

    assert (none.status, none.json["error"]) == (401, "AuthMissing")
    assert (bad.status, bad.json["error"]) == (400, "InvalidToken")


async def test_a_revoked_password_fails_as_a_login_and_as_a_token(
    bluesky: Any, sim: Simulator
) -> None:
    sim.faults.put("bluesky", "credential_revoked")

    login, check = await bluesky.log_in(), await bluesky.check()

    assert (login.status, login.json["error"]) == (401, "AuthenticationRequired")
    assert (check.status, check.json["error"]) == (400, "InvalidToken")


async def test_a_repository_stays_open_to_everybody_when_a_credential_is_revoked(
    bluesky: Any, sim: Simulator
) -> None:
    await bluesky.publish("Bombe")
    sim.faults.put("bluesky", "credential_revoked")

    path = "/xrpc/com.atproto.repo.getRecord"
    asked = {"repo": bluesky.did, "collection": "app.bsky.feed.post", "rkey": bluesky.rkey}
    heard = await bluesky.ask("GET", path, params=asked)

    assert heard.json["value"]["text"] == "Bombe"


async def test_a_locked_account_says_so_in_its_session(bluesky: Any, sim: Simulator) -> None:
    sim.faults.put("bluesky", "account_locked")

    check, posted = await bluesky.check(), await bluesky.publish("Bombe")

    assert (check.json["active"], check.json["status"]) == (False, "takendown")
    assert (posted.status, posted.json["error"]) == (401, "AccountTakedown")


async def test_what_the_appview_lacks_is_in_the_repository(bluesky: Any, sim: Simulator) -> None:
    sim.faults.put("bluesky", "late_visible")

    await bluesky.publish("Bombe")

    thread = {"uri": f"at://{bluesky.did}/app.bsky.feed.post/{bluesky.rkey}"}
    missing = await bluesky.call("GET", "app.bsky.feed.getPostThread", public=True, params=thread)
    assert "Bombe" in (await bluesky.own()).text
    assert (await bluesky.look({})).json == {"posts": []}
    assert (missing.status, missing.json["error"]) == (400, "NotFound")


async def test_a_missing_record_is_a_400_and_deleting_it_is_fine(
    bluesky: Any, sim: Simulator
) -> None:
    await bluesky.publish("Bombe")
    where = {"repo": bluesky.did, "collection": "app.bsky.feed.post", "rkey": bluesky.rkey}

    gone = await bluesky.call("POST", "com.atproto.repo.deleteRecord", json=where)
    again = await bluesky.call("POST", "com.atproto.repo.deleteRecord", json=where)
    missing = await bluesky.call("GET", "com.atproto.repo.getRecord", params=where)

    assert [gone.status, again.status, again.json] == [200, 200, {}]
    assert (missing.status, missing.json["error"]) == (400, "RecordNotFound")
    assert sim.posts()[0]["deleted"]


async def test_the_appview_answers_without_login_and_the_pds_does_not(bluesky: Any) -> None:
    actor = {"actor": bluesky.did}

    public = await bluesky.call("GET", "app.bsky.actor.getProfile", public=True, params=actor)
    path = "/xrpc/app.bsky.actor.getProfile"
    pds = await bluesky.ask("GET", path, params=actor)

    assert (public.json["handle"], public.json["labels"]) == ("stadt.bsky.test", [])
    assert (pds.status, pds.json["error"]) == (401, "AuthMissing")


async def test_an_account_that_asks_for_a_login_bears_the_label(
    bluesky: Any, sim: Simulator
) -> None:
    sim.faults.put("bluesky", "login_wall")

    actor = {"actor": bluesky.did}
    heard = await bluesky.call("GET", "app.bsky.actor.getProfile", public=True, params=actor)

    assert [label["val"] for label in heard.json["labels"]] == ["!no-unauthenticated"]


async def test_health_and_handles_need_no_login(bluesky: Any) -> None:
    health = await bluesky.ask("GET", "/xrpc/_health")
    path = "/xrpc/com.atproto.identity.resolveHandle"
    did = await bluesky.ask("GET", path, params={"handle": "stadt.bsky.test"})

    assert "version" in health.json
    assert did.json == {"did": bluesky.did}


async def test_an_account_is_known_by_the_name_that_it_logged_in_with(bluesky: Any) -> None:
    who = {"identifier": "warnung.stadt.example", "password": "app"}
    await bluesky.call("POST", "com.atproto.server.createSession", json=who)

    actor = {"actor": "warnung.stadt.example"}
    heard = await bluesky.call("GET", "app.bsky.actor.getProfile", public=True, params=actor)

    assert heard.json["did"] == bluesky.did
