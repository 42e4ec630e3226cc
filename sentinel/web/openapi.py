"""`GET /api/v1/openapi.json`: the API as OpenAPI 3.1, from what validates and what is declared.

Bodies come from the very models that check them, answers from `replies`, the
calls from `calls` and `calls_inside`. The schemas are JSON Schema 2020-12, as
OpenAPI 3.1 takes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any, Final, Literal, TypeAlias

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from sentinel import __version__
from sentinel.web.access import Scope, need
from sentinel.web.answers import answer
from sentinel.web.calls import CHANNELS, MESSAGES, STANDING
from sentinel.web.calls_inside import ACCESS, FIGURES, OUTSIDE
from sentinel.web.operations import TEXT, Operation, Query, Schema
from sentinel.web.replies import ProblemOut

OPERATIONS: Final = (*CHANNELS, *MESSAGES, *STANDING, *FIGURES, *ACCESS, *OUTSIDE)

_PROBLEM: Final = "application/problem+json"
_REF: Final = "#/components/schemas/{model}"
_Key: TypeAlias = tuple[type[BaseModel], Literal["validation", "serialization"]]
_Named: TypeAlias = Mapping[Any, Schema]  # a reference for each _Key
_SECURITY: Final = {
    "token": {"type": "http", "scheme": "bearer", "description": "made by `sentinel token create`"},
    "login": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sentinel_session",
        "description": "of a person who logged in (behind TLS `__Host-sentinel_session`); "
        "what changes something needs the header `X-CSRF-Token` too",
    },
}


def routes() -> list[web.RouteDef]:
    """Return the route."""
    return [web.get("/api/v1/openapi.json", _openapi)]


async def _openapi(request: web.Request) -> web.Response:
    await need(request, Scope.READ)
    return answer(document())


@cache
def document() -> Mapping[str, Any]:
    """Return the whole document. It is the same for everybody, and as long as the daemon lives."""
    named, schemas = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for one in OPERATIONS:
        paths.setdefault(one.path, {})[one.method] = _operation(one, named)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sentinel",
            "version": __version__,
            "summary": "A city's messages on the channels that work",
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": _SECURITY},
    }


def _schemas() -> tuple[_Named, Schema]:
    """Return a reference for every model, and the schemas that these lead to."""
    wanted: dict[_Key, None] = {(ProblemOut, "serialization"): None}
    for one in OPERATIONS:
        wanted |= {(model, "serialization"): None for model in one.answers}
        if one.body is not None:
            wanted[one.body, "validation"] = None
    named, whole = models_json_schema(list(wanted), ref_template=_REF)
    return named, whole["$defs"]


def _operation(one: Operation, named: _Named) -> Schema:
    found: Schema = {
        "operationId": _id(one),
        "summary": one.what[0].upper() + one.what[1:],
        "parameters": [*_in_path(one), *(_parameter(query) for query in one.takes)],
        "responses": _responses(one, named),
    }
    if one.scope is not None:
        found["description"] = f"Needs the permission `{one.scope}`."
        found["security"] = [{"token": []}, {"login": []}]
        found["x-permission"] = one.scope.value
    if one.body is not None:
        schema = named[one.body, "validation"]
        found["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    return found


def _id(one: Operation) -> str:
    """Return a name for programs that are made from the document, such as `post_messages_id`."""
    words = one.path.removeprefix("/api/v1").translate({ord(c): "_" for c in "/-."})
    return one.method + words.replace("{", "").replace("}", "")


def _in_path(one: Operation) -> list[Schema]:
    names = [part[1:-1] for part in one.path.split("/") if part.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in names]


def _parameter(query: Query) -> Schema:
    return {
        "name": query.name,
        "in": query.place,
        "description": query.what,
        "required": query.required,
        "schema": query.schema,
    }


def _responses(one: Operation, named: _Named) -> Schema:
    shapes = [named[model, "serialization"] for model in one.answers]
    schema = {"anyOf": shapes} if len(shapes) > 1 else shapes[0] if shapes else {}
    good = {"content": {one.media: {"schema": schema or _any(one)}}}
    problem = {"content": {_PROBLEM: {"schema": named[ProblemOut, "serialization"]}}}
    same = {200, 201} | ({503} if one.scope is None else set())  # these tell the same, or as much
    return {
        str(status): {
            "description": HTTPStatus(status).phrase,
            **(good if status in same else {} if status == _UNCHANGED else problem),
        }
        for status in sorted({one.status, *one.also, *_implied(one)})
    }


def _any(one: Operation) -> Schema:
    return {"type": "object"} if one.media == "application/json" else dict(TEXT)


_UNCHANGED: Final = HTTPStatus.NOT_MODIFIED


def _implied(one: Operation) -> Sequence[int]:
    """Return the statuses that follow from the parts of a call."""
    implied = [500]
    if "{" in one.path:
        implied.append(404)
    if one.scope is None:
        return implied
    implied += [401, 403, 503]
    if one.method == "get" and one.media == "application/json":
        implied.append(_UNCHANGED)
    if one.takes or one.body is not None or one.method != "get":
        implied.append(422)
    if one.body is not None:
        implied += [400, 413]
    return implied
