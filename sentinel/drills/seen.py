"""What one snapshot of a drill says of an expectation. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, assert_never

from sentinel.drills.claims import (
    Delivered,
    Judged,
    Notified,
    Outages,
    Posts,
    Rerouted,
    Tries,
    Where,
    Wording,
)
from sentinel.drills.course import Scene, Shape, Snapshot
from sentinel.drills.shape import Expectation
from sentinel.errors import Phrase

NOTHING: Final = Phrase(de="nichts", en="nothing")


@dataclass(frozen=True, slots=True)
class Look:
    """What one snapshot says of an expectation."""

    holds: bool
    seen: Phrase


def look(expectation: Expectation, snapshot: Snapshot, scene: Scene, begin_s: float) -> Look:
    """Return what `snapshot` says of `expectation`, whose time begins at `begin_s`."""
    match expectation.claim:
        case Rerouted() as claim:
            found = _rerouted(claim, snapshot)
        case Where() as claim if expectation.kind == "on":
            found = _where(claim, snapshot, scene)
        case Where() as claim:
            found = _absent(claim, snapshot, scene)
        case Judged() as claim:
            found = _judged(claim, snapshot)
        case Delivered() as claim:
            found = _delivered(claim, snapshot)
        case Wording() as claim:
            found = _worded(claim, snapshot, scene)
        case Notified() as claim:
            found = _notified(claim, snapshot, scene, begin_s)
        case Posts() | Tries() | Outages() as claim:
            found = _counted(claim, snapshot, scene)
        case claim:
            assert_never(claim)
    return _other(found) if _denied(expectation) else found


def _denied(expectation: Expectation) -> bool:
    """Return whether it expects that what it says is not so."""
    match expectation.claim:
        case Judged(never=never) | Delivered(never=never):
            return bool(never)
        case _:
            return expectation.kind == "not_notified"


def _counted(claim: Posts | Tries | Outages, snapshot: Snapshot, scene: Scene) -> Look:
    match claim:
        case Posts():
            return _posted(claim, snapshot, scene)
        case Tries():
            return _tried(claim, snapshot, scene)
        case Outages():
            return _outages(claim, snapshot)
        case _:
            assert_never(claim)


def _rerouted(claim: Rerouted, snapshot: Snapshot) -> Look:
    message = snapshot.messages.get(claim.message)
    if message is None:
        return Look(holds=False, seen=NOTHING)
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
    return Look(
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


def _where(claim: Where, snapshot: Snapshot, scene: Scene) -> Look:
    """The daemon must say so, and where a simulated platform carries it, that platform too."""
    message = snapshot.messages.get(claim.message)
    said = message is not None and _live(message, claim.channel)
    there = len(_posts_on(claim, snapshot, scene))
    holds = said and (there > 0 or claim.channel not in scene.accounts)
    return Look(holds=holds, seen=_whereabouts(message, claim.channel, there))


def _absent(claim: Where, snapshot: Snapshot, scene: Scene) -> Look:
    message = snapshot.messages.get(claim.message)
    said = message is not None and _live(message, claim.channel)
    there = len(_posts_on(claim, snapshot, scene))
    return Look(holds=not said and there == 0, seen=_whereabouts(message, claim.channel, there))


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


def _posted(claim: Posts, snapshot: Snapshot, scene: Scene) -> Look:
    count = len(_posts(snapshot, scene, claim.platform, claim.account, claim.message))
    return Look(holds=count == claim.count, seen=Phrase(de=f"{count}", en=f"{count}"))


def _tried(claim: Tries, snapshot: Snapshot, scene: Scene) -> Look:
    headline = scene.headlines[claim.message] if claim.message else ""
    tries = [
        one
        for one in snapshot.tries
        if one["platform"] == claim.platform
        and claim.account in {None, one["account"]}
        and headline in one["text"]
    ]
    count, keys = len(tries), len({one["key"] for one in tries})
    enough = claim.at_least is None or count >= claim.at_least
    few = claim.at_most is None or count <= claim.at_most
    return Look(
        holds=enough and few and claim.keys in {None, keys},
        seen=Phrase(
            de=f"{count} Versuch(e), {keys} Schlüssel", en=f"{count} try(s), {keys} key(s)"
        ),
    )


def _judged(claim: Judged, snapshot: Snapshot) -> Look:
    channel = snapshot.channels.get(claim.channel)
    if channel is None:
        return Look(holds=False, seen=NOTHING)
    verdict = channel["abilities"][claim.ability]
    state, cause = verdict["state"], verdict["cause"]
    text = f"{state} ({cause})" if cause else f"{state}"
    return Look(
        holds=state == claim.state and claim.cause in {None, cause}, seen=Phrase(de=text, en=text)
    )


def _delivered(claim: Delivered, snapshot: Snapshot) -> Look:
    message = snapshot.messages.get(claim.message)
    deliveries = message["deliveries"] if message else ()
    found = next((d for d in deliveries if d["channel"] == claim.channel), None)
    if found is None:
        return Look(holds=False, seen=NOTHING)
    state, cause = found["state"], found["cause"]
    read_back, public = found["read_back_at"] is not None, found["public_at"] is not None
    text = f"{state} ({cause})" if cause else f"{state}"
    seen = Phrase(
        de=text + (", zurückgelesen" if read_back else "") + (", öffentlich" if public else ""),
        en=text + (", read back" if read_back else "") + (", public" if public else ""),
    )
    holds = (
        state == claim.state
        and claim.cause in {None, cause}
        and claim.read_back in {None, read_back}
        and claim.public in {None, public}
    )
    return Look(holds=holds, seen=seen)


def _worded(claim: Wording, snapshot: Snapshot, scene: Scene) -> Look:
    """Every post of the message must be worded so; where nothing is simulated, what was sent."""
    where = Where(message=claim.message, channel=claim.channel)
    texts = [str(post["text"]) for post in _posts_on(where, snapshot, scene)]
    message = snapshot.messages.get(claim.message)
    if claim.channel not in scene.accounts and message is not None:
        deliveries = message["deliveries"]
        texts = [str(d["text"]) for d in deliveries if d["channel"] == claim.channel]
    fits = [
        (claim.has is None or claim.has in text)
        and (claim.lacks is None or claim.lacks not in text)
        for text in texts
    ]
    seen = Phrase(de=texts[-1], en=texts[-1]) if texts else NOTHING
    return Look(holds=bool(fits) and all(fits), seen=seen)


def _outages(claim: Outages, snapshot: Snapshot) -> Look:
    fits = [
        outage
        for outage in snapshot.outages
        if claim.kind in {None, outage["kind"]}
        and (claim.channel is None or claim.channel in outage["channels"])
        and claim.ability in {None, outage["ability"]}
        and claim.operator in {None, outage["operator"]}
        and claim.cause in {None, outage["cause"]}
    ]
    count = len(fits)
    return Look(holds=count == claim.count, seen=Phrase(de=f"{count}", en=f"{count}"))


def _other(found: Look) -> Look:
    """Return a look that holds where the other does not."""
    return Look(holds=not found.holds, seen=found.seen)


def _notified(claim: Notified, snapshot: Snapshot, scene: Scene, begin_s: float) -> Look:
    said = [
        _words(note)
        for note in snapshot.notes
        if note["name"] in scene.inboxes.get(claim.contact, ()) and note["at_s"] >= begin_s
    ]
    fits = [words for words in said if (claim.says or "") in words]
    shown = (fits or said or ["–"])[-1]
    often = f"{len(fits)} × " if claim.times is not None and fits else ""
    holds = bool(fits) if claim.times is None else len(fits) == claim.times
    if claim.level is not None:
        levels = _levels(claim.contact, snapshot, begin_s)
        holds = holds and claim.level in levels
        often = f"{', '.join(map(str, sorted(levels))) or '–'}: {often}"
    return Look(holds=holds, seen=Phrase(de=often + shown, en=often + shown))


def _levels(contact: str, snapshot: Snapshot, begin_s: float) -> set[int]:
    """Return the levels that called somebody, as the daemon wrote it down."""
    return {
        int(level)
        for entry in snapshot.calls
        if entry["at_s"] >= begin_s and contact in entry["payload"]["contacts"]
        for level in entry["payload"]["levels"]
    }


def _words(note: Shape) -> str:
    body = note["body"]
    if isinstance(body, dict):
        return f"{body.get('title', '')}: {body.get('message', '')}"
    return str(body)
