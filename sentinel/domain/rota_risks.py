"""What of the rotas is at risk: times without anybody, calendars that nobody can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from sentinel.domain.risks import Gravity, Risk, RiskKind
from sentinel.domain.roster import AHEAD, Roster, Trouble, Watch, watch
from sentinel.domain.rota import Stint
from sentinel.domain.rules import Staff
from sentinel.errors import Phrase

PRESSING: Final = timedelta(days=2)
"""A gap that begins within this time presses."""

OLD: Final = timedelta(days=1)
"""A copy of a calendar that is older than this is a risk: nobody knows what has changed."""

_SHOWN: Final = 3  # strangers that one sentence names


def rota_risks(
    staff: Staff, rosters: Mapping[str, Roster], at: datetime, *, zone: tzinfo = UTC
) -> Iterator[Risk]:
    """Return what of the rotas is at risk at `at`; clock times in sentences are those of `zone`."""
    for name in staff.rotas:
        one = watch(staff, rosters, name)
        yield from _calendar(one, at)
        yield from _gaps(one, at, zone)
        yield from _strangers(one, at)


def _calendar(one: Watch, at: datetime) -> Iterator[Risk]:
    name, roster = one.rota.name, one.roster
    if one.rota.calendar is None:
        return
    if roster.trouble is not None and roster.fetched_at is None:
        yield _risk(name, Gravity.ACT, _unread(name, roster.trouble))
    elif roster.trouble is not None and roster.fetched_at and at - roster.fetched_at > OLD:
        yield _risk(name, Gravity.PLAN, _old(name, roster.trouble, at - roster.fetched_at))
    if roster.skipped:
        many = roster.skipped
        phrase = Phrase(
            de=f"Dienstplan {name}: {many} Einträge des Kalenders sind nicht lesbar und zählen "
            "nicht; bitte dort nachsehen.",
            en=f"Rota {name}: {many} entries of the calendar cannot be read and do not count; "
            "please look at them there.",
        )
        yield _risk(name, Gravity.PLAN, phrase)


def _unread(name: str, trouble: Trouble) -> Phrase:
    why = trouble.phrase
    return Phrase(
        de=f"Dienstplan {name}: Der Kalender {why.de}, und es gibt keine frühere Kopie; niemand "
        "hat danach Bereitschaft. Bitte die Adresse oder Datei unter calendar prüfen.",
        en=f"Rota {name}: the calendar {why.en}, and there is no earlier copy; by it nobody is "
        "on call. Please check the address or file under calendar.",
    )


def _old(name: str, trouble: Trouble, age: timedelta) -> Phrase:
    why, hours = trouble.phrase, int(age / timedelta(hours=1))
    return Phrase(
        de=f"Dienstplan {name}: Der Kalender {why.de}; es gilt die Kopie von vor {hours} Stunden, "
        "Änderungen seitdem fehlen.",
        en=f"Rota {name}: the calendar {why.en}; the copy of {hours} hours ago holds, and changes "
        "since then are missing.",
    )


def _gaps(one: Watch, at: datetime, zone: tzinfo) -> Iterator[Risk]:
    """Speak of the first gap, and count the others: a rota for nights has one each day."""
    found = one.gaps(at) if one.looked_at else ()
    if not found:
        return
    first = found[0]
    gravity = Gravity.ACT if first.starts_at - at <= PRESSING else Gravity.PLAN
    phrase = gap_phrase(one.rota.name, first, at, zone, more=len(found) - 1)
    yield _risk(one.rota.name, gravity, phrase, due_at=first.starts_at)


def gap_phrase(name: str, gap: Stint, at: datetime, zone: tzinfo, *, more: int = 0) -> Phrase:
    """Return a gap in words, with how many more there are in the next days."""
    start, end = gap.starts_at.astimezone(zone), gap.ends_at.astimezone(zone)
    open_end = gap.ends_at >= at + AHEAD
    since = Phrase(de=f"ab {start:%d.%m.%Y %H:%M}", en=f"from {start:%d %b %Y %H:%M}")
    if gap.starts_at <= at:
        since = Phrase(de="jetzt", en="now")
    until = Phrase(de=f" bis {end:%d.%m.%Y %H:%M}", en=f" until {end:%d %b %Y %H:%M}")
    if open_end:
        until = Phrase(de="", en="")
    others = Phrase(
        de=f" (und {more} weitere Lücken in {AHEAD.days} Tagen)",
        en=f" (and {more} more gaps within {AHEAD.days} days)",
    )
    if not more:
        others = Phrase(de="", en="")
    return Phrase(
        de=f"Dienstplan {name}: {since.de}{until.de} hat niemand Bereitschaft{others.de}; dann "
        "hört sofort die nächste Stufe von Störungen. Bitte den Kalender ergänzen oder jemanden "
        "unter overrides eintragen.",
        en=f"Rota {name}: {since.en}{until.en} nobody is on call{others.en}; the next level then "
        "hears of outages at once. Please complete the calendar, or name somebody under "
        "overrides.",
    )


def _strangers(one: Watch, at: datetime) -> Iterator[Risk]:
    found, name = one.strangers(at), one.rota.name
    if not found:
        return
    shown = ", ".join(f"„{said}“" for said in found[:_SHOWN]) + (" …" if found[_SHOWN:] else "")
    shown_en = ", ".join(f'"{said}"' for said in found[:_SHOWN]) + (" …" if found[_SHOWN:] else "")
    phrase = Phrase(
        de=f"Dienstplan {name}: Der Kalender nennt {shown}, und kein Kontakt heißt so. Bitte den "
        "Namen unter names eines Kontakts eintragen.",
        en=f"Rota {name}: the calendar names {shown_en}, and no contact is called this. Please "
        "put the name under names of a contact.",
    )
    yield _risk(name, Gravity.PLAN, phrase)


def _risk(name: str, gravity: Gravity, phrase: Phrase, due_at: datetime | None = None) -> Risk:
    return Risk(kind=RiskKind.ROTA, gravity=gravity, subject=name, phrase=phrase, due_at=due_at)
