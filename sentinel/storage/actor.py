"""Who did something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

ActorKind: TypeAlias = Literal["person", "token", "daemon", "intake"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person, a token, the daemon itself or its intake folder; `id` is no name (names can go)."""

    kind: ActorKind
    id: str

    @property
    def word(self) -> str:
        """Both in one word, KIND:ID."""
        return f"{self.kind}:{self.id}"
