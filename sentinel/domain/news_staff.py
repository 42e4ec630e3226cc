"""What staff are told of themselves: who took it on, what stays quiet, when nobody is on call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Any

from sentinel.domain.moments import moment, span
from sentinel.domain.news_item import News
from sentinel.domain.news_outage import named, operator_name
from sentinel.errors import Phrase

Payload = Mapping[str, Any]


def _acknowledged(payload: Payload, zone: tzinfo) -> News:  # noqa: ARG001 - all of this kind take it
    by = str(payload.get("by") or "?")
    many, comment = len(payload.get("outages", ())), payload.get("comment")
    said = Phrase(de=f" „{comment}“", en=f" “{comment}”") if comment else Phrase(de="", en="")
    names = payload.get("channels") or ()
    de, en = named(names) if names else _counted(many or 1)
    return News(
        subject=Phrase(de=f"Übernommen von {by}: {de}", en=f"Taken on by {by}: {en}"),
        text=Phrase(de=f"{by} kümmert sich.{said.de}", en=f"{by} takes care of it.{said.en}"),
        done=Phrase(
            de="Sentinel erinnert nicht mehr, bis es schlimmer wird, und meldet das Ende.",
            en="Sentinel reminds nobody until it grows worse, and tells you of the end.",
        ),
    )


def _counted(many: int) -> tuple[str, str]:
    return ("1 Störung", "1 outage") if many == 1 else (f"{many} Störungen", f"{many} outages")


def _planned(payload: Payload, zone: tzinfo) -> News | None:
    if not _announced(payload):
        return None
    where, period = _covered(payload), _period(payload, zone)
    return News(
        subject=Phrase(de=f"Wartung geplant: {where.de}", en=f"Maintenance planned: {where.en}"),
        text=Phrase(
            de=f"{period.de}. Grund: {payload.get('reason')}",
            en=f"{period.en}. Reason: {payload.get('reason')}",
        ),
        means=_QUIET,
    )


def _begun(payload: Payload, zone: tzinfo) -> News | None:
    if not _announced(payload):
        return None
    where, period = _covered(payload), _period(payload, zone)
    return News(
        subject=Phrase(de=f"Wartung beginnt: {where.de}", en=f"Maintenance begins: {where.en}"),
        text=Phrase(
            de=f"{period.de}. Grund: {payload.get('reason')}",
            en=f"{period.en}. Reason: {payload.get('reason')}",
        ),
        means=_QUIET,
    )


def _ended(payload: Payload, zone: tzinfo) -> News | None:  # noqa: ARG001 - all of this kind take it
    if not _announced(payload):
        return None
    where = _covered(payload)
    if payload.get("early") and not payload.get("begun"):
        return News(
            subject=Phrase(de=f"Wartung abgesagt: {where.de}", en=f"Maintenance off: {where.en}"),
            text=Phrase(
                de="Die geplante Wartung findet nicht statt. Störungen werden gemeldet wie sonst.",
                en="The planned maintenance does not take place. Outages are told as usual.",
            ),
        )
    early = Phrase(de=" früher als geplant", en=" earlier than planned")
    when = early if payload.get("early") else Phrase(de="", en="")
    return News(
        subject=Phrase(de=f"Wartung beendet: {where.de}", en=f"Maintenance over: {where.en}"),
        text=Phrase(
            de=f"Die Wartung ist{when.de} zu Ende. Was jetzt noch gestört ist, wird gemeldet.",
            en=f"The maintenance has ended{when.en}. What is still out is told from now on.",
        ),
    )


_QUIET = Phrase(
    de="Störungen dort werden so lange festgehalten, aber nicht gemeldet. Eine Meldung, die "
    "feststeckt, wird trotzdem gemeldet.",
    en="Until then, outages there are recorded but not told. A message that is stranded is told "
    "all the same.",
)


def _announced(payload: Payload) -> bool:
    """A silence was asked for so that nobody hears of it; maintenance is to be known."""
    return bool(payload.get("kind") == "maintenance")


def _covered(payload: Payload) -> Phrase:
    channel, operator = payload.get("channel"), payload.get("operator")
    names = [str(channel)] if channel else [str(one) for one in payload.get("channels") or ()]
    if names:
        de, en = named(names)
        return Phrase(de=de, en=en)
    if operator:
        name = operator_name(str(operator))
        return Phrase(de=f"alles von {name}", en=f"all of {name}")
    return Phrase(de="alle Kanäle", en="all channels")


def _period(payload: Payload, zone: tzinfo) -> Phrase:
    begin, end = _moment(payload.get("starts_at")), _moment(payload.get("ends_at"))
    if begin is None or end is None:
        return Phrase(de="Zeit unbekannt", en="Time unknown")
    return span(begin, end, zone)


def _rota_gap(payload: Payload, zone: tzinfo) -> News:
    rota = payload.get("rota") or "?"
    return News(
        subject=Phrase(de=f"Bereitschaft unbesetzt: {rota}", en=f"Nobody on call: {rota}"),
        text=_gap(payload, zone),
    )


def _gap(payload: Payload, zone: tzinfo) -> Phrase:
    if payload.get("sentence_de") and payload.get("sentence_en"):
        return Phrase(de=str(payload["sentence_de"]), en=str(payload["sentence_en"]))
    begin = _moment(payload.get("from"))
    since = moment(begin, zone) if begin else Phrase(de="?", en="?")
    return Phrase(
        de=f"Ab {since.de} hat niemand Bereitschaft.", en=f"From {since.en} nobody is on call."
    )


def _moment(stated: object) -> datetime | None:
    if isinstance(stated, datetime):
        return stated
    return datetime.fromisoformat(stated) if isinstance(stated, str) and stated else None


STAFF: Mapping[str, Callable[[Payload, tzinfo], News | None]] = {
    "outage.acknowledged": _acknowledged,
    "silence.planned": _planned,
    "silence.begun": _begun,
    "silence.ended": _ended,
    "rota.gap": _rota_gap,
}
"""By the journal entry's kind; times are told in the zone."""
