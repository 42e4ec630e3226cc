"""A post that stands there although its sender was not told so: never two, on any platform.

Every platform of the simulator meets every fault by which it can hide a live
post, alone and together with a fault that loses the answer. One daemon carries
one message for each case, on an account of its own, and then everything that
stands on that account is counted, whether anybody sees it or not.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.aftermath import PLATFORMS
from tests.support.city import Daemon, channels, free_port, rules, wait_for, write
from tests.support.simulated import Simulated

pytestmark = pytest.mark.timeout(300)

BOARD = "warnseite"
LOST_S = 15
"""How long answers are lost: the machine must look in spite of it, and after it."""

WATCHED_S = 58
"""By then a machine that repeats has done so: it may, from 30 s on, at the look after 47 s."""

PUBLISHED, UNKNOWN = "published", "unknown"
ERROR, TIMEOUT = ("accepted_then_error",), ("accepted_then_timeout",)
LATE, COPY, DEAF = ("late_visible",), ("duplicate_refused",), ("ignores_key",)

CASES: Mapping[tuple[str, tuple[str, ...]], str] = {
    ("x-stadt", ERROR): PUBLISHED,
    ("x-stadt", TIMEOUT): PUBLISHED,
    ("x-stadt", LATE): PUBLISHED,
    ("x-stadt", COPY): PUBLISHED,
    ("x-stadt", LATE + ERROR): UNKNOWN,
    ("x-stadt", LATE + COPY): UNKNOWN,
    ("threads-stadt", ERROR): PUBLISHED,
    ("threads-stadt", TIMEOUT): PUBLISHED,
    ("threads-stadt", LATE): PUBLISHED,
    ("threads-stadt", LATE + ERROR): UNKNOWN,
    ("mastodon-stadt", ERROR): PUBLISHED,
    ("mastodon-stadt", TIMEOUT): PUBLISHED,
    ("mastodon-stadt", LATE): PUBLISHED,
    ("mastodon-stadt", LATE + ERROR): PUBLISHED,  # its key leads to it
    ("mastodon-stadt", DEAF): PUBLISHED,
    ("mastodon-stadt", DEAF + ERROR): PUBLISHED,
    ("mastodon-stadt", DEAF + TIMEOUT): PUBLISHED,
    ("mastodon-stadt", DEAF + LATE + ERROR): UNKNOWN,
    ("bluesky-stadt", ERROR): PUBLISHED,
    ("bluesky-stadt", TIMEOUT): PUBLISHED,
    ("bluesky-stadt", LATE): PUBLISHED,
    ("bluesky-stadt", LATE + ERROR): PUBLISHED,
    ("presse-mail", ERROR): UNKNOWN,
    ("presse-mail", TIMEOUT): UNKNOWN,
    ("presse-mail", LATE): PUBLISHED,
    ("presse-mail", LATE + ERROR): UNKNOWN,
}
"""Each case, and how its delivery must stand in the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One channel on an account of its own, and what happens there."""

    channel: str
    kinds: tuple[str, ...]
    account: str

    @property
    def name(self) -> str:
        """The channel's name in the rules."""
        return f"{self.channel}-{self.account}"

    @property
    def platform(self) -> str:
        """The platform's name."""
        return PLATFORMS[self.channel]

    @property
    def lost(self) -> bool:
        """Whether the answer was lost, so that the outcome was unclear at first."""
        return bool({"accepted_then_error", "accepted_then_timeout"} & set(self.kinds))

    def befall(self, sim: Simulated) -> None:
        """Set the faults."""
        for kind in self.kinds:
            more: dict[str, Any] = {} if kind in DEAF else {"for": f"{LOST_S}s"}
            if kind in LATE:
                more["options"] = {"seconds": 3600}
            sim.fault(self.platform, kind, account=self.account, **more)


def city_of(cases: list[Case], sim: Simulated, folder: Path) -> Path:
    """Write rules with a channel and a route for each case; the notice board stands behind."""
    document = rules(
        sim.url,
        sim.smtp,
        listen=f"127.0.0.1:{free_port()}",
        only=(BOARD,),
        routes=[
            {
                "name": case.account,
                "match": {"tag": [case.account]},
                "priority": [case.name, BOARD],
                "reroute_after": "8s",
            }
            for case in cases
        ],
    )
    document["probing"] = {**document["probing"], "every": "10s"}
    off = dict.fromkeys(("quota", "write_path", "read_back", "visibility", "listening"), "off")
    for case in cases:
        smtp = sim.as_another(case.account).smtp
        channel = channels(sim.url, smtp, case.account)[case.channel]
        channel["probes"] = {**off, "credentials": {"every": "1h"}}
        channel["publish_within"] = "3s"
        document["channels"][case.name] = channel
    return write(folder, document)


def all_up(city: Daemon, cases: list[Case]) -> bool:
    _, page = city.get("/api/v1/channels?limit=200")
    state = {item["id"]: item["abilities"]["publish"]["state"] for item in page["items"]}
    return all(state[case.name] == "up" for case in cases)


@pytest.mark.parametrize("severity", ["severe", "minor"])
def test_a_live_post_that_hides_is_never_joined_by_a_second(
    simulator: Simulated, tmp_path: Path, severity: str
) -> None:
    sim = simulator
    cases = [
        Case(channel=channel, kinds=kinds, account=f"verborgen-{severity}-{number}")
        for number, (channel, kinds) in enumerate(CASES)
    ]
    with Daemon(city_of(cases, sim, tmp_path)) as city:
        wait_for(lambda: all_up(city, cases), 40, "every channel to be up")
        for case in cases:
            case.befall(sim)
        sent = {
            case: city.send(headline=case.account, severity=severity, tags=[case.account])
            for case in cases
        }
        time.sleep(WATCHED_S)
        ended = {case: city.message(message) for case, message in sent.items()}
        holds = city.journal_holds()

    stand = {case: sim.as_another(case.account).posts(case.platform) for case in cases}
    assert {case: len(posts) for case, posts in stand.items()} == dict.fromkeys(cases, 1)
    now = {case: by_channel(message)[case.name] for case, message in ended.items()}
    states = {case: delivery["state"] for case, delivery in now.items()}
    assert states == {case: CASES[case.channel, case.kinds] for case in cases}
    for case in cases:
        assert_honest(case, ended[case], stand[case][0], moved_on=severity == "severe")
    assert holds


def by_channel(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message's deliveries by channel."""
    return {delivery["channel"]: delivery for delivery in message["deliveries"]}


def assert_honest(
    case: Case, message: Mapping[str, Any], post: Mapping[str, Any], *, moved_on: bool
) -> None:
    """What is said to be out is that very post; what is not known was carried by another."""
    deliveries = by_channel(message)
    mine = deliveries[case.name]
    assert message["state"] == "live", case
    if mine["state"] == PUBLISHED:
        named = mine["receipt"]["post_id"]
        assert named in {post["id"], post["key"]} or named.endswith(f"/{post['key']}"), case
    else:
        assert mine["receipt"] is None, case
        assert mine["attempts"][-1]["outcome"] == "unclear", case
        assert deliveries[BOARD]["state"] == PUBLISHED, case
    if moved_on and case.lost:
        assert deliveries[BOARD]["state"] == PUBLISHED, case
        assert {note["reason"] for note in message["explanations"]} >= {"unclear"}, case
