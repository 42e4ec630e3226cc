"""Who may do what: tokens and scopes over TCP, the kernel's word on the Unix socket."""

import os
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sentinel.simulator.server import Simulator
from tests.support.browser import added, browser
from tests.support.house import WARNING, House, route, rules_for, until, utc_now

NEEDS = [
    ("GET", "/api/v1/channels", "read"),
    ("GET", "/api/v1/channels/warnseite", "read"),
    ("GET", "/api/v1/messages", "read"),
    ("GET", "/api/v1/messages/1", "read"),
    ("GET", "/api/v1/outages", "read"),
    ("GET", "/api/v1/journal", "read"),
    ("POST", "/api/v1/messages", "send"),
    ("POST", "/api/v1/preview", "send"),
    ("POST", "/api/v1/messages/1/update", "send"),
    ("POST", "/api/v1/messages/1/all-clear", "send"),
    ("POST", "/api/v1/messages/1/withdraw", "send"),
    ("POST", "/api/v1/messages/1/approve", "approve"),
    ("POST", "/api/v1/deliveries/1/confirm", "send"),
    ("POST", "/api/v1/channels/warnseite/check", "operate"),
    ("POST", "/api/v1/channels/warnseite/freeze", "operate"),
    ("POST", "/api/v1/channels/warnseite/release", "operate"),
    ("POST", "/api/v1/hold", "operate"),
    ("POST", "/api/v1/resume", "operate"),
    ("POST", "/api/v1/rules/reload", "operate"),
    ("GET", "/api/v1/tokens", "admin"),
    ("GET", "/api/v1/users", "admin"),
]


@pytest.fixture
async def file(sim: Simulator, tmp_path: Path) -> Path:
    return await rules_for(sim, tmp_path, [route(always=["warnseite"])], only=("warnseite",))


async def token(house: House, *scopes: str, **more: Any) -> str:
    body = {"name": "Leitstelle", "scopes": list(scopes), **more}
    status, made = await house.call("POST", "/api/v1/tokens", body)
    assert status == 201, made
    return str(made["token"])


async def call(house: House, method: str, path: str, bearer: str | None = None) -> tuple[int, Any]:
    """Call over TCP."""
    headers = {"Authorization": f"Bearer {bearer}"} if bearer is not None else {}
    async with house.web.request(method, path, headers=headers, json=WARNING) as answer:
        said = await answer.json(content_type=None) if answer.status != 303 else None
        assert answer.status < 400 or answer.content_type == "application/problem+json"
        return answer.status, said


async def test_without_a_token_nothing_is_told(file: Path) -> None:
    async with House(file) as house:
        for method, path, _ in NEEDS:
            for bearer in (None, "", "sntl_invented", "ümläut".encode().hex()):
                status, said = await call(house, method, path, bearer)
                assert (status, said["status"]) == (401, 401), path
        async with house.web.get("/api/v1/channels") as answer:
            assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_each_call_needs_its_own_permission(file: Path) -> None:
    scopes = ("read", "send", "approve", "operate", "admin")
    async with House(file) as house:
        tokens = {scope: await token(house, scope) for scope in scopes}
        for method, path, needed in NEEDS:
            for scope in scopes:
                status, _ = await call(house, method, path, tokens[scope])
                if scope == needed:
                    assert status not in {401, 403}, (path, scope)
                else:
                    assert status == 403, (path, scope)


async def test_a_person_may_do_exactly_what_a_token_of_the_same_permission_may(
    file: Path,
) -> None:
    async with House(file) as house:
        for scope in ("read", "send", "approve", "operate", "admin"):
            async with browser(house) as person:
                await added(house, scope, scope)
                await person.log_in(scope)
                shown = {"X-CSRF-Token": await person.own_proof()}
                for method, path, needed in NEEDS:
                    async with person.session.request(
                        method, path, json=WARNING, headers=shown
                    ) as answer:
                        assert answer.status != 401, (path, scope)
                        assert (answer.status == 403) == (scope != needed), (path, scope)


async def test_a_token_ends_when_it_expires_or_is_revoked(file: Path) -> None:
    async with House(file) as house:
        soon = (utc_now() + timedelta(seconds=0.4)).isoformat()
        short = await token(house, "read", expires_at=soon)
        before, _ = await call(house, "GET", "/api/v1/channels", short)

        async def refused() -> bool:
            return (await call(house, "GET", "/api/v1/channels", short))[0] == 401

        await until(refused, 3, "the token to end")
        long = await token(house, "read")
        _, listed = await house.call("GET", "/api/v1/tokens")
        last = listed["items"][-1]["id"]
        await house.call("POST", f"/api/v1/tokens/{last}/revoke")
        after, _ = await call(house, "GET", "/api/v1/channels", long)

    assert (before, after) == (200, 401)
    assert "token" not in listed["items"][0]


async def test_a_token_is_kept_only_as_a_hash(file: Path, tmp_path: Path) -> None:
    async with House(file) as house:
        shown = await token(house, "read")
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("sentinel.db*"))

    assert shown.startswith("sntl_")
    assert shown.encode() not in kept


async def test_on_the_socket_the_kernel_says_who_it_is(file: Path, tmp_path: Path) -> None:
    async with House(file) as house:
        mode = stat.S_IMODE((tmp_path / "data" / "sentinel.sock").stat().st_mode)
        await house.call("POST", "/api/v1/hold", {"reason": "Probe"})
        entry = (await house.journal("publishing.held"))[0]

    assert mode == 0o660
    assert (entry.actor.kind, entry.actor.id) == ("person", f"uid:{os.getuid()}")


async def test_a_call_by_token_is_journalled_as_that_token(file: Path) -> None:
    async with House(file) as house:
        bearer = await token(house, "send")
        status, _ = await call(house, "POST", "/api/v1/messages", bearer)
        _, listed = await house.call("GET", "/api/v1/tokens")
        entry = (await house.journal("message.received"))[0]

    assert status == 201
    assert (entry.actor.kind, entry.actor.id) == ("token", listed["items"][0]["id"])
    assert listed["items"][0]["created_by"] == f"person:uid:{os.getuid()}"


async def test_the_page_is_open_to_this_machine_only(file: Path) -> None:
    async with House(file) as house:
        async with house.web.get("/") as near:
            pass
        async with house.web.get("/", headers={"X-Forwarded-For": "203.0.113.7"}) as behind_a_proxy:
            pass
        bearer = {"Authorization": f"Bearer {await token(house, 'send')}"}
        async with house.web.get("/", headers=bearer) as may_not_read:
            pass

    assert (near.status, behind_a_proxy.status, may_not_read.status) == (200, 403, 403)
