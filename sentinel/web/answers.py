"""What all parts of the API share: answers in JSON, and how lists are asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from sentinel.errors import Phrase
from sentinel.web.problems import Problem

LIMIT = 50
MOST = 200
_NUMBER = re.compile(r"[0-9]{1,15}")


def answer(value: Any, status: int = 200) -> web.Response:
    """Return JSON in UTF-8."""
    body = json.dumps(value, ensure_ascii=False).encode()
    return web.Response(status=status, body=body, content_type="application/json")


def limit_of(query: Mapping[str, str], default: int) -> int:
    """Return how many items of a list are wanted. Raises `Problem`: not from 1 to 200."""
    limit = number_of(query, "limit", default)
    if not 1 <= limit <= MOST:
        phrase = Phrase(
            de=f"limit muss zwischen 1 und {MOST} liegen", en=f"limit must be from 1 to {MOST}"
        )
        raise Problem(422, phrase, field="limit")
    return limit


def page_of(
    query: Mapping[str, str], items: Sequence[Mapping[str, Any]], key: str = "id"
) -> dict[str, Any]:
    """Return the part of a whole list that was asked for; its cursor is an item's `key`.

    Raises:
        Problem: `limit` is out of range, or `cursor` names no item (any more).
    """
    limit, cursor = limit_of(query, MOST), query.get("cursor")
    keys = [str(item[key]) for item in items]
    if cursor is not None and cursor not in keys:
        raise invalid("cursor")
    first = 0 if cursor is None else keys.index(cursor) + 1
    last = first + limit
    return {"items": items[first:last], "next": keys[last - 1] if last < len(keys) else None}


def number_of(query: Mapping[str, str], name: str, default: int = 0) -> int:
    """Return a whole number of the query. Raises `Problem`: it is none."""
    given = query.get(name, str(default))
    if not _NUMBER.fullmatch(given):
        raise invalid(name)
    return int(given)


def invalid(field: str) -> Problem:
    """Return the problem of a field that has no allowed value."""
    return Problem(
        422,
        Phrase(de=f"{field} hat keinen erlaubten Wert", en=f"{field} has no allowed value"),
        field=field,
    )
