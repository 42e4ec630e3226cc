"""What staff are told of outages: one, or all that one operator has for one cause.

Every sentence says what was seen or what the rules do, never more: "does not
answer" is not "is broken", and that messages go elsewhere is said only as what
the routes provide for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sentinel.domain.cause import EFFECTS, Ability, Cause, Diverts
from sentinel.domain.edge_page import edge_name
from sentinel.domain.family import OWN
from sentinel.domain.news_item import Case, News
from sentinel.domain.outage import OutageKind
from sentinel.domain.outage_advice import advice, mends_itself
from sentinel.domain.outage_words import (
    CHECKS,
    CHECKS_ON,
    ENOUGH,
    FOR_LISTENING,
    FOR_PROOF,
    FOR_READERS,
    LEFT_ALONE,
    NEXT,
    OTHERS,
    ROUTINE,
    WHAT,
)
from sentinel.domain.wording import because, say
from sentinel.errors import Phrase

MOST_NAMES: Final = 12
"""Channels that one sentence names; of more it says how many they are."""

_NAMES: Final[Mapping[str, str]] = {
    "meta": "Meta",
    "x": "X",
    "google": "Google",
    "microsoft": "Microsoft",
    "bluesky": "Bluesky",
    "mastodon": "Mastodon",
    "telegram": "Telegram",
    "pinterest": "Pinterest",
    "matrix": "Matrix",
}


def operator_name(operator: str) -> str:
    """Return an operator's name as people write it; one of the rules' own stays as it is."""
    return _NAMES.get(operator, operator)


def case_of(outage: str, payload: Mapping[str, Any], *, over: bool) -> Case:
    """Return the case that a journal entry about an outage tells of."""
    kind = next((key for key in OTHERS if payload.get(key)), OutageKind.CHANNEL)
    ability, cause = payload.get("ability"), payload.get("cause")
    de, en = str(payload.get("sentence_de", "")), str(payload.get("sentence_en", ""))
    waiting, without = payload.get("waiting"), payload.get("without")
    return Case(
        outage=outage,
        kind=str(payload.get("kind") or kind),
        channel=payload.get("channel"),
        ability=Ability(ability) if ability in set(Ability) else None,
        operator=payload.get("operator"),
        cause=Cause(cause) if cause in set(Cause) else None,
        sentence=Phrase(de=de, en=en) if de or en else None,
        over=over,
        waiting=None if waiting is None else tuple(waiting),
        without=None if without is None else tuple(without),
    )


def outage_began(outage: str, payload: Mapping[str, Any]) -> News:
    """Return what an outage that opened, or has another cause, means for staff."""
    where, case = place(payload), case_of(outage, payload, over=False)
    by_kind = OTHERS.get(case.kind)
    subject = Phrase(de=f"Störung: {where.de}", en=f"Outage: {where.en}")
    if by_kind is None:
        return _channels(subject, case.sentence or Phrase(de="", en=""), [case])
    return News(
        subject=subject,
        text=case.sentence or Phrase(de="", en=""),
        means=by_kind.means,
        done=by_kind.done,
        please=by_kind.please,
        outage=outage,
        case=case,
    )


def outage_ended(outage: str, payload: Mapping[str, Any]) -> News:
    """Return the end of an outage; of a channel that left the rules nothing is known any more."""
    where, case = place(payload), case_of(outage, payload, over=True)
    if payload.get("removed"):
        return News(
            subject=Phrase(
                de=f"Störung nicht mehr verfolgt: {where.de}",
                en=f"Outage no longer watched: {where.en}",
            ),
            text=Phrase(
                de=f"{where.de} steht nicht mehr in den Regeln. Sentinel prüft dort nicht mehr.",
                en=f"{where.en} is no longer in the rules. Sentinel does not check it any more.",
            ),
            outage=outage,
        )
    return News(
        subject=Phrase(de=f"Wieder in Ordnung: {where.de}", en=f"Working again: {where.en}"),
        text=Phrase(
            de=f"{where.de}: Die Störung ist vorbei.", en=f"{where.en}: the outage is over."
        ),
        outage=outage,
        case=case,
    )


def place(payload: Mapping[str, Any]) -> Phrase:
    """Return what an outage is about, in a few words."""
    if edge := payload.get("edge"):
        name = edge_name(str(edge))
        return Phrase(de=name, en=name)
    if uplink := payload.get("uplink"):
        return Phrase(de=f"eigene Leitung ({uplink})", en=f"our own line ({uplink})")
    if node := payload.get("node"):
        return Phrase(de=f"Sentinel auf {node}", en=f"Sentinel on {node}")
    name = str(payload.get("channel") or "?")
    return Phrase(de=name, en=name)


def together(cases: Sequence[Case]) -> News:
    """Return one piece of news for several outages of one operator and cause."""
    channels = list(dict.fromkeys(str(case.channel) for case in cases))
    if cases[0].over:
        return _ended_together(channels, cases)
    many = _many(channels, cases[0].operator)
    subject = Phrase(de=f"Störung: {many.de}", en=f"Outage: {many.en}")
    one = len(channels) == 1
    return _channels(subject, _said(cases) if one else _said_of_many(many, cases), cases)


def _ended_together(channels: Sequence[str], cases: Sequence[Case]) -> News:
    many = _many(channels, cases[0].operator)
    de, en = named(channels)
    verb = "ist" if len(channels) == 1 else "sind"
    return News(
        subject=Phrase(de=f"Wieder in Ordnung: {many.de}", en=f"Working again: {many.en}"),
        text=Phrase(
            de=f"Diese Störungen {verb if len(cases) == 1 else 'sind'} vorbei: {de}.",
            en=f"These outages are over: {en}.",
        ),
        outage=cases[0].outage,
        case=cases[0],
    )


def _channels(subject: Phrase, text: Phrase, cases: Sequence[Case]) -> News:
    first = cases[0]
    return News(
        subject=subject,
        text=text,
        means=_means(cases),
        done=_done(first),
        please=advice(first.cause, str(first.channel), first.operator) if first.cause else None,
        outage=first.outage,
        case=first,
    )


def _many(channels: Sequence[str], operator: str | None) -> Phrase:
    if len(channels) == 1:
        return Phrase(de=channels[0], en=channels[0])
    number = len(channels)
    if operator is None:
        return Phrase(de=f"{number} Kanäle", en=f"{number} channels")
    if operator == OWN:
        return Phrase(de=f"{number} eigene Kanäle", en=f"{number} channels of our own")
    name = operator_name(operator)
    return Phrase(de=f"{number} Kanäle von {name}", en=f"{number} channels of {name}")


def _said(cases: Sequence[Case]) -> Phrase:
    """Of one channel: the first sentence whole, and what else does not work, for the same cause."""
    claims = [
        say(str(case.channel), case.ability, case.state, None)
        for case in cases[1:]
        if case.ability is not None
    ]
    sentences = [cases[0].sentence or Phrase(de="", en=""), *claims]
    return Phrase(
        de="\n".join(dict.fromkeys(one.de for one in sentences)),
        en="\n".join(dict.fromkeys(one.en for one in sentences)),
    )


def _said_of_many(many: Phrase, cases: Sequence[Case]) -> Phrase:
    why = because(cases[0].cause) if cases[0].cause else None
    de = f"{many.de} sind gestört, weil {why.de}." if why else f"{many.de} sind gestört."
    en = f"{many.en} do not work as they should because {why.en}." if why else f"{many.en} fail."
    lines_de, lines_en = [de], [en]
    for ability in Ability:
        hit = [str(case.channel) for case in cases if case.ability is ability]
        if hit:
            what, (names_de, names_en) = WHAT[ability, cases[0].state], named(hit)
            lines_de.append(f"{what.de}: {names_de}.")
            lines_en.append(f"{what.en}: {names_en}.")
    return Phrase(de="\n".join(lines_de), en="\n".join(lines_en))


def named(channels: Iterable[str]) -> tuple[str, str]:
    """Return names in German and English, the first of many and how many more there are."""
    names = list(dict.fromkeys(channels))
    first, more = ", ".join(names[:MOST_NAMES]), len(names) - MOST_NAMES
    return (f"{first} und {more} weitere", f"{first} and {more} more") if more > 0 else (first,) * 2


def _means(cases: Sequence[Case]) -> Phrase | None:
    abilities = {case.ability for case in cases}
    if Ability.PUBLISH in abilities:
        return _for_messages([case for case in cases if case.ability is Ability.PUBLISH])
    if Ability.PUBLIC in abilities:
        return FOR_READERS
    if Ability.READ_BACK in abilities:
        return FOR_PROOF
    return FOR_LISTENING if Ability.LISTEN in abilities else None


def _for_messages(cases: Sequence[Case]) -> Phrase:
    cause = cases[0].cause
    routine = cause is not None and EFFECTS[cause].diverts is Diverts.ROUTINE
    said = [ROUTINE if routine else _usable(cases)]
    waiting = sorted({number for case in cases for number in case.waiting or ()})
    if waiting:
        de, en = named(f"Nr. {number}" for number in waiting)
        said.insert(
            0,
            Phrase(
                de=f"Noch nicht erschienen ist dort: {de}.",
                en=f"Not out there yet: {en.replace('Nr.', 'no.')}.",
            ),
        )
    return Phrase(de=" ".join(one.de for one in said), en=" ".join(one.en for one in said))


def _usable(cases: Sequence[Case]) -> Phrase:
    """Say what new messages do, as far as somebody looked how the routes stand."""
    if any(case.without is None for case in cases):
        return NEXT
    routes = list(dict.fromkeys(name for case in cases for name in case.without or ()))
    if not routes:
        return ENOUGH
    de, en = named(routes)
    return Phrase(
        de=f"Zu wenig brauchbare Kanäle hat jetzt: Route {de}. Neue Meldungen würden dort "
        "feststecken.",
        en=f"Too few usable channels are left to: route {en}. New messages would be stranded "
        "there.",
    )


def _done(case: Case) -> Phrase:
    if case.cause is not None and EFFECTS[case.cause].needs_person:
        return LEFT_ALONE
    return CHECKS if case.cause is None or mends_itself(case.cause) else CHECKS_ON
