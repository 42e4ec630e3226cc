"""From the checked staff section to the domain's: who hears of trouble, and when."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path

from sentinel.domain import rules as domain
from sentinel.domain.digest import Digest
from sentinel.domain.output import Output
from sentinel.domain.quiet import Maintenance, QuietHours
from sentinel.domain.rota import Override, Rota
from sentinel.domain.secret import SecretKind, SecretRef
from sentinel.rules import schema
from sentinel.rules.clock_values import zoned
from sentinel.rules.overlay import over
from sentinel.rules.secrets import reference


def build_staff(
    section: schema.Staff | None, *, language: str, zone: tzinfo, base: Path
) -> domain.Staff:
    """Return who hears of trouble; `zone` is that of times that state none."""
    if section is None:
        return domain.Staff()
    levels = [
        domain.Level(after=one.after, notify=tuple(one.notify)) for one in section.levels or ()
    ]
    stated = {"repeat_every": section.repeat_every, "group_wait": section.group_wait}
    staff = domain.Staff(
        contacts={
            name: _contact(name, one, language, base)
            for name, one in (section.contacts or {}).items()
        },
        levels=tuple(sorted(levels, key=lambda level: level.after)),
        heartbeat=_heartbeat(section.heartbeat, base),
        rotas={name: _rota(name, one, zone, base) for name, one in (section.rotas or {}).items()},
        digest=_digest(section.digest),
        outputs=tuple(_output(one, base) for one in section.outputs or ()),
        quiet_hours=_quiet(section.quiet_hours),
        maintenance=tuple(_maintenance(one, zone) for one in section.maintenance or ()),
    )
    return over(staff, stated)


def _contact(name: str, section: schema.Contact, language: str, base: Path) -> domain.Contact:
    return domain.Contact(
        name=name,
        language=section.language or language,
        addresses=tuple(
            domain.Address(
                url=reference(way.url, base), offline=way.offline or False, medium=way.medium
            )
            for way in section.addresses
        ),
        names=tuple(section.names or ()),
        quiet_hours=_quiet(section.quiet_hours),
    )


def _quiet(section: schema.QuietHours | None) -> QuietHours | None:
    return QuietHours(start=section.from_, end=section.to) if section else None


def _maintenance(section: schema.Maintenance, zone: tzinfo) -> Maintenance:
    return Maintenance(
        channels=tuple(section.channels or ()),
        starts_at=zoned(section.from_, zone),
        ends_at=zoned(section.to, zone),
        reason=section.reason,
    )


def _heartbeat(section: schema.Heartbeat | None, base: Path) -> domain.Heartbeat | None:
    if section is None:
        return None
    stated = {"every": section.every, "method": section.method}
    return over(domain.Heartbeat(url=reference(section.url, base)), stated)


def _output(section: schema.Output, base: Path) -> Output:
    return Output(
        name=section.name or section.kind,
        kind=section.kind,
        url=reference(section.url, base),
        secret=reference(section.secret, base) if section.secret else None,
        authorization=reference(section.authorization, base) if section.authorization else None,
    )


def _rota(name: str, section: schema.Rota, zone: tzinfo, base: Path) -> Rota:
    return Rota(
        name=name,
        calendar=_calendar(section.calendar, base) if section.calendar else None,
        overrides=tuple(
            Override(
                contact=one.contact,
                starts_at=zoned(one.from_, zone),
                ends_at=zoned(one.to, zone),
            )
            for one in section.overrides or ()
        ),
    )


def _calendar(text: str, base: Path) -> SecretRef:
    """Return where a calendar is: an address as it stands, a file from the rules' folder on."""
    ref = reference(text, base)
    if ref.kind is SecretKind.LITERAL and "://" not in text:
        return SecretRef(SecretKind.LITERAL, str(base / text))
    return ref


def _digest(section: schema.Digest | None) -> Digest | None:
    return Digest(at=section.at, notify=tuple(section.notify)) if section else None
