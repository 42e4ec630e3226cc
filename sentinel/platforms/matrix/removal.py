"""Taking an event down again: a redaction, which leaves an empty event behind."""

from __future__ import annotations

from urllib.parse import quote

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import StillThere, Withdrawn, WithdrawResult
from sentinel.platforms import Account, Published
from sentinel.platforms.matrix import answers, events, rooms
from sentinel.wire import Response, Steps, ask


def remove(account: Account, published: Published) -> Steps[WithdrawResult]:
    """Redact the event, always under the same key; "not found" is believed when reading agrees."""
    event_id = published.receipt.post_id
    if not events.is_id(event_id):
        return StillThere(Cause.BAD_CONFIGURATION, "the receipt holds no id of an event")
    room = yield from rooms.room_of(account, published.memory)  # an alias may have moved on
    if isinstance(room, Response):
        return _still(room)
    key = quote(f"{published.rendered.key}-redact", safe="")
    path = rooms.within(room, f"/redact/{quote(event_id, safe='')}/{key}")
    answer = yield from ask(rooms.request(account, "PUT", path, body={}))
    if answers.good(answer) and events.id_of(answer.object()):
        return Withdrawn(answers.said(answer))
    if not answers.missing(answer):
        return _still(answer)
    look = yield from rooms.get(account, rooms.event(room, event_id))
    if answers.missing(look):
        return Withdrawn(f"gone already: {answers.said(look)}")
    why = f"{answers.said(answer)} on redacting, {answers.said(look)} on reading"
    return StillThere(Cause.PERMISSION_MISSING if answers.good(look) else Cause.PLATFORM_FAULT, why)


def _still(answer: Response) -> StillThere:
    cause = answers.finding(Ability.PUBLISH, answer).cause
    return StillThere(cause or Cause.PLATFORM_FAULT, answers.said(answer))
