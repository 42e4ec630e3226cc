"""The board on which faults are pinned, and which of them hit a request.

Nothing here is left to chance: a fault with a share of 0.5 hits every second
request that it could hit, counted from when it was set.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sentinel.errors import InputError, Phrase
from sentinel.simulator.kinds import OPTIONS, Kind

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+)(ms|s|m|h|d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Somebody whom a fault can hit: a platform, the controls, the staff's inbox."""

    name: str
    operator: str
    kinds: frozenset[Kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault on the board."""

    platform: str  # a platform, or an operator whose whole family is meant
    account: str | None  # None: every account
    kind: Kind
    since: datetime
    until: datetime | None = None  # None: until it is taken down
    share: float = 1.0  # of the requests that it could hit
    options: Mapping[str, float] = field(default_factory=dict)

    def option(self, name: str) -> float:
        """Return an option, or what holds without it."""
        return self.options.get(name, OPTIONS.get(self.kind, {}).get(name, 0))

    @property
    def seconds(self) -> timedelta:
        """How long the fault's own clock runs: a delay, half a wave, a time until reset."""
        return timedelta(seconds=self.option("seconds"))

    def resets_at(self, at: datetime) -> datetime:
        """Return when the limit that this fault plays is full again: the next one after `at`."""
        passed = math.floor((at - self.since) / self.seconds)
        return self.since + (passed + 1) * self.seconds

    def acts(self, at: datetime) -> bool:
        """Is it in force at `at`? A flapping one begins with a bad spell."""
        if self.until is not None and at >= self.until:
            return False
        if self.kind is Kind.FLAPPING:
            return math.floor((at - self.since) / self.seconds) % 2 == 0
        return True

    def means(self, target: Target, account: str) -> bool:
        """Could it hit `account` of `target`?"""
        return (
            self.platform in {target.name, target.operator}
            and self.account in {None, account}
            and self.kind in target.kinds
        )

    def shown(self) -> dict[str, Any]:
        """Return it as the control endpoint prints it."""
        return {
            "platform": self.platform,
            "account": self.account,
            "kind": self.kind.value,
            "since": self.since.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "share": self.share,
            "options": dict(OPTIONS.get(self.kind, {})) | dict(self.options),
        }


class Board:
    """All faults that are set."""

    def __init__(self, targets: Callable[[], Iterable[Target]], now: Callable[[], datetime]):
        self._targets = targets
        self._now = now
        self._pinned: dict[tuple[str, str | None, Kind], Fault] = {}
        self._met: dict[tuple[str, str | None, Kind], int] = {}

    def put(
        self,
        platform: str,
        kind: str,
        *,
        account: str | None = None,
        lasts: timedelta | None = None,
        share: float = 1.0,
        options: Mapping[str, float] | None = None,
    ) -> Fault:
        """Set a fault; the same kind on the same account replaces the earlier one.

        Raises:
            InputError: There is no such platform or kind, or the platform cannot show it.
        """
        at = self._now()
        fault = Fault(
            platform=platform,
            account=account,
            kind=_applicable(platform, kind, tuple(self._targets())),
            since=at,
            until=None if lasts is None else at + lasts,
            share=_proper_share(share),
            options=options or {},
        )
        _check_options(fault)
        key = (platform, account, fault.kind)
        self._pinned[key] = fault
        self._met[key] = 0
        return fault

    def read(self, body: object) -> Fault:
        """Set the fault that the body of a request describes.

        Raises:
            InputError: The body says something that is not possible; names the field.
        """
        if not isinstance(body, dict):
            raise _wrong("", "the body is an object with platform and kind")
        known = {"platform", "account", "kind", "for", "share", "options"}
        if odd := sorted(set(body) - known):
            raise _wrong(odd[0], f"no such field; known: {', '.join(sorted(known))}")
        account, options = body.get("account"), body.get("options") or {}
        if account is not None and not isinstance(account, str):
            raise _wrong("account", "a name, or null for every account")
        if not isinstance(options, dict):
            raise _wrong("options", 'an object such as {"seconds": 5}')
        return self.put(
            _text(body, "platform"),
            _text(body, "kind"),
            account=account,
            lasts=duration(body.get("for")),
            share=body.get("share", 1.0),
            options=options,
        )

    def clear(
        self, platform: str | None = None, account: str | None = None, kind: str | None = None
    ) -> int:
        """Take down every fault that fits what is given; return how many."""
        gone = [
            key
            for key, fault in self._pinned.items()
            if platform in {None, fault.platform}
            and account in {None, fault.account}
            and kind in {None, fault.kind.value}
        ]
        for key in gone:
            del self._pinned[key]
        return len(gone)

    def listed(self) -> Sequence[Fault]:
        """Return the faults that are set and not over."""
        at = self._now()
        self._pinned = {
            key: fault
            for key, fault in self._pinned.items()
            if fault.until is None or at < fault.until
        }
        return tuple(self._pinned.values())

    def in_force(self, target: Target, account: str) -> Mapping[Kind, Fault]:
        """Return what acts on `account` now, without counting a request."""
        at = self._now()
        return {f.kind: f for f in self.listed() if f.means(target, account) and f.acts(at)}

    def draw(self, target: Target, account: str, wanted: frozenset[Kind]) -> Mapping[Kind, Fault]:
        """Return what hits one request that only faults of `wanted` can hit; counts it."""
        hit: dict[Kind, Fault] = {}
        for kind, fault in self.in_force(target, account).items():
            if kind not in wanted:
                continue
            key = (fault.platform, fault.account, kind)
            before, self._met[key] = self._met[key], self._met[key] + 1
            if math.floor((before + 1) * fault.share) > math.floor(before * fault.share):
                hit[kind] = fault
        return hit


def duration(text: object) -> timedelta | None:
    """Return `500ms`, `30s`, `5m`, `24h` or `7d` as a length of time; None stays None.

    Raises:
        InputError: It is none of these.
    """
    if text is None:
        return None
    if isinstance(text, str) and (found := _DURATION.fullmatch(text)):
        return timedelta(seconds=int(found[1]) * _UNITS[found[2]])
    raise _wrong("for", "null, or a duration such as 500ms, 30s, 5m, 24h")


def _applicable(platform: str, kind: str, targets: Sequence[Target]) -> Kind:
    family = [target for target in targets if platform in {target.name, target.operator}]
    if not family:
        names = {target.name for target in targets} | {target.operator for target in targets}
        raise _wrong("platform", f"no platform {platform!r}; known: {', '.join(sorted(names))}")
    if kind not in set(Kind):
        raise _wrong("kind", f"no kind {kind!r}; known: {', '.join(sorted(Kind))}")
    if kind == Kind.NAME_RESOLUTION:
        raise _wrong(
            "kind",
            "name_resolution cannot be played by a server on loopback: names are resolved before"
            " it is asked; give the channel a base_url with a name that does not exist, or use"
            " refuse_connection",
        )
    shown = frozenset[Kind]().union(*(target.kinds for target in family))
    if kind not in shown:
        raise _wrong("kind", f"{platform} does not show {kind}; it can: {', '.join(sorted(shown))}")
    return Kind(kind)


def _proper_share(share: object) -> float:
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise _wrong("share", "a number from 0 to 1")
    return float(share)


def _check_options(fault: Fault) -> None:
    known = OPTIONS.get(fault.kind, {})
    for name, value in fault.options.items():
        if name not in known:
            says = ", ".join(known) or "none"
            raise _wrong(f"options.{name}", f"no option of {fault.kind}; known: {says}")
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(value) or value <= 0:
            raise _wrong(f"options.{name}", "a number above 0")


def _text(body: Mapping[str, object], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise _wrong(name, "needed, a text")
    return value


def _wrong(where: str, why: str) -> InputError:
    return InputError(
        Phrase(de=f"{where or 'body'}: {why}", en=f"{where or 'body'}: {why}"), field=where
    )
