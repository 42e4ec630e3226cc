"""No secret and no word of a message where it does not belong, whatever goes wrong.

A canary sits in every credential and in every field of a message. The city then
lives through faults, refusals and crashes; afterwards logs, metrics, error pages,
journal and database are searched for every one of them.
"""

import io
import json
import logging
from collections.abc import Iterator, Mapping
from copy import copy
from pathlib import Path
from typing import Any

import pytest
import structlog
import yaml

from sentinel.app.logs import Mask, configure
from sentinel.domain.delivery import Outcome, Rendered
from sentinel.platforms import Account, platforms
from sentinel.simulator.server import Simulator
from sentinel.wire import Steps
from tests.support import city
from tests.support.house import House, route, rules_for, simulator, until

SECRETS = {
    **city.TOKENS,
    "STAFF_PASSWORD": "staff-pass/wört canary-9",
    "PROXY_PASSWORD": "proxy-password-canary-10",
    "BROKEN_TOKEN": 'broken-"quoted"\ntoken-canary-11',
}
FIELDS: dict[str, Any] = {
    "headline": "Kanarie-Ueberschrift",
    "text": "Kanarie-Text für alle.",
    "short_text": "Kanarie-Kurztext",
    "instruction": "Kanarie-Anweisung",
    "area": "Kanarie-Gebiet",
    "event": "Kanarie-Ereignis",
    "tags": ["Kanarie-Schlagwort"],
    "link": "https://example.org/Kanarie-Verweis",
    "texts": {"mastodon-stadt": "Kanarie-Eigentext"},
    "variants": [
        {"language": "en", "headline": "Kanarie-Headline", "text": "Kanarie-English"},
    ],
}


class Tripwire(io.StringIO):
    """A log that a person is not watching."""


@pytest.fixture
def log() -> Iterator[tuple[Tripwire, Mask]]:
    """The daemon's own logging, into memory; everything is as before afterwards."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream, mask = Tripwire(), Mask()
    configure(mask, stream=stream)
    yield stream, mask
    structlog.reset_defaults()
    for handler in list(root.handlers):
        root.removeHandler(handler)
    for handler in before:
        root.addHandler(handler)
    root.setLevel(level)


async def rules_of(sim: Simulator, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.setenv(name, "")  # the daemon sets them: put them back afterwards
    names = ("x-stadt", "threads-stadt", "mastodon-stadt", "bluesky-stadt", "presse-mail")
    file = await rules_for(
        sim,
        folder,
        [route(*names, copies=len(names), always=["warnseite"])],
        notice_link="warnseite",
        network={"proxy": "${env:PROXY}", "no_proxy": ["127.0.0.1", "localhost"]},
    )
    document = yaml.safe_load(file.read_text())
    document["staff"]["contacts"]["presse"]["addresses"] = [{"url": "${env:STAFF_URL}"}]
    return city.write(folder, document)


def environment(sim: Simulator) -> dict[str, str]:
    place = sim.url.removeprefix("http://")
    password = "staff-pass%2Fw%C3%B6rt%20canary-9"
    return {
        **city.TOKENS,
        "STAFF_URL": f"json://staff:{password}@{place}/_inbox/presse",
        "PROXY": f"http://city:{SECRETS['PROXY_PASSWORD']}@127.0.0.1:9",
    }


def platform_that_quotes_everything_when_it_crashes(name: str) -> Any:
    known = platforms()[name]

    def publish(account: Account, rendered: Rendered, _: Mapping[str, str]) -> Steps[Outcome]:
        yield from ()
        raise ValueError(rendered.text, dict(account.credentials))

    crashing = copy(known)
    vars(crashing)["publish"] = publish
    return crashing


async def hard_times(sim: Simulator, house: House) -> list[str]:
    """Live through faults and mistakes; return every page and answer that was shown."""
    shown = []
    await house.send(**FIELDS)
    for kind in ("server_error", "html_error", "credential_revoked"):
        for face in ("x", "threads", "mastodon", "bluesky", "email"):
            if kind != "html_error" or face != "email":
                sim.faults.put(face, kind)
        message = await house.send(**FIELDS)
        for name in ("x-stadt", "mastodon-stadt", "bluesky-stadt", "threads-stadt"):
            _, said = await house.call("POST", f"/api/v1/channels/{name}/check")
            shown.append(json.dumps(said))
        sim.faults.clear()
        assert message["number"]
    board = house.parts.board
    crashing = platform_that_quotes_everything_when_it_crashes("mastodon")
    board.platforms = {**board.platforms, "mastodon": crashing}
    await house.call("POST", "/api/v1/channels/mastodon-stadt/release")
    crashed = await house.send(**FIELDS)

    async def tried() -> bool:
        shape = await house.message(crashed)
        attempts = [attempt for d in shape["deliveries"] for attempt in d["attempts"]]
        return any("our own code" in attempt["evidence"] for attempt in attempts)

    await until(tried, 20, "the crash inside a platform")
    wrong = ({**FIELDS, "severity": "x"}, {**FIELDS, "surprise": 1}, {**FIELDS, "area": "\0"})
    shown += [str(await house.call("POST", "/api/v1/messages", body)) for body in wrong]
    paths = ("/metrics", "/health", "/api/v1/nothing", "/api/v1/messages/nope")
    return shown + [str(await house.call("GET", path)) for path in paths]


async def test_no_canary_gets_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: tuple[Tripwire, Mask]
) -> None:
    stream, mask = log
    async with simulator() as sim:
        file = await rules_of(sim, tmp_path, monkeypatch)
        house = House(file, environment(sim))
        house.mask = mask
        async with house:
            shown = await hard_times(sim, house)
            journal = [repr(entry) for entry in await house.journal()]

            async def told() -> bool:
                return bool(sim.notes())

            await until(told, 10, "staff to be told")
    lines = stream.getvalue()
    database = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("sentinel.db*"))
    key = (tmp_path / "data" / "storage.key").read_bytes().strip()

    words = [word for field in FIELDS.values() for word in canaries_in(field)]
    secrets = [*SECRETS.values(), "staff-pass%2Fw%C3%B6rt%20canary-9"]
    places = {"log": lines, "answers": "\n".join(shown)}
    found = [
        (place, canary)
        for place, text in places.items()
        for canary in (*words, *secrets)
        if canary in text
    ]
    assert found == []
    assert [canary for canary in secrets if canary in "\n".join(journal)] == []
    assert [canary for canary in secrets if canary.encode() in database] == []
    assert key not in database + lines.encode() + "\n".join((*shown, *journal)).encode()


async def test_the_traceback_of_a_crash_says_where_and_not_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: tuple[Tripwire, Mask]
) -> None:
    stream, mask = log
    async with simulator() as sim:
        file = await rules_of(sim, tmp_path, monkeypatch)
        house = House(file, environment(sim))
        house.mask = mask
        async with house:
            board = house.parts.board
            crashing = platform_that_quotes_everything_when_it_crashes("mastodon")
            board.platforms = {**board.platforms, "mastodon": crashing}
            await house.send(**FIELDS)

            async def crashed() -> bool:
                return "platform.crashed" in stream.getvalue()

            await until(crashed, 10, "the crash")
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    crash = next(event for event in events if event["event"] == "platform.crashed")

    assert crash["channel"] == "mastodon-stadt"
    assert crash["exception"].startswith("builtins.ValueError\n")
    assert "service/posting.py:" in crash["exception"]
    assert "Kanarie" not in crash["exception"]


def test_a_secret_is_masked_however_it_is_spelt() -> None:
    mask = Mask()
    mask.hide(SECRETS.values())

    for secret in SECRETS.values():
        for spelt in (secret, json.dumps({"a": secret})):
            assert secret not in mask(None, "", f"before {spelt} after")
            assert "***" in mask(None, "", f"before {spelt} after")
    assert mask(None, "", "staff-pass%2Fw%C3%B6rt%20canary-9") == "***"


def canaries_in(value: Any) -> list[str]:
    words = json.dumps(value, ensure_ascii=False).replace("/", " ").replace('"', " ").split()
    return [word.strip(".,") for word in words if "Kanarie" in word]
