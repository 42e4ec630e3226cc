"""Who did something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

ActorKind: TypeAlias = Literal["person", "token", "daemon", "intake", "link"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person, a token, the daemon, its intake folder, or a signed link of a contact.

    `id` is no name (names can go); of a link it is the contact, as the rules call it.
    """

    kind: ActorKind
    id: str

    @property
    def word(self) -> str:
        """Both in one word, KIND:ID."""
        return f"{self.kind}:{self.id}"
