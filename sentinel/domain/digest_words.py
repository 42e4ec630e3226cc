"""The daily digest in words: what is out, what waits, what ends soon, what is at risk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from sentinel.domain.message import MessageState
from sentinel.domain.moments import moment
from sentinel.domain.news_item import News
from sentinel.domain.risks import Gravity, Risk, RiskKind
from sentinel.errors import Phrase

MOST: Final = 15
"""Lines of one section; what comes after is counted."""

_HEADLINE: Final = 80
_LASTING: Final = frozenset({RiskKind.RESILIENCE, RiskKind.DEPENDENCE, RiskKind.PRICE})
"""What is so every day, and stands in the register of risks: nobody reads it each morning."""

_ENDS: Final = frozenset({RiskKind.CREDENTIAL, RiskKind.CERTIFICATE, RiskKind.API_VERSION})
_WAITS: Final = {
    MessageState.STRANDED: Phrase(de="steckt fest", en="is stranded"),
    MessageState.HELD: Phrase(de="wird zurückgehalten", en="is held"),
    MessageState.AWAITING_APPROVAL: Phrase(de="wartet auf Freigabe", en="awaits approval"),
}
WAITING: Final = tuple(_WAITS)
"""The states of messages that somebody has to think of, the gravest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """One open outage."""

    sentence: Phrase
    since: datetime
    taken: bool  # somebody takes care of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One message that does not go out by itself, or not yet."""

    number: int
    headline: str
    state: MessageState
    expires_at: datetime
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """How things stand."""

    outages: Sequence[Open] = ()
    waiting: Sequence[Waiting] = ()
    risks: Sequence[Risk] = ()
    on_hold: bool = False
    crisis: bool = False

    @property
    def ending(self) -> tuple[Risk, ...]:
        """What ends by itself."""
        return tuple(risk for risk in self.risks if risk.kind in _ENDS)

    @property
    def endangered(self) -> tuple[Risk, ...]:
        """What else is at risk and can be helped."""
        leave = _ENDS | _LASTING
        known = (risk for risk in self.risks if risk.kind not in leave)
        return tuple(risk for risk in known if risk.gravity is not Gravity.KNOW)


def digest_news(brief: Brief, zone: tzinfo) -> News:
    """Return the digest: a sentence that says it all, and each matter in a line of its own."""
    sections = list(_sections(brief, zone))
    return News(
        subject=_subject(brief),
        text=_summary(brief),
        details=Phrase(
            de="\n\n".join(
                _section(heading.de, [line.de for line in lines], "weitere")
                for heading, lines in sections
            ),
            en="\n\n".join(
                _section(heading.en, [line.en for line in lines], "more")
                for heading, lines in sections
            ),
        )
        if sections
        else None,
    )


def _subject(brief: Brief) -> Phrase:
    outages, waiting = len(brief.outages), len(brief.waiting)
    risks = len(brief.ending) + len(brief.endangered)
    if not (outages or waiting or risks or brief.on_hold or brief.crisis):
        return Phrase(de="Tagesübersicht: alles ruhig", en="Daily digest: all is calm")
    stop = Phrase(de="ANGEHALTEN, ", en="ON HOLD, ") if brief.on_hold else Phrase(de="", en="")
    turn = Phrase(de="Krise, ", en="crisis, ") if brief.crisis else Phrase(de="", en="")
    return Phrase(
        de=f"Tagesübersicht: {stop.de}{turn.de}Störungen {outages}, "
        f"wartende Meldungen {waiting}, Risiken {risks}",
        en=f"Daily digest: {stop.en}{turn.en}outages {outages}, "
        f"waiting messages {waiting}, risks {risks}",
    )


def _summary(brief: Brief) -> Phrase:
    said = [
        *([_ON_HOLD] if brief.on_hold else []),
        *([_CRISIS] if brief.crisis else []),
        _counted(len(brief.outages), _NO_OUTAGE, _ONE_OUTAGE, _OUTAGES),
        _counted(len(brief.waiting), _NO_MESSAGE, _ONE_MESSAGE, _MESSAGES),
        _counted(len(brief.ending), _NO_END, _ONE_END, _ENDINGS),
        _counted(len(brief.endangered), _NO_RISK, _ONE_RISK, _RISKS),
    ]
    return Phrase(de=" ".join(one.de for one in said), en=" ".join(one.en for one in said))


def _counted(many: int, none: Phrase, one: Phrase, several: Phrase) -> Phrase:
    if many == 0:
        return none
    if many == 1:
        return one
    return Phrase(de=several.de.format(many), en=several.en.format(many))


_ON_HOLD: Final = Phrase(
    de="ALLES VERÖFFENTLICHEN IST ANGEHALTEN.", en="ALL PUBLISHING IS ON HOLD."
)
_CRISIS: Final = Phrase(de="Die Lage ist Krise.", en="The posture is crisis.")
_NO_OUTAGE: Final = Phrase(de="Keine Störung.", en="No outage.")
_ONE_OUTAGE: Final = Phrase(de="1 offene Störung.", en="1 open outage.")
_OUTAGES: Final = Phrase(de="{} offene Störungen.", en="{} open outages.")
_NO_MESSAGE: Final = Phrase(de="Keine Meldung wartet.", en="No message waits.")
_ONE_MESSAGE: Final = Phrase(de="1 Meldung wartet.", en="1 message waits.")
_MESSAGES: Final = Phrase(de="{} Meldungen warten.", en="{} messages wait.")
_NO_END: Final = Phrase(de="Nichts läuft bald ab.", en="Nothing ends soon.")
_ONE_END: Final = Phrase(de="1 Sache läuft ab.", en="1 thing ends soon.")
_ENDINGS: Final = Phrase(de="{} Dinge laufen ab.", en="{} things end soon.")
_NO_RISK: Final = Phrase(de="Sonst ist nichts gefährdet.", en="Nothing else is at risk.")
_ONE_RISK: Final = Phrase(de="1 weiteres Risiko.", en="1 more risk.")
_RISKS: Final = Phrase(de="{} weitere Risiken.", en="{} more risks.")


def _sections(brief: Brief, zone: tzinfo) -> Iterator[tuple[Phrase, list[Phrase]]]:
    """Return what there is to say, each under its heading; nothing is said of nothing."""
    found: Iterable[tuple[Phrase, list[Phrase]]] = (
        (Phrase(de="Störungen", en="Outages"), [_outage(one, zone) for one in brief.outages]),
        (Phrase(de="Es warten", en="Waiting"), [_message(one, zone) for one in brief.waiting]),
        (Phrase(de="Läuft ab", en="Ending"), [risk.phrase for risk in brief.ending]),
        (Phrase(de="Gefährdet", en="At risk"), [risk.phrase for risk in brief.endangered]),
    )
    return ((heading, lines) for heading, lines in found if lines)


def _section(heading: str, lines: list[str], more: str) -> str:
    shown = [f"- {' '.join(line.split())}" for line in lines[:MOST]]
    rest = [f"- … {len(lines) - MOST} {more}"] if len(lines) > MOST else []
    return "\n".join([f"{heading}:", *shown, *rest])


def _outage(one: Open, zone: tzinfo) -> Phrase:
    since = moment(one.since, zone)
    who = Phrase(de="übernommen", en="taken on") if one.taken else _NOBODY
    return Phrase(
        de=f"{one.sentence.de} (seit {since.de}, {who.de})",
        en=f"{one.sentence.en} (since {since.en}, {who.en})",
    )


_NOBODY: Final = Phrase(de="noch von niemandem übernommen", en="taken on by nobody yet")


def _message(one: Waiting, zone: tzinfo) -> Phrase:
    ends, state = moment(one.expires_at, zone), _WAITS[one.state]
    said = one.headline if len(one.headline) <= _HEADLINE else f"{one.headline[:_HEADLINE]}…"
    mark = Phrase(de="ÜBUNG ", en="EXERCISE ") if one.exercise else Phrase(de="", en="")
    return Phrase(
        de=f"{mark.de}Nr. {one.number} „{said}“ {state.de}; gilt bis {ends.de}",
        en=f"{mark.en}no. {one.number} “{said}” {state.en}; good until {ends.en}",
    )
