"""The operator's status page: every format, and never anything to judge by."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

import probes
from probes import Aim
from probes.status_page import FRONT_DOORS
from sentinel.domain.cause import Ability, Cause, State
from sentinel.domain.health import blank, explain
from sentinel.domain.observation import Report
from sentinel.domain.operator_word import OperatorWord, Says, beside, fresh, quoted
from sentinel.domain.status_formats import LONGEST, clean, meant, read
from sentinel.simulator.server import Simulator
from sentinel.wire import Lost, Response

PROBE = probes.probes()["status_page"]
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FINE = b'{"page": {}, "status": {"indicator": "none", "description": "All Systems Operational"}}'


class Web:
    """Pages by address; whatever is not there gives no answer."""

    def __init__(self, **pages: bytes) -> None:
        self.pages = pages
        self.asked: list[str] = []

    async def fetch(self, address: str) -> Response:
        self.asked.append(address)
        if address not in self.pages:
            raise Lost(Cause.UNREACHABLE, "no answer", sent=True)
        return Response(status=200, body=self.pages[address], url=address)

    async def converse(self, steps: Any, account: Any) -> Any:  # noqa: ARG002
        try:
            next(steps)
        except StopIteration as end:
            return end.value
        raise AssertionError("these conversations ask for nothing")

    async def reach(self, address: str) -> Any:
        raise NotImplementedError(address)

    def now(self) -> datetime:
        return NOON


def aimed(aim_at: Callable[..., Aim], *pages: str, base: str = "https://api.example") -> Aim:
    aim = aim_at(base_url=base)
    facts = replace(aim.platform.facts, base_url="https://api.example", status_pages=pages)
    vars(aim.platform)["facts"] = facts
    return aim


class Federated:
    """A server that says where its page is."""

    def __init__(self, says: str | None) -> None:
        self.says = says

    def __call__(self, _: object) -> Any:
        yield from ()
        return self.says


# --- what the probe asks, and what it brings home


async def test_the_first_page_that_can_be_read_speaks(aim_at: Callable[..., Aim]) -> None:
    web = Web(**{"https://b.example/status.json": FINE})
    aim = aimed(aim_at, "https://a.example/status.json", "https://b.example/status.json")

    report = await PROBE.run(aim, web)

    assert report.heard == OperatorWord(
        says=Says.FINE, text="All Systems Operational", source="b.example", at=NOON
    )


async def test_whatever_the_page_says_there_is_nothing_to_judge_by(
    aim_at: Callable[..., Aim],
) -> None:
    bad = FINE.replace(b"none", b"critical")

    report = await PROBE.run(
        aimed(aim_at, "https://a.example/s.json"), Web(**{"https://a.example/s.json": bad})
    )

    assert report.heard is not None
    assert report.heard.says is Says.TROUBLE
    assert replace(report, heard=None) == Report()


@pytest.mark.parametrize("body", [None, b"<!DOCTYPE html><html>login</html>", b"", b"\xff{", b"{}"])
async def test_silence_and_nonsense_say_nothing_at_all(
    aim_at: Callable[..., Aim], body: bytes | None
) -> None:
    pages = {} if body is None else {"https://a.example/s.json": body}

    assert await PROBE.run(aimed(aim_at, "https://a.example/s.json"), Web(**pages)) == Report()


async def test_of_a_front_door_the_usual_places_are_tried(aim_at: Callable[..., Aim]) -> None:
    web = Web()

    await PROBE.run(aimed(aim_at, "https://status.example#api"), web)

    assert web.asked == [f"https://status.example{path}" for path in FRONT_DOORS]


async def test_a_server_of_somebody_else_is_not_judged_by_the_operators_page(
    aim_at: Callable[..., Aim],
) -> None:
    aim = aimed(aim_at, "https://status.example", base="https://pds.stadt.example")

    assert not PROBE.applies(aim)


async def test_on_loopback_nothing_outside_is_asked(aim_at: Callable[..., Aim]) -> None:
    web = Web()
    aim = aimed(aim_at, "https://a.example/s.json", base="http://127.0.0.1:9900/spoken/stadt")

    await PROBE.run(aim, web)

    assert web.asked == ["http://127.0.0.1:9900/_status/spoken/s.json"]


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("https://status.example", [f"https://status.example{path}" for path in FRONT_DOORS]),
        ("https://10.0.0.1/x.json", []),
        ("http://status.example", []),
        ("file:///etc/passwd", []),
        (None, []),
    ],
)
async def test_a_foreign_server_may_name_its_page_but_not_our_own_network(
    aim_at: Callable[..., Aim], said: str | None, asked: list[str]
) -> None:
    aim, web = aim_at(), Web()
    vars(aim.platform)["ask_status_page"] = Federated(said)

    assert PROBE.applies(aim)
    assert await PROBE.run(aim, web) == Report()
    assert web.asked == asked


# --- the formats, as the simulator writes them


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(now=lambda: NOON) as running:
        yield running


@pytest.mark.parametrize(
    "path",
    [
        *("/api/v2/summary.json", "/api/v2/status.json", "/summary.json", "/data/orgs.json"),
        *("/status.md", "/history.rss", "/history.atom"),
    ],
)
async def test_every_format_is_read_for_what_it_says(sim: Simulator, path: str) -> None:
    async def body() -> bytes:
        async with aiohttp.ClientSession(sim.url) as web, web.get(f"/_status/x{path}") as answer:
            return await answer.read()

    fine = read(await body(), NOON)
    sim.faults.put("_status", "reports_trouble", account="x")
    bad = read(await body(), NOON)
    sim.faults.put("_status", "html_error")

    assert fine is not None
    assert bad is not None
    assert (fine[0], bad[0]) == (Says.FINE, Says.TROUBLE)
    assert bad[1]
    assert read(await body(), NOON) is None


def test_of_metas_list_only_the_parts_that_concern_us_speak() -> None:
    body = json.dumps(
        [
            {
                "id": "graph-api",
                "name": "Graph API",
                "services": [{"name": "Graph", "status": "Resolved"}],
            },
            {
                "id": "ads",
                "name": "Ads",
                "services": [{"name": "Ads", "status": "Major disruptions"}],
            },
        ]
    ).encode()

    assert read(body, NOON, ["graph-api"]) == (Says.FINE, "")
    assert read(body, NOON) == (Says.TROUBLE, "Ads: Ads: Major disruptions")
    assert read(body, NOON, ["threads"]) is None


def test_the_day_of_march_2024_as_meta_told_it() -> None:
    login = {"name": "Facebook Login", "status": "High disruptions", "time": "15:17"}
    body = json.dumps([{"id": "facebook-login", "name": "Login", "services": [login]}]).encode()

    assert read(body, NOON, ["facebook-login"]) == (
        Says.TROUBLE,
        "Login: Facebook Login: High disruptions",
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("No known issues", Says.FINE),
        ("Resolved", Says.FINE),
        ("All systems are operational", Says.FINE),
        ("Low disruptions", Says.TROUBLE),
        ("Service is not operational", Says.TROUBLE),
        ("Störung", Says.TROUBLE),
        ("under_maintenance", Says.MAINTENANCE),
        ("Alles paletti", Says.UNKNOWN),
        ("", Says.UNKNOWN),
    ],
)
def test_words_that_we_do_not_know_are_never_taken_for_fine(words: str, says: Says) -> None:
    assert meant(words) is says


def test_an_old_entry_of_a_feed_says_nothing_of_today() -> None:
    item = "<item><title>Outage</title><pubDate>Tue, 13 Jan 2026 12:00:00 GMT</pubDate></item>"

    assert read(f"<rss><channel>{item}</channel></rss>".encode(), NOON) == (Says.FINE, "")


def test_the_latest_entry_of_a_feed_speaks() -> None:
    def entry(hour: int, title: str, text: str) -> str:
        return (
            f"<entry><title>{title}</title><updated>2026-01-15T{hour:02}:00:00Z</updated>"
            f"<content>{text}</content></entry>"
        )

    def feed(*entries: str) -> bytes:
        return f'<feed xmlns="http://www.w3.org/2005/Atom">{"".join(entries)}</feed>'.encode()

    broken, mended = entry(9, "API errors", "Investigating"), entry(11, "API errors", "Resolved")

    assert read(feed(broken), NOON) == (Says.TROUBLE, "API errors")
    assert read(feed(mended, broken), NOON) == (Says.FINE, "API errors")


def test_a_feed_with_tricks_is_not_read() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><rss>&c;</rss>'

    assert read(bomb, NOON) is None
    assert read(b"<a>" * 50_000, NOON) is None


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_whatever_a_page_holds_it_is_read_or_not_and_nothing_breaks(body: bytes) -> None:
    found = read(body, NOON, ["a"])

    assert found is None or len(found[1]) <= LONGEST


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "status",
                        "page",
                        "indicator",
                        "components",
                        "incidents",
                        "name",
                        "services",
                        "id",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_json_of_any_shape_is_read_or_not(value: object) -> None:
    found = read(json.dumps(value).encode(), NOON)

    assert found is None or isinstance(found[0], Says)


@given(st.text(max_size=400))
def test_a_pages_own_text_is_one_short_line_that_steers_no_screen(text: str) -> None:
    line = clean(text)

    assert len(line) <= LONGEST
    assert line.isprintable()


# --- how it stands beside a verdict


def test_a_word_stands_behind_the_sentence_of_a_verdict_while_it_is_fresh() -> None:
    word = OperatorWord(
        says=Says.TROUBLE,
        text="Elevated error rates",
        source="status.example",
        at=NOON,
        fresh_until=NOON + 15 * MINUTE,
    )
    verdict = blank("x-stadt", [Ability.PUBLISH], NOON).verdicts[Ability.PUBLISH]
    sentence = explain("x-stadt", Ability.PUBLISH, replace(verdict, state=State.DOWN))

    told = beside(sentence, word, NOON + MINUTE)

    assert told.en == f'{sentence.en} status.example says: trouble ("Elevated error rates").'
    assert told.de == f"{sentence.de} status.example sagt: Störung („Elevated error rates“)."
    assert beside(sentence, word, NOON + 15 * MINUTE) == sentence
    assert beside(sentence, None, NOON) == sentence


def test_a_page_that_we_cannot_read_is_not_said_to_be_fine() -> None:
    word = OperatorWord(says=Says.UNKNOWN, text="", source="status.example", at=NOON)

    assert fresh(word, NOON) == word
    assert quoted(word).en == "status.example says: nothing that we can read."
