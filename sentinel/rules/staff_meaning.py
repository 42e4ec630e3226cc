"""Does the staff section fit together? Names of contacts and rotas, and times of overrides."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from zoneinfo import ZoneInfo

from sentinel.errors import Phrase, Problem
from sentinel.rules.clock_values import zoned
from sentinel.rules.document import Document, Path
from sentinel.rules.machine_meaning import machine_problems
from sentinel.rules.near import did_you_mean, quoted
from sentinel.rules.schema import Override, Rota, Staff

_CONTACT = ("den Kontakt", "contact")
_TO_CALL = ("den Kontakt oder Dienstplan", "contact or rota")


def staff_problems(document: Document, staff: Staff, zone: str) -> Iterator[Problem]:
    """Find what is well written under `staff` and cannot be meant."""
    contacts, rotas = staff.contacts or {}, staff.rotas or {}
    called, kind = [*contacts, *rotas], _TO_CALL if rotas else _CONTACT
    for number, level in enumerate(staff.levels or ()):
        path: Path = ("staff", "levels", number, "notify")
        yield from _unknown(document, path, level.notify, called, kind)
    if staff.digest is not None:
        path = ("staff", "digest", "notify")
        yield from _unknown(document, path, staff.digest.notify, called, kind)
    for name, rota in rotas.items():
        if name in contacts:
            yield document.problem(
                document.at_key("staff", "rotas", name),
                f"so heißt schon ein Kontakt: {quoted(name)}",
                f"a contact bears this name already: {quoted(name)}",
                Phrase(de="levels nennt beide nur beim Namen", en="levels name both by name only"),
            )
        yield from _rota(document, ("staff", "rotas", name), rota, contacts, ZoneInfo(zone))
    yield from _shared(document, staff)
    yield from machine_problems(document, staff)


def _rota(
    document: Document, path: Path, rota: Rota, contacts: Collection[str], zone: ZoneInfo
) -> Iterator[Problem]:
    if not rota.calendar and not rota.overrides:
        yield document.problem(
            document.at_key(*path),
            "dieser Dienstplan nennt niemanden",
            "this rota names nobody",
            Phrase(de="calendar: DATEI oder Adresse", en="calendar: FILE or address"),
        )
    for number, one in enumerate(rota.overrides or ()):
        place = (*path, "overrides", number)
        yield from _unknown(document, place, [one.contact], contacts, _CONTACT, key="contact")
        if _backwards(one, zone):
            yield document.problem(
                document.at(*place, "to"),
                "das Ende liegt nicht nach dem Anfang",
                "the end is not after the beginning",
                Phrase(de="from vor to", en="from before to"),
            )


def _backwards(one: Override, zone: ZoneInfo) -> bool:
    # In universal time: what is ordered by the clock on the wall need not be in truth.
    return zoned(one.to, zone).timestamp() <= zoned(one.from_, zone).timestamp()


def _shared(document: Document, staff: Staff) -> Iterator[Problem]:
    """Find a name that two contacts claim: nobody could say who is meant."""
    borne = {name.casefold(): name for name in staff.contacts or {}}
    for contact, section in (staff.contacts or {}).items():
        for place, name in enumerate(section.names or ()):
            first = borne.setdefault(name.casefold(), contact)
            if first != contact:
                yield document.problem(
                    document.at("staff", "contacts", contact, "names", place),
                    f"so heißt auch der Kontakt {quoted(first)}",
                    f"contact {quoted(first)} is called this, too",
                    Phrase(de="ein Name für einen", en="one name for one"),
                )


def _unknown(
    document: Document,
    path: Path,
    names: Collection[str],
    known: Collection[str],
    kind: tuple[str, str],
    *,
    key: str | None = None,
) -> Iterator[Problem]:
    for place, name in enumerate(names):
        if name not in known:
            yield document.problem(
                document.at(*path, place if key is None else key),
                f"{kind[0]} {quoted(name)} gibt es nicht",
                f"no {kind[1]} {quoted(name)}",
                did_you_mean(name, known),
            )
