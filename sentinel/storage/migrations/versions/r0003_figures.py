"""Figures over years, and what operators say of themselves."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NUMBERS = (
    *("up_ms", "degraded_ms", "down_ms", "unknown_ms"),
    *("checks", "failures", "took_ms", "slowest_ms"),
)


def upgrade() -> None:
    """Make the tables; figures begin with this version."""
    op.create_table(
        "rollups",
        sa.Column("channel", sa.Text(), primary_key=True),
        sa.Column("ability", sa.Text(), primary_key=True),
        sa.Column("grain", sa.Text(), primary_key=True),
        _moment("start", primary_key=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _NUMBERS),
    )
    op.create_index("rollups_start", "rollups", ["grain", "start"])
    op.create_table(
        "rollup_marks",
        sa.Column("channel", sa.Text(), primary_key=True),
        sa.Column("ability", sa.Text(), primary_key=True),
        sa.Column("state", sa.Text(), nullable=False),
        _moment("until"),
        sa.Column("number", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "operator_words",
        sa.Column("channel", sa.Text(), primary_key=True),
        sa.Column("word", sa.Text(), nullable=False),
        _moment("at"),
    )


def _moment(name: str, *, primary_key: bool = False) -> sa.Column[Any]:
    kind = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
    return sa.Column(name, kind, nullable=False, primary_key=primary_key)
