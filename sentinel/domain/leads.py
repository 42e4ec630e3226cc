"""Why staff hear of the same thing again, or only now: what stands above the news itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sentinel.domain.moments import moment
from sentinel.errors import Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """`prefix` stands before the subject, in a text message too; `text` above all news."""

    prefix: Phrase
    text: Phrase


def called(level: int, since: datetime, told: Sequence[str], zone: tzinfo) -> Lead | None:
    """Return why the contacts of `level` (0: the first) are called now: nobody took it on before.

    `since` is when the first were told, `told` are the contacts who were.
    """
    if level == 0:
        return None
    when, who = moment(since, zone), ", ".join(told)
    return Lead(
        prefix=Phrase(de=f"Stufe {level + 1}: ", en=f"Level {level + 1}: "),
        text=Phrase(
            de=f"Sie werden gerufen, weil bisher niemand übernommen hat. Gemeldet am {when.de}"
            + (f" an: {who}." if who else "."),
            en=f"You are called because nobody has taken this on yet. First told on {when.en}"
            + (f" to: {who}." if who else "."),
        ),
    )


def repeated(round_: int, since: datetime, told: Sequence[str], zone: tzinfo) -> Lead:
    """Return that all who were told are told again, for the `round_`th time (1: the first)."""
    when, who = moment(since, zone), ", ".join(told)
    return Lead(
        prefix=Phrase(de=f"Erinnerung {round_}: ", en=f"Reminder {round_}: "),
        text=Phrase(
            de=f"Noch hat niemand übernommen. Gemeldet am {when.de}"
            + (f" an: {who}. Eine höhere Stufe gibt es nicht." if who else "."),
            en=f"Nobody has taken this on yet. First told on {when.en}"
            + (f" to: {who}. There is no higher level." if who else "."),
        ),
    )


def added() -> Lead:
    """Return that something has come to what they were told before, or that it grew worse."""
    return Lead(
        prefix=Phrase(de="", en=""),  # it is news: an alarm among it has to be seen first
        text=Phrase(
            de="Das kommt zu dem hinzu, was Sie schon wissen.",
            en="This comes on top of what you know already.",
        ),
    )


def anew(by: str | None) -> Lead:
    """Return that what somebody had taken on has grown worse, so that all are called anew."""
    return Lead(
        prefix=Phrase(de="Schlimmer geworden: ", en="Worse now: "),
        text=Phrase(
            de=f"Seit {by or 'jemand'} übernommen hat, ist es schlimmer geworden. Bitte neu "
            "übernehmen.",
            en=f"It has grown worse since {by or 'somebody'} took it on. Please take it on anew.",
        ),
    )
