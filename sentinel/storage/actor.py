"""Who did something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

ActorKind: TypeAlias = Literal["person", "token", "daemon"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person, a token or the daemon itself; `id` never is a name (names can be erased)."""

    kind: ActorKind
    id: str
