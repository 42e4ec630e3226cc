"""Calls of the REST API, under whichever of its two addresses the site has."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from sentinel.platforms import Account
from sentinel.platforms.wordpress import answers
from sentinel.wire import Field, Request, Response, Steps, ask

API = "/wp/v2"
PLAIN, PRETTY = "plain", "pretty"


@dataclass(slots=True)
class Line:
    """The way to one site's API.

    Sites without pretty permalinks have it at `?rest_route=`; there the usual
    address shows the front page, or leads to it. Which it is shows with the
    first answer that WordPress itself gives.
    """

    account: Account
    route: str = ""  # empty: not known yet

    @classmethod
    def recalled(cls, account: Account, memory: Mapping[str, str]) -> Self:
        """Return the line as an earlier conversation of the delivery knew it."""
        route = memory.get("route", "")
        return cls(account, route if route in {PLAIN, PRETTY} else "")

    def ask(  # a call has this many sides
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        multipart: tuple[Field, ...] = (),
        commits: bool = False,
    ) -> Steps[Response]:
        """Call `path` of the API as ourselves; a page instead of an answer is tried at the other.

        Raises:
            Lost: No answer came.
        """

        def request(route: str) -> Request:
            base = self.account.base_url
            plain = route == PLAIN
            return Request(
                method=method,
                url=f"{base}/" if plain else f"{base}/wp-json{API}{path}",
                params={**({"rest_route": f"{API}{path}"} if plain else {}), **(params or {})},
                headers={"Authorization": _basic(self.account), "Cache-Control": "no-cache"},
                json=json,
                multipart=multipart,
                commits=commits,
            )

        answer = yield from ask(request(self.route))
        if self.route:
            return answer
        if answers.spoken(answer):
            self.route = PRETTY
            return answer
        if commits or answer.status >= answers.TOO_MANY:
            return answer
        other = yield from ask(request(PLAIN))
        if not answers.spoken(other):
            return answer
        self.route = PLAIN
        return other


def _basic(account: Account) -> str:
    given = account.credentials
    pair = f"{given.get('user', '')}:{given.get('application_password', '')}"
    return f"Basic {base64.b64encode(pair.encode('utf-8', 'replace')).decode('ascii')}"
