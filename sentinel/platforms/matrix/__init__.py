"""Matrix: one room, by one account on any homeserver.

Facts: facts/platforms-a.md section 8 (the specification); measured against a real
Synapse: lab.md section 3. What shapes this platform:

- Every event is sent under a transaction key of ours, in the path. The same key
  from the same device is the same event, even when the text differs; the server
  remembers for half an hour at least. A token belongs to one device: with
  another token the same key would be a second event.
- Our own device is told its keys again (`unsigned.transaction_id`), so an event
  can be found by its key, and a server that keeps none can be seen to.
- The size of the whole event is limited, not the length of the text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    FindResult,
    Found,
    NotSeen,
    Outcome,
    Refused,
    Rendered,
    Unclear,
    WithdrawResult,
)
from sentinel.domain.observation import Report
from sentinel.domain.text import fit
from sentinel.platforms import (
    NO_IMAGE,
    Account,
    Draft,
    Facts,
    Platform,
    Published,
    Setting,
)
from sentinel.platforms.matrix import answers, events, looks, rooms
from sentinel.platforms.matrix.removal import remove
from sentinel.wire import Response, Steps, ask, remember

_KEY_LIVES = timedelta(minutes=25)
"""Synapse forgets a transaction after 30 to 60 minutes (from memory); some air is left."""

_LOOKED_AT = 100


class Matrix(Platform):
    """One room on one homeserver."""

    name = "matrix"
    facts = Facts(
        operator="matrix",
        operator_is_host=True,
        text_limit=events.LIMIT,
        unit="bytes",
        abilities=frozenset(Ability),
        credential_sets=(frozenset({"access_token"}),),
        settings={"room": Setting(required=True)},
        identity=("room",),
        key_drops_copies="shown",
        drops_copies_why="the same transaction of the same device is the same event for half an "
        "hour; the room's latest messages are looked at first",
        exempt={
            "rate_limit_read": "A homeserver tells no limit before it refuses; each has its own.",
        },
        to_confirm=(
            "Other servers than Synapse remember a transaction for half an hour, too.",
            "`M_RESOURCE_LIMIT_EXCEEDED` comes with status 403; any status is understood.",
            "A locked account is told `M_USER_LOCKED` by the server of the city's choice.",
            "The address at matrix.to opens the room in the programs that citizens use.",
        ),
    )

    def length(self, text: str) -> int:
        """Return the bytes of the event's content, plain and formatted text, escapes included."""
        return events.size(text)

    def render(self, draft: Draft, account: Account) -> Rendered:
        """Return the content of the event, and the key of its one transaction."""
        mark = draft.link if draft.link and draft.link_is_notice else f"Nr. {draft.message.number}"
        fitted = fit(
            draft.message.content,
            channel=account.channel,
            mark=mark,
            link=draft.link,
            limit=events.LIMIT,
            length=self.length,
        )
        text = fitted.text.encode("utf-8", "replace").decode()  # no halves of surrogates
        return Rendered(
            text=text,
            key=draft.delivery_id,
            length=self.length(text),
            limit=events.LIMIT,
            payload={"content": events.content(text), "mark": mark},
            cut=fitted.cut,
            warnings=(NO_IMAGE,) if draft.message.content.image else (),
        )

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        """Send the event under its key. Which token that was is remembered first."""
        if not rooms.names_a_room(account):
            return Refused(Cause.BAD_CONFIGURATION, evidence=rooms.NO_ROOM)
        room = yield from rooms.room_of(account, memory)
        if isinstance(room, Response):
            return _no_room(room)
        if memory.get("device") != _device(account):
            yield from remember("device", _device(account))
        path = rooms.within(room, f"/send/m.room.message/{quote(rendered.key, safe='')}")
        content = rendered.payload.get("content")
        post = replace(rooms.request(account, "PUT", path, body=content), commits=True)
        answer = yield from ask(post)
        if not answers.good(answer):
            return answers.outcome(answer)
        event_id = events.id_of(answer.object())
        if not event_id:
            return Unclear(Cause.PLATFORM_FAULT, f"{answers.said(answer)}, no event_id")
        receipt = events.receipt(_address(account, room), event_id)
        return Accepted(receipt=receipt, evidence=answers.said(answer))

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        """Look for our key, then our text, in the room's latest messages of ours."""
        me = yield from rooms.whoami(account)
        user = rooms.user_of(me)
        if not user:
            return NotSeen(answers.said(me))
        room = yield from rooms.room_of(account, memory)
        if isinstance(room, Response):
            return NotSeen(answers.said(room))
        answer = yield from rooms.latest(account, room, _LOOKED_AT, sender=user)
        shown = rooms.listed(answer)
        if shown is None:
            return NotSeen(answers.said(answer))
        for event in shown:
            mine = isinstance(event, dict) and event.get("sender") == user
            if mine and events.id_of(event) and events.is_ours(event, rendered):
                receipt = events.receipt(_address(account, room), events.id_of(event))
                return Found(receipt, events.note_on(event, rendered))
        why = "not among the room's latest messages of ours"
        return NotSeen(why, repeatable=_kept(account, memory, since, answer, shown))

    def check_credentials(self, account: Account) -> Steps[Report]:
        """Ask who we are and whether we are in the room."""
        return looks.credentials(account)

    def rehearse(self, account: Account) -> Steps[Report]:
        """Write a note of our own that nobody else sees, and ask for our power in the room."""
        return looks.may_post(account)

    def read_own(self, account: Account, last: Published | None) -> Steps[Report]:
        """Read `last` as ourselves and compare the text."""
        return looks.read_own(account, last)

    def see_as_citizen(self, account: Account, last: Published | None) -> Steps[Report]:
        """Ask without login whether anybody may read the room."""
        return looks.as_citizen(account)

    def listen(self, account: Account) -> Steps[Report]:
        """Read the latest mention."""
        return looks.listen(account)

    def withdraw(self, account: Account, published: Published) -> Steps[WithdrawResult]:
        """Redact the event."""
        return remove(account, published)


def _no_room(answer: Response) -> Outcome:
    """Return what it means for a post that the room's id could not be had: nothing was sent."""
    told = answers.outcome(answer)
    return Failed(told.cause, told.evidence) if isinstance(told, Unclear) else told


def _kept(
    account: Account, memory: Mapping[str, str], since: datetime, answer: Response, shown: list[Any]
) -> bool:
    """Return whether the same key would still be the same event.

    Only for the device that sent it, while the server surely remembers, and
    unless our latest post of that time shows that the server keeps no keys.
    """
    now, last = answers.date_of(answer), account.last
    if memory.get("device") != _device(account) or now is None or now - since >= _KEY_LIVES:
        return False
    if last is None or last.posted_at is None or now - last.posted_at >= _KEY_LIVES:
        return True
    keys = [
        events.transaction_of(event)
        for event in shown
        if events.id_of(event) == last.receipt.post_id
    ]
    return all(key == last.rendered.key for key in keys)


def _address(account: Account, room: str) -> str:
    """Return what names the room to others: its alias, for new ids do not tell the server."""
    alias = account.setting("room")
    return alias if alias.startswith("#") else room


def _device(account: Account) -> str:
    """Return what tells one token, and so one device, from another, and gives none away."""
    token = account.credentials.get("access_token", "")
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()[:16]


PLATFORM = Matrix()
