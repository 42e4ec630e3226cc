"""From checked sections to the domain's rules: every default filled in, every path absolute."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from sentinel.domain import rules as domain
from sentinel.domain.cause import Ability
from sentinel.rules import schema
from sentinel.rules.build_channel import build_channel, build_probing
from sentinel.rules.build_staff import build_staff
from sentinel.rules.families import Families
from sentinel.rules.overlay import over
from sentinel.rules.secrets import reference
from sentinel.rules.shape import Pieces

DEFAULT_UPLINK: Final = domain.Uplink(
    name="default",
    controls=("https://www.bund.de/", "https://www.dwd.de/", "tcp://9.9.9.9:853"),
)
_SQLITE: Final = "sqlite:///"


def build(pieces: Pieces, top: schema.Top, *, base: Path, families: Families) -> domain.Rules:
    """Return the rules; `pieces` are known to be whole and to fit together.

    Channels on platforms that have no file yet are left out, of routes too.
    """
    server = _server(top.server or schema.Server(), base)
    probing = build_probing(top.probing, domain.Probing())
    channels = {
        name: build_channel(
            name, one, base=base, facts=families.facts(one.platform), server=server, above=probing
        )
        for name, one in pieces.channels.items()
        if one is not None and families.in_use(one.platform)
    }
    stated = {
        "language": top.organisation.language,
        "timezone": top.organisation.timezone,
        "node": top.node,
        "notice_link": top.notice_link if top.notice_link in channels else None,
        "intake_directory": _absolute(top.intake.directory if top.intake else None, base),
        "intake_approval": top.intake.approval if top.intake else None,
        "calm_after": top.posture.calm_after if top.posture else None,
    }
    rules = domain.Rules(
        organisation=top.organisation.name,
        storage_url=_storage_url(top.storage, base),
        storage_data=str(base / ((top.storage.data if top.storage else None) or "data")),
        server=server,
        network=_network(top.network or schema.Network(), base),
        probing=probing,
        uplinks=_uplinks(top.uplinks or {}),
        channels=channels,
        routes=tuple(_route(one, channels) for one in pieces.routes if one is not None),
        retention=over(domain.Retention(), top.retention),
    )
    rules = over(rules, stated)
    zone = ZoneInfo(rules.timezone)
    staff = build_staff(top.staff, language=rules.language, zone=zone, base=base)
    return over(rules, {"staff": staff})


def _own_address(section: schema.Server) -> str | None:
    """Where citizens reach us if nobody says: where we listen."""
    if section.listen is None:
        return None
    host, _, port = section.listen.rpartition(":")
    host = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)  # noqa: S104 - not bound here
    return f"{'https' if section.tls else 'http'}://{host}:{port}"


def _absolute(path: str | None, base: Path) -> str | None:
    return None if path is None else str(base / path)


def _storage_url(storage: schema.Storage | None, base: Path) -> str:
    url = (storage.url if storage else None) or _SQLITE + "data/sentinel.db"
    if not url.startswith(_SQLITE):
        return url
    return _SQLITE + str(base / url.removeprefix(_SQLITE))


def _server(section: schema.Server, base: Path) -> domain.Server:
    stated = {
        "listen": section.listen,
        "public_listen": section.public_listen,
        "public_url": section.public_url or _own_address(section),
        "tls_cert": _absolute(section.tls.cert if section.tls else None, base),
        "tls_key": _absolute(section.tls.key if section.tls else None, base),
        "trusted_proxies": section.trusted_proxies,
    }
    return over(domain.Server(), stated)


def _network(section: schema.Network, base: Path) -> domain.Network:
    return domain.Network(
        proxy=reference(section.proxy, base) if section.proxy else None,
        no_proxy=tuple(section.no_proxy or ()),
        ca_file=_absolute(section.ca_file, base),
    )


def _uplinks(stated: Mapping[str, schema.Uplink]) -> dict[str, domain.Uplink]:
    own = {
        name: domain.Uplink(
            name=name,
            controls=tuple(one.controls),
            lost_below=one.lost_below or min(DEFAULT_UPLINK.lost_below, len(one.controls)),
        )
        for name, one in stated.items()
    }
    return {"default": DEFAULT_UPLINK, **own}


def _route(section: schema.Route, channels: Collection[str]) -> domain.Route:
    match = section.match or schema.Match()
    priority = tuple(name for name in section.priority or () if name in channels)
    return over(
        domain.Route(
            name=section.name,
            match=domain.Match(
                severity=frozenset(match.severity or ()),
                category=frozenset(match.category or ()),
                tag=frozenset(match.tag or ()),
                language=frozenset(match.language or ()),
            ),
            always=tuple(name for name in section.always or () if name in channels),
            priority=priority,
            # Copies count over the list only: where there is none, none are owed.
            copies=(section.copies or 1) if priority else 0,
            needs=frozenset({Ability.PUBLISH, *map(Ability, section.needs or ())}),
        ),
        {
            "fail_over_when": section.fail_over_when,
            "reroute_after": section.reroute_after,
            "expires_after": section.expires_after,
            "on_recovery": section.on_recovery,
            "approval": section.approval,
        },
    )
