"""The first line of `status`: what stands, and, when it is critical, why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sentinel.cli.context import Context
from sentinel.domain.posture import Posture
from sentinel.domain.rules import Route
from sentinel.errors import Phrase, RulesError

Shape = dict[str, Any]
Number = tuple[str, int, int | None]

NOBODY: Final = Phrase(de="kein Dienst antwortet", en="no daemon answers")

_IN_SERVICE: Final = frozenset({"active", "standby"})
_OWN_PARTS: Final = {
    "storage:writable": Phrase(de="Datenbank nicht beschreibbar", en="database cannot be written"),
    "queue:oldest_due": Phrase(de="Versand steht still", en="dispatcher stands still"),
    "notifier:undelivered": Phrase(de="Benachrichtigung gestört", en="notifier is broken"),
}
_HIDDEN: Final = Phrase(
    de="eine Route ohne nutzbaren Kanal, oder ein Teil des Dienstes ist gestört",
    en="a route without usable channel, or a part of the daemon is broken",
)


def first_line(
    context: Context,
    health: Shape,
    channels: Sequence[Shape],
    outages: int,
    *,
    alive: bool,
    critical: bool,
) -> tuple[str, list[Number]]:
    """Return the sentence and the numbers for monitoring; `outages` are those still open."""
    in_use = [channel for channel in channels if channel["mode"] != "off"]
    up = sum(can_publish(channel, alive=alive) for channel in in_use)
    pending = sum(channel["pending"] for channel in channels)
    stranded = int(health.get("stranded", 0))
    lines = uplinks(health)
    lost = [name for name, works in lines.items() if not works]
    parts = [] if alive else [NOBODY]
    parts += _why(context, health, channels) if critical else []
    parts.append(_counted(up, len(in_use), pending, stranded, outages))
    if health.get("posture") == Posture.CRISIS:
        parts.append(Phrase(de="KRISE", en="CRISIS"))
    if health.get("hold"):
        parts.append(Phrase(de="ANGEHALTEN", en="ON HOLD"))
    parts += [Phrase(de=f"Leitung {name} fort", en=f"uplink {name} lost") for name in lost]
    numbers: list[Number] = [
        ("channels_up", up, len(in_use)),
        ("pending", pending, None),
        ("outages", outages, None),
        ("stranded", stranded, None),
    ]
    if alive:  # nobody else knows
        numbers.append(("uplinks_lost", len(lost), len(lines)))
    return "; ".join(context.say(part) for part in parts), numbers


def can_publish(channel: Shape, *, alive: bool) -> bool:
    """Return whether a channel is in service and could post now, by the rule of `/health`.

    A doubt is no failure, unless our own line is lost, or nobody watches.
    """
    verdict = channel["abilities"]["publish"]
    if channel["mode"] not in _IN_SERVICE or channel["frozen"] or verdict["state"] == "down":
        return False
    return verdict["state"] != "unknown" or (alive and verdict["cause"] != "uplink_lost")


def uplinks(health: Shape) -> dict[str, bool]:
    """Return whether each of our lines works, by name."""
    return {
        key.removeprefix("uplink:"): found[0]["status"] == "pass"
        for key, found in health.get("checks", {}).items()
        if key.startswith("uplink:")
    }


def _why(context: Context, health: Shape, channels: Sequence[Shape]) -> list[Phrase]:
    """Return what makes it critical, by the rule of `/health`."""
    checks, stranded = health.get("checks", {}), int(health.get("stranded", 0))
    why = [
        phrase
        for name, phrase in _OWN_PARTS.items()
        if any(check["status"] == "fail" for check in checks.get(name, ()))
    ]
    if stranded:
        why.append(
            Phrase(de=f"festsitzende Meldungen: {stranded}", en=f"stranded messages: {stranded}")
        )
    if routes := ", ".join(_without_channel(context, channels)):
        why.append(
            Phrase(de=f"ohne nutzbaren Kanal: {routes}", en=f"without usable channel: {routes}")
        )
    return why or [_HIDDEN]


def _without_channel(context: Context, channels: Sequence[Shape]) -> list[str]:
    """Return the routes that lack a channel; none where the rules cannot be read from here."""
    if context.url is not None:
        return []
    try:
        routes = context.load().rules.routes
    except RulesError:  # the daemon goes on with the rules of before, which nobody else has
        return []
    usable = {channel["id"]: can_publish(channel, alive=True) for channel in channels}
    return [route.name for route in routes if not _carried(route, usable)]


def _carried(route: Route, usable: Mapping[str, bool]) -> bool:
    listed = sum(usable.get(name, False) for name in route.priority)
    always = all(usable.get(name, False) for name in route.always)
    return always and listed >= min(route.copies, len(route.priority))


def _counted(up: int, many: int, pending: int, stranded: int, outages: int) -> Phrase:
    return Phrase(
        de=f"{up} von {many} Kanälen können veröffentlichen, {pending} wartend, "
        f"{stranded} stecken fest, {outages} offene Störungen",
        en=f"{up} of {many} channels can publish, {pending} pending, "
        f"{stranded} stranded, {outages} open outages",
    )
