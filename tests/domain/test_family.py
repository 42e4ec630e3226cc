"""Shared fate: the channels of one operator."""

import pytest

from sentinel.domain.cause import Cause
from sentinel.domain.family import calm, siblings
from sentinel.domain.health import ChannelHealth
from sentinel.domain.rules import Channel
from tests.domain.course import MINUTE, NOON, SECOND, Course

OPERATORS = {
    "facebook": "meta",
    "threads": "meta",
    "mastodon": "mstdn.social",
    "board": "own",
    "mail": "own",
}


def calm_for_facebook(healths: dict[str, ChannelHealth], course: Course) -> bool:
    return calm("facebook", healths, OPERATORS, course.at)


def channel(name: str, operator: str, *depends_on: str) -> Channel:
    return Channel(name=name, platform=name, operator=operator, account=name, depends_on=depends_on)


def test_a_family_of_which_nothing_is_known_is_calm() -> None:
    assert calm("facebook", {}, OPERATORS, NOON)


@pytest.mark.parametrize("cause", [Cause.PLATFORM_FAULT, Cause.TLS, Cause.CREDENTIAL_REJECTED])
def test_a_siblings_first_failure_ends_the_calm(cause: Cause) -> None:
    """Meta, 5 March 2024 (drill D3): token errors everywhere, and no token was wrong."""
    threads = Course().see(None).see(cause)

    assert not calm_for_facebook({"threads": threads.health}, threads)


def test_a_success_of_the_sibling_restores_the_calm() -> None:
    threads = Course().see(Cause.PLATFORM_FAULT).see(None)

    assert calm_for_facebook({"threads": threads.health}, threads)


def test_a_failure_is_forgotten_after_two_minutes() -> None:
    threads = Course().see(Cause.PLATFORM_FAULT)

    threads.at += 2 * MINUTE - SECOND
    before = calm_for_facebook({"threads": threads.health}, threads)
    threads.at += SECOND

    assert not before
    assert calm_for_facebook({"threads": threads.health}, threads)


@pytest.mark.parametrize("cause", [Cause.RATE_LIMITED, Cause.ACCOUNT_LOCKED, Cause.QUOTA_LOW])
def test_what_is_one_accounts_own_does_not_disturb_the_family(cause: Cause) -> None:
    threads = Course().see(cause)

    assert calm_for_facebook({"threads": threads.health}, threads)


def test_other_operators_failures_and_ones_own_do_not_matter() -> None:
    failing = Course().see(Cause.PLATFORM_FAULT, 3)
    healths = {"facebook": failing.health, "mastodon": failing.health}

    assert calm_for_facebook(healths, failing)


def test_the_citys_own_channels_are_no_family() -> None:
    failing = Course().see(Cause.PLATFORM_FAULT, 3)

    assert calm("board", {"mail": failing.health}, OPERATORS, failing.at)


def test_a_suspect_not_yet_judged_ends_the_calm() -> None:
    assert not calm("threads", {}, OPERATORS, NOON, suspects={"facebook"})
    assert calm("threads", {}, OPERATORS, NOON, suspects={"threads", "mastodon"})


def test_siblings_share_an_operator_or_a_dependency() -> None:
    channels = {
        "facebook": channel("facebook", "meta"),
        "threads": channel("threads", "meta"),
        "x": channel("x", "x", "cloudflare"),
        "website": channel("website", "own", "cloudflare", "rathaus"),
        "board": channel("board", "own", "rathaus"),
        "mail": channel("mail", "own"),
    }

    assert siblings("facebook", channels) == ("threads",)
    assert siblings("website", channels) == ("x", "board")
    assert siblings("mail", channels) == ()
