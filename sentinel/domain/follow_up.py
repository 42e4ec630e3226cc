"""What follows a message: an update or an all-clear, and what it takes from its chain.

A chain is one matter, from the first alert to its end. A follow-up always goes
to the newest state of it, whichever link was named: what it does not state it
takes from the newest link, and it is treated as gravely as the gravest. It
takes the routes that match it at that gravity and all those of the earlier
links, so that it reaches whoever was alarmed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sentinel.domain.acceptance import message_of
from sentinel.domain.chain import stands
from sentinel.domain.correction import Ending, ending, endings
from sentinel.domain.delivery import Delivery
from sentinel.domain.message import Content, Kind, Message
from sentinel.domain.routing import matching
from sentinel.domain.rules import Route
from sentinel.errors import InputError, Phrase

INHERITED = ("category", "language", "tags", "area", "exercise")
"""Fields of the newest link that hold for a follow-up unless it states its own."""


def continuing(
    chain: Sequence[Message],
    kind: Kind,
    given: Mapping[str, Any],
    *,
    false_alarm: bool = False,
) -> Content:
    """Return the content of a follow-up to `chain`, its earlier links, oldest first.

    Args:
        chain: The earlier links; the first is the alert.
        kind: An update, or an all-clear, whose words are made where it states none.
        given: Fields of `Content` that the caller stated.
        false_alarm: The words made say that there never was a danger.

    Raises:
        InputError: It cannot continue this chain.
    """
    newest = chain[-1].content
    inherited: dict[str, Any] = {name: getattr(newest, name) for name in INHERITED}
    inherited["event"] = newest.event or newest.headline
    if kind is Kind.ALL_CLEAR:
        inherited |= {"severity": newest.severity, "urgency": "Past"}
        why = Ending.FALSE_ALARM if false_alarm else Ending.ALL_CLEAR
        language = given.get("language", newest.language)
        words = ending(chain[0], why, language)
        inherited |= {"headline": words.headline, "text": words.text}
        if not {"headline", "text", "language"} & given.keys():
            inherited["variants"] = endings(chain[0], why)
    content = Content(**{**inherited, **given})
    if content.exercise != newest.exercise:
        raise InputError(
            Phrase(
                de="Eine Übung bleibt eine Übung, und eine echte Meldung echt (exercise)",
                en="an exercise stays an exercise, and a real message real (exercise)",
            ),
            field="exercise",
        )
    return content


def may_follow(
    chain: Sequence[Message], kind: Kind, deliveries: Iterable[Delivery], at: datetime
) -> InputError | None:
    """Return why a chain cannot be continued: it was withdrawn, or is over. None: it can.

    What a person withdrew may still stand where it was posted before; then an
    all-clear is the way to end it. One that is over is not ended again, but an
    update may open it again; and an all-clear that still waits ends nothing yet.
    """
    now = next((link for link in reversed(chain) if link.in_effect(at)), None)
    if kind is Kind.ALL_CLEAR and now is not None and now.kind is Kind.ALL_CLEAR:
        return _over(now)
    standing = [m for m in chain if m.withdrawn_at is None and m.superseded_at is None]
    if standing:
        return None
    if kind is Kind.ALL_CLEAR and any(stands(one) for one in deliveries):
        return None
    label = chain[-1].label
    return InputError(
        Phrase(
            de=f"{label} ist zurückgezogen; bitte eine neue Meldung aufgeben",
            en=f"{label} has been withdrawn; please send a new message",
        ),
        status=409,
    )


def _over(end: Message) -> InputError:
    return InputError(
        Phrase(
            de=f"Dafür gilt schon die Entwarnung {end.label}, es ist vorbei; "
            "was noch zu sagen ist, bitte als Aktualisierung melden",
            en=f"the all-clear {end.label} stands already, it is over; "
            "what is left to say, please send as an update",
        ),
        status=409,
    )


def gravest(chain: Sequence[Message], content: Content) -> Content:
    """Return `content` as gravely as the gravest link of the chain: what routing goes by."""
    gravities = [content.severity, *(link.effective_severity for link in chain)]
    return replace(content, severity=min(gravities, key=lambda severity: severity.rank))


def routes_on(
    chain: Sequence[Message], content: Content, routes: Iterable[Route]
) -> tuple[Route, ...]:
    """Return the routes that a follow-up takes: its own, and those of the earlier links.

    Raises:
        InputError: None matches, and the rules no longer have any of the earlier ones.
    """
    known = tuple(routes)
    own = matching(known, gravest(chain, content))
    before = {name for link in chain for name in link.routes}
    found = tuple(route for route in known if route in own or route.name in before)
    if not found:
        raise InputError(
            Phrase(
                de="Keine Route passt, und die der früheren Meldungen gibt es nicht mehr",
                en="no route matches, and those of the earlier messages no longer exist",
            ),
            field="severity",
        )
    return found


def follow_up_of(
    chain: Sequence[Message],
    kind: Kind,
    content: Content,
    routes: Sequence[Route],
    *,
    message_id: str,
    number: int,
    at: datetime,
    approval: bool = False,
) -> Message:
    """Return the follow-up that `content` becomes at `at`, as `message_of` does."""
    alone = message_of(
        content, routes, message_id=message_id, number=number, at=at, approval=approval
    )
    return replace(
        alone,
        chain=chain[0].chain,
        kind=kind,
        references=tuple(link.id for link in chain),
        effective_severity=gravest(chain, content).severity,
    )
