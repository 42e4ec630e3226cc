"""The one word for monitoring systems."""

from dataclasses import replace

import pytest

from sentinel.domain.cause import Cause
from sentinel.domain.rules import Mode, Route
from sentinel.domain.summary import Status, Works, has_usable, overall
from tests.domain.town import PUBLIC, Town, bad, town

ALL_WORK = Works(storage=True, scheduler=True, dispatcher=True, notifier=True)


def status(
    seen: Town, works: Works = ALL_WORK, stranded: int = 0, lost: tuple[str, ...] = ()
) -> Status:
    return overall(seen.board, seen.routes, works, stranded=stranded, lost_uplinks=lost)


def test_all_is_well() -> None:
    assert status(town("x", "threads", always=("warnseite",))) is Status.PASS


@pytest.mark.parametrize("part", ["storage", "scheduler", "dispatcher", "notifier"])
def test_a_broken_part_of_the_daemon_fails(part: str) -> None:
    assert status(town("x"), replace(ALL_WORK, **{part: False})) is Status.FAIL


def test_a_stranded_message_fails() -> None:
    assert status(town("x"), stranded=1) is Status.FAIL


def test_a_route_without_a_usable_channel_fails() -> None:
    musterstadt = town("x", "threads", copies=2)
    musterstadt.fall("x")

    assert status(musterstadt) is Status.FAIL


@pytest.mark.parametrize("cause", [Cause.TLS, Cause.BAD_CONFIGURATION])
def test_an_always_channel_that_cannot_publish_fails(cause: Cause) -> None:
    musterstadt = town("x", always=("warnseite",))
    musterstadt.fall("warnseite", cause)

    assert status(musterstadt) is Status.FAIL


def test_a_hold_warns_for_one_that_is_forgotten_keeps_a_city_silent() -> None:
    well = town("x")

    said = overall(well.board, well.routes, ALL_WORK, stranded=0, lost_uplinks=(), on_hold=True)

    assert said is Status.WARN


def test_anything_else_that_is_not_up_warns() -> None:
    musterstadt = town("x", "threads")
    musterstadt.fall("x")
    assert status(musterstadt) is Status.WARN

    hamburg = town("x", "threads")
    hamburg.judge("x", bad(Cause.READER_RESTRICTED), PUBLIC)
    assert status(hamburg) is Status.WARN


def test_a_doubt_warns_but_what_was_never_observed_does_not_count() -> None:
    for cause, expected in ((Cause.STALE, Status.WARN), (Cause.NOT_OBSERVED, Status.PASS)):
        musterstadt = town("x")
        musterstadt.judge("x", bad(cause))
        assert status(musterstadt) is expected


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.FROZEN])
def test_channels_off_or_frozen_do_not_count(mode: Mode) -> None:
    dresden = town("x", "threads")
    dresden.fall("x")
    dresden.alter("x", mode=mode)

    assert status(dresden) is Status.PASS


def test_channels_frozen_by_a_person_or_not_configured_do_not_count() -> None:
    musterstadt = town("x", "y", "threads")
    musterstadt.fall("x")
    musterstadt.freeze("x")
    musterstadt.fall("y", Cause.BAD_CONFIGURATION)

    assert status(musterstadt) is Status.PASS


def test_a_lost_line_warns_while_a_route_has_a_channel_off_it_and_fails_otherwise() -> None:
    musterstadt = town("x", "sms")
    musterstadt.fall("x", Cause.UPLINK_LOST)
    assert status(musterstadt, lost=("default",)) is Status.WARN

    musterstadt.fall("sms", Cause.UPLINK_LOST)
    assert status(musterstadt, lost=("default",)) is Status.FAIL


def test_a_line_that_no_channel_needs_warns_all_the_same() -> None:
    assert status(town("x"), lost=("reserve",)) is Status.WARN


def test_a_degraded_channel_can_still_publish() -> None:
    musterstadt = town("x")
    musterstadt.fall("x", Cause.SLOW)

    assert has_usable(musterstadt.routes[0], musterstadt.board)


def test_a_channel_that_is_gone_cannot_publish() -> None:
    musterstadt = town("x")

    assert not has_usable(Route(name="alt", priority=("alt",)), musterstadt.board)
    assert not has_usable(Route(name="alt", always=("alt",)), musterstadt.board)
