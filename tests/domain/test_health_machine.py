"""Health against a second reading and against the truth, over stories that nobody thought of.

Three machines. One place sees one ability: every verdict is that of the second
reading in `model_health`. Several places see it, a minority of them blind: the
blind change nothing. A family of channels whose tokens the machine itself
revokes, or whose platform it lets stumble: no glitch ever revokes one.
"""

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sentinel.domain.cause import CREDENTIAL, EFFECTS, Acts, Cause, State
from sentinel.domain.family import at_peace, shaken
from sentinel.domain.health import ChannelHealth, Verdict, at_time, blank, disbelieved, observe
from sentinel.domain.observation import Finding, Observation
from sentinel.domain.rules import Channel, Flapping, Probing
from sentinel.domain.secret import SecretKind, SecretRef
from sentinel.storage.codec import decode, encode
from tests.domain import model_health as model
from tests.domain.course import MINUTE, NOON, PUBLISH, SECOND

EVERY = timedelta(seconds=30)
SETTINGS = settings(max_examples=30, stateful_step_count=30, deadline=None)
PROBES = st.sampled_from(["credentials", "write_path", "reachability"])
KINDS = st.sampled_from(
    [model.GOOD] * 4
    + [model.UNREACHABLE] * 3
    + [model.SLOW, model.REFUSED, model.LIMITED, model.UPLINK_LOST]
)


def cause_of(kind: str) -> Cause | None:
    return None if kind == model.GOOD else Cause(kind)


class OnePlace(RuleBasedStateMachine):
    """One ability seen from one place, beside its second reading."""

    @initialize(
        fall=st.integers(1, 4),
        rise=st.integers(1, 3),
        changes=st.integers(0, 3),
        calm=st.integers(1, 10),
    )
    def begin(self, fall: int, rise: int, changes: int, calm: int) -> None:
        flapping = Flapping(changes=changes, within=30 * MINUTE, calm_for=calm * MINUTE)
        self.probing = Probing(fall=fall, rise=rise, every=EVERY, flapping=flapping)
        self.at = NOON
        self.health = blank("x", [PUBLISH], NOON)
        self.story = model.Story(
            model.Rule(
                fall=fall,
                rise=rise,
                fresh=3 * EVERY,
                changes=changes,
                within=flapping.within,
                calm_for=flapping.calm_for,
            )
        )
        self.before: Verdict = self.health.verdicts[PUBLISH]
        self.moved = True
        self.failed_at: datetime | None = None
        self.turns: list[datetime] = []
        self.known: State | None = None

    @rule(
        probe=PROBES,
        kind=KINDS,
        times=st.integers(1, 4),
        reset=st.none() | st.integers(-5, 1200),
    )
    def look(self, probe: str, kind: str, times: int, reset: int | None) -> None:
        for _ in range(times):
            self.at += 2 * SECOND
            until = None if reset is None else self.at + reset * SECOND
            until = until if kind == model.LIMITED else None
            finding = Finding(
                ability=PUBLISH,
                cause=cause_of(kind),
                evidence=kind,
                until=until,
                proves=probe != "reachability",
            )
            seen = Observation(
                channel="x",
                probe=probe,
                finding=finding,
                at=self.at,
                vantage="a",
                fresh_until=self.at + 3 * EVERY,
            )
            self.health = observe(self.health, seen, self.probing, family_calm=True, at=self.at)
            self.story.see(probe, model.Look(self.at, kind, until))
            bad = kind not in {model.GOOD, model.UPLINK_LOST}
            self.failed_at = self.at if bad else self.failed_at
            self.compare(seen=True)
            acts = kind not in {model.GOOD, model.UPLINK_LOST}
            if acts and EFFECTS[Cause(kind)].acts is Acts.AT_ONCE:
                assert self.verdict.state is State.DOWN  # a decisive cause acts at once

    @rule(seconds=st.sampled_from([1, 5, 29, 45, 89, 91, 300, 1500]))
    def wait(self, seconds: int) -> None:
        self.at += seconds * SECOND
        self.health = at_time(self.health, self.probing, self.at)
        self.compare(seen=False)

    @rule()
    def restart(self) -> None:
        """What was judged is read back from disk and holds."""
        again: ChannelHealth = decode(ChannelHealth, encode(ChannelHealth, self.health))

        assert again == self.health
        self.health = again

    @property
    def verdict(self) -> Verdict:
        return self.health.verdicts[PUBLISH]

    def compare(self, *, seen: bool) -> None:
        """The verdict is the second reading's; and of itself it keeps these laws."""
        said = self.story.show(self.at)
        now, before = self.verdict, self.before
        assert (now.state, now.cause) == said, self.story
        if not self.story.looks:
            assert said == (State.UNKNOWN, Cause.NOT_OBSERVED)
        if not seen and before.state is not now.state:
            self.only_time_may_have_done_this(before, now)
        if now.cause is not None and self.story.cut:
            assert EFFECTS[now.cause].acts is not Acts.COUNTED  # no platform is blamed
        self.not_faster_than_the_rule(now)
        self.before = now

    def only_time_may_have_done_this(self, before: Verdict, now: Verdict) -> None:
        """Without a look nothing grows worse but doubt, and only resets and calms bring back."""
        assert now.state is State.UNKNOWN or now.state.badness < before.state.badness
        if now.state is State.UP:
            assert before.until is not None
            assert before.until <= self.at

    def not_faster_than_the_rule(self, now: Verdict) -> None:
        flapping = self.probing.flapping
        if now.state is State.UNKNOWN:
            return
        if self.known is not None and (self.known is State.UP) != (now.state is State.UP):
            lately = [turn for turn in self.turns if turn > self.at - flapping.within]
            if now.state is State.UP and len(lately) > flapping.changes:
                assert self.failed_at is not None
                assert self.at >= self.failed_at + flapping.calm_for
            self.turns.append(self.at)
        self.known = now.state


TestOnePlace = OnePlace.TestCase
TestOnePlace.settings = SETTINGS

SIGHTED = ("north", "south", "west")
BLIND_KINDS = st.sampled_from(
    [
        Cause.UNREACHABLE,
        Cause.NAME_RESOLUTION,
        Cause.TLS,
        Cause.PLATFORM_FAULT,
        Cause.SLOW,
        Cause.UPLINK_LOST,
        None,
    ]
)


class BlindMinority(RuleBasedStateMachine):
    """Three places that see what is, and up to two that see whatever they like."""

    @initialize(blind=st.integers(1, 2))
    def begin(self, blind: int) -> None:
        self.blind = ("dark", "fog")[:blind]
        self.probing = Probing(flapping=Flapping(changes=10_000))
        self.at = NOON
        self.works = True
        self.health = blank("x", [PUBLISH], NOON)
        self.round(1)

    @rule(
        probe=st.sampled_from(["credentials", "reachability"]),
        which=st.integers(0, 1),
        cause=BLIND_KINDS,
        times=st.integers(1, 5),
    )
    def nonsense(self, probe: str, which: int, cause: Cause | None, times: int) -> None:
        vantage = self.blind[which % len(self.blind)]
        for _ in range(times):
            self.see(vantage, cause, probe=probe)
            self.judged()

    @rule(times=st.integers(1, 4))
    def post_in_the_dark(self, times: int) -> None:
        """A blind place has looked at the address before it posts, and fails at both."""
        for vantage in SIGHTED:
            self.reach(vantage)
        self.see(self.blind[0], Cause.UNREACHABLE, probe="reachability")
        for _ in range(times):
            self.see(self.blind[0], Cause.UNREACHABLE, probe="delivery")
        if self.works:
            assert self.health.verdicts[PUBLISH].state is State.UP

    @rule()
    def fail(self) -> None:
        self.works = False
        self.round(3)

    @rule()
    def recover(self) -> None:
        self.works = True
        self.round(2)

    @rule()
    def look(self) -> None:
        self.round(1)

    @rule(seconds=st.integers(1, 25))
    def wait(self, seconds: int) -> None:
        self.at += seconds * SECOND
        self.health = at_time(self.health, self.probing, self.at)

    def round(self, times: int) -> None:
        for _ in range(times):
            for vantage in SIGHTED:
                self.see(vantage, None if self.works else Cause.UNREACHABLE)
                self.reach(vantage)
        self.judged()

    def reach(self, vantage: str) -> None:
        self.see(vantage, None if self.works else Cause.UNREACHABLE, probe="reachability")

    def judged(self) -> None:
        """The verdict is what the sighted see, whatever the blind say."""
        assert self.health.verdicts[PUBLISH].state is (State.UP if self.works else State.DOWN)

    def see(self, vantage: str, cause: Cause | None, probe: str = "credentials") -> None:
        self.at += SECOND / 10
        seen = Observation(
            channel="x",
            probe=probe,
            finding=Finding(ability=PUBLISH, cause=cause, proves=probe != "reachability"),
            at=self.at,
            vantage=vantage,
            fresh_until=self.at + timedelta(hours=9),
        )
        self.health = observe(self.health, seen, self.probing, family_calm=True, at=self.at)


TestBlindMinority = BlindMinority.TestCase
TestBlindMinority.settings = SETTINGS

META = {
    name: Channel(
        name=name,
        platform=name,
        operator="meta",
        account=name,
        credentials={"access_token": SecretRef(SecretKind.ENV, token)},
    )
    for name, token in {
        "facebook": "PAGE",
        "instagram": "PAGE",
        "threads": "THREADS",
        "whatsapp": "WHATSAPP",
    }.items()
}
GLITCHES = st.sampled_from(
    [Cause.CREDENTIAL_REJECTED, Cause.CREDENTIAL_EXPIRED, Cause.PLATFORM_FAULT, Cause.UNREACHABLE]
)


class Glitches(RuleBasedStateMachine):
    """A family of four: the machine revokes tokens, and lets the platform stumble."""

    @initialize()
    def begin(self) -> None:
        self.at = NOON
        self.probing = Probing()
        self.revoked: set[str] = set()
        self.ever_revoked: set[str] = set()
        self.stumbles: dict[str, Cause] = {}
        self.healths = {name: blank(name, [PUBLISH], NOON) for name in META}
        self.stumbled_at: datetime | None = None
        self.look_at_all()

    @rule(kinds=st.tuples(GLITCHES, GLITCHES, GLITCHES, GLITCHES))
    def stumble(self, kinds: tuple[Cause, Cause, Cause, Cause]) -> None:
        """The platform fails for the whole family at once, in whatever words."""
        self.stumbles = dict(zip(META, kinds, strict=True))
        self.look_at_all()

    @rule(names=st.sets(st.sampled_from(list(META)), min_size=1))
    def recover(self, names: set[str]) -> None:
        """It comes back in one place sooner than in another."""
        for name in names:
            self.stumbles.pop(name, None)
        self.look_at_all()

    @rule(name=st.sampled_from(list(META)))
    def revoke(self, name: str) -> None:
        """Somebody really revokes a token: on every channel that uses it."""
        token = META[name].credentials["access_token"]
        twins = {n for n, one in META.items() if one.credentials["access_token"] == token}
        self.revoked |= twins
        self.ever_revoked |= twins

    @rule(name=st.sampled_from(list(META)))
    def renew(self, name: str) -> None:
        self.revoked.discard(name)

    @rule(name=st.sampled_from(list(META)), minutes=st.floats(0.1, 20))
    def look(self, name: str, minutes: float) -> None:
        self.at += minutes * MINUTE
        self.see(name)

    @rule()
    def look_at_all(self) -> None:
        for name in META:
            self.see(name)

    @rule(hours=st.integers(2, 4))
    def quiet(self, hours: int) -> None:
        """A long time without a stumble, with a look at everything now and then."""
        self.stumbles = {}
        for _ in range(hours * 2):
            self.at += 30 * MINUTE
            self.look_at_all()

    @invariant()
    def no_glitch_revokes_a_token(self) -> None:
        for name, health in getattr(self, "healths", {}).items():
            cause = health.verdicts[PUBLISH].cause
            assert cause not in CREDENTIAL or name in self.ever_revoked

    @rule()
    def a_single_revoked_token_is_found(self) -> None:
        """After a quiet time, and with the others well, the second call is believed."""
        self.revoked = set()
        self.quiet(2)
        self.revoke("threads")
        self.see("threads")
        verdict = self.healths["threads"].verdicts[PUBLISH]

        assert (verdict.state, verdict.cause) == (State.DOWN, Cause.CREDENTIAL_REJECTED)

    def see(self, name: str) -> None:
        """Look as the watcher does: of a token error the family is asked before it is judged."""
        cause = self.truth(name)
        if cause in CREDENTIAL:
            for sibling in META:
                if sibling != name:
                    self.judge(sibling, suspects=frozenset({name}))
        self.judge(name)

    def judge(self, name: str, suspects: frozenset[str] = frozenset()) -> None:
        self.at += SECOND
        finding = Finding(ability=PUBLISH, cause=self.truth(name), evidence="played")
        seen = Observation(
            channel=name,
            probe="credentials",
            finding=finding,
            at=self.at,
            vantage="a",
            fresh_until=self.at + 15 * MINUTE,
        )
        peace = at_peace(name, META, self.healths, self.at, suspects=suspects)
        before = at_time(self.healths[name], self.probing, self.at)
        self.healths[name] = observe(before, seen, self.probing, family_calm=peace, at=self.at)
        for hasty in shaken(name, META, self.healths, self.at) if finding.cause else ():
            self.healths[hasty] = disbelieved(self.healths[hasty], self.at)

    def truth(self, name: str) -> Cause | None:
        stumble = self.stumbles.get(name)
        return stumble or (Cause.CREDENTIAL_REJECTED if name in self.revoked else None)


TestGlitches = Glitches.TestCase
TestGlitches.settings = SETTINGS
