"""`status` says why an ability that was last seen well still does not count as up."""

import io
from datetime import UTC, datetime
from pathlib import Path

from sentinel.cli.context import Context
from sentinel.cli.peek import peek
from sentinel.cli.screen import Screen
from sentinel.cli.status import channel_table
from sentinel.domain.cause import Ability, Cause, State
from sentinel.domain.evidence import Evidence
from sentinel.domain.health import Verdict, blank
from sentinel.domain.rules import Channel
from sentinel.service.health_shapes import channel_shape

AT = datetime(2026, 3, 5, 15, 0, tzinfo=UTC)


def shown(verdict: Verdict) -> str:
    channel = Channel(name="x-stadt", platform="x", operator="x", account="x")
    known = blank("x-stadt", Ability, AT)
    health = type(known)(channel="x-stadt", verdicts={**known.verdicts, Ability.PUBLISH: verdict})
    shape = channel_shape(
        channel, health, freeze=None, quota=(), credential_expires_at=None, pending=0
    )
    out = io.StringIO()
    context = Context(
        rules=Path("none.yaml"),
        env={},
        language="de",
        json=False,
        url=None,
        peek=peek(Path("none.yaml")),
        screen=Screen(out, out),
    )
    channel_table(context, [shape])
    return out.getvalue()


def check(good_since: int = 0) -> Evidence:
    return Evidence(
        probe="write_path",
        vantage="rathaus",
        at=AT,
        since=AT,
        saw="HTTP 503",
        in_a_row=3,
        good_since=good_since,
    )


def test_one_that_needs_more_good_looks_says_so() -> None:
    text = shown(
        Verdict(
            state=State.DOWN,
            cause=Cause.PLATFORM_FAULT,
            evidence="HTTP 503",
            since=AT,
            items=(check(good_since=1),),
        )
    )

    assert "seither einmal gut, was sich noch bestätigen muss" in text


def test_one_that_flapped_says_until_when_it_must_stay_calm() -> None:
    text = shown(
        Verdict(
            state=State.DOWN,
            cause=Cause.PLATFORM_FAULT,
            evidence="5 changes lately",
            since=AT,
            until=AT,
            flaps=True,
        )
    )

    assert "mehrmals ausgefallen und wiedergekommen" in text
    assert "bis 05.03. 15:00 UTC so bleibt" in text


def test_of_one_that_still_fails_the_table_says_enough() -> None:
    text = shown(
        Verdict(
            state=State.DOWN,
            cause=Cause.PLATFORM_FAULT,
            evidence="HTTP 503",
            since=AT,
            items=(check(),),
        )
    )

    assert "weil" not in text
