"""Which link of a chain comes after which: a link follows those that it references.

That is the order in which they were accepted, but for one case. An all-clear that
still waits (for its start, or for a second person) when an update takes effect is
still wanted: from then on it comes after that update, and will end it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import product
from typing import TypeAlias

from sentinel.domain.message import Kind, Message, MessageState

Link: TypeAlias = tuple[Message, MessageState]
"""A link as it stands on disk, with the state last written for it."""

_WAITED = frozenset(
    {MessageState.SCHEDULED, MessageState.AWAITING_APPROVAL, MessageState.HELD}
)  # stored for what had not taken effect when it was last decided about


def in_order(links: Sequence[Link], at: datetime) -> list[Link]:
    """Return the links, the first of them first, with what they reference at `at`.

    An all-clear that gives way to an update takes over its routes and its
    gravity: whom that reaches must hear of the end as well.
    """
    known = {link.id: link for link, _ in links}
    states = {link.id: state for link, state in links}
    for (one, state), (other, _) in product(links, links):
        if _lets_pass(known[one.id], state, known[other.id], at):
            known[one.id], known[other.id] = _after(known[one.id], known[other.id])
    ordered = sorted(known.values(), key=lambda link: (len(link.references), link.number))
    return [(link, states[link.id]) for link in ordered]


def _lets_pass(ending: Message, state: MessageState, update: Message, at: datetime) -> bool:
    """Return whether an update that was accepted later took effect before an all-clear did."""
    if ending.kind is not Kind.ALL_CLEAR or update.kind is not Kind.UPDATE:
        return False
    if ending.id not in update.references or not update.in_effect(at):
        return False
    if ending.withdrawn_at or ending.superseded_at or at >= ending.expires_at:
        return False
    if not ending.in_effect(at):
        return state in _WAITED  # else it took effect, and the clock was set back since
    # Both became due before anybody looked: then their own moments say which was first.
    could_wait = ending.needs_approval or ending.content.not_before is not None
    return could_wait and state in _WAITED and ending.due_at > update.due_at


def _after(ending: Message, update: Message) -> tuple[Message, Message]:
    gravities = (ending.effective_severity, update.effective_severity)
    return (
        replace(
            ending,
            references=(*ending.references, update.id),
            routes=tuple(dict.fromkeys((*ending.routes, *update.routes))),
            effective_severity=min(gravities, key=lambda severity: severity.rank),
        ),
        replace(update, references=tuple(n for n in update.references if n != ending.id)),
    )
