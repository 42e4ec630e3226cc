"""Times in the rules: an hour of the day, and a moment by the city's own clock."""

from __future__ import annotations

import re
from datetime import datetime, time, tzinfo
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema

from sentinel.rules.near import quoted
from sentinel.rules.values import refuse

_HOUR: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def _time_of_day(value: object) -> time:
    found = _HOUR.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise refuse(
            f"{quoted(value)} ist keine Uhrzeit",
            f"{quoted(value)} is no time of day",
            'etwa "07:30", in Anführungszeichen',
            'such as "07:30", in quotes',
        )
    return time(int(found[1]), int(found[2]))


def _moment(value: object) -> datetime:
    try:
        if isinstance(value, str) and ":" in value:
            return datetime.fromisoformat(value)
    except ValueError:
        pass  # said below, as for every other value that is none
    raise refuse(
        f"{quoted(value)} ist kein Zeitpunkt",
        f"{quoted(value)} is no moment",
        "etwa 2026-12-24T18:00 oder 2026-12-24T17:00Z",
        "such as 2026-12-24T18:00 or 2026-12-24T17:00Z",
    )


TimeOfDay = Annotated[
    time,
    BeforeValidator(_time_of_day),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^([01]\d|2[0-3]):[0-5]\d$",
            "examples": ["07:30", "22:00"],
        }
    ),
]
"""An hour and a minute by the city's clock: `07:30`."""

Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "examples": ["2026-12-24T18:00", "2026-12-24T17:00Z"]}),
]
"""A moment; without a zone it is by the city's own clock (`zoned`)."""


def zoned(moment: datetime, zone: tzinfo) -> datetime:
    """Return a moment of the rules with its zone: its own, or else the city's."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
