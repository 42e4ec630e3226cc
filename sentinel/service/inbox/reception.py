"""Accepts letters as the API accepts bodies, with the approval that a folder needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sentinel.domain.cause import Severity
from sentinel.domain.message import Content, Kind, Message, Variant
from sentinel.domain.rules import Approval
from sentinel.errors import InputError
from sentinel.service.board import Board
from sentinel.service.bodies import AllClearIn, MessageIn, fingerprint, given, parse
from sentinel.service.chains import named
from sentinel.service.followups import FollowUps
from sentinel.service.inbox.letter import Letter, quoted, wrong
from sentinel.service.intake import Intake, Taken
from sentinel.storage.actor import Actor
from sentinel.storage.storage import Storage
from sentinel.storage.view import View

FOLDER: Final = Actor(kind="intake", id="directory")
"""The author of what comes from the folder: nobody, so that whoever may approve can."""


@dataclass(frozen=True, slots=True)
class Reception:
    """Turns letters into messages."""

    storage: Storage
    board: Board
    intake: Intake
    follow_ups: FollowUps

    async def take(self, letter: Letter) -> Taken:
        """Accept a letter; one that was accepted before gives the same message again.

        Raises:
            InputError: It cannot be accepted; nothing was kept.
            StorageError: It could not be written; nothing was kept.
        """
        try:
            if letter.kind is Kind.ALERT:
                return await self._alert(letter)
            return await self._follow_up(letter)
        except InputError as error:
            if error.field != "Idempotency-Key":
                raise
            raise wrong(
                "key",
                de="unter diesem Schlüssel (bei CAP: sender, identifier und sent) wurde schon "
                "etwas anderes angenommen; etwas Neues braucht einen neuen",
                en="under this key (in CAP: sender, identifier and sent) something else was "
                "accepted before; what is new needs a new one",
            ) from None

    async def _alert(self, letter: Letter) -> Taken:
        body = parse(letter.fields, MessageIn)
        content = body.content(self.board.now())
        return await self.intake.accept(
            content,
            actor=FOLDER,
            key=letter.key,
            body=letter.digest or fingerprint(body),
            approval=self._needs_approval(content.severity),
        )

    async def _follow_up(self, letter: Letter) -> Taken:
        body: MessageIn | AllClearIn = (
            parse(letter.fields, MessageIn)
            if letter.kind is Kind.UPDATE
            else parse(letter.fields, AllClearIn)
        )
        async with self.storage.read() as view:
            earlier = await _earlier(view, letter)
            chain = await view.chain(earlier.chain)
        stated = given(body, self.board.now())
        if letter.kind is Kind.ALL_CLEAR and letter.digest is not None:
            stated = _without_the_alarms_words(stated, chain)
        severities = [link.effective_severity for link in chain]
        return await self.follow_ups.accept(
            earlier.id,
            letter.kind,
            stated,
            actor=FOLDER,
            key=letter.key,
            body=letter.digest or fingerprint(body),
            approval=self._needs_approval(*severities, body.severity),
            false_alarm=isinstance(body, AllClearIn) and body.false_alarm,
        )

    def _needs_approval(self, *severities: Severity | None) -> bool:
        """Return whether a second person must agree: whatever is grave, always."""
        grave = any(severity is not None and severity.grave for severity in severities)
        return grave or self.board.rules.intake_approval is Approval.FOUR_EYES


async def _earlier(view: View, letter: Letter) -> Message:
    """Return the newest of the messages that a letter refers to.

    Raises:
        InputError: There is none, or they belong to several chains.
    """
    if letter.named is not None:
        try:
            return await named(view, letter.named)
        except InputError:
            field = "update_of" if letter.kind is Kind.UPDATE else "all_clear_of"
            raise wrong(
                field,
                de=f"{field}: die Meldung {quoted(letter.named)} gibt es nicht",
                en=f"{field}: there is no message {quoted(letter.named)}",
            ) from None
    found = [one[0] for key in letter.follows if (one := await view.message_by_key(key))]
    if not found:
        raise wrong(
            "references",
            de="keine der Meldungen unter references wurde hier angenommen; "
            "als neue Meldung (msgType Alert) ginge es",
            en="none of the messages under references was accepted here; "
            "as a new message (msgType Alert) it would be possible",
        )
    if len({message.chain for message in found}) > 1:
        raise wrong(
            "references",
            de="references nennt Meldungen verschiedener Lagen; bitte für jede eine eigene Datei",
            en="references names messages of different matters; please use a file for each",
        )
    return max(found, key=lambda message: message.number)


def _without_the_alarms_words(stated: dict[str, Any], chain: list[Message]) -> dict[str, Any]:
    """Return an all-clear's fields without those that only repeat the alarm.

    Many systems send the alarm's own words along when they cancel it. Published
    as an all-clear, they would read as a second alarm; ours are put in their place.
    """
    texts = [text for link in chain for text in _words(link.content)]
    said = {text.casefold() for text in texts}
    variants: tuple[Variant, ...] = stated.get("variants", ())
    new = tuple(v for v in variants if not {v.headline.casefold(), v.text.casefold()} & said)
    kept = {
        name: value
        for name, value in stated.items()
        if name not in {"headline", "text", "instruction"} or value.casefold() not in said
    }
    left_out = set() if new else {"variants"}
    if not {"headline", "text"} & kept.keys() and not new:
        left_out.add("language")  # it was that of the words: the alarm's holds
    kept["variants"] = new
    return {name: value for name, value in kept.items() if name not in left_out}


def _words(content: Content) -> Iterator[str]:
    yield from (content.headline, content.text, content.instruction or "")
    for variant in content.variants:
        yield from (variant.headline, variant.text)
