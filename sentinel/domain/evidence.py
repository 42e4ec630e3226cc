"""What a verdict rests on: which checks, when, from where, what they saw.

As fields for machines, and as the end of a sentence for people. A probe that
this page has no words for is named as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from sentinel.domain.cause import Cause, State
from sentinel.domain.track import CONFIGURATION, DELIVERY, Track
from sentinel.domain.wording import zone_de
from sentinel.errors import Phrase

SHOWN = 6
"""So many pieces of evidence a verdict carries; the first is the weightiest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One check that says what the verdict says."""

    probe: str  # the probe's name, "delivery" for real posts, "configuration"
    vantage: str  # the node that looked; empty: our own books
    at: datetime  # when it saw this last
    saw: str  # one short technical fact
    cause: Cause | None = None
    in_a_row: int = 1  # so many findings of this kind one after the other
    since: datetime
    edge: str = ""  # the edge whose error page it saw instead of the platform's answer
    good_since: int = 0  # so many better findings in a row came after it, and are not enough yet


def evidence_of(tracks: Iterable[Track]) -> tuple[Evidence, ...]:
    """Return what some tracks rest on, in their order."""
    return tuple(_evidence(track) for track, _ in zip(tracks, range(SHOWN), strict=False))


def grounds(items: Sequence[Evidence], state: State, zone: tzinfo = UTC) -> Phrase | None:
    """Return on what a verdict rests, as the end of its sentence; None: nothing to tell."""
    told = [item for item in items if item.probe != CONFIGURATION]
    if not told:
        return None
    first = told[0]
    said = _said(first, told, state, zone)
    again = _again(first.good_since) if state is not State.UNKNOWN else None
    return Phrase(de=said.de + again.de, en=said.en + again.en) if again else said


def _again(times: int) -> Phrase | None:
    """Return that it has been good since, if so: why it still counts as it does."""
    if times == 0:
        return None
    if times == 1:
        return Phrase(
            de=", seither einmal gut, was sich noch bestätigen muss",
            en=", good once since, which has yet to be confirmed",
        )
    return Phrase(
        de=f", seither {times}-mal in Folge gut, was sich noch bestätigen muss",
        en=f", good {times} times in a row since, which has yet to be confirmed",
    )


def _said(first: Evidence, told: Sequence[Evidence], state: State, zone: tzinfo) -> Phrase:
    at = first.at.astimezone(zone)
    checks, when = _checks(first), (_moment_de(at), _moment_en(at))
    where_de, where_en = _places({item.vantage for item in told if item.vantage})
    if state is State.UNKNOWN:
        return Phrase(
            de=f"zuletzt geprüft {when[0]}{where_de} ({checks.de})",
            en=f"last checked at {when[1]}{where_en} ({checks.en})",
        )
    if first.in_a_row > 1:
        return Phrase(
            de=f"das zeigt {checks.de} {first.in_a_row}-mal in Folge, zuletzt {when[0]}{where_de}",
            en=f"{checks.en} showed it {first.in_a_row} times in a row, "
            f"last at {when[1]}{where_en}",
        )
    return Phrase(
        de=f"das zeigt {checks.de}, {when[0]}{where_de}",
        en=f"{checks.en} showed it at {when[1]}{where_en}",
    )


def _evidence(track: Track) -> Evidence:
    good = track.state is State.UP
    failed_at = track.last_bad_at or track.seen_at
    return Evidence(
        probe=track.probe,
        vantage=track.vantage,
        at=track.seen_at if good or track.state is State.UNKNOWN else failed_at,
        saw=track.evidence,
        cause=track.cause,
        in_a_row=max(track.good if good else track.bad, 1),
        since=track.since,
        edge="" if good else track.edge,
        good_since=track.good if track.fell else 0,
    )


_CHECKS = {
    "reachability": Phrase(de="die Prüfung der Adressen", en="the check of its addresses"),
    "credentials": Phrase(de="die Prüfung der Zugangsdaten", en="the check of our credentials"),
    "quota": Phrase(de="die Prüfung des Kontingents", en="the check of our quota"),
    "write_path": Phrase(de="die Probe des Veröffentlichens", en="the rehearsal of publishing"),
    "read_back": Phrase(
        de="das Zurücklesen eigener Beiträge", en="the reading back of our own posts"
    ),
    "visibility": Phrase(
        de="der Blick ohne Anmeldung, wie ihn Bürger haben",
        en="the look without a login, as citizens have it",
    ),
    "listening": Phrase(
        de="das Lesen von Erwähnungen und Antworten", en="the reading of mentions and replies"
    ),
    DELIVERY: Phrase(de="das Veröffentlichen von Meldungen", en="the publishing of messages"),
}


def _checks(item: Evidence) -> Phrase:
    if not item.vantage:
        return Phrase(de="unsere eigene Zählung", en="our own count")
    known = _CHECKS.get(item.probe)
    return known or Phrase(de=f"die Prüfung {item.probe}", en=f"the check {item.probe}")


def _places(vantages: Iterable[str]) -> tuple[str, str]:
    names = sorted(vantages)
    if not names:
        return "", ""
    return f", von {' und '.join(names)} aus", f", from {' and '.join(names)}"


def _moment_de(at: datetime) -> str:
    return f"am {at:%d.%m. um %H:%M:%S} {zone_de(at)}"


def _moment_en(at: datetime) -> str:
    return f"{at:%H:%M:%S %Z} on {at:%d %b}"
