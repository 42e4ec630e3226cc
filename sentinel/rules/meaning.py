"""The second judgement: do the parts fit together?

A part that is broken in itself (None) is left alone here: what cannot be read
is not guessed at, and its name still counts as a name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from sentinel.domain.rules import DEFAULT_ZONE, Probing
from sentinel.errors import Phrase, Problem
from sentinel.rules.channel_schema import Channel, stated_settings
from sentinel.rules.document import Document, Path
from sentinel.rules.families import Families
from sentinel.rules.near import did_you_mean, quoted
from sentinel.rules.quiet_meaning import quiet_problems
from sentinel.rules.route_meaning import route_problems
from sentinel.rules.schema import Probing as ProbingSection
from sentinel.rules.schema import Top
from sentinel.rules.shape import Pieces
from sentinel.rules.staff_meaning import staff_problems

NOTICE_BOARD: Final = "notice_board"
"""The one platform with a role in the rules (contract: `notice_link`, default `public_url`)."""


def meaning_problems(document: Document, pieces: Pieces, families: Families) -> Iterator[Problem]:
    """Find everything that is well written and cannot be meant."""
    top = pieces.legible
    if top is not None:
        yield from _top_problems(document, pieces, top)
    staff = top.staff if top is not None else None
    contacts = None if top is None else (staff.contacts if staff else None) or {}
    uplinks = document.tree.get("uplinks")
    lines = {"default", "none", *(uplinks if isinstance(uplinks, dict) else ())}
    for name, channel in pieces.channels.items():
        if channel is not None:
            yield from _channel_problems(
                document, name, channel, lines, families, contacts=contacts
            )
            above = top.probing if top else None
            path = ("channels", name, "probing")
            yield from _probing_problems(document, path, channel.probing, above)
    yield from route_problems(document, pieces, families)


def unknown_name(
    document: Document, path: Path, kind: tuple[str, str], name: str, known: Iterable[str]
) -> Problem:
    """Return the problem of a name that nothing bears; `kind` is its word in both languages."""
    return document.problem(
        document.at(*path),
        f"{kind[0]} {quoted(name)} gibt es nicht",
        f"no {kind[1]} {quoted(name)}",
        did_you_mean(name, known),
    )


def _top_problems(document: Document, pieces: Pieces, top: Top) -> Iterator[Problem]:
    yield from _probing_problems(document, ("probing",), top.probing, None)
    yield from _uplink_problems(document, top)
    yield from _notice_link_problems(document, pieces, top)
    if top.staff is not None:
        zone = top.organisation.timezone or DEFAULT_ZONE
        yield from staff_problems(document, top.staff, zone)
        yield from quiet_problems(document, top.staff, pieces.channels, zone)


def _probing_problems(
    document: Document, path: Path, own: ProbingSection | None, above: ProbingSection | None
) -> Iterator[Problem]:
    """A channel's own probing is judged together with what it takes over."""
    if own is None:
        return
    chain = (own, above)
    recheck = next((s.recheck_after for s in chain if s and s.recheck_after is not None), None)
    every = next((s.every for s in chain if s and s.every is not None), None)
    if (recheck or Probing().recheck_after) > (every or Probing().every):
        stated = "recheck_after" if own.recheck_after is not None else "every"
        yield document.problem(
            document.at(*path, stated),
            "recheck_after ist länger als every",
            "recheck_after is longer than every",
            Phrase(de="nach einem Fehler wird eher geprüft", en="after a failure we check sooner"),
        )


def _uplink_problems(document: Document, top: Top) -> Iterator[Problem]:
    for name, uplink in (top.uplinks or {}).items():
        if name == "none":
            yield document.problem(
                document.at_key("uplinks", name),
                "eine Leitung darf nicht 'none' heißen",
                "a line may not be called 'none'",
                Phrase(de="none heißt: braucht keine", en="none means: needs none"),
            )
        if uplink.lost_below is not None and uplink.lost_below > len(uplink.controls):
            most = len(uplink.controls)
            yield document.problem(
                document.at("uplinks", name, "lost_below"),
                "lost_below ist größer als die Zahl der controls",
                "lost_below is larger than the number of controls",
                Phrase(de=f"höchstens {most}", en=f"at most {most}"),
            )


def _notice_link_problems(document: Document, pieces: Pieces, top: Top) -> Iterator[Problem]:
    name = top.notice_link
    if name is None:
        return
    channel = pieces.channels.get(name)
    boards = [n for n, c in pieces.channels.items() if c and c.platform == NOTICE_BOARD]
    if name not in pieces.channels:
        yield unknown_name(document, ("notice_link",), ("den Kanal", "channel"), name, boards)
    elif channel is not None and channel.platform != NOTICE_BOARD:
        yield document.problem(
            document.at("notice_link"),
            f"der Kanal {quoted(name)} ist kein {NOTICE_BOARD}",
            f"channel {quoted(name)} is no {NOTICE_BOARD}",
            did_you_mean(name, boards),
        )


def _asked_problems(
    document: Document, path: Path, channel: Channel, contacts: Collection[str] | None
) -> Iterator[Problem]:
    """Find contacts that a channel wants asked and nobody knows; `contacts` None: illegible."""
    stated = stated_settings(channel).get("contacts")
    if stated is None:
        return
    if not stated:
        yield document.problem(
            document.at(*path, "contacts"),
            "niemand ist genannt, den man bitten könnte",
            "nobody is named who could be asked",
            Phrase(de="mindestens ein Kontakt", en="one contact at least"),
        )
    for place, name in enumerate(stated if contacts is not None else ()):
        if name not in (contacts or ()):
            where = (*path, "contacts", place)
            yield unknown_name(document, where, ("den Kontakt", "contact"), name, contacts or ())


def _channel_problems(
    document: Document,
    name: str,
    channel: Channel,
    lines: set[str],
    families: Families,
    *,
    contacts: Collection[str] | None,
) -> Iterator[Problem]:
    path: Path = ("channels", name)
    yield from _asked_problems(document, path, channel, contacts)
    if channel.uplink is not None and channel.uplink not in lines:
        kind = ("die Leitung", "uplink")
        yield unknown_name(document, (*path, "uplink"), kind, channel.uplink, lines)
    for probe in channel.probes or ():
        if probe not in families.probes:
            yield document.problem(
                document.at_key(*path, "probes", probe),
                f"unbekannte Probe {quoted(probe)}",
                f"unknown probe {quoted(probe)}",
                did_you_mean(probe, families.probes),
            )
    for quota_name, quota in (channel.quota or {}).items():
        if quota.limit is not None and (quota.reserve or 0) > quota.limit:
            yield document.problem(
                document.at(*path, "quota", quota_name, "reserve"),
                "die Reserve ist größer als die Grenze",
                "the reserve is larger than the limit",
                Phrase(de=f"höchstens {quota.limit}", en=f"at most {quota.limit}"),
            )
