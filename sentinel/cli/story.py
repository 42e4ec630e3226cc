"""The story of a message in words: its chain, who agreed, what was passed over and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sentinel.cli.context import Context
from sentinel.domain.message import Kind
from sentinel.domain.plan import Reason
from sentinel.errors import Phrase
from sentinel.web.wording import CAUSES, CONFIRMED, PARTLY, STATES

Shape = dict[str, Any]

KINDS: Final[Mapping[str, Phrase]] = {
    Kind.ALERT: Phrase(de="Meldung", en="alert"),
    Kind.UPDATE: Phrase(de="Aktualisierung", en="update"),
    Kind.ALL_CLEAR: Phrase(de="Entwarnung", en="all-clear"),
}

REASONS: Final[Mapping[str, Phrase]] = {
    Reason.OFF: Phrase(de="ist abgeschaltet", en="is switched off"),
    Reason.FROZEN: Phrase(de="ist eingefroren", en="is frozen"),
    Reason.REMOVED: Phrase(de="steht nicht mehr in den Regeln", en="is no longer in the rules"),
    Reason.NOT_CHOSEN: Phrase(de="war nicht gewählt", en="was not chosen"),
    Reason.NO_EXERCISES: Phrase(de="nimmt keine Übungen", en="takes no exercises"),
    Reason.IMPAIRED: Phrase(de="ist gestört", en="is impaired"),
    Reason.FAILED: Phrase(de="ließ sich nicht beschicken", en="could not be posted to"),
    Reason.WAITED: Phrase(de="kam nicht rechtzeitig zum Zug", en="did not get to it in time"),
    Reason.UNCLEAR: Phrase(de="unklar, ob es dort erschien", en="whether it appeared is not known"),
    Reason.CHANNEL_REFUSED: Phrase(de="hat den Zugang verweigert", en="refused us"),
    Reason.CONTENT_REFUSED: Phrase(de="hat den Text abgelehnt", en="refused the text"),
    Reason.DOUBT: Phrase(
        de="unsicher, daher auch auf dem nächsten", en="in doubt, so the next one too"
    ),
    Reason.LAST_RESORT: Phrase(
        de="gestört, aber es gibt keinen besseren", en="impaired, but there is no better one"
    ),
    Reason.EARLIER_UNDER_WAY: Phrase(
        de="sendet noch die frühere Meldung", en="is still posting the earlier message"
    ),
    Reason.NOT_NEEDED: Phrase(de="wird nicht gebraucht", en="is not needed"),
}

_OPEN_BY_HAND: Final = frozenset({"planned", "unknown", "awaiting_person", "moved", "refused"})
_OVER: Final = frozenset({"live", "expired", "withdrawn"})


def stand(context: Context, delivery: Shape) -> str:
    """Return where a delivery stands: a person's word and a taking down are said as such."""
    state, leaving = delivery["state"], delivery.get("take_down_at")
    if state == "published" and leaving:
        return context.say(_LEAVING)
    if state == "withdrawn" and leaving:
        return context.say(_GONE)
    if state == "published" and delivery["confirmed_by"]:
        return context.say(CONFIRMED)
    said = context.say(STATES[state])
    partly = context.say(PARTLY[bool(delivery.get("partly_surely"))])
    return f"{said}, {partly}" if delivery.get("partly") else said


_LEAVING: Final = Phrase(de="wird gelöscht", en="being taken down")
_GONE: Final = Phrase(de="gelöscht", en="taken down")


def story(context: Context, shape: Shape, chain: Sequence[Shape] = ()) -> Iterator[str]:
    """Yield the lines about a message as a whole; `chain` holds all its links."""
    if shape["kind"] != Kind.ALERT or len(chain) > 1:
        yield _chain(context, shape, chain)
    yield from _approval(context, shape)
    if shape.get("held_by") == "crisis":
        yield context.say(waits_in_crisis(shape))
    for name, phrase in _MOMENTS.items():
        if shape.get(name):
            yield f"{context.say(phrase)} {context.when(shape[name])}"


_MOMENTS: Final = {
    "withdrawn_at": Phrase(de="zurückgezogen", en="withdrawn"),
    "superseded_at": Phrase(de="von einer späteren abgelöst", en="superseded by a later one"),
}


def _chain(context: Context, shape: Shape, chain: Sequence[Shape]) -> str:
    kind = context.say(KINDS[shape["kind"]])
    others = [link for link in chain if link["id"] != shape["id"]]
    links = ", ".join(
        f"Nr. {link['number']} ({context.say(KINDS[link['kind']])}, "
        f"{context.say(STATES[link['state']])})"
        for link in sorted(others, key=lambda link: int(link["number"]))
    )
    linked = Phrase(de=f"{kind}; gehört zu {links}", en=f"{kind}; belongs to {links}")
    return context.say(linked) if links else kind


def _approval(context: Context, shape: Shape) -> Iterator[str]:
    approval = shape["approval"]
    if approval["at"]:
        at, by = context.when(approval["at"]), approval["by"]
        yield context.say(Phrase(de=f"freigegeben {at} ({by})", en=f"approved {at} ({by})"))
    elif approval["needed"] and shape["state"] == "awaiting_approval":
        call = f"sentinel approve {shape['number']}"
        phrase = Phrase(
            de=f"braucht die Freigabe einer zweiten Person: {call}",
            en=f"needs a second person's approval: {call}",
        )
        yield context.say(phrase)


def waits_in_crisis(shape: Shape) -> Phrase:
    """Return that a message waits for the end of a crisis, and how to let it go."""
    call = f"sentinel resume {shape['number']}"
    return Phrase(
        de=f"Sie wartet auf das Ende der Krise; jetzt hinaus damit: {call}",
        en=f"It waits for the end of the crisis; to send it now: {call}",
    )


def why(context: Context, note: Shape) -> str:
    """Return in words why a route passed a channel over, or used it against the rule."""
    reason = REASONS.get(note["reason"])
    said = context.say(reason) if reason else note["reason"]
    cause = CAUSES.get(note["cause"] or "")
    facts = (context.say(cause) if cause else note["cause"], note["detail"])
    behind = "; ".join(part for part in facts if part)
    line = f"{context.when(note['at'])}  {note['route']}: {note['channel']} {said}"
    return f"{line} ({behind})" if behind else line


def waits_for(context: Context, delivery: Shape) -> Phrase:
    """Return who was asked to post by hand, until when, and how to say that it is done."""
    asked, call = delivery["asked"], f"sentinel confirm {delivery['id']}"
    who, until = ", ".join(asked["contacts"]), context.when(asked["until"])
    return Phrase(
        de=f"{delivery['channel']}: {who} soll von Hand veröffentlichen und es bis {until} "
        f"bestätigen, über den zugesandten Link oder mit: {call}",
        en=f"{delivery['channel']}: {who} is to publish it by hand and to confirm that by {until}, "
        f"by the link that was sent or with: {call}",
    )


def by_hand(context: Context, shape: Shape) -> Iterator[str]:
    """Yield how to tell the daemon that a message which is not live yet was posted by hand."""
    for delivery in shape["deliveries"]:
        if delivery.get("asked"):
            yield context.say(waits_for(context, delivery))
            continue
        unsure = delivery["state"] in {"unknown", "awaiting_person"}
        if unsure or (delivery["state"] in _OPEN_BY_HAND and shape["state"] not in _OVER):
            call = f"sentinel confirm {delivery['id']}"
            phrase = Phrase(
                de=f"{delivery['channel']}: von Hand veröffentlicht? {call}",
                en=f"{delivery['channel']}: published by hand? {call}",
            )
            yield context.say(phrase)
