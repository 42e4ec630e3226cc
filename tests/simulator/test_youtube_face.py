"""The face of YouTube answers as the fact sheet says (platforms-a.md, section 7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from sentinel.errors import InputError
from sentinel.simulator.server import Simulator
from tests.simulator.conftest import Client, Heard


class YouTubeClient(Client):
    platform = "youtube"
    token = "t"

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def publish(self, text: str) -> Heard:
        return await self.ask("POST", "/youtube/v3/posts", json={"text": text}, headers=self.auth)

    async def own(self) -> Heard:
        asked = {"part": "contentDetails", "playlistId": "UUmusterstadt"}
        return await self.ask("GET", "/youtube/v3/playlistItems", params=asked, headers=self.auth)

    async def mentions(self) -> Heard:
        return await self.own()

    async def check(self, part: str = "id,status") -> Heard:
        asked = {"part": part, "mine": "true"}
        return await self.ask("GET", "/youtube/v3/channels", params=asked, headers=self.auth)

    async def look(self, posted: Any) -> Heard:
        return await self.ask("GET", "/public/feeds/videos.xml", params={"channel_id": posted})

    async def remove(self, posted: Any) -> Heard:
        raise NotImplementedError

    async def renew(self, **form: str) -> Heard:
        named = {"client_id": "c", "client_secret": "s", "grant_type": "refresh_token"}
        return await self.ask("POST", "/token", data=named | form)


@pytest.fixture
def youtube(http: aiohttp.ClientSession, sim: Simulator) -> YouTubeClient:
    return YouTubeClient(http, sim)


async def test_the_channel_tells_only_the_parts_that_are_asked_for(
    youtube: YouTubeClient,
) -> None:
    (status,) = (await youtube.check()).json["items"]
    (details,) = (await youtube.check("contentDetails")).json["items"]

    assert (status["id"], status["status"]["privacyStatus"]) == ("UCmusterstadt", "public")
    assert details["contentDetails"]["relatedPlaylists"]["uploads"] == "UUmusterstadt"
    assert "status" not in details


async def test_no_address_makes_a_community_post(youtube: YouTubeClient, sim: Simulator) -> None:
    refused = await youtube.publish("Bombe")

    assert refused.status == 404
    assert sim.posts() == []


@pytest.mark.parametrize("kind", ["accepted_then_error", "truncated", "rate_limited"])
def test_faults_of_posts_do_not_apply(sim: Simulator, kind: str) -> None:
    with pytest.raises(InputError):
        sim.faults.put("youtube", kind)


async def test_a_token_lives_an_hour(youtube: YouTubeClient, clock: Any) -> None:
    fresh = await youtube.renew(refresh_token="1//r")
    youtube.token = fresh.json["access_token"]
    good = await youtube.check()
    clock.pass_by(hours=1)
    dead = await youtube.check()

    assert (fresh.json["expires_in"], good.status) == (3600, 200)
    assert "refresh_token" not in fresh.json
    assert (dead.status, dead.json["error"]["errors"][0]["reason"]) == (401, "authError")


async def test_a_consent_that_has_ended_is_an_invalid_grant(
    youtube: YouTubeClient, sim: Simulator
) -> None:
    sim.faults.put("youtube", "credential_revoked")

    renewed, used = await youtube.renew(refresh_token="1//r"), await youtube.check()

    assert (renewed.status, renewed.json["error"]) == (400, "invalid_grant")
    assert used.status == 401


async def test_a_suspended_channel_is_told_by_the_api_and_not_by_the_token_endpoint(
    youtube: YouTubeClient, sim: Simulator
) -> None:
    sim.faults.put("youtube", "account_locked")

    renewed, used = await youtube.renew(refresh_token="1//r"), await youtube.check()

    reason = used.json["error"]["errors"][0]["reason"]
    assert renewed.status == 200
    assert (used.status, reason) == (403, "authenticatedUserAccountSuspended")


async def test_nothing_tells_how_much_of_the_day_is_left_before_it_is_used_up(
    youtube: YouTubeClient, sim: Simulator, clock: Any
) -> None:
    before = await youtube.check()
    units = sim.world.account("youtube", "stadt").meter
    units.take("units", 10_000, timedelta(days=1), clock(), cost=9_999)

    used_up = await youtube.check()

    assert not [name for name in before.headers if "limit" in name.lower()]
    assert (used_up.status, used_up.json["error"]["errors"][0]["reason"]) == (403, "quotaExceeded")


async def test_citizens_find_the_channels_feed_and_no_other(youtube: YouTubeClient) -> None:
    ours, other = await youtube.look("UCmusterstadt"), await youtube.look("UCsomebody")

    assert (ours.status, other.status) == (200, 404)
    assert "<feed" in ours.text
