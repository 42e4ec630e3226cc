"""Nonsense: what a server might say, and how to hold a conversation with it.

Half of what is said is well meant, so that conversations come far enough to
commit; the rest is anything at all. `BIRD` stands in the message, in every
credential and in all that servers say in words: nobody may repeat it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from sentinel.domain.cause import Cause
from sentinel.wire import (
    FileAnswer,
    FileStep,
    Lost,
    Remember,
    Renew,
    RenewalFailed,
    Request,
    Response,
    SmtpReply,
    Step,
    Steps,
    Wait,
)
from tests.platforms.member import BIRD, TALK, Well
from tests.platforms.members import members
from tests.platforms.talk import NOON_DATE, commits, draft

EXCHANGES = 60


@dataclass(frozen=True)
class Bundle:
    """What is answered in one turn, whatever was asked."""

    http: Response
    smtp: SmtpReply
    file: FileAnswer
    lost: bool = False
    renewed: bool = True
    meant: Mapping[str, Any] | None = None  # well, but for this: over the platform's good answer


GENEROUS = Bundle(
    http=Response(status=200, headers={"date": NOON_DATE}, body=b"{}"),
    smtp=SmtpReply(code=250, enhanced="2.0.0", text="ok"),
    file=FileAnswer(content=b"address,number\na@example.org,+491511234567\n"),
    meant={},
)
_KEYS = (
    *("id", "data", "error", "errors", "code", "error_subcode", "type", "status", "url", "uri"),
    *("cid", "did", "active", "accessJwt", "refreshJwt", "access_token", "expires_in", "html"),
    *("quota_usage", "config", "quota_total", "quota_duration", "text", "content", "visibility"),
    *(
        "permalink",
        "scopes",
        "version",
        "source_url",
        "records",
        "value",
        "posts",
        "feed",
        "thread",
    ),
    *("labels", "val", "entities", "urls", "expanded_url", "reset_date", "didDoc", "service"),
    *("serviceEndpoint", "record", "post", "author", "validationStatus", "commit", "error_message"),
)
_VALUES = (
    *("", "170", "FINISHED", "PUBLISHED", "ERROR", "EXPIRED", "public", "unlisted", "4.6.4"),
    *("https://api.x.com/2/problems/usage-capped", "https://a.example/1", "write", "takendown"),
    *("ExpiredToken", "InvalidSwap", "AccountTakedown", "RateLimitExceeded", "2026-12-01", "\x00"),
    *(0, 1, 2, 4, 24, 33, 100, 187, 190, 326, 4279009, 1e300, -1, True, False, None, BIRD),
)
KEYS = (*_KEYS, *(word for each in members().values() for word in each.words))
VALUES = (*_VALUES, *(word for each in members().values() for word in each.values))
STATUSES = (200, 201, 204, 302, 400, 401, 402, 403, 404, 406, 408, 422, 429, 500, 503, 524)
HEADERS = (
    *("x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset", "retry-after"),
    *("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "ratelimit-policy"),
    *("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "x-app-usage", "date"),
    *("x-business-use-case-usage", "x-access-level", "location"),
)
HEADER_VALUES = (
    *(
        "",
        "0",
        "1",
        "300",
        "-1",
        "1e9",
        "99999999999999999999",
        "999999999999999",
        "1795183200",
        NOON_DATE,
        "read",
    ),
    *("2026-11-20T14:00:00.459402Z", "3000;w=300", '{"call_count":100}', "[[1]]", "nonsense", "²"),
    *("Fri, 99 Nov 0000 99:99:99 GMT", "0001-01-01T00:00:00+14:00", '{"a":1e999}', BIRD),
)
json_values = st.recursive(
    st.sampled_from(VALUES) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=14,
)
objects = st.dictionaries(st.sampled_from(KEYS), json_values, max_size=7)
bodies = (
    objects.map(lambda body: json.dumps(TALK | body).encode())
    | st.lists(objects | json_values, max_size=3).map(lambda items: json.dumps(items).encode())
    | json_values.map(lambda body: json.dumps(body).encode())
    | st.sampled_from([b"", b"null", b"<html>" + BIRD.encode(), b"[" * 5000, b"\xff\xfe", b"NaN"])
    | st.binary(max_size=20)
)


def stated(name: str) -> st.SearchStrategy[str]:
    """Return what a header may say; limits are mostly sound, so that the rest is read."""
    anything = st.sampled_from(HEADER_VALUES)
    return st.just("300") | anything if name.endswith("-limit") else anything


responses = st.builds(
    Response,
    status=st.sampled_from((200,) * 12 + (429,) * 4 + STATUSES) | st.integers(100, 599),
    headers=st.just({"date": NOON_DATE})
    | st.fixed_dictionaries({name: stated(name) for name in HEADERS})
    | st.fixed_dictionaries({}, optional={name: stated(name) for name in HEADERS}),
    body=bodies,
    url=st.sampled_from(["", "https://login.example/?next=1"]),
)
replies = st.builds(
    SmtpReply,
    code=st.sampled_from([220, 250, 354, 421, 450, 452, 530, 535, 550, 552, 554, -1, 0, 999]),
    enhanced=st.sampled_from(["", "2.0.0", "4.7.0", "5.1.1", "5.7.8", "nonsense"]),
    text=st.just(BIRD),
    phase=st.sampled_from(["", "connect", "starttls", "auth"]),
)
file_answers = st.builds(
    FileAnswer,
    error=st.sampled_from(["", "", "ENOSPC", "EROFS", "ENOENT", "EACCES", "ENAMETOOLONG"]),
    content=st.none()
    | st.binary(max_size=30)
    | st.sampled_from([b"address\na@example.org\n", b"number\n1\n", b"{}", b"[]"]),
    names=st.lists(st.sampled_from(["17", "feed.atom", "..", "", "x.cap.xml"]), max_size=3).map(
        tuple
    ),
)
meant = objects | st.lists(objects | json_values, max_size=3).map(lambda items: {"data": items})
bundles = st.just(GENEROUS) | st.builds(
    Bundle,
    http=responses,
    smtp=replies,
    file=file_answers,
    lost=st.sampled_from([False, False, False, False, True]),
    renewed=st.sampled_from([True, True, False]),
    meant=st.none() | st.none() | meant,
)
scripts = st.lists(bundles, min_size=1, max_size=8)
memories = st.sampled_from([{}, {"container": "170", "user_id": "9", "account_id": "9"}])


pieces = st.sampled_from(
    [
        *(
            "Feuer",
            "in der Straße",
            "5 €",
            "故宮",
            "z.\u202fB.",
            "A\u0301",
            "a.b.c",
            "\n",
            ". ",
            "! ",
        ),
        *("👨‍👩‍👧‍👦", "🇩🇪", "⚠️", "1️⃣", "👩🏽‍🚒", "🚨", "™", "\u200d", "\ufe0f", "\x00", "\ud800"),
        *("https://example.org/", "http://test.co", "stadt.de", "@a@b.example", "#tag", "<b>&amp;"),
        *("x" * 170, "Donaudampfschiff " * 30, "https://example.org/" + "y" * 300),
    ]
)
texts = st.lists(pieces | st.text(max_size=12), min_size=1, max_size=14).map(" ".join)
links = st.none() | st.sampled_from(
    ["https://notices.example/17/", "https://a.example/" + "z" * 99]
)
drafts = st.builds(
    draft,
    headline=texts.map(lambda text: text[:160]),
    text=texts,
    link=links,
    link_is_notice=st.booleans(),
    short_text=st.none() | texts,
    instruction=st.none() | texts,
    texts=st.just({}) | texts.map(lambda text: {"kanal": text}),
    exercise=st.booleans(),
)


@dataclass(frozen=True)
class Ended:
    """How a conversation ended: a value, or what it let pass."""

    value: Any
    steps: list[Step]
    lost: Lost | None = None
    unrenewed: RenewalFailed | None = None


def hold(steps: Steps[Any], script: list[Bundle], lose: int | None = None, *, well: Well) -> Ended:
    """Hold a conversation with the script's answers over and over; lose that to step `lose`."""
    taken: list[Step] = []
    exchanges = 0
    try:
        step = next(steps)
        while True:
            taken.append(step)
            if isinstance(step, Remember | Wait):
                step = steps.send(None)
                continue
            assert exchanges < EXCHANGES, f"does not end: {step}"
            reply = answer(step, script[exchanges % len(script)], well)
            exchanges += 1
            if lose is not None and len(taken) > lose:
                reply = Lost(Cause.UNREACHABLE, "timeout", sent=True)
                lose = None
            if isinstance(reply, Lost):
                reply.committed = any(commits(each) for each in taken)
            step = steps.throw(reply) if isinstance(reply, Exception) else steps.send(reply)
    except StopIteration as end:
        return Ended(end.value, taken)
    except Lost as lost:
        return Ended(None, taken, lost=lost)
    except RenewalFailed as failed:
        return Ended(None, taken, unrenewed=failed)


def answer(step: Step, bundle: Bundle, well: Well) -> Any:
    """Return what `bundle` says to `step`."""
    if bundle.lost:
        return Lost(Cause.UNREACHABLE, "timeout", sent=True)
    if isinstance(step, Renew):
        fresh = {"access_token": "s3cret", "accessJwt": "s3cret", "refreshJwt": "s3cret"}
        refused = RenewalFailed(Cause.CREDENTIAL_REJECTED, "HTTP 400")
        return fresh | {"did": "did:plc:abc"} if bundle.renewed else refused
    if isinstance(step, Request):
        return bundle.http if bundle.meant is None else well.answer(bundle.meant)
    return bundle.file if isinstance(step, FileStep) else bundle.smtp
