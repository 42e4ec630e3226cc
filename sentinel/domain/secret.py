"""A value of the rules that may be secret: where it comes from, never what it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class SecretKind(StrEnum):
    """Where a value of the rules comes from."""

    LITERAL = "literal"
    ENV = "env"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class SecretRef:
    """A value that may be secret. `name` is the variable, the path, or the value itself."""

    kind: SecretKind
    name: str = field(repr=False)

    @property
    def label(self) -> str:
        """How to name it to a person without giving it away."""
        match self.kind:
            case SecretKind.ENV:
                return f"${{env:{self.name}}}"
            case SecretKind.FILE:
                return f"${{file:{self.name}}}"
            case SecretKind.LITERAL:
                return "***"
