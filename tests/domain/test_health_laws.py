"""The laws of health, each against a second, naive reading of the rule, at every step."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import groupby

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.cause import EFFECTS, Acts, Cause, State
from sentinel.domain.health import ChannelHealth, at_time, next_change_at
from sentinel.domain.rules import Flapping, Probing
from tests.domain.course import MINUTE, NOON, PUBLISH, Course

GOOD, SLOW, DOWN, ONCE = None, Cause.SLOW, Cause.UNREACHABLE, Cause.PERMISSION_MISSING
NEVER = [cause for cause, effect in EFFECTS.items() if effect.acts is Acts.NEVER]
STEADY = Flapping(changes=9999)  # nothing ever flaps

Seen = Cause | None
rules = st.builds(Probing, fall=st.integers(1, 5), rise=st.integers(1, 4), flapping=st.just(STEADY))


def runs_of(*kinds: Seen) -> st.SearchStrategy[list[Seen]]:
    """Runs, not coin flips: a streak long enough to matter must be likely."""
    runs = st.lists(st.tuples(st.sampled_from(kinds), st.integers(1, 6)), max_size=8)
    return runs.map(lambda some: [kind for kind, length in some for _ in range(length)])


def states(seen: Sequence[Seen], rule: Probing) -> list[State]:
    course = Course(rule)
    return [course.see(kind).verdict().state for kind in seen]


@settings(max_examples=60)
@given(runs_of(GOOD, DOWN), rules)
def test_changing_our_mind_takes_a_full_streak(seen: list[Seen], rule: Probing) -> None:
    downs = [state is State.DOWN for state in states(seen, rule)]

    assert downs == [naively_down(seen[: n + 1], rule) for n in range(len(seen))]


def naively_down(seen: Sequence[Seen], rule: Probing) -> bool:
    """Only runs of equal findings count: long enough a run settles the question."""
    down = False
    for kind, run in groupby(seen):
        length = len(list(run))
        down = length >= rule.fall if kind and not down else down
        down = length < rule.rise if not kind and down else down
    return down


@settings(max_examples=80)
@given(runs_of(GOOD, SLOW, DOWN, ONCE), rules)
def test_every_state_follows_from_the_last_few_findings(seen: list[Seen], rule: Probing) -> None:
    expected: list[State] = []
    for n in range(len(seen)):
        before = expected[-1] if expected else State.UNKNOWN
        expected.append(naive_state(before, seen[: n + 1], rule))

    assert states(seen, rule) == expected


def naive_state(before: State, seen: Sequence[Seen], rule: Probing) -> State:
    """Look back over what was seen instead of counting."""
    good_lately = all(kind is GOOD for kind in seen[-rule.rise :]) and len(seen) >= rule.rise
    hard = [kind in {DOWN, ONCE} for kind in seen]
    well_lately = not any(hard[-rule.rise :]) and len(seen) >= rule.rise
    bad_lately = GOOD not in seen[-rule.fall :] and len(seen) >= rule.fall
    match seen[-1]:
        case Cause.PERMISSION_MISSING:
            return State.DOWN
        case Cause.UNREACHABLE:
            fallen = all(hard[-rule.fall :]) and len(seen) >= rule.fall
            return State.DOWN if fallen else before
        case Cause.SLOW:
            if before is State.DOWN and not well_lately:
                return State.DOWN
            if before is State.DEGRADED or bad_lately:
                return State.DEGRADED
            return State.UP
        case _:
            stays = before is State.DOWN and not well_lately
            stays = stays or (before is State.DEGRADED and not good_lately)
            return before if stays else State.UP


PROBES = ("credentials", "write_path", "listening")


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(PROBES), st.sampled_from([GOOD, DOWN, ONCE]), st.integers(1, 4)),
        max_size=8,
    ),
    rules,
)
def test_no_probe_heals_or_harms_what_another_says(
    some: list[tuple[str, Seen, int]], rule: Probing
) -> None:
    """The verdict is the worst of what each probe alone would make of its own findings."""
    together = Course(rule)
    alone = {probe: Course(rule) for probe in PROBES}

    for probe, kind, times in some:
        for _ in range(times):
            state = together.see(kind, probe=probe).verdict().state
            alone[probe].see(kind, probe=probe)
            known = [course.verdict().state for course in alone.values()]
            heard = [known_state for known_state in known if known_state is not State.UNKNOWN]

            assert state is max(heard, key=lambda s: s.badness, default=State.UNKNOWN)


@settings(max_examples=60)
@given(runs_of(GOOD, DOWN, SLOW, Cause.UPLINK_LOST), rules)
def test_a_lost_line_leaves_no_trace(seen: list[Seen], rule: Probing) -> None:
    course, without = Course(rule), Course(rule)
    for kind in seen:
        course.see(kind)
        if kind is Cause.UPLINK_LOST:
            assert course.says() == (State.UNKNOWN, Cause.UPLINK_LOST)
        else:
            assert course.says() == without.see(kind).says()


@settings(max_examples=60)
@given(runs_of(GOOD, DOWN, ONCE, *NEVER), rules)
def test_what_makes_no_state_leaves_no_trace(seen: list[Seen], rule: Probing) -> None:
    kept = [kind for kind in seen if kind not in NEVER]

    assert Course(rule).says() == (State.UNKNOWN, Cause.NOT_OBSERVED)
    assert states(seen, rule)[-1:] == (states(kept, rule)[-1:] or [State.UNKNOWN] * bool(seen))


LATER = NOON + 60 * MINUTE


@settings(max_examples=40)
@given(runs_of(GOOD, DOWN, SLOW), st.sampled_from([Cause.RATE_LIMITED, Cause.QUOTA_EXHAUSTED]))
def test_nothing_but_its_time_ends_a_reset(seen: list[Seen], cause: Cause) -> None:
    course = Course().see(cause, until=LATER)

    assert all(course.see(kind).says() == (State.DOWN, cause) for kind in seen)
    assert at_time(course.health, course.rule, LATER).verdicts[PUBLISH].cause is not cause


posts = st.lists(
    st.tuples(st.sampled_from(["post", "check"]), st.booleans(), st.integers(1, 4)), max_size=10
)


@settings(max_examples=80)
@given(posts, rules)
def test_recovery_after_failed_posts_is_half_open(
    some: list[tuple[str, bool, int]], rule: Probing
) -> None:
    """Checks fail one at a time here, so that only posts can take the channel down."""
    course = Course(replace(rule, fall=max(rule.fall, 2)))
    story: list[tuple[str, bool]] = []
    for kind, good, times in [("check", True, 1), *some]:
        for _ in range(times if good or kind == "post" else 1):
            cause = None if good else Cause.PLATFORM_FAULT
            _ = course.post(cause) if kind == "post" else course.see(cause)
            story.append((kind, good))
            if kind == "check" and not good:
                course.see(None)
                story.append(("check", True))
            verdict = course.verdict()

            assert (verdict.state, verdict.half_open) == naive_trial(story, course.rule)


def naive_trial(story: Sequence[tuple[str, bool]], rule: Probing) -> tuple[State, bool]:
    """Tell the story from its beginning: failed posts, then checks, then a trial."""
    down, trial, failed, checks = False, False, 0, 0
    for kind, good in story:
        match kind, good:
            case "post", True:
                down, trial, failed = False, False, 0
            case "post", False:
                failed, checks = failed + 1, 0
                down, trial = down or trial or failed >= rule.fall, False
            case _:
                checks = checks + 1 if good else 0
                if down and checks >= rule.rise:
                    down, trial, failed = False, True, 0
    return (State.DOWN, False) if down else (State.UP, trial)


def core(health: ChannelHealth) -> list[tuple[State, Cause | None, bool]]:
    return [(v.state, v.cause, v.half_open) for v in health.verdicts.values()]


steps = st.lists(
    st.tuples(
        st.sampled_from(["credentials", "delivery", "quota"]),
        st.sampled_from([GOOD, DOWN, ONCE, Cause.RATE_LIMITED, Cause.ACCOUNT_LOCKED]),
        st.integers(1, 3),
        st.integers(0, 30),
    ),
    max_size=8,
)
flapping = st.builds(
    Flapping, changes=st.integers(0, 3), within=st.just(MINUTE * 30), calm_for=st.just(MINUTE * 5)
)


@settings(max_examples=60)
@given(steps, flapping, st.integers(0, 4000), st.integers(0, 4000))
def test_time_passes_the_same_in_one_step_or_in_many(
    some: list[tuple[str, Seen, int, int]], rule: Flapping, first: int, second: int
) -> None:
    course = Course(Probing(flapping=rule))
    for probe, kind, times, minutes in some:
        until = course.at + timedelta(minutes=minutes)
        course.see(kind, times, probe=probe, until=until, fresh=timedelta(minutes=minutes, hours=1))
    middle = course.at + timedelta(seconds=first)
    end = middle + timedelta(seconds=second)

    halfway = at_time(course.health, course.rule, middle)
    stepwise, at_once = (at_time(h, course.rule, end) for h in (halfway, course.health))

    assert core(stepwise) == core(at_once)


@settings(max_examples=60)
@given(steps, flapping)
def test_nothing_changes_before_the_moment_announced(
    some: list[tuple[str, Seen, int, int]], rule: Flapping
) -> None:
    course = Course(Probing(flapping=rule))
    for probe, kind, times, minutes in some:
        until = course.at + timedelta(minutes=minutes)
        course.see(kind, times, probe=probe, until=until, fresh=timedelta(minutes=minutes + 1))
    due = next_change_at(course.health, course.rule, course.at)

    before = (due or course.at + timedelta(days=365)) - timedelta(microseconds=1)
    assert before < course.at or at_time(course.health, course.rule, before) is course.health
    assert due is None or at_time(course.health, course.rule, due) != course.health


@settings(max_examples=40)
@given(runs_of(GOOD, DOWN), st.integers(0, 4))
def test_a_flapping_channel_stays_down_until_it_was_calm(seen: list[Seen], limit: int) -> None:
    rule = Probing(fall=1, rise=1, flapping=Flapping(changes=limit, calm_for=MINUTE))
    course, changes, up, failed = Course(rule), 0, None, NOON
    for kind in seen:
        course.see(kind)
        failed = course.at if kind else failed
        calm = changes <= limit or course.at - failed >= MINUTE or up is None
        now = not kind and (calm or bool(up))
        changes += up is not None and now != up
        up = now

        assert (course.verdict().state is State.UP) == now
