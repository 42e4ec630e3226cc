"""How a command ends: the exit codes that monitoring systems and scripts rely on."""

from __future__ import annotations

from enum import IntEnum

from sentinel.errors import InputError, NoAnswer, Phrase, RulesError, SentinelError, StorageNewer


class Exit(IntEnum):
    """Exit codes, as Nagios plugins use them; 64 is `EX_USAGE` of sysexits."""

    OK = 0
    WARNING = 1
    ERROR = 2
    UNKNOWN = 3
    USAGE = 64


class Refused(SentinelError):
    """The daemon said no. `status` is the HTTP status; the phrase is what it said.

    `field` is the field of the request that it is about; empty: the whole.
    """

    def __init__(self, phrase: Phrase, *, status: int, field: str = "") -> None:
        super().__init__(phrase)
        self.status = status
        self.field = field


_NOT_ALLOWED = frozenset({401, 403})
_CLIENT_ERRORS = range(400, 500)


def exit_of(error: SentinelError) -> Exit:
    """Return the exit code for an error that ends a command."""
    match error:
        case RulesError() | InputError() | StorageNewer():
            return Exit.USAGE  # trying again would not make it right
        case Refused(status=status) if status not in _NOT_ALLOWED and status in _CLIENT_ERRORS:
            return Exit.USAGE
        case NoAnswer():
            return Exit.UNKNOWN
        case _:
            return Exit.ERROR
