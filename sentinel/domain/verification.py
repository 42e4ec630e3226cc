"""Looking at what went out: when, how often, and what a look says of a live post.

A post is looked at a few seconds after it went out, and four times more within
the hour, until we have read it back and seen it as a citizen does. Then it is
given up and shown as never seen. Three laws hold the looks back: a look never
uses the last of a limit, a paid look keeps the probe's own pace, and the newest
post comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.defence import own_use_low
from sentinel.domain.delivery import Delivery
from sentinel.domain.observation import Finding
from sentinel.domain.quota import Room

SIGHTS = (Ability.READ_BACK, Ability.PUBLIC)
"""What is to be seen of a live post: we read it back, and a citizen sees it."""

LOOKS_AFTER = tuple(timedelta(seconds=seconds) for seconds in (3, 30, 120, 600, 3600))
"""When a post is looked at, counted from when it went out."""

GIVEN_UP_AFTER = timedelta(hours=2)
"""Until then a look that was held up may still be made; after the last one it is over."""

SETTLES_WITHIN = timedelta(seconds=20)
"""A platform may need this long to show a new post: until then, not visible is no finding."""

LOOKS_AN_INTERVAL = 2  # of paid looks: the first after a post, and the one that is due anyway

NOTES = (Cause.NOT_VISIBLE, Cause.READER_RESTRICTED, Cause.TRUNCATED)
"""Findings that only a person can mend, the gravest first; no live post is deleted for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unverified:
    """A live post of which something has not been seen yet."""

    delivery: str
    account: str
    posted_at: datetime
    unseen: frozenset[Ability]


@dataclass(frozen=True, slots=True)
class Glance:
    """One look that is to be made now."""

    delivery: str
    account: str
    ability: Ability


_NEVER = "never seen"

Looked = Mapping[tuple[str, Ability], datetime]
"""When each delivery was last looked at, by (delivery, ability)."""


def next_look(posted_at: datetime, looked_at: datetime | None) -> datetime | None:
    """Return when a post is to be looked at next; None: it has been looked at for the last time."""
    moments = (posted_at + pause for pause in LOOKS_AFTER)
    return next((moment for moment in moments if looked_at is None or moment > looked_at), None)


def is_due(posted_at: datetime, looked_at: datetime | None, at: datetime) -> bool:
    """Return whether a post is to be looked at now. Looks that were missed are made up by one."""
    moment = next_look(posted_at, looked_at)
    return moment is not None and moment <= at < posted_at + GIVEN_UP_AFTER


def glances(
    unverified: Iterable[Unverified],
    looked: Looked,
    at: datetime,
    *,
    may: Mapping[str, AbstractSet[Ability]],
    limit: int,
) -> list[Glance]:
    """Return the looks to be made now: newest post first, one at a time on each account.

    Args:
        unverified: The live posts that may have to be looked at.
        looked: When each was last looked at, as far as known.
        at: Now.
        may: What may be looked at on each account just now; an account left out: nothing.
        limit: How many at most.
    """
    chosen: dict[str, Glance] = {}
    for post in sorted(unverified, key=lambda post: post.posted_at, reverse=True):
        if len(chosen) >= limit:
            break
        if post.account in chosen:
            continue
        for ability in SIGHTS:
            before = looked.get((post.delivery, ability))
            wanted = ability in post.unseen and ability in may.get(post.account, frozenset())
            if wanted and is_due(post.posted_at, before, at):
                chosen[post.account] = Glance(post.delivery, post.account, ability)
                break
    return list(chosen.values())


def in_pace(looks: Sequence[datetime], every: timedelta, at: datetime) -> bool:
    """Return whether a paid look may be made: beyond the first, one in each interval."""
    return sum(at - every < look <= at for look in looks) < LOOKS_AN_INTERVAL


def spares(room: Room | None) -> bool:
    """Return whether a limit has room for a look: never the reserve, never its last fifth."""
    return room is None or (own_use_low(room) and room.uses - 1 >= room.reserve)


def after_look(
    delivery: Delivery, ability: Ability, findings: Iterable[Finding], at: datetime
) -> Delivery:
    """Return a live delivery after a look at it for `ability` found `findings` at `at`.

    A doubt ends when the look that raised it finds all well. A lesser doubt
    does not push a graver one aside. The very same object comes back if the
    look says nothing new: no answer is no finding, and one that proves nothing
    (a place that cannot be looked at) has seen nothing.
    """
    findings = tuple(findings)
    doubts = [finding for finding in findings if _doubts(delivery, finding, at)]
    about = [finding for finding in findings if finding.ability is ability]
    clean = all(found.cause is None for found in about) and any(found.proves for found in about)
    if clean:
        delivery = _seen(delivery, ability, at)
    if doubts:
        return _doubted(delivery, min(doubts, key=lambda doubt: _gravity(doubt.cause)))
    return _cleared(delivery, ability) if clean else delivery


def given_up(delivery: Delivery, abilities: AbstractSet[Ability]) -> Delivery:
    """Return a delivery that will not be looked at again for these `abilities`, saying so."""
    missing = [ability for ability in SIGHTS if ability in abilities & unseen(delivery)]
    if not missing or delivery.note is not None:
        return delivery
    return replace(delivery, evidence=f"{_NEVER}: {', '.join(missing)}")


def on_its_way(delivery: Delivery, finding: Finding, at: datetime) -> bool:
    """Return whether a finding says no more than that a new post does not show yet.

    It is one about nothing then: not of the post, and not of its channel. A post
    that was seen once is not on its way any more.
    """
    missing = finding.cause is Cause.NOT_VISIBLE or finding.perhaps_late
    settled_at = settles_at(delivery)
    young = settled_at is not None and at < settled_at
    return missing and young and finding.ability in unseen(delivery)


def open_yet(finding: Finding) -> Finding:
    """Return a finding that was `on_its_way` as one that says nothing either way."""
    why = f"new post not shown yet ({finding.evidence})"
    return Finding(ability=finding.ability, evidence=why, proves=False, perhaps_late=True)


def settles_at(delivery: Delivery) -> datetime | None:
    """Return from when on a live post has to show; None: it is not live."""
    return delivery.posted_at + SETTLES_WITHIN if delivery.posted_at is not None else None


def unseen(delivery: Delivery) -> frozenset[Ability]:
    """Return what has not been seen of a live post yet."""
    seen = {Ability.READ_BACK: delivery.read_back_at, Ability.PUBLIC: delivery.public_at}
    return frozenset(ability for ability, moment in seen.items() if moment is None)


def _doubts(delivery: Delivery, finding: Finding, at: datetime) -> bool:
    """Return whether a finding is one for a person; a new post may still be on its way."""
    return finding.cause in NOTES and not on_its_way(delivery, finding, at)


def _doubted(delivery: Delivery, doubt: Finding) -> Delivery:
    same = delivery.note is not None and _raised_by(delivery, doubt.ability)
    if delivery.note is doubt.cause:
        return delivery
    if delivery.note is not None and not same and _gravity(delivery.note) < _gravity(doubt.cause):
        return delivery
    return replace(delivery, note=doubt.cause, evidence=f"{doubt.ability}: {doubt.evidence}")


def _seen(delivery: Delivery, ability: Ability, at: datetime) -> Delivery:
    if ability not in unseen(delivery):
        return delivery
    if delivery.evidence.startswith(_NEVER):
        delivery = replace(delivery, evidence="")
    read_back = ability is Ability.READ_BACK
    return replace(delivery, read_back_at=at) if read_back else replace(delivery, public_at=at)


def _cleared(delivery: Delivery, ability: Ability) -> Delivery:
    """Return the delivery without its doubt, if this clean look may end it."""
    if delivery.note is None:
        return delivery
    by_another = any(_raised_by(delivery, other) for other in SIGHTS if other is not ability)
    told_by_answer = not by_another and not _raised_by(delivery, ability)
    if by_another or (told_by_answer and unseen(delivery)):
        return delivery
    return replace(delivery, note=None, evidence="")


def _raised_by(delivery: Delivery, ability: Ability) -> bool:
    return delivery.evidence.startswith(f"{ability}: ")


def _gravity(cause: Cause | None) -> int:
    return NOTES.index(cause) if cause in NOTES else len(NOTES)
