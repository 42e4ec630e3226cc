"""A simulator on a free port, its clock, and a client for each platform written from the sheets."""

# ruff: noqa: ARG002 - every client keeps one signature, needed or not
from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from sentinel.simulator.server import Simulator

NOON = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
OAUTH = (
    'OAuth oauth_consumer_key="k", oauth_nonce="n", oauth_signature="s", '
    'oauth_signature_method="HMAC-SHA1", oauth_timestamp="1", oauth_token="t", oauth_version="1.0"'
)


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **how_long: float) -> None:
        self.at += timedelta(**how_long)


@dataclass(frozen=True)
class Heard:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Client(ABC):
    """What a test says to a platform, in that platform's words."""

    platform: str

    def __init__(self, http: aiohttp.ClientSession, sim: Simulator) -> None:
        self.http = http
        self.base = f"{sim.url}/{self.platform}/stadt"

    async def ask(self, method: str, path: str, **how: Any) -> Heard:
        async with self.http.request(method, self.base + path, **how) as answer:
            return Heard(answer.status, answer.headers, await answer.text())

    async def prepare(self, text: str) -> None:  # noqa: B027 - most platforms need nothing before
        """Do what comes before the request that publishes."""

    @abstractmethod
    async def publish(self, text: str) -> Heard: ...

    @abstractmethod
    async def own(self) -> Heard: ...

    @abstractmethod
    async def mentions(self) -> Heard: ...

    @abstractmethod
    async def check(self) -> Heard: ...

    @abstractmethod
    async def look(self, posted: Mapping[str, Any]) -> Heard: ...

    @abstractmethod
    async def remove(self, posted: Mapping[str, Any]) -> Heard: ...

    async def say(self, text: str) -> Heard:
        await self.prepare(text)
        return await self.publish(text)


class XClient(Client):
    platform = "x"
    auth: Mapping[str, str] = {"Authorization": OAUTH}

    async def publish(self, text: str) -> Heard:
        return await self.ask("POST", "/2/tweets", json={"text": text}, headers=self.auth)

    async def me(self) -> str:
        return str((await self.check()).json["data"]["id"])

    async def own(self) -> Heard:
        asked = {"max_results": "5", "tweet.fields": "created_at,text,entities"}
        path = f"/2/users/{await self.me()}/tweets"
        return await self.ask("GET", path, params=asked, headers=self.auth)

    async def mentions(self) -> Heard:
        return await self.ask("GET", "/2/users/1/mentions", headers=self.auth)

    async def check(self) -> Heard:
        return await self.ask("GET", "/2/users/me", headers=self.auth)

    async def look(self, posted: Mapping[str, Any]) -> Heard:
        url = f"https://x.com/stadt/status/{posted['id']}"
        return await self.ask("GET", "/public/oembed", params={"url": url})

    async def remove(self, posted: Mapping[str, Any]) -> Heard:
        return await self.ask("DELETE", f"/2/tweets/{posted['id']}", headers=self.auth)


class ThreadsClient(Client):
    platform = "threads"
    auth: Mapping[str, str] = {"Authorization": "Bearer t"}
    container = ""

    async def prepare(self, text: str) -> None:
        form = {"media_type": "TEXT", "text": text}
        made = await self.ask("POST", "/v1.0/me/threads", data=form, headers=self.auth)
        self.container = made.json.get("id", "none")

    async def publish(self, text: str) -> Heard:
        form = {"creation_id": self.container}
        return await self.ask("POST", "/v1.0/me/threads_publish", data=form, headers=self.auth)

    async def own(self) -> Heard:
        fields = {"fields": "id,permalink,text,timestamp,shortcode"}
        return await self.ask("GET", "/v1.0/me/threads", params=fields, headers=self.auth)

    async def mentions(self) -> Heard:
        return await self.ask("GET", "/v1.0/me/mentions", headers=self.auth)

    async def check(self) -> Heard:
        fields = {"fields": "id,username"}
        return await self.ask("GET", "/v1.0/me", params=fields, headers=self.auth)

    async def look(self, posted: Mapping[str, Any]) -> Heard:
        mine = (await self.own()).json["data"] or [
            {"permalink": "https://www.threads.com/@s/post/no"}
        ]
        url = {"url": mine[0]["permalink"]}
        return await self.ask("GET", "/public/v1.0/oembed", params=url)

    async def remove(self, posted: Mapping[str, Any]) -> Heard:
        return await self.ask("DELETE", f"/v1.0/{posted['id']}", headers=self.auth)


class MastodonClient(Client):
    platform = "mastodon"
    auth: Mapping[str, str] = {"Authorization": "Bearer t"}

    async def publish(self, text: str, key: str = "key-1") -> Heard:
        headers = {**self.auth, "Idempotency-Key": key}
        return await self.ask("POST", "/api/v1/statuses", data={"status": text}, headers=headers)

    async def own(self) -> Heard:
        me = (await self.check()).json["id"]
        return await self.ask("GET", f"/api/v1/accounts/{me}/statuses", headers=self.auth)

    async def mentions(self) -> Heard:
        return await self.ask("GET", "/api/v1/notifications", headers=self.auth)

    async def check(self) -> Heard:
        return await self.ask("GET", "/api/v1/accounts/verify_credentials", headers=self.auth)

    async def look(self, posted: Mapping[str, Any]) -> Heard:
        return await self.ask("GET", f"/api/v1/statuses/{posted['id']}")

    async def remove(self, posted: Mapping[str, Any]) -> Heard:
        return await self.ask("DELETE", f"/api/v1/statuses/{posted['id']}", headers=self.auth)


class BlueskyClient(Client):
    platform = "bluesky"
    rkey = "3l7xyz2abcd2k"
    token = ""
    did = ""

    async def log_in(self) -> Heard:
        who = {"identifier": "stadt.bsky.test", "password": "app"}
        answer = await self.call("POST", "com.atproto.server.createSession", json=who)
        if answer.status == 200:
            self.token, self.did = answer.json["accessJwt"], answer.json["did"]
        return answer

    async def call(self, method: str, name: str, *, public: bool = False, **how: Any) -> Heard:
        if self.token and "headers" not in how and not public:
            how["headers"] = {"Authorization": f"Bearer {self.token}"}
        return await self.ask(method, f"{'/public' if public else ''}/xrpc/{name}", **how)

    def record(self, text: str) -> dict[str, Any]:
        return {
            "$type": "app.bsky.feed.post",
            "text": text,
            "createdAt": "2026-11-20T12:00:00Z",
            "langs": ["de"],
        }

    def put(self, text: str, **more: Any) -> dict[str, Any]:
        where = {"repo": self.did, "collection": "app.bsky.feed.post", "rkey": self.rkey}
        return {**where, "record": self.record(text), **more}

    async def publish(self, text: str) -> Heard:
        return await self.call("POST", "com.atproto.repo.putRecord", json=self.put(text))

    async def own(self) -> Heard:
        asked = {"repo": self.did, "collection": "app.bsky.feed.post"}
        return await self.call("GET", "com.atproto.repo.listRecords", params=asked)

    async def mentions(self) -> Heard:
        return await self.call("GET", "app.bsky.notification.listNotifications")

    async def check(self) -> Heard:
        return await self.call("GET", "com.atproto.server.getSession")

    async def look(self, posted: Mapping[str, Any]) -> Heard:
        uri = {"uris": f"at://{self.did}/app.bsky.feed.post/{self.rkey}"}
        return await self.call("GET", "app.bsky.feed.getPosts", public=True, params=uri)

    async def remove(self, posted: Mapping[str, Any]) -> Heard:
        where = {"repo": self.did, "collection": "app.bsky.feed.post", "rkey": self.rkey}
        return await self.call("POST", "com.atproto.repo.deleteRecord", json=where)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sim(clock: Clock) -> AsyncIterator[Simulator]:
    async with Simulator(now=clock, pace=1) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    timeout = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield session


@pytest.fixture
def x(http: aiohttp.ClientSession, sim: Simulator) -> XClient:
    return XClient(http, sim)


@pytest.fixture
def threads(http: aiohttp.ClientSession, sim: Simulator) -> ThreadsClient:
    return ThreadsClient(http, sim)


@pytest.fixture
def mastodon(http: aiohttp.ClientSession, sim: Simulator) -> MastodonClient:
    return MastodonClient(http, sim)


@pytest.fixture
async def bluesky(http: aiohttp.ClientSession, sim: Simulator) -> BlueskyClient:
    client = BlueskyClient(http, sim)
    await client.log_in()
    return client


@pytest.fixture
def client_of(
    x: XClient, threads: ThreadsClient, mastodon: MastodonClient, bluesky: BlueskyClient
) -> Callable[[str], Client]:
    return {"x": x, "threads": threads, "mastodon": mastodon, "bluesky": bluesky}.__getitem__
