"""How a call of the API is declared: who may, what it takes, and what it answers.

The calls themselves stand in `calls` and `calls_inside`; a test holds them
against the application, both ways.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from sentinel.web.access import Scope
from sentinel.web.answers import MOST

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A parameter of the address, or of the head."""

    name: str
    what: str
    schema: Schema
    required: bool = False
    place: str = "query"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call. `answers` are the shapes of success; of several, one or the other."""

    method: str
    path: str
    what: str
    scope: Scope | None = None
    takes: tuple[Query, ...] = ()
    body: type[BaseModel] | None = None
    answers: tuple[type[BaseModel], ...] = ()
    media: str = "application/json"
    status: int = 200
    also: tuple[int, ...] = ()  # further statuses, beside those that its other parts imply


API: Final = "/api/v1"
NUMBER: Final = {"type": "integer", "minimum": 0}
TEXT: Final = {"type": "string"}
TIME: Final = {"type": "string", "format": "date-time"}
DAY: Final = {"type": "string", "format": "date"}

LIMIT: Final = Query(
    name="limit",
    what="how many items at most",
    schema={"type": "integer", "minimum": 1, "maximum": MOST},
)
CURSOR: Final = Query(name="cursor", what="`next` of the list before", schema=TEXT)
PAGED: Final = (LIMIT, CURSOR)
KEY: Final = Query(
    name="Idempotency-Key",
    what="the same key and body: the same message; the same key, another body: 409",
    schema={"type": "string", "minLength": 1, "maxLength": 255},
    place="header",
)
AFTER: Final = Query(name="after", what="entries above this number", schema=NUMBER)


def get(
    path: str, what: str, *answers: type[BaseModel], takes: tuple[Query, ...] = ()
) -> Operation:
    """Return a call under the API's address that shows something to callers with `read`."""
    return Operation(
        method="get", path=API + path, what=what, scope=Scope.READ, takes=takes, answers=answers
    )


def post(path: str, what: str, scope: Scope, *answers: type[BaseModel], **more: Any) -> Operation:
    """Return a call under the API's address that does something; `more` as `Operation` has it."""
    return Operation(
        method="post", path=API + path, what=what, scope=scope, answers=answers, **more
    )
