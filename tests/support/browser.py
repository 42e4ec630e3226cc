"""A browser without a screen: keeps cookies, and fills in the forms that it was shown."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.support.house import House

PASSWORD = " Elbe unter den Brücken 7 "
WRONG = "Alster über den Brücken 8"


async def added(house: House, name: str, *may: str) -> str:
    """Let somebody log in from now on; return their id."""
    body = {"name": name, "may": list(may), "password": PASSWORD}
    status, shape = await house.call("POST", "/api/v1/users", body)
    assert status == 201, shape
    return str(shape["id"])


class Browser:
    """Keeps cookies, follows nothing by itself, and remembers the last answer."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        self.status = 0
        self.text = ""
        self.headers: Any = {}

    async def get(self, path: str, **headers: str) -> int:
        return await self._ask("GET", path, headers=headers)

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> int:
        return await self._ask("POST", path, data=fields, headers=headers)

    async def log_in(
        self, name: str, password: str = PASSWORD, path: str = "/login", **headers: str
    ) -> int:
        await self.get(path)
        fields = {"name": name, "password": password, "csrf_token": self.proof}
        return await self.post(path, fields, **headers)

    @property
    def proof(self) -> str:
        """What the form that is shown now holds."""
        found = re.findall(r'name="csrf_token" value="([0-9a-f]{64})"', self.text)
        return found[-1] if found else ""

    async def own_proof(self) -> str:
        """Return the proof of the login, from the form that ends it: everybody can see that one."""
        await self.get("/login")
        found = re.search(r'action="/logout[^"]*">\s+<input[^>]+value="([0-9a-f]{64})"', self.text)
        return found[1] if found else ""

    @property
    def cookie(self) -> str:
        """The cookie of the login; nothing without one."""
        jar = {morsel.key: morsel.value for morsel in self.session.cookie_jar}
        return jar.get("sentinel_session", "")

    def plant(self, value: str) -> None:
        """Have the browser hold this cookie, as somebody with access to it could."""
        self.session.cookie_jar.update_cookies({"sentinel_session": value})

    async def _ask(self, method: str, path: str, **more: Any) -> int:
        async with self.session.request(method, path, allow_redirects=False, **more) as answer:
            self.status, self.headers = answer.status, answer.headers
            self.text = await answer.text()
            return answer.status


@asynccontextmanager
async def browser(house: House) -> AsyncIterator[Browser]:
    """Open a browser with an empty jar."""
    jar = aiohttp.CookieJar(unsafe=True)  # it takes cookies from an IP address too
    async with aiohttp.ClientSession(house.url, cookie_jar=jar) as session:
        yield Browser(session)
