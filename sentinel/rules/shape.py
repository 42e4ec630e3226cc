"""The first judgement: are keys known and values of the right kind?

The top, each channel and each route are judged one by one, so that a broken
one does not hide what is wrong in, or between, the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar, Union

from pydantic import Discriminator, ValidationError, create_model
from pydantic_core import ErrorDetails

from sentinel.errors import Phrase, Problem
from sentinel.rules.channel_schema import Channel, channel_model
from sentinel.rules.document import Document, Path
from sentinel.rules.families import Families
from sentinel.rules.near import did_you_mean, quoted
from sentinel.rules.schema import Route, Section, Top
from sentinel.rules.values import Name
from sentinel.rules.words import explain

S = TypeVar("S", bound=Section)


@dataclass(slots=True, kw_only=True)
class Pieces:
    """The rules in parts; None stands for a part that is there but broken."""

    top: Top | None = None
    legible: Top | None = None  # the top without its broken sections, to judge the others by
    channels: dict[str, Channel | None] = field(default_factory=dict)
    routes: list[Route | None] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def shape(document: Document, families: Families) -> Pieces:
    """Return the parts of the rules, with every problem of keys and kinds."""
    pieces = Pieces()
    pieces.top = _judge(document, Top, document.tree, (), pieces.problems)
    pieces.legible = pieces.top or _legible(document)
    channels, routes = document.tree.get("channels"), document.tree.get("routes")
    if isinstance(channels, dict):
        for name, raw in channels.items():
            pieces.channels[name] = _channel(document, name, raw, families, pieces.problems)
    if isinstance(routes, list):
        for number, raw in enumerate(routes):
            route = _judge(document, Route, raw, ("routes", number), pieces.problems)
            pieces.routes.append(route)
    return pieces


def _legible(document: Document) -> Top | None:
    """Return the top with its broken sections left out, and stand-ins for those it must have."""
    found: list[Problem] = []
    stand_in = {"version": 1, "organisation": {"name": "?"}, "channels": {"?": 1}, "routes": [1]}
    tree = {name: value for name, value in document.tree.items() if name in Top.model_fields}
    for name, value in list(tree.items()):
        if name not in stand_in and not _stands_alone(document, stand_in, name, value):
            del tree[name]
    return _judge(document, Top, {**tree, **stand_in}, (), found)


def _stands_alone(document: Document, stand_in: dict[str, Any], name: str, value: object) -> bool:
    return _judge(document, Top, {**stand_in, name: value}, (), []) is not None


def schema_of(families: Families) -> dict[str, Any]:
    """Return the JSON Schema of the whole file, one kind of channel for each platform."""
    models = [channel_model(name, facts) for name, facts in sorted(families.known().items())]
    # A union made of a list has no static type: Union[tuple] is the runtime's own way.
    channel: Any = Annotated[Union[tuple(models)], Discriminator("platform")]  # noqa: UP007
    rules: type[Top] = create_model(
        "Rules",
        __base__=Top,
        __doc__=Top.__doc__,
        channels=(dict[Name, channel], Top.model_fields["channels"]),
        routes=(list[Route], Top.model_fields["routes"]),
    )
    schema = rules.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "failover_rules.yaml",
    }


def _channel(
    document: Document, name: str, raw: object, families: Families, problems: list[Problem]
) -> Channel | None:
    path: Path = ("channels", name)
    _judge(document, _Named, {"name": name}, path, problems)
    known = families.known()
    if not isinstance(raw, dict):
        return _judge(document, Channel, raw, path, problems)
    platform = raw.get("platform")
    if isinstance(platform, str) and platform in known:
        return _judge(document, channel_model(platform, known[platform]), raw, path, problems)
    # Without its platform a channel's own keys cannot be judged.
    problems.append(_no_platform(document, (*path, "platform"), platform, known))
    return None


class _Named(Section):
    name: Name


def _no_platform(document: Document, path: Path, platform: object, known: Iterable[str]) -> Problem:
    if isinstance(platform, str):
        return document.problem(
            document.at(*path),
            f"unbekannte Plattform {quoted(platform)}",
            f"unknown platform {quoted(platform)}",
            did_you_mean(platform, known),
        )
    return document.problem(
        document.at_key(*path),
        "die Angabe 'platform' fehlt",
        "key 'platform' is missing",
        Phrase(de="der Name einer Plattform", en="the name of a platform"),
    )


def _judge(
    document: Document, model: type[S], raw: object, path: Path, problems: list[Problem]
) -> S | None:
    try:
        return model.model_validate(raw)
    except ValidationError as errors:
        found = errors.errors(include_url=False)
        problems.extend(_problem(document, model, error, path) for error in found)
        return None


def _problem(document: Document, model: type[Section], error: ErrorDetails, path: Path) -> Problem:
    inner = tuple(part for part in error["loc"] if part != "[key]")
    full = path if model is _Named else (*path, *inner)
    at_key = error["type"] in {"extra_forbidden", "missing"} or "[key]" in error["loc"]
    spot = document.at_key(*full) if at_key or model is _Named else document.at(*full)
    known = _keys_at(model, inner[:-1]) if error["type"] == "extra_forbidden" else ()
    what, hint = explain(error, known)
    return Problem(line=spot.line, column=spot.column, what=what, hint=hint)


def _keys_at(model: type[Section], loc: tuple[str | int, ...]) -> list[str]:
    """Return the keys that may stand at `loc`, found by walking the model's JSON Schema."""
    schema = model.model_json_schema()
    here = _resolve(schema, schema)
    for part in loc:
        inside = here.get("properties", {}).get(part) if isinstance(part, str) else None
        inside = inside or here.get("items") or here.get("additionalProperties") or {}
        here = _resolve(schema, inside)
    return list(here.get("properties", {}))


def _resolve(schema: dict[str, Any], node: Any) -> dict[str, Any]:
    """Follow references and leave out the null of an optional key."""
    if not isinstance(node, dict):
        return {}
    if "$ref" in node:
        target = schema["$defs"][str(node["$ref"]).rpartition("/")[2]]
        return _resolve(schema, target)
    for choice in node.get("anyOf", ()):
        if choice.get("type") != "null" and (found := _resolve(schema, choice)):
            return found
    return dict(node)
