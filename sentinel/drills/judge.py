"""Does what was expected hold? Pure: the same course always gives the same judgement.

Every expectation is judged by what is so when its time is over: "within 8s"
means that it became so by then, and still was so. An expectation and its
opposite can therefore never both hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from sentinel.drills.course import Course, Scene, Shape, Snapshot
from sentinel.drills.shape import (
    Expectation,
    Judged,
    Notified,
    Posts,
    Rerouted,
    Where,
)
from sentinel.errors import Phrase

_NOTHING = Phrase(de="nichts", en="nothing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What became of one expectation."""

    expectation: Expectation
    held: bool
    seen: Phrase  # what was to be seen when its time was over
    after_s: float | None = None  # how long it took until it held


@dataclass(frozen=True, slots=True)
class _Look:
    """What one snapshot says of an expectation."""

    holds: bool
    seen: Phrase


def judge(expectation: Expectation, course: Course, scene: Scene) -> Judgement:
    """Return whether `expectation` held in `course`."""
    if expectation.since is not None and expectation.since not in course.done:
        seen = Phrase(de="dazu kam es nicht", en="it did not come to that")
        return Judgement(expectation=expectation, held=False, seen=seen)
    begin_s, end_s = _begin_s(expectation, course), deadline_s(expectation, course)
    looks = [
        (max(snapshot.at_s - begin_s, 0.0), _look(expectation, snapshot, scene, begin_s))
        for snapshot in course.between(begin_s, end_s)
    ]
    if not looks:
        return Judgement(expectation=expectation, held=False, seen=_NOTHING)
    last, held = looks[-1][1], looks[-1][1].holds
    if isinstance(claim := expectation.claim, Judged) and claim.stays:
        broken = next((look for _, look in looks if not look.holds), None)
        last, held = broken or last, broken is None
    after_s = _since_when(looks) if held else None
    return Judgement(expectation=expectation, held=held, seen=last.seen, after_s=after_s)


def deadline_s(expectation: Expectation, course: Course) -> float:
    """Return when an expectation's time is over, in seconds since the start."""
    if expectation.within is None:
        return course.ends_s
    return min(_begin_s(expectation, course) + expectation.within.total_seconds(), course.ends_s)


def _begin_s(expectation: Expectation, course: Course) -> float:
    return course.done.get(expectation.since, 0.0) if expectation.since else 0.0


def _since_when(looks: list[tuple[float, _Look]]) -> float:
    """Return when the last unbroken spell of holding began."""
    since_s = looks[-1][0]
    for at_s, look in reversed(looks):
        if not look.holds:
            break
        since_s = at_s
    return since_s


def _look(expectation: Expectation, snapshot: Snapshot, scene: Scene, begin_s: float) -> _Look:
    match expectation.claim:
        case Rerouted() as claim:
            return _rerouted(claim, snapshot)
        case Where() as claim:
            on = _where(claim, snapshot, scene)
            return on if expectation.kind == "on" else _absent(claim, snapshot, scene)
        case Posts() as claim:
            return _counted(claim, snapshot, scene)
        case Judged() as claim:
            return _judged(claim, snapshot)
        case Notified() as claim:
            return _notified(claim, snapshot, scene, begin_s)
        case claim:
            assert_never(claim)


def _rerouted(claim: Rerouted, snapshot: Snapshot) -> _Look:
    message = snapshot.messages.get(claim.message)
    if message is None:
        return _Look(holds=False, seen=_NOTHING)
    live = [d["channel"] for d in message["deliveries"] if d["state"] == "published"]
    left = [
        (channel, cause)
        for channel, cause in _left(message)
        if claim.away_from in {None, channel} and claim.cause in {None, cause}
    ]
    carried = claim.to in live if claim.to else bool(live)
    stayed = claim.away_from in live
    names = ", ".join(live) or "–"
    why = ", ".join(sorted({f"{channel} ({cause or '?'})" for channel, cause in _left(message)}))
    return _Look(
        holds=carried and bool(left) and not stayed,
        seen=Phrase(
            de=f"steht auf: {names}; übergangen: {why or '–'}",
            en=f"is on: {names}; passed over: {why or '–'}",
        ),
    )


def _left(message: Shape) -> Iterator[tuple[str, str | None]]:
    """Yield each channel that the message left or passed over for a reason, with the cause."""
    for delivery in message["deliveries"]:
        if delivery["state"] != "published":
            yield delivery["channel"], delivery["cause"]
            for attempt in delivery["attempts"]:
                yield delivery["channel"], attempt["cause"]
    for note in message["explanations"]:
        if note["reason"] != "not_needed":
            yield note["channel"], note["cause"]


def _live(message: Shape, channel: str) -> bool:
    return any(
        delivery["channel"] == channel and delivery["state"] == "published"
        for delivery in message["deliveries"]
    )


def _where(claim: Where, snapshot: Snapshot, scene: Scene) -> _Look:
    """The daemon must say so, and where a simulated platform carries it, that platform too."""
    message = snapshot.messages.get(claim.message)
    said = message is not None and _live(message, claim.channel)
    there = len(_posts_on(claim, snapshot, scene))
    holds = said and (there > 0 or claim.channel not in scene.accounts)
    return _Look(holds=holds, seen=_whereabouts(message, claim.channel, there))


def _absent(claim: Where, snapshot: Snapshot, scene: Scene) -> _Look:
    message = snapshot.messages.get(claim.message)
    said = message is not None and _live(message, claim.channel)
    there = len(_posts_on(claim, snapshot, scene))
    return _Look(holds=not said and there == 0, seen=_whereabouts(message, claim.channel, there))


def _whereabouts(message: Shape | None, channel: str, there: int) -> Phrase:
    deliveries = message["deliveries"] if message else ()
    state = next((d["state"] for d in deliveries if d["channel"] == channel), "–")
    return Phrase(de=f"Zustellung: {state}, dort: {there}", en=f"delivery: {state}, there: {there}")


def _posts_on(claim: Where, snapshot: Snapshot, scene: Scene) -> list[Shape]:
    if claim.channel not in scene.accounts:
        return []
    platform, account = scene.accounts[claim.channel]
    return _posts(snapshot, scene, platform, account, claim.message)


def _posts(
    snapshot: Snapshot, scene: Scene, platform: str, account: str | None, message: str | None
) -> list[Shape]:
    headline = scene.headlines[message] if message else ""
    return [
        post
        for post in snapshot.posts
        if post["platform"] == platform
        and account in {None, post["account"]}
        and headline in post["text"]
    ]


def _counted(claim: Posts, snapshot: Snapshot, scene: Scene) -> _Look:
    count = len(_posts(snapshot, scene, claim.platform, claim.account, claim.message))
    return _Look(holds=count == claim.count, seen=Phrase(de=f"{count}", en=f"{count}"))


def _judged(claim: Judged, snapshot: Snapshot) -> _Look:
    channel = snapshot.channels.get(claim.channel)
    if channel is None:
        return _Look(holds=False, seen=_NOTHING)
    verdict = channel["abilities"][claim.ability]
    state, cause = verdict["state"], verdict["cause"]
    text = f"{state} ({cause})" if cause else f"{state}"
    return _Look(
        holds=state == claim.state and claim.cause in {None, cause}, seen=Phrase(de=text, en=text)
    )


def _notified(claim: Notified, snapshot: Snapshot, scene: Scene, begin_s: float) -> _Look:
    said = [
        _words(note)
        for note in snapshot.notes
        if note["name"] in scene.inboxes.get(claim.contact, ()) and note["at_s"] >= begin_s
    ]
    fits = [words for words in said if (claim.says or "") in words]
    shown = (fits or said or ["–"])[-1]
    return _Look(holds=bool(fits), seen=Phrase(de=shown, en=shown))


def _words(note: Shape) -> str:
    body = note["body"]
    if isinstance(body, dict):
        return f"{body.get('title', '')}: {body.get('message', '')}"
    return str(body)
