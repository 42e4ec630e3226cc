"""The face of Mastodon answers as the fact sheet says (platforms-a.md, section 2)."""

from __future__ import annotations

from typing import Any

from sentinel.simulator.server import Simulator


async def test_a_status_is_answered_200_with_its_page_and_visibility(mastodon: Any) -> None:
    heard = await mastodon.publish("Straße gesperrt")

    assert heard.status == 200
    assert heard.json["visibility"] == "public"
    assert heard.json["content"] == "<p>Straße gesperrt</p>"
    async with mastodon.http.get(heard.json["url"]) as answer:
        assert 'og:description" content="Straße gesperrt"' in await answer.text()


async def test_the_reset_is_an_iso_time_with_microseconds_at_a_multiple_of_the_period(
    mastodon: Any,
) -> None:
    heard = await mastodon.check()

    assert heard.headers["X-RateLimit-Limit"] == "300"
    assert heard.headers["X-RateLimit-Remaining"] == "299"
    assert heard.headers["X-RateLimit-Reset"] == "2026-11-20T12:05:00.000000Z"


async def test_the_window_nearest_to_empty_is_shown(mastodon: Any) -> None:
    for number in range(3):
        await mastodon.publish(f"Nr. {number}", key=f"key-{number}")
    mastodon_calls = await mastodon.check()

    heard = await mastodon.publish("Nr. 3", key="key-3")

    assert mastodon_calls.headers["X-RateLimit-Remaining"] == "296"
    assert heard.headers["X-RateLimit-Remaining"] == "295"


async def test_health_bears_no_limit_and_is_plain_text(mastodon: Any) -> None:
    heard = await mastodon.ask("GET", "/health")

    assert (heard.status, heard.text) == (200, "OK")
    assert "X-RateLimit-Limit" not in heard.headers


async def test_the_same_key_within_an_hour_gives_the_same_status_whatever_the_text(
    mastodon: Any, sim: Simulator, clock: Any
) -> None:
    first = await mastodon.publish("Bombe")
    clock.pass_by(minutes=59)

    again = await mastodon.publish("Bombe, korrigiert")

    assert again.json["id"] == first.json["id"]
    assert [(post["text"], post["arrivals"]) for post in sim.posts()] == [("Bombe", 2)]


async def test_after_an_hour_the_key_is_forgotten(
    mastodon: Any, sim: Simulator, clock: Any
) -> None:
    await mastodon.publish("Bombe")
    clock.pass_by(hours=1)

    await mastodon.publish("Bombe")

    assert len(sim.posts()) == 2


async def test_a_server_may_ignore_the_key(mastodon: Any, sim: Simulator) -> None:
    sim.faults.put("mastodon", "ignores_key")

    await mastodon.publish("Bombe")
    await mastodon.publish("Bombe")

    assert len(sim.posts()) == 2


async def test_a_server_that_ignores_the_key_does_not_say_that_it_is_stock(
    mastodon: Any, sim: Simulator
) -> None:
    stock = await mastodon.ask("GET", "/api/v2/instance")
    sim.faults.put("mastodon", "ignores_key")
    other = await mastodon.ask("GET", "/api/v2/instance")

    assert (stock.json["version"], other.json["version"]) == ("4.6.4", "0.19.1+git-0000000")
    assert "mastodon/mastodon" in stock.json["source_url"]
    assert "gotosocial" in other.json["source_url"]


async def test_an_empty_status_under_a_known_key_is_answered_with_the_post(
    mastodon: Any, sim: Simulator
) -> None:
    first = await mastodon.publish("Bombe", key="key-1")

    known = await mastodon.publish("", key="key-1")
    unknown = await mastodon.publish("", key="key-2")

    assert (known.status, known.json["id"]) == (200, first.json["id"])
    assert unknown.status == 422
    assert len(sim.posts()) == 1


async def test_after_a_lost_answer_the_same_key_finds_the_post(
    mastodon: Any, sim: Simulator
) -> None:
    sim.faults.put("mastodon", "accepted_then_error")
    lost = await mastodon.publish("Bombe")
    sim.faults.clear()

    again = await mastodon.publish("Bombe")

    assert (lost.status, again.status, len(sim.posts())) == (500, 200, 1)


async def test_everybody_reads_a_public_status(mastodon: Any) -> None:
    posted = (await mastodon.publish("Bombe")).json

    seen = await mastodon.look(posted)
    listed = await mastodon.ask(
        "GET", f"/public/api/v1/accounts/{posted['account']['id']}/statuses"
    )
    missing = await mastodon.look({"id": "1"})

    assert (seen.json["content"], listed.json[0]["id"]) == ("<p>Bombe</p>", posted["id"])
    assert missing.status == 404


async def test_a_private_status_is_not_there_for_others(mastodon: Any) -> None:
    form = {"status": "intern", "visibility": "private"}
    posted = await mastodon.ask("POST", "/api/v1/statuses", data=form, headers=mastodon.auth)

    seen = await mastodon.look(posted.json)

    assert seen.status == 404


async def test_the_instance_tells_how_it_counts(mastodon: Any) -> None:
    heard = await mastodon.ask("GET", "/api/v2/instance")

    counting = heard.json["configuration"]["statuses"]
    assert counting == {"max_characters": 500, "characters_reserved_per_url": 23}


async def test_a_text_is_counted_with_short_links(mastodon: Any) -> None:
    link = "https://stadt.example/" + "a" * 400

    fits = await mastodon.publish("a" * 476 + " " + link)
    long = await mastodon.publish("a" * 477 + " " + link, key="key-2")
    empty = await mastodon.publish(" ", key="key-3")

    assert [fits.status, long.status, empty.status] == [200, 422, 422]


async def test_a_locked_account_leaves_the_app_check_good(mastodon: Any, sim: Simulator) -> None:
    sim.faults.put("mastodon", "account_locked")

    me = await mastodon.check()
    app = await mastodon.ask("GET", "/api/v1/apps/verify_credentials", headers=mastodon.auth)

    assert (me.status, app.status) == (403, 200)
    assert "write:statuses" in app.json["scopes"]


async def test_a_revoked_token_fails_everywhere_and_citizens_still_read(
    mastodon: Any, sim: Simulator
) -> None:
    posted = (await mastodon.publish("Bombe")).json
    sim.faults.put("mastodon", "credential_revoked")

    me = await mastodon.check()
    app = await mastodon.ask("GET", "/api/v1/apps/verify_credentials", headers=mastodon.auth)
    seen = await mastodon.look(posted)

    assert [me.status, app.status, seen.status] == [401, 401, 200]


async def test_a_scheduled_status_is_of_another_kind_and_goes_live_at_its_time(
    mastodon: Any, sim: Simulator, clock: Any
) -> None:
    form = {"status": "Übung", "scheduled_at": "2026-11-20T13:00:00Z"}
    kept = await mastodon.ask("POST", "/api/v1/statuses", data=form, headers=mastodon.auth)
    before = (await mastodon.own()).text
    clock.pass_by(hours=1)

    after = (await mastodon.own()).text

    assert "url" not in kept.json
    assert kept.json["scheduled_at"] == "2026-11-20T13:00:00.000Z"
    assert ("Übung" in before, "Übung" in after, len(sim.posts())) == (False, True, 1)


async def test_a_scheduled_status_can_be_taken_back(mastodon: Any, sim: Simulator) -> None:
    form = {"status": "Übung", "scheduled_at": "2026-11-20T13:00:00Z"}
    kept = await mastodon.ask("POST", "/api/v1/statuses", data=form, headers=mastodon.auth)
    address = f"/api/v1/scheduled_statuses/{kept.json['id']}"

    there = await mastodon.ask("GET", address, headers=mastodon.auth)
    gone = await mastodon.ask("DELETE", address, headers=mastodon.auth)
    missing = await mastodon.ask("GET", address, headers=mastodon.auth)

    assert [there.status, gone.status, missing.status] == [200, 200, 404]
    assert (sim.posts(), sim.arrivals()) == ([], [])


async def test_nothing_is_scheduled_for_the_next_five_minutes(mastodon: Any) -> None:
    for due in ("2026-11-20T12:04:00Z", "morgen"):
        form = {"status": "Übung", "scheduled_at": due}
        heard = await mastodon.ask("POST", "/api/v1/statuses", data=form, headers=mastodon.auth)

        assert heard.status == 422


async def test_a_deleted_status_is_gone_and_its_source_comes_back(mastodon: Any) -> None:
    posted = (await mastodon.publish("Bombe")).json["id"]
    address = f"/api/v1/statuses/{posted}"

    source = await mastodon.ask("GET", f"{address}/source", headers=mastodon.auth)
    gone = await mastodon.ask("DELETE", address, headers=mastodon.auth)
    missing = await mastodon.ask("GET", address, headers=mastodon.auth)

    assert (source.json["text"], gone.json["text"], missing.status) == ("Bombe", "Bombe", 404)


async def test_a_status_in_json_is_taken_too(mastodon: Any, sim: Simulator) -> None:
    body = {"status": "Bombe", "language": "de"}

    heard = await mastodon.ask("POST", "/api/v1/statuses", json=body, headers=mastodon.auth)

    assert (heard.status, sim.posts()[0]["text"]) == (200, "Bombe")


async def test_without_a_token_nobody_posts(mastodon: Any, sim: Simulator) -> None:
    heard = await mastodon.ask("POST", "/api/v1/statuses", data={"status": "Bombe"})

    assert (heard.status, sim.posts()) == (401, [])
