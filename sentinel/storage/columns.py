"""Column types that speak the domain's language on both engines."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from sentinel.storage import codec


class Moment(TypeDecorator[datetime]):
    """A point in time, to the microsecond.

    PostgreSQL keeps it as `timestamptz`; SQLite as text of fixed width in UTC,
    which sorts as time does.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the engine's own type."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else self.impl_instance)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Turn a point in time into what the engine stores."""
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return stamp(moment) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Turn what the engine stored into a point in time in UTC."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return datetime.fromisoformat(value)
        moment: datetime = value
        return moment.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text that may quote a foreign server; what a database refuses is replaced."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the library's signature
        """Make the text storable."""
        return None if value is None else codec.storable(value)


class Word(TypeDecorator[StrEnum]):
    """One word of an enum, stored as it is written in the contract."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the library's signature
        """Turn the word into text."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002 - the library's signature
        """Turn text into the word."""
        return None if value is None else self.kind(value)


class Json(TypeDecorator[Any]):
    """A nested value as JSON text."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: object) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 - the library's signature
        """Turn the value into text; None stays nothing."""
        return None if value is None else codec.encode(self.kind, value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002 - the library's signature
        """Turn text into the value."""
        return None if value is None else codec.decode(self.kind, value)


def stamp(at: datetime) -> str:
    """Return a point in time as text of fixed width: microseconds, UTC."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
