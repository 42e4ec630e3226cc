"""Calls of the client-server API, and which room is meant."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sentinel.platforms import Account
from sentinel.platforms.matrix import answers
from sentinel.wire import Request, Response, Steps, ask, remember

CLIENT = "/_matrix/client/v3"


def request(
    account: Account, method: str, path: str, *, body: Any = None, params: Any = None
) -> Request:
    """Return a question for the homeserver, asked as ourselves."""
    return Request(
        method=method,
        url=f"{account.base_url}{CLIENT}{path}",
        headers={"Authorization": f"Bearer {account.credentials.get('access_token', '')}"},
        json=body,
        params=params or {},
    )


def get(account: Account, path: str, **params: str) -> Steps[Response]:
    """Ask the homeserver as ourselves."""
    return (yield from ask(request(account, "GET", path, params=params)))


def whoami(account: Account) -> Steps[Response]:
    """Ask whose token it is."""
    return (yield from get(account, "/account/whoami"))


def user_of(answer: Response) -> str:
    """Return who we are, by an answer to `whoami`; empty if it does not say."""
    user = answer.object().get("user_id") if answers.good(answer) else None
    return user if isinstance(user, str) and user.startswith("@") else ""


def within(room: str, path: str) -> str:
    """Return a path below a room."""
    return f"/rooms/{quote(room, safe='')}{path}"


def event(room: str, event_id: str) -> str:
    """Return the path of one event."""
    return within(room, f"/event/{quote(event_id, safe='')}")


def latest(account: Account, room: str, limit: int, sender: str = "") -> Steps[Response]:
    """Ask for the latest messages in a room, of `sender` alone if one is named."""
    chosen: dict[str, Any] = {"types": ["m.room.message"]}
    if sender:
        chosen["senders"] = [sender]
    asked = {"dir": "b", "limit": str(limit), "filter": json.dumps(chosen)}
    return (yield from get(account, within(room, "/messages"), **asked))


def listed(answer: Response) -> list[Any] | None:
    """Return the events in an answer to `latest`; None if it is none."""
    chunk = answer.object().get("chunk") if answers.good(answer) else None
    return chunk if isinstance(chunk, list) else None


NO_ROOM = "room is neither an id (!…) nor an alias (#…)"


def names_a_room(account: Account) -> bool:
    """Return whether the setting can mean a room; if not, there is nobody to ask about it."""
    return account.setting("room").startswith(("!", "#"))


def room_of(account: Account, memory: Mapping[str, str]) -> Steps[str | Response]:
    """Return the room's id, or the answer in which the server would not tell it.

    The id behind an alias is remembered: a transaction counts only for the same
    path, and an alias may be moved to another room.
    """
    room = account.setting("room")
    if not room.startswith("#"):
        return room
    if known := memory.get("room"):
        return known
    answer = yield from get(account, f"/directory/room/{quote(room, safe='')}")
    found = answer.object().get("room_id") if answers.good(answer) else None
    if not isinstance(found, str) or not found.startswith("!"):
        return answer
    yield from remember("room", found)
    return found
