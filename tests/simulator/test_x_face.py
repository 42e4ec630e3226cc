"""The face of X answers as the fact sheet says (platforms-a.md, section 1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sentinel.simulator.server import Simulator


async def test_a_post_is_answered_201_with_its_id_and_the_state_of_its_window(
    x: Any, sim: Simulator
) -> None:
    heard = await x.publish("Bombe in Wilhelmsburg")

    assert heard.status == 201
    assert heard.json["data"]["text"] == "Bombe in Wilhelmsburg"
    assert heard.json["data"]["id"] == sim.posts()[0]["id"]
    assert heard.headers["x-rate-limit-limit"] == "100"
    assert heard.headers["x-rate-limit-remaining"] == "99"
    assert heard.headers["x-rate-limit-reset"] == "1795176901"  # 12:15:00.12, rounded up
    assert heard.headers["x-access-level"] == "read-write"


async def test_each_endpoint_has_its_own_window(x: Any) -> None:
    await x.publish("Bombe")

    check = await x.check()

    assert (check.headers["x-rate-limit-limit"], check.headers["x-rate-limit-remaining"]) == (
        "75",
        "74",
    )


async def test_the_hundred_and_first_post_of_a_quarter_is_refused(x: Any, clock: Any) -> None:
    for number in range(100):
        await x.publish(f"Nr. {number}")

    refused = await x.publish("Nr. 100")
    clock.pass_by(minutes=15)
    taken = await x.publish("Nr. 100")

    assert (refused.status, refused.headers["x-rate-limit-remaining"]) == (429, "0")
    assert taken.status == 201


async def test_a_429_of_the_fault_has_nothing_left_and_a_reset_ahead(
    x: Any, sim: Simulator, clock: Any
) -> None:
    sim.faults.put("x", "rate_limited", options={"seconds": 120})

    heard = await x.publish("Bombe")

    assert heard.headers["x-rate-limit-remaining"] == "0"
    reset = datetime.fromtimestamp(int(heard.headers["x-rate-limit-reset"]), tz=UTC)
    assert 119 <= (reset - clock()).total_seconds() <= 121


async def test_a_429_at_low_use_leaves_nearly_all(x: Any, sim: Simulator) -> None:
    sim.faults.put("x", "rate_limited_low_use")

    heard = await x.publish("Bombe")

    assert (heard.status, heard.headers["x-rate-limit-remaining"]) == (429, "97")


async def test_the_same_text_twice_is_refused_as_a_duplicate(x: Any, sim: Simulator) -> None:
    await x.publish("Bombe")

    again = await x.publish("Bombe")

    assert again.status == 403
    assert "duplicate content" in again.json["detail"]
    assert again.json["type"] == "about:blank"
    assert len(sim.posts()) == 1
    assert [arrival["status"] for arrival in sim.arrivals()] == [201, 403]


async def test_after_a_lost_answer_the_repetition_is_refused_as_a_duplicate(
    x: Any, sim: Simulator
) -> None:
    sim.faults.put("x", "accepted_then_error")
    await x.publish("Bombe")
    sim.faults.clear()

    again = await x.publish("Bombe")

    assert (again.status, len(sim.posts())) == (403, 1)


async def test_a_deleted_text_may_be_posted_again(x: Any, sim: Simulator) -> None:
    posted = (await x.publish("Bombe")).json["data"]["id"]

    gone = await x.ask("DELETE", f"/2/tweets/{posted}", headers=x.auth)
    again = await x.publish("Bombe")

    assert (gone.json, again.status) == ({"data": {"deleted": True}}, 201)
    assert [post["visible"] for post in sim.posts()] == [False, True]


async def test_a_text_that_is_too_heavy_is_refused_by_the_catch_all(x: Any) -> None:
    fits, heavy = await x.publish("ä" * 280), await x.publish("ä" * 279 + "€")

    assert (fits.status, heavy.status) == (201, 403)
    assert "not permitted" in heavy.json["detail"]


async def test_an_empty_text_is_an_invalid_request(x: Any) -> None:
    heard = await x.publish("")

    assert (heard.status, heard.json["type"].rpartition("/")[2]) == (400, "invalid-request")


async def test_links_come_back_shortened_and_are_named_in_entities(x: Any, sim: Simulator) -> None:
    posted = await x.publish("Mehr: https://stadt.example/w/17.")

    own = (await x.own()).json["data"][0]

    (url,) = own["entities"]["urls"]
    assert url["expanded_url"] == "https://stadt.example/w/17"
    assert own["text"] == posted.json["data"]["text"] == f"Mehr: {url['url']}."
    assert sim.posts()[0]["text"] == "Mehr: https://stadt.example/w/17."


async def test_citizens_see_the_text_by_oembed_without_login(x: Any) -> None:
    posted = await x.publish("Straße gesperrt & geräumt")

    seen = await x.look(posted.json["data"])
    missing = await x.look({"id": "1"})

    assert "Straße gesperrt &amp; geräumt" in seen.json["html"]
    assert missing.status == 404


async def test_without_all_parts_of_oauth_nobody_is_let_in(x: Any) -> None:
    none = await x.ask("GET", "/2/users/me")
    some = await x.ask(
        "GET", "/2/users/me", headers={"Authorization": 'OAuth oauth_consumer_key="k"'}
    )
    bearer = await x.ask("GET", "/2/users/me", headers={"Authorization": "Bearer b"})

    assert [none.status, some.status, bearer.status] == [401, 401, 200]
    assert "x-access-level" not in bearer.headers


async def test_the_public_address_shows_nothing_that_needs_a_login(x: Any) -> None:
    heard = await x.ask("GET", "/public/2/users/me", headers=x.auth)

    assert heard.status == 404


async def test_a_credential_glitch_refuses_the_check_and_not_the_post(
    x: Any, sim: Simulator
) -> None:
    sim.faults.put("x", "credential_glitch")

    check, posted = await x.check(), await x.publish("Bombe")

    assert (check.status, posted.status) == (401, 201)


async def test_a_refused_plan_leaves_the_check_good(x: Any, sim: Simulator) -> None:
    sim.faults.put("x", "plan_refused")

    check, posted = await x.check(), await x.publish("Bombe")

    assert (check.status, posted.status) == (200, 403)
    assert posted.json["type"].endswith("/client-forbidden")


async def test_without_credit_reading_is_refused_too(x: Any, sim: Simulator) -> None:
    sim.faults.put("x", "payment_required")

    check = await x.check()

    assert check.status == 402


async def test_a_refresh_token_is_good_for_one_time_and_its_misuse_ends_the_family(x: Any) -> None:
    async def refresh(token: str) -> Any:
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return await x.ask("POST", "/2/oauth2/token", data=form)

    async def check(token: str) -> int:
        bearer = {"Authorization": f"Bearer {token}"}
        return int((await x.ask("GET", "/2/users/me", headers=bearer)).status)

    first = (await refresh("configured")).json
    before = await check(first["access_token"])
    misused = await refresh("configured")

    assert (first["expires_in"], before, misused.status) == (7200, 200, 400)
    assert await check(first["access_token"]) == 401
    assert (await refresh(first["refresh_token"])).status == 400


async def test_an_access_token_ends_after_two_hours(x: Any, clock: Any) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "r"}
    token = (await x.ask("POST", "/2/oauth2/token", data=form)).json["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}

    good = await x.ask("GET", "/2/users/me", headers=bearer)
    clock.pass_by(hours=2)
    ended = await x.ask("GET", "/2/users/me", headers=bearer)

    assert (good.status, ended.status) == (200, 401)


async def test_hamburg_posting_works_reading_does_not_and_citizens_meet_a_login(
    x: Any, sim: Simulator
) -> None:
    sim.faults.put("x", "read_limited")
    sim.faults.put("x", "login_wall")

    check = await x.check()
    posted = await x.publish("Entschärfung läuft")
    own = await x.ask("GET", f"/2/users/{check.json['data']['id']}/tweets", headers=x.auth)
    seen = await x.look(posted.json["data"])

    assert [check.status, posted.status, own.status, seen.status] == [200, 201, 429, 403]
    assert own.headers["x-rate-limit-remaining"] == "0"


async def test_a_missing_post_is_a_200_that_names_the_error(x: Any) -> None:
    one = await x.ask("GET", "/2/tweets/17", headers=x.auth)
    several = await x.ask("GET", "/2/tweets", params={"ids": "17,18"}, headers=x.auth)

    assert one.status == several.status == 200
    assert [error["type"].rpartition("/")[2] for error in several.json["errors"]] == [
        "resource-not-found",
        "resource-not-found",
    ]


async def test_usage_counts_are_strings(x: Any) -> None:
    heard = await x.ask("GET", "/2/usage/tweets", headers=x.auth)

    assert heard.json["data"]["project_usage"] == "0"


async def test_an_own_timeline_takes_five_to_a_hundred(x: Any) -> None:
    me = await x.me()

    few = await x.ask("GET", f"/2/users/{me}/tweets?max_results=4", headers=x.auth)
    other = await x.ask("GET", "/2/users/1/tweets", headers=x.auth)

    assert (few.status, "errors" in other.json) == (400, True)
