"""What staff are told of whole messages: stranded, late, rerouted, waiting for somebody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sentinel.domain.cause import EFFECTS, Ability, Cause
from sentinel.domain.news_item import News
from sentinel.domain.plan import Reason
from sentinel.domain.wording import because, say
from sentinel.errors import Phrase

Payload = Mapping[str, Any]


def _stranded(payload: Payload) -> News:
    number, routes = payload.get("number"), ", ".join(payload.get("stranded", ()))
    return News(
        subject=Phrase(
            de=f"ALARM: Meldung Nr. {number} steckt fest",
            en=f"ALARM: message no. {number} is stranded",
        ),
        text=Phrase(
            de=f"Für Meldung Nr. {number} fehlt ein brauchbarer Kanal (Route: {routes}).",
            en=f"Message no. {number} lacks a usable channel (route: {routes}).",
        ),
        done=TRIES_THE_BEST,
        please=Phrase(
            de=f"Von Hand veröffentlichen. Die fertigen Texte zeigt: sentinel message {number}",
            en=f"Publish it by hand. The ready texts: sentinel message {number}",
        ),
        alarm=True,
    )


TRIES_THE_BEST = Phrase(
    de="Sentinel versucht den besten Kanal weiter.", en="Sentinel keeps trying the best channel."
)


def _carried_again(payload: Payload) -> News:
    number, channels = payload.get("number"), ", ".join(payload.get("channels", ()))
    return News(
        subject=Phrase(
            de=f"Meldung Nr. {number} steckt nicht mehr fest",
            en=f"Message no. {number} is no longer stranded",
        ),
        text=Phrase(
            de=f"Nr. {number} steckt nicht mehr fest; steht auf {channels}.",
            en=f"No. {number} is no longer stranded; it stands on {channels}.",
        ),
    )


def _expired(payload: Payload) -> News:
    """A message expires only while it is not live: it never appeared as its routes ask."""
    number = payload.get("number")
    return News(
        subject=Phrase(
            de=f"ALARM: Meldung Nr. {number} ist abgelaufen",
            en=f"ALARM: message no. {number} has expired",
        ),
        text=Phrase(
            de=f"Die Zeit von Meldung Nr. {number} ist um, bevor sie überall erschien, wo sie "
            "sollte.",
            en=f"Message no. {number} ran out of time before it appeared everywhere it should.",
        ),
        done=Phrase(de="Sentinel sendet sie nicht mehr.", en="Sentinel no longer sends it."),
        please=Phrase(
            de="Gilt sie noch, bitte neu senden. Wo sie steht und woran es lag: sentinel message "
            f"{number}",
            en="If it still holds, please send it anew. Where it stands, and why: sentinel "
            f"message {number}",
        ),
        alarm=True,
    )


def _rerouted(payload: Payload) -> News:
    number, channel = payload.get("number"), str(payload.get("channel"))
    onto = ", ".join(payload.get("onto", ()))
    why = _why(channel, str(payload.get("why")))
    return News(
        subject=Phrase(de=f"Meldung Nr. {number} umgeleitet", en=f"Message no. {number} rerouted"),
        text=Phrase(
            de=f"Nr. {number} geht jetzt über {onto} statt über {channel}. {why.de}",
            en=f"No. {number} now goes over {onto} instead of {channel}. {why.en}",
        ),
        please=Phrase(de="Nichts.", en="Nothing."),
    )


def _why(channel: str, word: str) -> Phrase:
    """Return one sentence for the reason, or cause, for which a message left a channel."""
    if word not in _CAUSES:
        return _REASONS.get(word, Phrase(de=f"Grund: {word}.", en=f"Reason: {word}."))
    state, cause = EFFECTS[Cause(word)].state, Cause(word)
    if state is not None:
        return say(channel, Ability.PUBLISH, state, cause)
    why = because(cause)  # it says something of this message, and nothing of the channel
    return Phrase(de=f"Der Grund ist, dass {why.de}.", en=f"The reason is that {why.en}.")


_CAUSES = frozenset(cause.value for cause in Cause)
_REASONS: Mapping[str, Phrase] = {
    Reason.OFF: Phrase(
        de="Der Kanal ist in den Regeln abgeschaltet.",
        en="The channel is switched off in the rules.",
    ),
    Reason.FROZEN: Phrase(
        de="Der Kanal ist außer Betrieb genommen.", en="The channel was taken out of service."
    ),
    Reason.REMOVED: Phrase(
        de="Der Kanal steht nicht mehr in den Regeln.",
        en="The channel is no longer in the rules.",
    ),
    Reason.WAITED: Phrase(
        de="Dort wurde sie nicht rechtzeitig gesendet.", en="There it was not sent in time."
    ),
    Reason.UNCLEAR: Phrase(
        de="Ob sie dort erschienen ist, ist nicht bekannt.",
        en="Whether it appeared there is not known.",
    ),
    Reason.NOT_CHOSEN: Phrase(
        de="Der Kanal ist für diese Meldung nicht gewählt.",
        en="The channel is not chosen for this message.",
    ),
    Reason.NO_EXERCISES: Phrase(
        de="Dort gehen keine Übungen hinaus.", en="No exercises go out there."
    ),
    Reason.IMPAIRED: Phrase(
        de="Der Kanal ist gerade eingeschränkt.", en="The channel is impaired at the moment."
    ),
    Reason.FAILED: Phrase(
        de="Dort ließ sie sich nicht veröffentlichen.", en="It could not be published there."
    ),
    Reason.CHANNEL_REFUSED: Phrase(
        de="Die Plattform nimmt von diesem Konto nichts an.",
        en="The platform takes nothing from this account.",
    ),
    Reason.CONTENT_REFUSED: Phrase(
        de="Die Plattform hat den Text abgelehnt.", en="The platform refused the text."
    ),
    Reason.DOUBT: Phrase(
        de="Ob der Kanal geht, ist nicht bekannt.", en="Whether the channel works is not known."
    ),
    Reason.LAST_RESORT: Phrase(de="Der Kanal ist gestört.", en="The channel is out of order."),
    Reason.EARLIER_UNDER_WAY: Phrase(
        de="Eine frühere Meldung ist dort noch unterwegs.",
        en="An earlier message is still under way there.",
    ),
    Reason.NOT_NEEDED: Phrase(
        de="Genug andere Kanäle tragen sie.", en="Enough other channels carry it."
    ),
}


def _awaiting_approval(payload: Payload) -> News:
    number = payload.get("number")
    return News(
        subject=Phrase(
            de=f"Meldung Nr. {number} wartet auf Freigabe",
            en=f"Message no. {number} awaits approval",
        ),
        text=Phrase(
            de=f"Meldung Nr. {number} geht erst hinaus, wenn eine zweite Person sie freigibt.",
            en=f"Message no. {number} goes out only when a second person approves it.",
        ),
        please=Phrase(
            de=f"Ansehen und freigeben: sentinel approve {number}",
            en=f"Look at it and approve it: sentinel approve {number}",
        ),
    )


def _approval_overridden(payload: Payload) -> News:
    number, comment = payload.get("number"), payload.get("comment")
    return News(
        subject=Phrase(
            de=f"Ohne zweite Person freigegeben: Meldung Nr. {number}",
            en=f"Approved without a second person: message no. {number}",
        ),
        text=Phrase(
            de=f"Meldung Nr. {number} wurde im Notfall freigegeben. Begründung: {comment}",
            en=f"Message no. {number} was approved in an emergency. Reason given: {comment}",
        ),
        please=Phrase(
            de=f"Nachsehen, ob sie stimmt: sentinel message {number}",
            en=f"Look whether it is right: sentinel message {number}",
        ),
    )


MESSAGES: Mapping[str, Callable[[Payload], News]] = {
    "message.stranded": _stranded,
    "message.carried_again": _carried_again,
    "message.expired": _expired,
    "message.awaiting_approval": _awaiting_approval,
    "message.approval_overridden": _approval_overridden,
    "message.rerouted": _rerouted,
}
"""What each journal kind about a whole message means for staff."""
