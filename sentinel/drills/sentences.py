"""What a drill expects, as sentences in both languages."""

from __future__ import annotations

from typing import assert_never

from sentinel.drills.claims import (
    Delivered,
    Judged,
    Notified,
    Outages,
    Posts,
    Rerouted,
    Tries,
    Where,
    Wording,
)
from sentinel.drills.shape import Expectation
from sentinel.drills.words import state_word
from sentinel.errors import Phrase
from sentinel.web.wording import ABILITIES


def expected(expectation: Expectation) -> Phrase:
    """Return what is expected, as a sentence without its time."""
    match expectation.claim:
        case Rerouted() as claim:
            said = _rerouted(claim)
        case Where() as claim:
            said = _where(claim, expectation.kind)
        case Judged() as claim:
            said = _judged(claim)
        case Delivered() as claim:
            said = _delivered(claim)
        case Wording() as claim:
            said = _worded(claim)
        case Notified() as claim:
            said = _notified(claim, expectation.kind)
        case Posts() | Tries() | Outages() as claim:
            said = _counted(claim)
        case claim:
            assert_never(claim)
    return said


def _where(claim: Where, kind: str) -> Phrase:
    message, channel = claim.message, claim.channel
    if kind == "on":
        return Phrase(de=f"{message} steht auf {channel}", en=f"{message} is on {channel}")
    return Phrase(de=f"{message} steht nicht auf {channel}", en=f"{message} is not on {channel}")


def _notified(claim: Notified, kind: str) -> Phrase:
    about = f" ({claim.says})" if claim.says else ""
    often = Phrase("", "")
    if claim.times is not None:
        often = Phrase(f" genau {claim.times}-mal", f" exactly {claim.times} time(s)")
    level = Phrase("", "")
    if claim.level is not None:
        level = Phrase(f" auf Stufe {claim.level}", f" at level {claim.level}")
    no = Phrase("", "") if kind == "notified" else Phrase(" nicht", " not")
    return Phrase(
        de=f"{claim.contact} wird{no.de}{often.de}{level.de} benachrichtigt{about}",
        en=f"{claim.contact} is{no.en} notified{often.en}{level.en}{about}",
    )


def _counted(claim: Posts | Tries | Outages) -> Phrase:
    match claim:
        case Posts():
            return _posted(claim)
        case Tries():
            return _tried(claim)
        case Outages():
            return _outages(claim)
        case _:
            assert_never(claim)


def _posted(claim: Posts) -> Phrase:
    where = f"{claim.platform}/{claim.account}" if claim.account else claim.platform
    return Phrase(
        de=f"{where} trägt {claim.message or 'Beiträge'} genau {claim.count}-mal",
        en=f"{where} holds {claim.message or 'posts'} exactly {claim.count} time(s)",
    )


def _rerouted(claim: Rerouted) -> Phrase:
    cause = f" ({claim.cause})" if claim.cause else ""
    left, to = claim.away_from, claim.to
    return Phrase(
        de=f"{claim.message} weicht aus"
        + (f" von {left}" if left else "")
        + cause
        + (f" nach {to}" if to else ""),
        en=f"{claim.message} moves"
        + (f" away from {left}" if left else "")
        + cause
        + (f" to {to}" if to else ""),
    )


def _judged(claim: Judged) -> Phrase:
    cause = f" ({claim.cause})" if claim.cause else ""
    ability, state = ABILITIES[claim.ability], state_word(claim.state)
    always = _throughout(stays=claim.stays, never=claim.never)
    return Phrase(
        de=f"{claim.channel}, {ability.de}:{always.de} {state.de}{cause}",
        en=f"{claim.channel}, {ability.en}:{always.en} {state.en}{cause}",
    )


def _delivered(claim: Delivered) -> Phrase:
    state, when = state_word(claim.state), _throughout(stays=False, never=claim.never)
    cause = f" ({claim.cause})" if claim.cause else ""
    seen = {
        None: Phrase("", ""),
        True: Phrase("", ""),
        False: Phrase("nicht ", "not "),
    }
    de = f"{claim.message} auf {claim.channel}:{when.de} {state.de}{cause}"
    en = f"{claim.message} on {claim.channel}:{when.en} {state.en}{cause}"
    if claim.read_back is not None:
        de += f", {seen[claim.read_back].de}zurückgelesen"
        en += f", {seen[claim.read_back].en}read back"
    if claim.public is not None:
        de += f", {seen[claim.public].de}öffentlich gesehen"
        en += f", {seen[claim.public].en}seen in public"
    return Phrase(de=de, en=en)


def _tried(claim: Tries) -> Phrase:
    where = f"{claim.platform}/{claim.account}" if claim.account else claim.platform
    what = f" ({claim.message})" if claim.message else ""
    de, en = [], []
    if claim.at_least is not None:
        de.append(f"mindestens {claim.at_least}-mal")
        en.append(f"at least {claim.at_least} time(s)")
    if claim.at_most is not None:
        de.append(f"höchstens {claim.at_most}-mal")
        en.append(f"at most {claim.at_most} time(s)")
    if claim.keys is not None:
        de.append(f"unter {claim.keys} Schlüssel(n)")
        en.append(f"under {claim.keys} key(s)")
    return Phrase(
        de=f"{where} wird versucht{what}: {', '.join(de)}",
        en=f"{where} is tried{what}: {', '.join(en)}",
    )


def _worded(claim: Wording) -> Phrase:
    de, en = [], []
    if claim.has is not None:
        de.append(f"enthält „{claim.has}“")
        en.append(f"has “{claim.has}”")
    if claim.lacks is not None:
        de.append(f"enthält nicht „{claim.lacks}“")
        en.append(f"lacks “{claim.lacks}”")
    return Phrase(
        de=f"{claim.message} auf {claim.channel} {' und '.join(de)}",
        en=f"{claim.message} on {claim.channel} {' and '.join(en)}",
    )


def _outages(claim: Outages) -> Phrase:
    said = (claim.kind, claim.channel, claim.ability, claim.operator, claim.cause)
    which = ", ".join(str(word) for word in said if word is not None)
    about = f" ({which})" if which else ""
    return Phrase(
        de=f"genau {claim.count} Störung(en){about}", en=f"exactly {claim.count} outage(s){about}"
    )


def _throughout(*, stays: bool | None, never: bool | None) -> Phrase:
    if never:
        return Phrase(de=" zu keiner Zeit", en=" at no time")
    return Phrase(de=" die ganze Zeit", en=" all the time") if stays else Phrase("", "")
