"""What our account may do in its room, and what can be seen there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
from sentinel.domain.observation import Finding, Report
from sentinel.platforms import Account, Published
from sentinel.platforms.matrix import answers, events, rooms
from sentinel.wire import Request, Response, Steps, ask

_REHEARSAL = "sentinel.rehearsal"
_OLD_VERSIONS = frozenset(str(number) for number in range(1, 12))


def credentials(account: Account) -> Steps[Report]:
    """Ask who we are and which rooms we are in; each is the other's second call."""
    me = yield from rooms.whoami(account)
    joined = yield from rooms.get(account, "/joined_rooms")
    seen = answers.finding(Ability.PUBLISH, me)
    if seen.cause in CREDENTIAL:
        agreed = not answers.good(joined) and answers.judge(joined).cause in CREDENTIAL
        return _told(replace(seen, confirmed=agreed))
    if seen.cause is not None:
        return _told(seen)
    return _told((yield from _membership(account, me, joined)))


def _membership(account: Account, me: Response, joined: Response) -> Steps[Finding]:
    """Return whether we are in the room, by good answers to who we are and where."""
    seen = answers.finding(Ability.PUBLISH, me)
    if not rooms.user_of(me):
        return replace(seen, cause=Cause.PLATFORM_FAULT, evidence="no user in the answer")
    if not rooms.names_a_room(account):
        return replace(seen, cause=Cause.BAD_CONFIGURATION, evidence=rooms.NO_ROOM)
    room = yield from rooms.room_of(account, {})
    if isinstance(room, Response):
        return _refused(Ability.PUBLISH, room)
    mine = joined.object().get("joined_rooms") if answers.good(joined) else None
    if isinstance(mine, list) and room not in mine:
        why = "our account is not in the room"
        return replace(seen, cause=Cause.PERMISSION_MISSING, evidence=why)
    return seen


def may_post(account: Account) -> Steps[Report]:
    """Write a private note beside the room, which nobody else sees, and ask for our power."""
    me = yield from rooms.whoami(account)
    user = rooms.user_of(me)
    if not user:
        return _told(_refused(Ability.PUBLISH, me))
    room = yield from rooms.room_of(account, {})
    if isinstance(room, Response):
        return _told(_refused(Ability.PUBLISH, room))
    path = rooms.within(room, f"/account_data/{_REHEARSAL}")
    note = rooms.request(account, "PUT", f"/user/{quote(user, safe='')}{path}", body={"ok": True})
    seen = answers.finding(Ability.PUBLISH, (yield from ask(note)))
    return _told(seen if seen.cause else (yield from _power(account, room, user)))


def read_own(account: Account, last: Published | None) -> Steps[Report]:
    """Read `last` as ourselves, or without one the room's latest message."""
    room = yield from rooms.room_of(account, last.memory if last else {})
    if isinstance(room, Response):
        return _told(_refused(Ability.READ_BACK, room))
    if last is None:
        answer = yield from rooms.latest(account, room, limit=1)
        listed = rooms.listed(answer) is not None
        seen = answers.finding(Ability.READ_BACK, answer)
        return _told(seen if listed else _refused(Ability.READ_BACK, answer))
    answer = yield from rooms.get(account, rooms.event(room, last.receipt.post_id))
    return _told(*_compared(answer, last))


def as_citizen(account: Account) -> Steps[Report]:
    """Ask without login whether anybody may read the room, and else what the room says itself.

    No homeserver shows the messages of a room without login, so this never
    proves that a citizen sees a post; it proves when none can.
    """
    where = account.public_url or account.base_url
    path = f"/_matrix/client/v1/room_summary/{quote(account.setting('room'), safe='')}"
    summary = yield from ask(Request(method="GET", url=f"{where}{path}", anonymous=True))
    seen = replace(answers.finding(Ability.PUBLIC, summary), proves=False)
    if answers.good(summary):
        return _told(_readable(seen, summary.object().get("world_readable")))
    if not answers.spoken(summary) or summary.status >= answers.SERVER:
        return _told(seen)
    room = yield from rooms.room_of(account, {})
    if isinstance(room, Response):
        return _told(_refused(Ability.PUBLIC, room))
    state = rooms.within(room, "/state/m.room.history_visibility")
    history = yield from rooms.get(account, state)
    seen = replace(answers.finding(Ability.PUBLIC, history), proves=False)
    if answers.good(history):
        return _told(
            _readable(seen, history.object().get("history_visibility") == "world_readable")
        )
    if answers.missing(history):  # nothing stated means: members only
        return _told(_readable(seen, world_readable=False))
    return _told(seen)


def listen(account: Account) -> Steps[Report]:
    """Read the latest mention."""
    answer = yield from rooms.get(account, "/notifications", limit="1")
    return _told(answers.finding(Ability.LISTEN, answer))


def _compared(answer: Response, last: Published) -> tuple[Finding, ...]:
    """Return what our event, as shown, says of reading it back."""
    seen = answers.finding(Ability.READ_BACK, answer)
    if answers.missing(answer):
        return (replace(seen, cause=Cause.NOT_VISIBLE),)
    if seen.cause is not None:
        return (seen,)
    match events.note_on(answer.object(), last.rendered):
        case None:
            return (seen,)
        case Cause.TRUNCATED as cause:
            return seen, replace(seen, cause=cause, evidence="live text differs from sent")
        case cause:
            return (replace(seen, cause=cause, evidence="taken down"),)


def _power(account: Account, room: str, user: str) -> Steps[Finding]:
    """Ask whether our power in the room suffices to post there."""
    levels = yield from rooms.get(account, rooms.within(room, "/state/m.room.power_levels"))
    seen = Finding(ability=Ability.PUBLISH, evidence=answers.said(levels))
    if answers.missing(levels):  # nothing stated means: everybody may
        return seen
    if not answers.good(levels):
        return answers.finding(Ability.PUBLISH, levels)
    if _enough(levels.object(), user) or (yield from _made_it(account, room, user)):
        return seen
    why = "our power level is too low to post in the room"
    return replace(seen, cause=Cause.PERMISSION_MISSING, evidence=why)


def _readable(seen: Finding, world_readable: object) -> Finding:
    """Return what a room's visibility means for people without an account."""
    if world_readable is True:
        return replace(seen, cause=None, confirmed=True, evidence="the room is world-readable")
    why = "the room is not world-readable"
    return replace(seen, cause=Cause.READER_RESTRICTED, confirmed=True, evidence=why)


def _enough(levels: dict[str, Any], user: str) -> bool:
    """Return whether `user` may send messages, by the room's power levels."""
    users, wanted = levels.get("users"), levels.get("events")
    own = users.get(user) if isinstance(users, dict) else None
    need = wanted.get("m.room.message") if isinstance(wanted, dict) else None
    mine = _level(levels.get("users_default")) if own is None else _level(own)
    return mine >= (_level(levels.get("events_default")) if need is None else _level(need))


def _made_it(account: Account, room: str, user: str) -> Steps[bool]:
    """Return whether `user` made the room: since version 12 that is all power, listed nowhere."""
    path = rooms.within(room, "/state/m.room.create")
    made = (yield from rooms.get(account, path, format="event")).object()
    content = made.get("content")
    facts = content if isinstance(content, dict) else {}
    if str(facts.get("room_version", "1")) in _OLD_VERSIONS:
        return False
    more = facts.get("additional_creators")
    return made.get("sender") == user or (isinstance(more, list) and user in more)


def _level(value: object) -> int:
    text = str(value).strip()
    return int(text) if text.removeprefix("-").isdecimal() and len(text) < 20 else 0  # noqa: PLR2004


def _refused(ability: Ability, answer: Response) -> Finding:
    """Return a finding about an answer that did not hold what was asked for."""
    seen = answers.finding(ability, answer)
    return seen if seen.cause else replace(seen, cause=Cause.PLATFORM_FAULT)


def _told(*findings: Finding) -> Report:
    return Report(findings=findings)
