"""How things stand, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sentinel.domain.cause import Ability
from sentinel.drills.course import Shape, Snapshot
from sentinel.drills.words import TONES, state_word
from sentinel.errors import Phrase
from sentinel.web.wording import ABILITIES

MOST_MESSAGES: Final = 6
_CHANNEL: Final = Phrase(de="Kanal", en="Channel")
_MESSAGE: Final = Phrase(de="Meldung", en="Message")
_STATE: Final = Phrase(de="Stand", en="State")
_WHERE: Final = Phrase(de="Wo", en="Where")
_NOT_OBSERVED: Final = "not_observed"


def board(snapshot: Snapshot, language: str) -> RenderableType:
    """Return channels with their abilities, messages with their deliveries, the latest entries."""
    return Group(
        channel_table(list(snapshot.channels.values()), language),
        message_table(list(snapshot.messages.values()), language),
        journal_lines(snapshot.journal, language),
    )


def channel_table(channels: list[Shape], language: str) -> Table:
    """Return one row a channel: what it can do now, and why not."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(_CHANNEL.in_(language), no_wrap=True)
    for ability in Ability:
        table.add_column(ABILITIES[ability].in_(language))
    for channel in channels:
        cells = [_verdict(channel["abilities"][ability], language) for ability in Ability]
        table.add_row(Text(channel["id"]), *cells)
    return table


def message_table(messages: list[Shape], language: str) -> Table:
    """Return one row a message: where it is, and where it is not."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(_MESSAGE.in_(language), max_width=34, no_wrap=True)
    table.add_column(_STATE.in_(language), no_wrap=True)
    table.add_column(_WHERE.in_(language))
    for message in messages[-MOST_MESSAGES:]:
        state = message["state"]
        table.add_row(
            Text(f"{message['number']}  {message['headline']}"),
            Text(state_word(state).in_(language), TONES.get(state, "")),
            _whereabouts(message, language),
        )
    return table


def journal_lines(entries: Sequence[Shape], language: str) -> Text:
    """Return one line an entry of the journal: number, time, kind, and what it says."""
    shown = Text(no_wrap=True, overflow="ellipsis")
    for entry in entries:
        payload = entry["payload"] or {}
        said = payload.get(f"sentence_{language}") or payload.get("channel") or ""
        shown.append(f"{entry['number']:>5} {entry['at'][11:19]} ", "dim")
        shown.append(f"{entry['kind']} ", "bold")
        shown.append(f"{said}\n")
    return shown


def _verdict(verdict: Shape, language: str) -> Text:
    if verdict["cause"] == _NOT_OBSERVED:
        return Text("–", "dim")
    word = Text(state_word(verdict["state"]).in_(language), TONES.get(verdict["state"], ""))
    return word.append(f"\n{verdict['cause']}", "dim") if verdict["cause"] else word


def _whereabouts(message: Shape, language: str) -> Text:
    shown = Text()
    for delivery in message["deliveries"]:
        if shown:
            shown.append(", ")
        shown.append(f"{delivery['channel']}: ")
        state = delivery["state"]
        shown.append(state_word(state).in_(language), TONES.get(state, ""))
    return shown
