"""Shared fate: the channels of one operator."""

import pytest

from sentinel.domain.cause import Cause, State
from sentinel.domain.family import at_peace, shaken, sharing, siblings
from sentinel.domain.health import ChannelHealth, disbelieved
from sentinel.domain.rules import Channel
from sentinel.domain.secret import SecretKind, SecretRef
from tests.domain.course import MINUTE, NOON, PUBLISH, SECOND, Course


def channel(name: str, operator: str, *depends_on: str) -> Channel:
    return Channel(name=name, platform=name, operator=operator, account=name, depends_on=depends_on)


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


def meta(name: str, token: str | None = None, *depends_on: str) -> Channel:
    return Channel(
        name=name,
        platform=name,
        operator="meta",
        account=name,
        depends_on=depends_on,
        credentials={
            "access_token": SecretRef(SecretKind.ENV, token or f"{name}_TOKEN"),
            "client_id": SecretRef(SecretKind.ENV, "APP"),
        },
    )


CHANNELS = {
    "facebook": meta("facebook", "PAGE_TOKEN"),
    "instagram": meta("instagram", "PAGE_TOKEN"),
    "threads": meta("threads"),
    "mastodon": channel("mastodon", "mstdn.social", "cloudflare"),
    "website": channel("website", "own", "cloudflare"),
}


class Family:
    """Several channels, each observed in its own course."""

    def __init__(self, *names: str) -> None:
        self.courses = {name: Course().see(None) for name in names}
        self.at = max(course.at for course in self.courses.values())

    def refused(self, name: str) -> "Family":
        """See a confirmed token error on one channel, believed or not as its family stands."""
        peace = at_peace(name, CHANNELS, self.healths, self.at + 10 * SECOND)
        return self.see(name, Cause.CREDENTIAL_REJECTED, family_calm=peace)

    def see(
        self, name: str, cause: Cause | None, times: int = 1, *, family_calm: bool = True
    ) -> "Family":
        course = self.courses[name]
        course.at = self.at
        course.see(cause, times, family_calm=family_calm)
        self.at = course.at
        return self

    def wait(self, minutes: float) -> "Family":
        self.at += minutes * MINUTE
        return self

    def settle(self) -> "Family":
        hasty = {h for name in self.courses for h in shaken(name, CHANNELS, self.healths, self.at)}
        for name in hasty:
            course = self.courses[name]
            course.health = disbelieved(course.health, self.at)
        return self

    def says(self, name: str) -> Cause | None:
        return self.courses[name].verdict().cause

    @property
    def healths(self) -> dict[str, ChannelHealth]:
        return {name: course.health for name, course in self.courses.items()}


def peace(name: str, **courses: Course) -> bool:
    healths = {sibling: course.health for sibling, course in courses.items()}
    return at_peace(name, CHANNELS, healths, max(course.at for course in courses.values()))


def test_a_family_of_which_nothing_is_known_is_calm() -> None:
    assert at_peace("facebook", CHANNELS, {}, NOON)


@pytest.mark.parametrize("cause", [Cause.PLATFORM_FAULT, Cause.TLS, Cause.CREDENTIAL_REJECTED])
def test_a_siblings_first_failure_ends_the_calm(cause: Cause) -> None:
    """Meta, 5 March 2024 (drill D3): token errors everywhere, and no token was wrong."""
    assert not peace("facebook", threads=Course().see(None).see(cause))


def test_a_success_of_the_sibling_restores_the_calm() -> None:
    assert peace("facebook", threads=Course().see(Cause.PLATFORM_FAULT).see(None))


def test_a_single_failure_is_forgotten_after_two_minutes() -> None:
    threads = Course().see(Cause.PLATFORM_FAULT)

    threads.at += 2 * MINUTE - SECOND
    before = peace("facebook", threads=threads)
    threads.at += SECOND

    assert not before
    assert peace("facebook", threads=threads)


@pytest.mark.parametrize("cause", [Cause.RATE_LIMITED, Cause.ACCOUNT_LOCKED, Cause.QUOTA_LOW])
def test_what_is_one_accounts_own_does_not_disturb_the_family(cause: Cause) -> None:
    assert peace("facebook", threads=Course().see(cause))


def test_other_operators_failures_and_ones_own_do_not_matter() -> None:
    failing = Course().see(Cause.PLATFORM_FAULT, 3)

    assert peace("facebook", facebook=failing, mastodon=failing)


def test_the_citys_own_channels_are_no_family() -> None:
    own = {"board": channel("board", "own"), "mail": channel("mail", "own")}
    failing = Course().see(Cause.PLATFORM_FAULT, 3)

    assert at_peace("board", own, {"mail": failing.health}, failing.at)


def test_a_token_refused_on_one_channel_alone_is_revoked() -> None:
    """Drill D4: 190/460 on Facebook only, the siblings are fine."""
    family = Family("facebook", "threads").see("threads", None).refused("facebook")

    assert family.says("facebook") is Cause.CREDENTIAL_REJECTED


def test_tokens_refused_everywhere_are_the_platforms_fault_also_for_the_first_of_them() -> None:
    """Drill D3: code 190 on all Meta calls. Of the first one nobody could know it."""
    family = Family("facebook", "threads").refused("facebook").refused("threads").settle()

    assert family.says("facebook") is Cause.PLATFORM_FAULT
    assert family.says("threads") is None
    assert family.courses["facebook"].verdict().state is State.DOWN


def test_a_token_error_is_not_believed_when_the_family_recovers_at_different_times() -> None:
    """The last one to recover from a glitch looks like the only one that is refused."""
    family = Family("facebook", "threads").refused("facebook").refused("threads").settle()

    family.see("threads", None, 2).wait(30).refused("facebook")
    within_the_hour = family.says("facebook")
    family.wait(60).see("threads", None).refused("facebook")

    assert within_the_hour is Cause.PLATFORM_FAULT
    assert family.says("facebook") is Cause.CREDENTIAL_REJECTED


def test_a_belief_is_withdrawn_when_a_sibling_is_refused_within_the_hour() -> None:
    family = Family("facebook", "threads").refused("facebook").wait(40).refused("threads").settle()

    assert family.says("facebook") is Cause.PLATFORM_FAULT


def test_a_belief_is_not_shaken_by_a_sibling_that_merely_falls_half_an_hour_later() -> None:
    family = Family("facebook", "threads").refused("facebook")

    family.wait(30).see("threads", Cause.PLATFORM_FAULT, 3).settle()
    still = family.says("facebook")
    family.see("facebook", Cause.CREDENTIAL_REJECTED, family_calm=False)

    assert [still, family.says("facebook")] == [Cause.CREDENTIAL_REJECTED] * 2


def test_a_belief_is_withdrawn_when_a_sibling_falls_right_after() -> None:
    family = Family("facebook", "threads").refused("facebook").wait(5)

    family.see("threads", Cause.PLATFORM_FAULT, 3).settle()

    assert family.says("facebook") is Cause.PLATFORM_FAULT


def test_two_channels_with_one_token_are_one_witness() -> None:
    """The shared token was revoked: both are refused, and a sibling with its own is well."""
    family = Family("facebook", "instagram", "threads").refused("facebook").see("threads", None)
    family.refused("instagram").settle()

    assert sharing("facebook", CHANNELS) == ("instagram",)
    assert family.says("facebook") is Cause.CREDENTIAL_REJECTED
    assert family.says("instagram") is Cause.CREDENTIAL_REJECTED


def test_one_token_refused_everywhere_without_another_witness_is_not_believed() -> None:
    family = Family("facebook", "instagram").refused("facebook").refused("instagram")

    assert family.says("instagram") is not Cause.CREDENTIAL_REJECTED


def test_a_failing_twin_is_no_calm_however_well_another_is() -> None:
    family = Family("facebook", "instagram", "threads").see("instagram", Cause.PLATFORM_FAULT)
    family.see("threads", None)

    assert not at_peace("facebook", CHANNELS, family.healths, family.at)


def test_a_suspect_ends_the_peace_unless_it_shares_the_token_and_another_is_well() -> None:
    family = Family("facebook", "instagram", "threads").see("threads", None)
    known = family.healths

    assert not at_peace("facebook", CHANNELS, known, family.at, suspects={"threads"})
    assert at_peace("facebook", CHANNELS, known, family.at, suspects={"instagram"})
    assert not at_peace("facebook", CHANNELS, {}, family.at, suspects={"instagram"})


def test_a_token_known_to_be_bad_for_long_does_not_speak_for_its_siblings_any_more() -> None:
    family = Family("facebook", "threads").refused("facebook")

    family.wait(70).refused("facebook").see("threads", None)

    assert at_peace("threads", CHANNELS, family.healths, family.at)


def test_a_shared_dependency_makes_a_family_too() -> None:
    family = Family("mastodon", "website").see("website", Cause.PLATFORM_FAULT)

    assert not at_peace("mastodon", CHANNELS, family.healths, family.at)


def test_a_blind_vantage_does_not_make_a_family_uneasy() -> None:
    threads = Course().see(None, vantage="a").see(None, vantage="b")
    for _ in range(5):
        threads.see(Cause.UNREACHABLE, vantage="b")
        threads.see(None, vantage="a").see(None, vantage="c")

    assert at_peace("facebook", CHANNELS, {"threads": threads.health}, threads.at)
    assert threads.health.verdicts[PUBLISH].state is State.UP
