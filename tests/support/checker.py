"""Decides by its history alone whether a run kept the promises; asks the daemon nothing.

Each rule is a function that yields what broke it; `check` asks them all. That
each of them can fail is shown in `tests/support/test_checker.py`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from tests.support.history import (
    Arrival,
    Asked,
    Attempt,
    Delivery,
    Entry,
    History,
    Message,
    Post,
    Violation,
)

TRANSIT = timedelta(seconds=1)
"""So long a request may be on its way, on a machine that is busy with much else."""

TOLD_NODES = timedelta(seconds=2)
"""Within this time every node knows what was stopped on another, or posts nothing."""

NO_LONGER = frozenset(
    f"message.{word}" for word in ("carried_again", "accepted", "live", "withdrawn", "superseded")
)
BRIEF = timedelta(seconds=5)
"""What was stranded no longer than this may be carried again before anybody was told."""

FRESH = timedelta(seconds=10)
"""So long a notification may be under way when the run ends."""

FOLD = re.compile(r"^== \d\d\.\d\d\. \d\d:\d\d ", re.MULTILINE)
REST = re.compile(r"^(?:Und \d+ weitere|And \d+ more):\n((?:- .*(?:\n|$))+)", re.MULTILINE)
LATE_WORDS = re.compile(r"^(Kommt verspätet|This comes late) \(.*\n\n")
"""How a parcel of several notifications is put together (docs/staff.md)."""

LATE = timedelta(minutes=5)
"""What is planned longer than this after it was due says of when it is."""

DECIDED = timedelta(seconds=2)
"""Within this time what was decided is written down."""

DATED = re.compile(r"Meldung vo[mn] [\d.:, ]+ Uhr: ")
MARK = re.compile(r"Nr\. (\d+)\b")
LINK = re.compile(r"/notices/([\w-]+)")
PART = re.compile(r"\s*\[\d+/\d+\]$")
REPEAT = re.compile(r"^\[(?:Wiederholung|repeat)\] ")

PENDING = frozenset({"planned", "publishing", "unknown", "awaiting_person"})
MAYBE_OUT = frozenset({"published", "unknown", "publishing"})
OVER = frozenset({"expired", "withdrawn"})
NOT_YET = frozenset({"held", "scheduled", "awaiting_approval"})


class Index:
    """A history, sorted for questions."""

    def __init__(self, history: History) -> None:
        self.history = history
        kept = history.kept
        self.messages = {message.id: message for message in kept.messages}
        self.by_number = {message.number: message for message in kept.messages}
        self.deliveries = {(one.message, one.channel): one for one in kept.deliveries}
        self.of_message: dict[str, list[Delivery]] = defaultdict(list)
        for delivery in kept.deliveries:
            self.of_message[delivery.message].append(delivery)
        self.attempts: dict[str, list[Attempt]] = defaultdict(list)
        for attempt in sorted(kept.attempts, key=lambda one: one.started_at):
            self.attempts[attempt.delivery].append(attempt)

    @cached_property
    def posts(self) -> dict[tuple[str, str], list[Post]]:
        """Every post by message and channel, as its mark says."""
        found: dict[tuple[str, str], list[Post]] = defaultdict(list)
        for post in self.history.posts:
            if (message := self.meant(post.text)) is not None:
                found[message.id, post.channel].append(post)
        return found

    @cached_property
    def arrivals(self) -> dict[tuple[str, str], list[Arrival]]:
        """Every request to publish by message and channel, as its mark says."""
        found: dict[tuple[str, str], list[Arrival]] = defaultdict(list)
        for arrival in self.history.arrivals:
            if (message := self.meant(arrival.text)) is not None:
                found[message.id, arrival.channel].append(arrival)
        return found

    def meant(self, text: str) -> Message | None:
        """Return the message that a text carries the mark of."""
        for found in reversed(LINK.findall(text)):
            if found in self.messages:
                return self.messages[found]
        numbers = MARK.findall(text)
        return self.by_number.get(int(numbers[-1])) if numbers else None

    def standing(self, message: str, channel: str) -> bool:
        """Return whether it stands there: a post that nobody deleted, or a person's word."""
        delivery = self.deliveries.get((message, channel))
        confirmed = delivery is not None and delivery.confirmed_by is not None
        return confirmed or any(not post.deleted for post in self.posts[message, channel])


Rule = Callable[[Index], Iterator[Violation]]


def check(history: History) -> list[Violation]:
    """Return every promise that this history breaks."""
    index = Index(history)
    return [violation for rule in RULES for violation in rule(index)]


def lost(index: Index) -> Iterator[Violation]:
    """Accepted means kept: every yes that was heard is there, under its number and key."""
    by_key = {message.key: message for message in index.messages.values() if message.key}
    for heard in index.history.heard:
        message = index.messages.get(heard.id)
        if message is None:
            yield Violation(rule="lost", about=f"Nr. {heard.number}", what="not in the database")
        elif message.number != heard.number:
            yield _about(message, "lost", f"was Nr. {heard.number} when its yes was heard")
        elif by_key.get(heard.key) is not message:
            yield _about(message, "lost", f"is not what the key {heard.key!r} leads to")
    for key in index.history.filed:
        if key not in by_key:
            yield Violation(rule="lost", about=key, what="its file is accepted, and no message")


def forgotten(index: Index) -> Iterator[Violation]:
    """Each message is carried, under way, held, or over: none lies there and nobody works on it."""
    for message in index.messages.values():
        of_message = index.of_message[message.id]
        idle = not any(delivery.state in PENDING for delivery in of_message)
        if message.state == "accepted" and idle:
            yield _about(message, "forgotten", "accepted, and nothing is under way")
        ended, began = index.history.daemon_time(index.history.ended_at), message.accepted_at
        began = min(began, ended)  # it was accepted, whatever the clock says now
        unclear = any(delivery.state in {"unknown", "publishing"} for delivery in of_message)
        late = message.expires_at + timedelta(seconds=30) < ended
        if message.state == "scheduled" and (message.not_before or began) <= ended:
            yield _about(message, "forgotten", "scheduled, and its time has come")
        if late and not unclear and message.state in NOT_YET | {"accepted", "stranded"}:
            yield _about(message, "forgotten", f"still {message.state} after its end")
    for name in index.history.lying:
        yield Violation(rule="forgotten", about=name, what="lies there, and nobody decides")


def half_carried(index: Index) -> Iterator[Violation]:
    """Live means that each route has what it asks for; what is not live is not called so."""
    for message in index.messages.values():
        if message.state != "live" or message.superseded_at is not None:
            continue
        for name in message.routes:
            if (asked := index.history.routes.get(name)) is not None:
                for what in _missing(index, message, asked):
                    yield _about(message, "half_carried", f"live, but on route {name} {what}")


def _missing(index: Index, message: Message, asked: Asked) -> Iterator[str]:
    def allowed(name: str) -> bool:
        return not message.channels or name in message.channels

    def out(name: str) -> bool:
        delivery = index.deliveries.get((message.id, name))
        return delivery is not None and delivery.state == "published"

    for name in filter(allowed, asked.always):
        if not out(name):
            yield f"{name} does not have it"
    listed = list(filter(allowed, asked.priority))
    wanted = 0 if message.kind == "all_clear" else min(asked.copies, len(listed))
    if (have := sum(map(out, listed))) < wanted:
        yield f"{have} of {wanted} copies are out"


def twice(index: Index) -> Iterator[Violation]:
    """At most once: no account holds a message twice, whatever was answered."""
    for (message, channel), posts in index.posts.items():
        if len(posts) > 1:
            ids = ", ".join(f"{post.id} at {post.at}" for post in posts)
            yield _at(index, message, channel, "twice", ids)


def stray(index: Index) -> Iterator[Violation]:
    """Nothing stands anywhere that no message accounts for."""
    for post in index.history.posts:
        if index.meant(post.text) is None:
            yield Violation(rule="stray", about=post.channel, what=f"{post.id}: {post.text[:80]!r}")


def hidden(index: Index) -> Iterator[Violation]:
    """What stands on an account, or may, is known as published or shown as unknown."""
    for (message, channel), posts in index.posts.items():
        if all(post.deleted for post in posts):
            continue
        delivery = index.deliveries.get((message, channel))
        state = "not even planned" if delivery is None else delivery.state
        if state not in MAYBE_OUT:
            yield _at(index, message, channel, "hidden", f"it stands there, and is {state}")


def pretended(index: Index) -> Iterator[Violation]:
    """Published means that the platform has it, or that a person says so."""
    for (message, channel), delivery in index.deliveries.items():
        if delivery.state == "published" and not index.standing(message, channel):
            yield _at(index, message, channel, "pretended", "published, and it is not there")


def unfinished(index: Index) -> Iterator[Violation]:
    """At rest no attempt is open, and every delivery counted its attempts right."""
    for (message, channel), delivery in index.deliveries.items():
        attempts = index.attempts[delivery.id]
        if delivery.attempts != len(attempts):
            counted = f"{delivery.attempts} attempts counted, {len(attempts)} written down"
            yield _at(index, message, channel, "unfinished", counted)
        if delivery.state != "publishing" and any(one.ended_at is None for one in attempts):
            yield _at(index, message, channel, "unfinished", "an attempt is open for ever")


def unannounced(index: Index) -> Iterator[Violation]:
    """Every request to publish belongs to an attempt that was written down before it was sent."""
    real = index.history.real
    for (message, channel), arrivals in index.arrivals.items():
        delivery = index.deliveries.get((message, channel))
        attempts = index.attempts[delivery.id] if delivery else []
        for arrival in arrivals:
            if not any(
                real(one.started_at) <= arrival.at
                and (one.ended_at is None or arrival.at <= real(one.ended_at) + TRANSIT)
                for one in attempts
            ):
                what = f"a request at {arrival.at} belongs to no attempt"
                yield _at(index, message, channel, "unannounced", what)


def late(index: Index) -> Iterator[Violation]:
    """Never late: nothing becomes a post after its end."""
    for (message, channel), posts in index.posts.items():
        for post in posts:
            at = min(index.history.daemon_times(post.at)) if post.at else None
            end = index.messages[message].expires_at
            if at is not None and at >= end + TRANSIT:
                yield _at(index, message, channel, "late", f"posted at {at}, it ended at {end}")


def undated(index: Index) -> Iterator[Violation]:
    """What is first planned long after it was due says so, by the clock that it was planned by."""
    history, planned = index.history, dict[str, datetime]()
    for entry in sorted(history.kept.journal, key=lambda one: one.number):
        if entry.kind == "delivery.planned":
            planned.setdefault(entry.subject, entry.at)
    for (message_id, channel), arrivals in index.arrivals.items():
        message, delivery = index.messages[message_id], index.deliveries.get((message_id, channel))
        if delivery is None or delivery.id not in planned:
            continue
        # What was decided just before the clock was set is written down just after.
        began = planned[delivery.id]
        before = min(history.daemon_times(history.real(began) - DECIDED)) + DECIDED
        starts = (message.accepted_at, message.not_before, message.approved_at)
        due = max(start for start in starts if start is not None)
        first = min(arrivals, key=lambda one: one.at)
        if min(before, began) - due > LATE + TRANSIT and not DATED.search(first.text):
            what = f"planned at {began}, due at {due}, and the text does not say so"
            yield _at(index, message_id, channel, "undated", what)


def outlived(index: Index) -> Iterator[Violation]:
    """Nothing becomes a post after its message was withdrawn, or a later link took its place."""
    real = index.history.real
    noted = {(one.kind, one.subject): real(one.at) for one in index.history.kept.journal}
    for (message_id, channel), posts in index.posts.items():
        message = index.messages[message_id]
        ends = [
            max(real(end), noted.get((kind, message_id), real(end)))  # asked for, then written down
            for kind, end in (
                ("message.withdrawn_by_person", message.withdrawn_at),
                ("message.superseded", message.superseded_at),
            )
            if end is not None
        ]
        for post in posts if ends else ():
            if post.at is not None and post.at > min(ends) + TOLD_NODES + TRANSIT:
                what = f"posted at {post.at}, it was stopped at {min(ends)}"
                yield _at(index, message_id, channel, "outlived", what)


def untimely(index: Index) -> Iterator[Violation]:
    """No attempt begins before a message may go out, nor after it no longer may.

    What was promised in wall time is kept by the clock that the daemon had; what
    happened before or after something else did so in real time, whatever clocks showed.
    """
    for (message_id, channel), delivery in index.deliveries.items():
        message = index.messages[message_id]
        for attempt in index.attempts[delivery.id]:
            for why in _untimely(index.history, message, attempt):
                what = f"tried at {attempt.started_at}, {why}"
                yield _at(index, message_id, channel, "untimely", what)


def _untimely(history: History, message: Message, attempt: Attempt) -> Iterator[str]:
    began, real = attempt.started_at, history.real
    if began > message.expires_at:
        yield f"it ended at {message.expires_at}"
    if message.not_before is not None and began < message.not_before:
        yield f"it was to wait until {message.not_before}"
    for what in ("accepted_at", "approved_at"):
        since = getattr(message, what)
        if since is not None and real(began) < real(since):
            yield f"before {what} {since}"
    for what in ("withdrawn_at", "superseded_at"):
        until = getattr(message, what)
        if until is not None and real(began) > real(until):
            yield f"after {what} {until}"
    if message.needs_approval and message.approved_at is None:
        yield "never approved"


def overtaken(index: Index) -> Iterator[Violation]:
    """On no account does an earlier link of a chain arrive after a later one."""
    for message in index.messages.values():
        for channel in {channel for _, channel in index.posts}:
            first = min((p.at for p in index.posts[message.id, channel] if p.at), default=None)
            for earlier in message.references if first else ():
                for post in index.posts[earlier, channel]:
                    if post.at is not None and first is not None and post.at > first:
                        what = f"{_name(index, earlier)} came after it"
                        yield _at(index, message.id, channel, "overtaken", what)


def unfollowed(index: Index) -> Iterator[Violation]:
    """A follow-up is wherever an earlier link stands, or may, or it is stranded."""
    for message in index.messages.values():
        if not message.references or not _in_force(index, message):
            continue
        for channel in sorted({channel for _, channel in (*index.posts, *index.deliveries)}):
            stands = [one for one in message.references if index.standing(one, channel)]
            followed = index.standing(message.id, channel)
            delivery = index.deliveries.get((message.id, channel))
            may_be = delivery is not None and delivery.state == "unknown"
            if stands and not followed and not may_be:
                what = f"{_name(index, stands[-1])} stands there without it ({message.state})"
                yield _at(index, message.id, channel, "unfollowed", what)


def _in_force(index: Index, message: Message) -> bool:
    waits = message.needs_approval and message.approved_at is None
    over = message.superseded_at or message.withdrawn_at
    ended = index.history.daemon_time(index.history.ended_at)
    ahead = message.not_before is not None and message.not_before > ended
    return not (waits or over or ahead or message.state in {"stranded", "held"} | OVER)


def on_hold(index: Index) -> Iterator[Violation]:
    """A person can stop it: while publishing is on hold nothing becomes a post."""
    for hold in index.history.held:
        for post in index.history.posts:
            if post.at is not None and hold.since + TRANSIT < post.at < hold.until:
                yield Violation(rule="on_hold", about=post.channel, what=f"{post.id} at {post.at}")


def untold(index: Index) -> Iterator[Violation]:
    """Staff are told: everything queued was sent and arrived, and of each alarm they heard."""
    told = [piece for one in index.history.told for piece in unfolded(one.subject, one.text)]
    arrived = {_words(REPEAT.sub("", subject), text) for subject, text in told}
    named_only = {line for one in index.history.told for line in _rest(one.text)}
    for one in index.history.kept.notifications:
        fresh = index.history.real(one.created_at) + FRESH > index.history.ended_at
        if one.state != "sent" and not fresh:
            yield Violation(rule="untold", about=one.subject, what=f"is {one.state}")
        elif (
            one.state == "sent"
            and _words(one.subject, one.text) not in arrived
            and not any(line.startswith(one.subject) for line in named_only)
        ):
            yield Violation(rule="untold", about=one.subject, what="sent, and never arrived")
    for entry in index.history.kept.journal:
        message = index.messages.get(entry.subject)
        if entry.kind not in {"message.stranded", "message.expired"} or message is None:
            continue
        if not (_brief(entry, index) or _heard(entry, message.number, index)):
            yield _about(message, "untold", f"{entry.kind} at {entry.at}, and nobody heard of it")


def _heard(entry: Entry, number: int, index: Index) -> bool:
    """Return whether staff heard of an alarm: after it, or before and not yet of its end."""
    named = re.compile(rf"\b(?:Nr|no)\. {number}\b")
    about = [one for one in index.history.told if named.search(f"{one.subject} {one.text}")]
    ended = re.compile(rf"Nr\. {number} steckt nicht mehr fest|no\. {number} is no longer stranded")
    over = [one.at for one in about if ended.search(f"{one.subject} {one.text}")]
    alarms = [one.at for one in about if "ALARM" in one.subject + one.text]
    at = index.history.real(entry.at) - TRANSIT
    if any(told >= at for told in [*alarms, *over]):
        return True
    before = [
        index.history.real(one.at) - TRANSIT
        for one in index.history.kept.journal
        if (one.kind, one.subject) == ("message.stranded", entry.subject)
        and one.number < entry.number
    ]
    last = max(alarms, default=None)  # of what comes and goes they know that it stands
    if entry.kind != "message.stranded" or last is None or not before:
        return False
    return min(before) <= last and not any(last <= told for told in over)


def _brief(entry: Entry, index: Index) -> bool:
    """Return whether a message was stranded so briefly that nobody need have heard of it."""
    return entry.kind == "message.stranded" and any(
        later.kind in NO_LONGER
        and later.subject == entry.subject
        and entry.number < later.number
        and later.at - entry.at <= BRIEF
        for later in index.history.kept.journal
    )


def _rest(text: str) -> list[str]:
    """Return the subjects of what a parcel had no room for but to name it."""
    return [line.removeprefix("- ") for part in REST.findall(text) for line in part.splitlines()]


def told_twice(index: Index) -> Iterator[Violation]:
    """What staff hear a second time says that it is a repeat."""
    told = [piece for one in index.history.told for piece in unfolded(one.subject, one.text)]
    wanted = Counter(_words(one.subject, one.text) for one in index.history.kept.notifications)
    plain = Counter(_words(subject, text) for subject, text in told if not REPEAT.match(subject))
    for words, times in plain.items():
        if wanted[words] and times > wanted[words]:
            what = f"{times} times unmarked, queued {wanted[words]} times"
            yield Violation(rule="told_twice", about=words[:60], what=what)


def unfolded(subject: str, text: str) -> list[tuple[str, str]]:
    """Return the notifications that came in one parcel: each under its time and its subject."""
    pieces = [piece.partition("\n") for piece in FOLD.split(REST.sub("", text))[1:]]
    late = LATE_WORDS.sub("", text)
    return [(head.strip(), rest) for head, _, rest in pieces] or [(subject, late)]


def _words(subject: str, text: str) -> str:
    """Return how a notification begins: services break lines, and cut what is long into parts."""
    begun = " ".join(text.split())[:200]
    return f"{PART.sub('', subject)} {begun}"


BEGINNING = "0" * 64


def journal_broken(index: Index) -> Iterator[Violation]:
    """The journal has no gap, and its chain of hashes holds (docs/storage.md says how)."""
    previous, number = BEGINNING, 0
    for entry in sorted(index.history.kept.journal, key=lambda one: one.number):
        number += 1
        about = f"entry {entry.number}"
        if entry.number != number:
            yield Violation(rule="journal_broken", about=about, what=f"{number} was expected")
            return
        if entry.previous != previous or entry.hash != _hash(entry):
            yield Violation(rule="journal_broken", about=about, what="the chain breaks here")
        if entry.payload is not None and _sha(entry.payload) != entry.digest:
            yield Violation(rule="journal_broken", about=about, what="its payload was changed")
        previous = entry.hash
    if index.history.kept.head != (number, previous):
        what = f"head {index.history.kept.head[0]}, last entry {number}"
        yield Violation(rule="journal_broken", about="head", what=what)


def _hash(entry: Entry) -> str:
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    covered = [entry.previous, entry.number, entry.kind, entry.digest]
    covered += [entry.actor_kind, entry.actor_id, entry.subject, at]
    return _sha(json.dumps(covered, ensure_ascii=False, separators=(",", ":")))


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def unwritten(index: Index) -> Iterator[Violation]:
    """What became of a message stands in the journal as well: nothing happened off the record."""
    noted = {(entry.kind, entry.subject) for entry in index.history.kept.journal}
    for message in index.messages.values():
        if ("message.received", message.id) not in noted:
            yield _about(message, "unwritten", "accepted, and not in the journal")
    for delivery in index.history.kept.deliveries:
        said = {kind for kind in _OUT if (kind, delivery.id) in noted}
        if delivery.state == "published" and not said:
            about = f"{_name(index, delivery.message)} on {delivery.channel}"
            yield Violation(rule="unwritten", about=about, what="published, and not in the journal")


_OUT = ("delivery.accepted", "delivery.found", "delivery.confirmed")

RULES: tuple[Rule, ...] = (
    lost,
    forgotten,
    half_carried,
    twice,
    stray,
    hidden,
    pretended,
    unfinished,
    unannounced,
    late,
    undated,
    outlived,
    untimely,
    overtaken,
    unfollowed,
    on_hold,
    untold,
    told_twice,
    journal_broken,
    unwritten,
)


def _name(index: Index, message: str) -> str:
    found = index.messages.get(message)
    return message if found is None else f"Nr. {found.number}"


def _about(message: Message, rule: str, what: str) -> Violation:
    return Violation(rule=rule, about=f"Nr. {message.number}", what=what)


def _at(index: Index, message: str, channel: str, rule: str, what: str) -> Violation:
    return Violation(rule=rule, about=f"{_name(index, message)} on {channel}", what=what)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a run was made of, for the report."""

    messages: int
    attempts: int
    posts: int
    unknown: int
    stranded: int
    expired: int
    told: int


def count(history: History) -> Counts:
    """Return what a run was made of."""
    kept = history.kept
    return Counts(
        messages=len(kept.messages),
        attempts=len(kept.attempts),
        posts=len(history.posts),
        unknown=sum(one.state == "unknown" for one in kept.deliveries),
        stranded=sum(one.state == "stranded" for one in kept.messages),
        expired=sum(one.state == "expired" for one in kept.messages),
        told=len(history.told),
    )
