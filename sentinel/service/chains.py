"""Finding messages by what people call them, and holding whole chains still."""

from __future__ import annotations

from sentinel.domain.message import Message
from sentinel.errors import InputError, Phrase
from sentinel.storage.view import Unit, View

_LONGEST_NUMBER = 15  # digits; no longer one was ever given


async def named(view: View, name: str) -> Message:
    """Return the message with this id or number. Raises `InputError` with 404: there is none."""
    digits = name.isascii() and name.isdecimal() and len(name) <= _LONGEST_NUMBER
    found = await (view.message_by_number(int(name)) if digits else view.message(name))
    if found is None:
        raise nothing(name)
    return found


def nothing(name: str) -> InputError:
    """Return the error for something that does not exist."""
    phrase = Phrase(de=f"Es gibt kein {name!r}", en=f"there is no {name!r}")
    return InputError(phrase, status=404)


async def locked_chain(unit: Unit, message: Message) -> list[Message]:
    """Return the links of a message's chain, oldest first, which nobody else changes meanwhile."""
    await unit.lock_message(message.id)
    return await unit.chain(message.chain)
