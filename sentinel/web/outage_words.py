"""An outage in a line, and who did something, for the pages that people read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Final

from sentinel.domain.edge import EdgeOutage, explain_edge
from sentinel.domain.health import explain
from sentinel.domain.outage import OutageKind
from sentinel.errors import Phrase
from sentinel.service.board import Board
from sentinel.storage.outages import Outage
from sentinel.storage.view import View
from sentinel.web.wording import ABILITIES, CAUSES, KINDS

_KINDS: Final = ("link:", "person:", "token:")


def local(at: datetime | None, zone: tzinfo) -> str:
    """Return a time on the city's clock."""
    return at.astimezone(zone).strftime("%d.%m.%Y %H:%M") if at else "–"


def who(word: str | None, people: Mapping[str, str]) -> str:
    """Return an actor's KIND:ID as people say it: their name if `people` has it, else the id."""
    said = word or "–"
    for kind in _KINDS:
        said = said.removeprefix(kind)
    return people.get(said, said)


async def names_of(view: View, outages: Iterable[Outage]) -> Mapping[str, str]:
    """Return number and headline of the messages that outages are about, by the message's id."""
    wanted = dict.fromkeys(name for outage in outages for name in outage.messages)
    found = [(name, await view.message(name)) for name in wanted]
    return {name: f"Nr. {one.number} {one.content.headline}" for name, one in found if one}


def outage_line(board: Board, outage: Outage, names: Mapping[str, str]) -> Phrase:
    """Return what is broken, since when, and how often it came back; `names` are messages'."""
    since = local(outage.opened_at, board.zone)
    said, waves = _what(board, outage, names), outage.waves
    more = (
        Phrase(de=f", {waves} Mal aufgetreten", en=f", broke out {waves} times")
        if waves > 1
        else Phrase(de="", en="")
    )
    return Phrase(de=f"{said.de} (seit {since}{more.de})", en=f"{said.en} (since {since}{more.en})")


def what_of(outage: Outage) -> Phrase:
    """Return what is broken, in a word or two."""
    kind = KINDS.get(outage.kind, Phrase(de=outage.kind, en=outage.kind))
    if outage.channel is None:
        about = outage.operator
        return Phrase(de=f"{kind.de}: {about}", en=f"{kind.en}: {about}") if about else kind
    if outage.ability is None:
        return Phrase(de=outage.channel, en=outage.channel)
    able = ABILITIES[outage.ability]
    return Phrase(de=f"{outage.channel}, {able.de}", en=f"{outage.channel}, {able.en}")


def cause_of(outage: Outage) -> Phrase:
    """Return why, in a word or two."""
    known = CAUSES if outage.cause else KINDS
    name = outage.cause or outage.kind
    return known.get(name, Phrase(de=name, en=name))


def _what(board: Board, outage: Outage, names: Mapping[str, str]) -> Phrase:
    """Return the sentence that an open outage rests on now; of one that is over, its cause."""
    if outage.kind == OutageKind.EDGE and outage.operator and outage.closed_at is None:
        seen = EdgeOutage(
            edge=outage.operator,
            channels=outage.channels,
            own=(),
            since=outage.opened_at,
            evidence="",
        )
        return explain_edge(seen)
    name, ability = outage.channel, outage.ability
    if name is None or ability is None:
        return _named(outage, names)
    health = board.healths.get(name)
    verdict = health.verdicts.get(ability) if health else None
    if outage.closed_at is None and verdict is not None and verdict.cause == outage.cause:
        return explain(name, ability, verdict, board.zone)
    what, cause = what_of(outage), cause_of(outage)
    return Phrase(de=f"{what.de}: {cause.de}", en=f"{what.en}: {cause.en}")


def _named(outage: Outage, names: Mapping[str, str]) -> Phrase:
    what = what_of(outage)
    messages = "; ".join(names[name] for name in outage.messages if name in names)
    return Phrase(de=f"{what.de}: {messages}", en=f"{what.en}: {messages}") if messages else what
