"""Tables of what is counted over years, and of what operators say of themselves."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from sentinel.domain.availability import Grain
from sentinel.domain.cause import Ability, State
from sentinel.domain.operator_word import OperatorWord
from sentinel.storage.columns import Json, Moment, Word
from sentinel.storage.tables import METADATA

NUMBERS = (
    *("up_ms", "degraded_ms", "down_ms", "unknown_ms"),
    *("checks", "failures", "took_ms", "slowest_ms"),
)
"""The columns that are added up; of `slowest_ms` the greatest stays."""

ROLLUPS = Table(
    "rollups",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("ability", Word(Ability), primary_key=True),
    Column("grain", Word(Grain), primary_key=True),
    Column("start", Moment, primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in NUMBERS),
)
Index("rollups_start", ROLLUPS.c.grain, ROLLUPS.c.start)

ROLLUP_MARKS = Table(
    "rollup_marks",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("ability", Word(Ability), primary_key=True),
    Column("state", Word(State), nullable=False),
    Column("until", Moment, nullable=False),
    Column("number", BigInteger, nullable=False),  # the journal was read up to here
)

OPERATOR_WORDS = Table(
    "operator_words",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("word", Json(OperatorWord), nullable=False),
    Column("at", Moment, nullable=False),
)
