"""The API's document: every call is in it, it is true of every answer, and it is well made."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel, ValidationError

from sentinel.cli.client import Daemon
from sentinel.simulator.server import Simulator
from sentinel.storage.tokens import Token
from sentinel.web.openapi import OPERATIONS, document
from sentinel.web.operations import Operation
from sentinel.web.replies import ProblemOut
from sentinel.web.server import application
from tests.support.broken import broken, outages_of
from tests.support.house import WARNING, House, route, rules_for, utc_now

MACHINES = ("/api/", "/health", "/readyz", "/metrics", "/hooks/")
"""Where programs call; everything else is pages for people."""

CALLED = [one for one in OPERATIONS if one.path != "/api/v1/events"]
SHAPED = {(one.method, one.path) for one in CALLED if one.answers}


@pytest.fixture
async def house(sim: Simulator, tmp_path: Path) -> AsyncIterator[House]:
    names = ("mastodon-stadt", "warnseite")
    routes = [route("mastodon-stadt", always=["warnseite"])]
    async with House(await rules_for(sim, tmp_path, routes, only=names)) as running:
        yield running


def test_the_document_is_valid_openapi_3_1() -> None:
    whole = json.loads(json.dumps(document()))

    OpenAPIV31SpecValidator(whole).validate()

    assert whole["openapi"] == "3.1.0"


async def test_the_document_has_every_call_of_the_application_and_no_other(house: House) -> None:
    router = application(house.parts).router
    served = {
        (known.method.lower(), known.resource.canonical)
        for known in router.routes()
        if known.resource and known.resource.canonical.startswith(MACHINES)
    }

    told = {(method, path) for path, calls in document()["paths"].items() for method in calls}

    assert told == {one for one in served if one[0] != "head"}


async def test_the_daemon_hands_out_the_document(house: House) -> None:
    status, told = await house.call("GET", "/api/v1/openapi.json")

    assert (status, told) == (200, json.loads(json.dumps(document())))


def test_every_call_has_a_name_of_its_own() -> None:
    calls = [call for calls in document()["paths"].values() for call in calls.values()]

    assert len({call["operationId"] for call in calls}) == len(calls) == len(OPERATIONS)
    assert all(call["summary"] for call in calls)


def test_a_body_is_described_by_the_model_that_checks_it() -> None:
    schemas = document()["components"]["schemas"]

    assert schemas["MessageIn"]["required"] == ["headline", "text", "severity"]
    assert schemas["MessageIn"]["additionalProperties"] is False
    assert schemas["MessageIn"]["properties"]["texts"]["additionalProperties"] == {"type": "string"}
    assert schemas["Severity"]["enum"] == ["extreme", "severe", "moderate", "minor"]


def test_answers_may_grow() -> None:
    schemas = document()["components"]["schemas"]

    closed = [name for name, one in schemas.items() if one.get("additionalProperties") is False]

    assert all(name.endswith("In") for name in closed)


async def test_without_a_token_every_call_that_needs_one_answers_401(house: House) -> None:
    answers = {}
    for one in OPERATIONS:
        path = one.path.replace("{id}", "1").replace("{channel}", "warnseite")
        async with house.web.request(one.method, path) as answer:
            answers[one.method, one.path] = answer.status

    assert {key for key, status in answers.items() if status == 401} == {
        (one.method, one.path) for one in OPERATIONS if one.scope is not None
    }


async def test_the_permission_in_the_document_is_the_one_that_is_asked_for(house: House) -> None:
    wrong = []
    for one in CALLED:
        if one.scope is None:
            continue
        others = [scope for scope in ("read", "send", "approve", "operate") if scope != one.scope]
        _, made = await house.call("POST", "/api/v1/tokens", {"name": "a", "scopes": others})
        headers = {"Authorization": f"Bearer {made['token']}"}
        async with house.web.request(
            one.method, one.path.replace("{id}", "1"), headers=headers
        ) as answer:
            problem = await answer.json(content_type=None)
        if answer.status != 403 or f"'{one.scope}'" not in problem["detail"]:
            wrong.append((one.method, one.path, answer.status))

    assert wrong == []


async def test_whatever_is_asked_the_answer_is_a_documented_one(house: House) -> None:
    odd = []
    for body in (b"", b"{", b'{"unknown": 1}', b"[]", b'{"headline": 1e999}'):
        for one in CALLED:
            path = one.path.replace("{id}", "nothing").replace("{channel}", "nothing")
            data = body if one.body is not None else None
            async with house.near.request(one.method, path, data=data) as answer:
                if not documented(one, answer.status, answer.content_type, await answer.read()):
                    odd.append((one.method, one.path, answer.status, answer.content_type))

    assert odd == []


def documented(one: Operation, status: int, media: str, raw: bytes) -> bool:
    responses = document()["paths"][one.path][one.method]["responses"]
    if media == "application/problem+json":
        ProblemOut.model_validate_json(raw)
    return media in responses.get(str(status), {}).get("content", {})


async def test_a_list_that_cannot_be_had_so_says_which_part_is_wrong(house: House) -> None:
    said = {}
    for query in ("limit=0", "limit=201", "limit=x", "cursor=nothing", "cursor="):
        for one in CALLED:
            if one.method == "get" and {"limit", "cursor"} <= {taken.name for taken in one.takes}:
                status, problem = await house.call("GET", f"{one.path}?{query}")
                said[one.path, query] = (status, problem.get("field"))

    assert len(said) == 8 * 5
    assert said == {(path, query): (422, query.partition("=")[0]) for path, query in said}


class Caller:
    """Calls, and holds every answer against what the document is made from."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.held: set[tuple[str, str]] = set()

    async def __call__(self, method: str, template: str, body: Any = None, **names: str) -> Any:
        """Call `template`, whose `?…` is no part of the path."""
        path = template.partition("?")[0]
        (one,) = (o for o in OPERATIONS if (o.method, o.path) == (method, path))
        url = template
        for name, value in names.items():
            url = url.replace(f"{{{name}}}", value)
        data = None if body is None else json.dumps(body)
        async with self.house.near.request(method, url, data=data) as answer:
            raw = await answer.read()
            assert answer.status in {one.status, *one.also}, raw
        held(one, raw)
        self.held.add((one.method, one.path))
        return json.loads(raw)


def held(one: Operation, raw: bytes) -> BaseModel:
    """Return the answer as one of the shapes that it may have; fail if it has none."""
    troubles: list[ValidationError] = []
    for model in one.answers:
        try:
            return model.model_validate_json(raw)
        except ValidationError as trouble:
            troubles.append(trouble)
    raise AssertionError(f"{one.method} {one.path}: {troubles}")


async def test_every_answer_has_the_shape_that_is_declared(house: House) -> None:
    api, call = "/api/v1", Caller(house)
    soon = (utc_now() + timedelta(hours=1)).isoformat()
    today = f"{utc_now():%Y-%m-%d}"

    sent = await call("post", f"{api}/messages", {**WARNING, "tags": ["a"], "variants": VARIANTS})
    await house.live(sent)
    await call("get", f"{api}/messages/{{id}}", id=sent["id"])
    await call("get", f"{api}/messages")
    await call("post", f"{api}/messages/{{id}}/update", WARNING, id=sent["id"])
    await call("post", f"{api}/messages/{{id}}/all-clear", {}, id=sent["id"])
    await call("post", f"{api}/preview", WARNING)
    delivery = sent["deliveries"][0]["id"]
    await call("post", f"{api}/deliveries/{{id}}/confirm", {}, id=delivery)
    await call("post", f"{api}/messages/{{id}}/withdraw", {"reason": "x"}, id=sent["id"])

    await call("get", f"{api}/channels")
    await call("get", f"{api}/channels/{{id}}", id="warnseite")
    await call("get", f"{api}/channels/{{id}}/availability", id="warnseite")
    await call("post", f"{api}/channels/{{id}}/check", id="mastodon-stadt")
    await call("post", f"{api}/channels/{{id}}/freeze", {"reason": "x"}, id="mastodon-stadt")
    await call("post", f"{api}/channels/{{id}}/release", id="mastodon-stadt")
    await call("post", f"{api}/hold", {"reason": "x"})
    await call("post", f"{api}/resume")

    (outage, *_) = await outages_of(house, await broken(house, "kanal-1", "kanal-2"))
    await call("get", f"{api}/outages")
    await call("get", f"{api}/outages/{{id}}", id=outage.id)
    await call("post", f"{api}/outages/{{id}}/acknowledge", {}, id=outage.id)
    silence = await call("post", f"{api}/silences", {"ends_at": soon, "reason": "x"})
    await call("get", f"{api}/silences?all=1")
    await call("delete", f"{api}/silences/{{id}}", id=silence["id"])
    await call("get", f"{api}/rotas")

    await call("post", f"{api}/posture", {"posture": "crisis", "reason": "x"})
    await call("get", f"{api}/posture")
    routine = {**WARNING, "severity": "minor", "routine": True}
    waiting = await call("post", f"{api}/messages", routine)
    assert waiting["held_by"] == "crisis"
    await call("post", f"{api}/messages/{{id}}/resume", id=waiting["id"])

    await call("get", f"{api}/risks")
    await call("get", f"{api}/report?from={today}&to={today}")
    await call("get", f"{api}/journal")
    await call("get", f"{api}/journal?verify")
    await call("post", f"{api}/rules/reload")
    token = await call("post", f"{api}/tokens", {"name": "a", "scopes": ["read"]})
    await call("get", f"{api}/tokens")
    await call("post", f"{api}/tokens/{{id}}/revoke", id=token["id"])
    person = {"name": "Müller", "password": "drei Möwen am Hafen"}
    await call("post", f"{api}/users", {**person, "may": ["read"]})
    await call("get", f"{api}/users")
    await call("post", f"{api}/users/password", person)
    await call("get", "/health")

    assert SHAPED - call.held == {("post", f"{api}/messages/{{id}}/approve")}  # shown below


VARIANTS = [{"language": "en", "headline": "Flood", "text": "The water rises."}]


async def test_what_was_approved_has_the_shape_that_is_declared(
    sim: Simulator, tmp_path: Path
) -> None:
    routes = [route("mastodon-stadt", approval="four_eyes")]
    file = await rules_for(sim, tmp_path, routes, only=("mastodon-stadt",))
    async with House(file) as house:
        sent = await house.send()
        emergency = {"emergency": True, "comment": "niemand da"}
        await Caller(house)("post", "/api/v1/messages/{id}/approve", emergency, id=sent["id"])


async def test_lists_of_whole_answers_are_read_page_by_page(house: House) -> None:
    for number in range(5):
        body = {"name": f"t{number}", "scopes": ["read"]}
        await house.call("POST", "/api/v1/tokens", body)

    _, first = await house.call("GET", "/api/v1/tokens?limit=2")
    _, second = await house.call("GET", f"/api/v1/tokens?limit=2&cursor={first['next']}")
    _, third = await house.call("GET", f"/api/v1/tokens?limit=2&cursor={second['next']}")

    assert third["next"] is None
    assert [item["name"] for page in (first, second, third) for item in page["items"]] == [
        "t0",
        "t1",
        "t2",
        "t3",
        "t4",
    ]


async def test_the_command_line_shows_a_list_of_any_length_whole(house: House) -> None:
    at = utc_now()
    async with house.storage.write() as unit:
        for number in range(401):
            name = f"t{number:03}"
            await unit.add_token(
                Token(id=name, name=name, hash=name, scopes=("read",), created_at=at, created_by="")
            )

    page = await Daemon(house.near, "http://sentinel", "socket").whole("/api/v1/tokens")

    assert [item["id"] for item in page["items"]] == [f"t{number:03}" for number in range(401)]
    assert page["next"] is None


async def test_what_did_not_change_is_not_sent_again(house: House) -> None:
    async def get(**headers: str) -> tuple[int, Mapping[str, str], bytes]:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        async with house.near.get("/api/v1/messages", headers=headers) as answer:
            return answer.status, answer.headers, await answer.read()

    status, head, _ = await get()
    again, same, nothing = await get(If_None_Match=head["ETag"])
    await house.send()
    changed, other, _ = await get(If_None_Match=f'"other", {head["ETag"]}')

    assert (status, again, nothing, changed) == (200, 304, b"", 200)
    assert head["Cache-Control"] == "private, no-cache"
    assert same["ETag"] == head["ETag"] != other["ETag"]


async def test_a_tag_opens_nothing_to_who_may_not_read(house: House) -> None:
    async with house.web.get("/api/v1/messages", headers={"If-None-Match": "*"}) as answer:
        assert answer.status == 401
        assert "ETag" not in answer.headers
