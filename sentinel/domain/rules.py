"""failover_rules.yaml as the domain sees it: typed, complete, with every default filled in.

Reading and checking the file is `sentinel.rules`' business. All times are
`timedelta`; names are as written in the file. Credentials are references here
(`SecretRef`): they are resolved late and never kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sentinel.domain.cause import Ability, Severity
from sentinel.domain.digest import Digest
from sentinel.domain.medium import Medium
from sentinel.domain.output import Output
from sentinel.domain.quiet import Maintenance, QuietHours
from sentinel.domain.rota import Rota
from sentinel.domain.secret import SecretRef

DEFAULT_ZONE: Final = "Europe/Berlin"


class Mode(StrEnum):
    """What a channel is used for."""

    ACTIVE = "active"
    STANDBY = "standby"  # only as a fallback
    FROZEN = "frozen"  # watched, never posted to
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flapping:
    """After more than `changes` within `within`, coming back needs `calm_for` without a failure."""

    changes: int = 4
    within: timedelta = timedelta(minutes=30)
    calm_for: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probing:
    """How a channel is watched."""

    every: timedelta = timedelta(seconds=30)
    every_in_crisis: timedelta = timedelta(seconds=10)
    timeout: timedelta = timedelta(seconds=8)
    recheck_after: timedelta = timedelta(seconds=2)
    fall: int = 3
    rise: int = 2
    slow_above: timedelta = timedelta(seconds=4)
    flapping: Flapping = Flapping()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaRule:
    """A limit that the city sets itself, and what it keeps back for grave messages."""

    limit: int | None = None
    per: timedelta = timedelta(hours=24)
    reserve: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSetting:
    """One probe on one channel. `every` None: the probe's own default."""

    on: bool = True
    every: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One account on one platform."""

    name: str
    platform: str
    operator: str
    account: str  # the identity behind "at most once"; survives renaming the channel
    base_url: str | None = None
    public_url: str | None = None
    credentials: Mapping[str, SecretRef] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)  # the platform's own keys
    mode: Mode = Mode.ACTIVE
    reach: int | None = None
    depends_on: tuple[str, ...] = ()
    uplink: str | None = "default"  # None: does not need our line
    exercises: bool = False
    quota: Mapping[str, QuotaRule] = field(default_factory=dict)
    probes: Mapping[str, ProbeSetting] = field(default_factory=dict)
    probing: Probing = Probing()
    publish_within: timedelta = timedelta(seconds=30)


class FailOverWhen(StrEnum):
    """How bad a channel must be before messages leave it."""

    DEGRADED = "degraded"
    DOWN = "down"


class OnRecovery(StrEnum):
    """What happens to a better channel that comes back."""

    BACKFILL = "backfill"
    SKIP = "skip"


class Approval(StrEnum):
    """Who has to agree before a message goes out."""

    NONE = "none"
    FOUR_EYES = "four_eyes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which messages a route is for. Keys are ANDed, their lists ORed; empty matches all."""

    severity: frozenset[Severity] = frozenset()
    category: frozenset[str] = frozenset()
    tag: frozenset[str] = frozenset()
    language: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where messages of one kind go."""

    name: str
    match: Match = Match()
    always: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    copies: int = 1
    needs: frozenset[Ability] = frozenset({Ability.PUBLISH})
    fail_over_when: FailOverWhen = FailOverWhen.DEGRADED
    reroute_after: timedelta = timedelta(seconds=20)
    expires_after: timedelta = timedelta(hours=24)
    on_recovery: OnRecovery = OnRecovery.BACKFILL
    approval: Approval = Approval.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplink:
    """A line out. Fewer than `lost_below` answering controls: our own line is down."""

    name: str
    controls: tuple[str, ...]
    lost_below: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One Apprise address of a contact. `offline` ones work without the uplink."""

    url: SecretRef
    offline: bool = False
    medium: Medium | None = None  # how it is read; None: as the address's scheme says


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody on the staff; addresses are tried in order until one takes it."""

    name: str
    language: str
    addresses: tuple[Address, ...]
    names: tuple[str, ...] = ()  # what calendars call them
    quiet_hours: QuietHours | None = None  # besides those of all


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Whom to tell when nobody has acknowledged for `after`: contacts, or rotas."""

    after: timedelta
    notify: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """The dead man's switch: called again and again as long as all is well."""

    url: SecretRef
    every: timedelta = timedelta(seconds=60)
    method: str = "GET"  # or POST


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Who hears of trouble, and how."""

    contacts: Mapping[str, Contact] = field(default_factory=dict)
    levels: tuple[Level, ...] = ()
    repeat_every: timedelta = timedelta(minutes=15)
    group_wait: timedelta = timedelta(seconds=5)
    heartbeat: Heartbeat | None = None
    quiet_hours: QuietHours | None = None
    maintenance: tuple[Maintenance, ...] = ()
    rotas: Mapping[str, Rota] = field(default_factory=dict)
    digest: Digest | None = None
    outputs: tuple[Output, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where the daemon listens."""

    listen: str = "127.0.0.1:8080"
    public_listen: str | None = None
    public_url: str = "http://127.0.0.1:8080"
    tls_cert: str | None = None
    tls_key: str | None = None
    trusted_proxies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The way out."""

    proxy: SecretRef | None = None
    no_proxy: tuple[str, ...] = ()
    ca_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long things are kept."""

    checks: timedelta = timedelta(days=30)
    rollups: timedelta = timedelta(days=800)
    messages: timedelta = timedelta(days=3652)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the city decided."""

    organisation: str
    language: str = "de"
    timezone: str = DEFAULT_ZONE
    node: str = ""  # empty: the host's name
    storage_url: str = "sqlite:///data/sentinel.db"
    storage_data: str = "data"  # absolute once read: socket and storage.key
    server: Server = Server()
    network: Network = Network()
    probing: Probing = Probing()
    uplinks: Mapping[str, Uplink] = field(default_factory=dict)
    channels: Mapping[str, Channel]
    notice_link: str | None = None
    routes: tuple[Route, ...]
    staff: Staff = Staff()
    intake_directory: str | None = None  # absolute once read; None: off
    intake_approval: Approval = Approval.FOUR_EYES
    retention: Retention = Retention()
    calm_after: timedelta = timedelta(hours=24)  # a crisis without news ends by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """A channel taken out of service by a person."""

    channel: str
    reason: str
    by: str
    until: datetime | None = None
