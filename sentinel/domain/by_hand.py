"""The alarm for a message that no channel carries: what to post by hand, where, and how to say so.

The most important comes first, because some services cut what is long: which
message, which channels. Then, channel by channel, the text in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sentinel.domain.news_item import News
from sentinel.domain.news_messages import TRIES_THE_BEST
from sentinel.errors import Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A text that is ready to be posted on one channel."""

    channel: str
    text: str
    link: str | None = None  # where a person finds the text ready to be posted
    delivery: str | None = None  # id; None: Sentinel has not planned anything there yet
    perhaps_there: bool = False  # it may have appeared there already
    tries: bool = False  # Sentinel may still send there itself: the best is tried again and again
    owed: bool = False  # an earlier link of the chain stands there, so this one must follow


def alarm(number: int, headline: str, routes: Sequence[str], ready: Sequence[Ready]) -> News:
    """Return the alarm for message `number`, stranded on `routes`."""
    return News(
        subject=Phrase(
            de=f"ALARM: Meldung Nr. {number} steckt fest",
            en=f"ALARM: message no. {number} is stranded",
        ),
        text=Phrase(
            de=f"Für Meldung Nr. {number} („{headline}“) fehlt ein brauchbarer Kanal "
            f"(Route: {', '.join(routes)}).",
            en=f"Message no. {number} (“{headline}”) lacks a usable channel "
            f"(route: {', '.join(routes)}).",
        ),
        done=TRIES_THE_BEST,
        please=_please(number, ready),
        details=Phrase(
            de="\n\n".join(_text_de(number, one) for one in ready),
            en="\n\n".join(_text_en(number, one) for one in ready),
        ),
        alarm=True,
    )


def _please(number: int, ready: Sequence[Ready]) -> Phrase:
    channels = ", ".join(one.channel for one in ready)
    return Phrase(
        de=f"Von Hand veröffentlichen auf: {channels}. Die fertigen Texte stehen unten und unter: "
        f"sentinel message {number}\n"
        "Danach melden, mit dem Befehl, der beim Kanal steht (sentinel confirm): dann gilt die "
        "Meldung dort als erschienen, und Sentinel sendet sie dort nicht noch einmal.",
        en=f"Publish it by hand on: {channels}. The ready texts stand below and under: "
        f"sentinel message {number}\n"
        "Then say so, with the command that stands with the channel (sentinel confirm): the "
        "message then counts as published there, and Sentinel does not send it there again.",
    )


def _call(number: int, one: Ready) -> str | None:
    """Return how to say that it was posted; None where Sentinel cannot send any more."""
    if one.delivery:
        return f"sentinel confirm {one.delivery}"
    return f"sentinel confirm {number}:{one.channel}" if one.tries else None


def _text_de(number: int, one: Ready) -> str:
    lines = [f"== {one.channel}, Nr. {number} =="]
    if one.owed:
        lines.append("Dort steht eine frühere Meldung, auf die diese folgen muss.")
    if one.perhaps_there:
        lines.append("Vielleicht schon erschienen: bitte zuerst nachsehen.")
    if one.tries:
        lines.append(
            "Sentinel kann dort auch selbst noch senden: bitte unmittelbar vorher nachsehen, ob "
            "sie schon dort steht, und sofort melden, sonst erscheint sie womöglich doppelt."
        )
    if call := _call(number, one):
        lines.append(f"Danach melden: {call}")
    else:
        lines.append("Das Konto steht nicht mehr in den Regeln; zu melden ist dort nichts.")
    if one.link:
        lines.append(f"Öffnen: {one.link}")
    return "\n".join([*lines, "", one.text])


def _text_en(number: int, one: Ready) -> str:
    lines = [f"== {one.channel}, no. {number} =="]
    if one.owed:
        lines.append("An earlier message stands there, which this one must follow.")
    if one.perhaps_there:
        lines.append("It may have appeared already: please look first.")
    if one.tries:
        lines.append(
            "Sentinel may still send there itself: please look just before whether it stands "
            "there already, and say so at once, or it may appear twice."
        )
    if call := _call(number, one):
        lines.append(f"Then say so: {call}")
    else:
        lines.append("The account is no longer in the rules, so there is nothing to say.")
    if one.link:
        lines.append(f"Open: {one.link}")
    return "\n".join([*lines, "", one.text])
