"""One file a kind of check. This page says what such a file must hold.

A probe measures; it knows no platform by name, no route and no message. To add
one, write `probes/NAME.py` with `PROBE = …`, its test and its row in
`docs/probes.md`. The folder is the register; the file's name is the probe's
name in the rules, in metrics and in the API.

The silence of the target is a finding, and the probe itself must notice it.
Whatever a probe raises is the silence of the probe: the watcher writes it down
as our own fault and it moves no verdict.
"""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Protocol, TypeVar

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Finding, Report
from sentinel.errors import FamilyError, Phrase
from sentinel.platforms import Account, Platform, Published
from sentinel.wire import Lost, RenewalFailed, Response, Steps

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How far one look at an address came.

    Exactly one of `answered` and `cause` is set in spirit: `cause` None means
    that some answer came. Durations are milliseconds; a phase that a proxy
    hides is absent.
    """

    cause: str | None = None  # a `Cause` of the network, as text
    evidence: str = ""
    phases_ms: Mapping[str, float] = field(default_factory=dict)  # dns, connect, tls, first_byte
    tls_days_left: int | None = None
    status: int | None = None  # HTTP status, if it was HTTP
    date: datetime | None = None  # the answer's Date header
    edge: str = ""  # whose error page it was, see `sentinel.domain.edge_page`


class Tools(Protocol):
    """The ways out that a probe may use; the transport provides them."""

    async def converse(self, steps: Steps[T], account: Account) -> T:
        """Drive a conversation for an account. Raises `sentinel.wire.Lost`."""

    async def reach(self, address: str) -> Reached:
        """Look at `https://…`, `http://…`, `tcp://host:port` or `smtp://host:port` once."""

    async def fetch(self, address: str) -> Response:
        """Read a page that is nobody's API: no login, no cookies. Raises `sentinel.wire.Lost`."""

    def now(self) -> datetime:
        """Return the wall clock's time, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """The channel that a probe is pointed at."""

    platform: Platform
    account: Account
    last: Published | None  # our latest live post there, if any and if the probe is `of_posts`
    abilities: frozenset[Ability]  # those that the platform can show


class Probe(ABC):
    """A kind of check of one channel."""

    name: str
    every: timedelta | None = None  # its default interval by cost; None: `probing.every`
    of_posts: bool = False  # whether it looks at a post of ours; others need none looked up

    @abstractmethod
    def applies(self, aim: Aim) -> bool:
        """Return whether this channel can be checked in this way at all."""

    @abstractmethod
    async def run(self, aim: Aim, tools: Tools) -> Report:
        """Measure once. Never raises for what the target does."""


async def held(steps: Steps[Report] | None, about: Ability, aim: Aim, tools: Tools) -> Report:
    """Hold a platform's conversation about an ability, and say what its silence means.

    A lost conversation speaks against `about`; a credential that could not be
    renewed speaks against `publish` too, for without it nothing can be posted.
    An answer without a complaint clears what an earlier loss said of the same
    probe, and proves nothing by itself.
    """
    if steps is None:
        return Report()
    concerns = tuple(dict.fromkeys((about, Ability.PUBLISH)))
    try:
        report = await tools.converse(steps, aim.account)
    except Lost as lost:
        return Report(findings=(_spoken(about, lost.cause, lost.evidence),))
    except RenewalFailed as failed:
        against = (_spoken(ability, failed.cause, failed.evidence) for ability in concerns)
        return Report(findings=tuple(against))
    told = {finding.ability for finding in report.findings}
    clear = (_spoken(ability) for ability in concerns if ability not in told)
    return replace(report, findings=(*report.findings, *clear))


def _spoken(ability: Ability, cause: Cause | None = None, evidence: str = "answered") -> Finding:
    return Finding(ability=ability, cause=cause, evidence=evidence, proves=cause is not None)


@cache
def probes() -> Mapping[str, Probe]:
    """Return every probe of channels in this folder by name.

    `uplink.py` and `clock.py` measure ourselves and not a channel; they carry
    no PROBE but `OWN = True`.

    Raises:
        FamilyError: A file has no PROBE, or its name is not the file's.
    """
    found: dict[str, Probe] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        if getattr(module, "OWN", False):
            continue
        probe = getattr(module, "PROBE", None)
        if not isinstance(probe, Probe) or probe.name != info.name:
            raise FamilyError(
                Phrase(
                    de=f"probes/{info.name}.py braucht PROBE mit name={info.name!r}",
                    en=f"probes/{info.name}.py needs PROBE with name={info.name!r}",
                )
            )
        found[info.name] = probe
    return found
