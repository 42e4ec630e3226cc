"""What a drill says to its spectators: steps and changes, in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sentinel.domain.cause import Ability
from sentinel.drills.course import Shape, Snapshot
from sentinel.drills.shape import Acknowledged, Clear, Clock, Confirmed, Fault, Kill, Step
from sentinel.errors import Phrase
from sentinel.service.bodies import MessageIn
from sentinel.web.wording import ABILITIES, STATES

TONES: Final[Mapping[str, str]] = {
    "up": "green",
    "degraded": "yellow",
    "down": "bold red",
    "unknown": "dim",
    "live": "green",
    "published": "green",
    "stranded": "bold red",
    "refused": "bold red",
    "moved": "yellow",
}
"""How a state strikes the eye on a terminal, as a style of Rich."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened, and how it should strike the eye."""

    phrase: Phrase
    style: str = ""


def state_word(state: str) -> Phrase:
    """Return a state in people's words; one without any stays as it is."""
    return STATES.get(state, Phrase(de=state, en=state))


def step_line(step: Step) -> Phrase:
    """Return what a step does."""
    action = getattr(step, step.action)
    match action:
        case MessageIn(headline=headline, severity=severity):
            return Phrase(
                de=f"Meldung „{headline}“ ({severity})", en=f"message “{headline}” ({severity})"
            )
        case Fault(platform=platform, account=account, kind=kind):
            where = f"{platform}/{account}" if account else platform
            return Phrase(de=f"{where} zeigt: {kind}", en=f"{where} shows: {kind}")
        case Clear():
            stated = " ".join(str(v) for v in action.model_dump(exclude_none=True).values())
            return Phrase(
                de=f"Störung endet: {stated or 'alles'}", en=f"fault ends: {stated or 'all'}"
            )
        case Kill():
            return Phrase(
                de="der Dienst wird getötet (kill -9)", en="the daemon is killed (kill -9)"
            )
        case Clock(ahead=ahead):
            off_s = f"{ahead.total_seconds():g} s"
            return Phrase(
                de=f"die Uhr des Dienstes geht {off_s} vor",
                en=f"the daemon's clock is {off_s} fast",
            )
        case _:
            return _by_a_person(action)


def _by_a_person(action: object) -> Phrase:
    match action:
        case Confirmed(message=message, channel=channel):
            return Phrase(
                de=f"eine Person bestätigt {message} auf {channel}",
                en=f"a person confirms {message} on {channel}",
            )
        case Acknowledged(contact=str(contact)):
            return Phrase(
                de=f"{contact} übernimmt, über den Link", en=f"{contact} takes it on, by the link"
            )
        case Acknowledged(channel=channel, message=message):
            what = channel or message
            return Phrase(de=f"eine Person übernimmt {what}", en=f"a person takes {what} on")
        case _:
            return Phrase(de=f"{action}", en=f"{action}")


def changes(before: Snapshot, after: Snapshot) -> Iterator[Line]:
    """Yield what happened between two snapshots."""
    if before.alive != after.alive:
        yield _LIVES if after.alive else _DEAD
    for name, channel in after.channels.items():
        yield from _verdicts(name, before.channels.get(name), channel)
    for name, message in after.messages.items():
        yield from _deliveries(name, before.messages.get(name), message)
    for note in after.notes[len(before.notes) :]:
        body = note["body"]
        said = str(body.get("title", "")) if isinstance(body, dict) else str(body)
        yield Line(
            Phrase(de=f"{note['name']} erfährt: {said}", en=f"{note['name']} is told: {said}"),
            "cyan",
        )


_LIVES: Final = Line(Phrase(de="der Dienst antwortet wieder", en="the daemon answers again"))
_DEAD: Final = Line(
    Phrase(de="der Dienst antwortet nicht", en="the daemon does not answer"), "bold red"
)


def summary(snapshot: Snapshot) -> Phrase:
    """Return how many channels are down, and how many messages are live."""
    down = [
        name
        for name, channel in snapshot.channels.items()
        if any(verdict["state"] == "down" for verdict in channel["abilities"].values())
    ]
    live = sum(message["state"] == "live" for message in snapshot.messages.values())
    names = f" ({', '.join(down)})" if down else ""
    return Phrase(
        de=f"{len(snapshot.channels)} Kanäle, {len(down)} gestört{names}; "
        f"{live} von {len(snapshot.messages)} Meldungen veröffentlicht",
        en=f"{len(snapshot.channels)} channels, {len(down)} down{names}; "
        f"{live} of {len(snapshot.messages)} messages live",
    )


def _verdicts(name: str, before: Shape | None, after: Shape) -> Iterator[Line]:
    for ability, verdict in after["abilities"].items():
        known = before["abilities"][ability] if before else {"state": "unknown"}
        if verdict["state"] == known["state"] and (
            before is None or verdict["cause"] == known["cause"]
        ):
            continue
        words, state = ABILITIES[Ability(ability)], state_word(verdict["state"])
        cause = f" ({verdict['cause']})" if verdict["cause"] else ""
        yield Line(
            Phrase(
                de=f"{name}, {words.de}: {state.de}{cause}",
                en=f"{name}, {words.en}: {state.en}{cause}",
            ),
            TONES.get(verdict["state"], ""),
        )


def _deliveries(name: str, before: Shape | None, after: Shape) -> Iterator[Line]:
    known = {d["id"]: d["state"] for d in before["deliveries"]} if before else {}
    for delivery in after["deliveries"]:
        state, channel = delivery["state"], delivery["channel"]
        if known.get(delivery["id"]) == state:
            continue
        word = state_word(state)
        cause = f" ({delivery['cause']})" if delivery["cause"] else ""
        yield Line(
            Phrase(
                de=f"{name} auf {channel}: {word.de}{cause}",
                en=f"{name} on {channel}: {word.en}{cause}",
            ),
            TONES.get(state, ""),
        )
