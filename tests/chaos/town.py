"""The town on which chaos comes down: its rules, and its history as the checker wants it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sentinel.app.clock import utc_now
from tests.support.aftermath import BOARD, PLATFORMS
from tests.support.city import free_port, rules, write
from tests.support.history import (
    Arrival,
    Asked,
    Held,
    History,
    Kept,
    Post,
    Step,
    Told,
    as_seen,
)
from tests.support.simulated import Simulated

LIST = ("x-stadt", "mastodon-stadt", "bluesky-stadt", "threads-stadt")
ROUTES: tuple[dict[str, Any], ...] = (
    {
        "name": "gefahr",
        "match": {"severity": ["extreme", "severe"]},
        "always": [BOARD],
        "priority": list(LIST),
        "copies": 2,
        "reroute_after": "2s",
    },
    {
        "name": "alltag",
        "match": {"severity": ["moderate", "minor"]},
        "priority": list(reversed(LIST)),
        "reroute_after": "2s",
    },
    {"name": "presse", "match": {"tag": ["presse"]}, "always": ["presse-mail"]},
    {
        "name": "zu-zweit",
        "match": {"tag": ["freigabe"]},
        "priority": list(LIST),
        "approval": "four_eyes",
    },
)
INTAKE = "eingang"
PATIENT = {
    "every": "2s",
    "every_in_crisis": "2s",
    "timeout": "2s",
    "recheck_after": "300ms",
    "fall": 2,
    "rise": 1,
    "slow_above": "2s",
    "flapping": {"changes": 1000},  # a channel that fell twenty times is still needed at the end
}


def founded(
    folder: Path,
    sim: Simulated,
    *,
    storage: Mapping[str, str] | None = None,
    publish_within: str = "2s",
    linked: bool = True,
    routes: Sequence[Mapping[str, Any]] = ROUTES,
) -> Path:
    """Write the town's rules and return the file.

    Args:
        folder: Where rules and data lie.
        sim: Its platforms; the account is the town's own.
        storage: `url` of the database and `data`; None: SQLite in the folder.
        publish_within: How long a post may take, and so how long a lease is.
        linked: Posts link to the page of the notice; else they bear its number.
        routes: Other routes.
    """
    document = rules(
        sim.url,
        sim.smtp,
        listen=f"127.0.0.1:{free_port()}",
        routes=[dict(route) for route in routes],
        account=sim.account,
        notice_link=BOARD if linked else None,
        probing=PATIENT,
        intake={"directory": INTAKE, "approval": "none"},
    )
    (folder / INTAKE).mkdir()
    if storage is not None:
        document["storage"] = dict(storage)
    for name, channel in document["channels"].items():
        channel["probes"] = {**channel["probes"], "write_path": "off"}
        if name != BOARD:
            channel["publish_within"] = publish_within
    inbox = f"{sim.url.replace('http', 'json')}/_inbox/{sim.account}"
    document["staff"]["contacts"]["presse"]["addresses"] = [{"url": inbox}]
    return write(folder, document)


def asked(routes: Sequence[Mapping[str, Any]] = ROUTES) -> dict[str, Asked]:
    """Return what the routes ask for, as the checker wants it."""
    return {
        route["name"]: Asked(
            always=tuple(route.get("always", ())),
            priority=tuple(route.get("priority", ())),
            copies=route.get("copies", 1),
        )
        for route in routes
    }


def history(
    sim: Simulated,
    data: Path,
    kept: Kept,
    *,
    intake: Path,
    heard: Sequence[Any] = (),
    held: Sequence[Held] = (),
    steps: Sequence[Step] = (),
) -> History:
    """Put together what happened, as everybody but the daemon saw it."""
    arrivals = tuple(_arrivals(sim))
    return History(
        kept=kept,
        posts=(*_posts(sim, arrivals), *_pages(data / "public")),
        arrivals=arrivals,
        told=tuple(_told(sim)),
        heard=tuple(heard),
        held=tuple(held),
        filed=tuple(sorted(file.stem for file in (intake / "accepted").glob("*.json"))),
        lying=tuple(sorted(file.name for file in intake.glob("*.json"))),
        routes=asked(),
        steps=as_seen(steps, _stamps(kept)),
        ended_at=utc_now(),
    )


def _stamps(kept: Kept) -> list[datetime]:
    """Return what the daemon's clock showed whenever it wrote something down."""
    began = (attempt.started_at for attempt in kept.attempts)
    ended = (attempt.ended_at for attempt in kept.attempts if attempt.ended_at is not None)
    return [*began, *ended, *(entry.at for entry in kept.journal)]


def _arrivals(sim: Simulated) -> list[Arrival]:
    found = []
    for channel, platform in PLATFORMS.items():
        for one in sim.ask("GET", f"/_arrivals?platform={platform}&account={sim.account}"):
            at = datetime.fromisoformat(one["at"])
            found.append(Arrival(channel=channel, text=one["text"], at=at, post=one["id"]))
    return found


def _posts(sim: Simulated, arrivals: Sequence[Arrival]) -> list[Post]:
    """Return every post with the text as it was first sent: a platform may have cut it."""
    sent: dict[tuple[str, str | None], str] = {}
    for one in arrivals:
        sent.setdefault((one.channel, one.post), one.text)
    return [
        Post(
            channel=channel,
            id=post["id"],
            text=sent.get((channel, post["id"]), post["text"]),
            at=datetime.fromisoformat(post["at"]),
            deleted=post["deleted"],
            visible=post["visible"],
        )
        for channel, platform in PLATFORMS.items()
        for post in sim.posts(platform)
    ]


def _pages(public: Path) -> list[Post]:
    """Return the notices on the board; each bears its message's id in its name.

    The file with its data makes a notice: from then on the board's page lists it, now or
    when the next one is written. What is taken down has a page that says so, and no data.
    """
    return [
        Post(channel=BOARD, id=file.stem, text=f"/notices/{file.stem}", at=None)
        for file in sorted(public.glob("*-*.json"))
    ]


def _told(sim: Simulated) -> list[Told]:
    return [
        Told(
            at=datetime.fromisoformat(note["at"]),
            subject=re.sub(r"\s+", " ", str(note["body"]["title"])),
            text=str(note["body"]["message"]),
        )
        for note in sim.ask("GET", f"/_inbox?name={sim.account}")
    ]
