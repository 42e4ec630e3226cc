"""The tables as the code of today sees them; the migrations are how they came about.

A column bears the name of the field it keeps, so that a row becomes a value,
and a value a row, without a list of names in between (`sentinel.storage.unit`).
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from sentinel.domain.cause import Cause, Severity
from sentinel.domain.delivery import DeliveryState, Receipt, Rendered
from sentinel.domain.health import ChannelHealth
from sentinel.domain.message import Content, Kind, MessageState
from sentinel.domain.observation import Observation, Window
from sentinel.storage.columns import Json, Moment, Word, Words

METADATA = MetaData()
NAMES = tuple[str, ...]
COUNTING = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers only INTEGER by itself

MESSAGES = Table(
    "messages",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("number", BigInteger, nullable=False, unique=True),
    Column("chain", Text, nullable=False, index=True),
    Column("kind", Word(Kind), nullable=False),
    Column("content", Json(Content), nullable=False),
    Column("routes", Json(NAMES), nullable=False),
    Column("accepted_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    Column("effective_severity", Word(Severity), nullable=False),
    Column("earlier", Json(NAMES), nullable=False, key="references"),  # the word is SQL's
    Column("withdrawn_at", Moment),
    Column("superseded_at", Moment),
    Column("needs_approval", Boolean, nullable=False),
    Column("approved_at", Moment),
    Column("approved_by", Text),
    Column("state", Word(MessageState), nullable=False),
    Column("open", Boolean, nullable=False),  # still has work
    Column("key", Text, unique=True),  # the caller's idempotency key
    Column("body_hash", Text, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", Text, nullable=False),
)
Index("messages_open", MESSAGES.c.open)

DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("message_id", Text, ForeignKey("messages.id", ondelete="CASCADE"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("routes", Json(NAMES), nullable=False),
    Column("state", Word(DeliveryState), nullable=False),
    Column("rendered", Json(Rendered), nullable=False),
    Column("without_link", Json(Rendered)),
    Column("planned_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("since", Moment, nullable=False),
    Column("cause", Word(Cause)),
    Column("evidence", Words, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("finds", BigInteger, nullable=False),
    Column("memory", Json(Mapping[str, str]), nullable=False),
    Column("receipt", Json(Receipt)),
    Column("posted_at", Moment),
    Column("read_back_at", Moment),
    Column("public_at", Moment),
    Column("confirmed_by", Text),
    Column("note", Word(Cause)),
    Column("take_down_at", Moment),
    Column("gravity", BigInteger, nullable=False),  # 0 is the gravest: claimed first
    Column("lease_token", BigInteger, nullable=False),
    Column("lease_until", Moment),
    Column("lease_generation", Text),
    UniqueConstraint("message_id", "account", name="deliveries_once"),
)
Index("deliveries_due", DELIVERIES.c.state, DELIVERIES.c.due_at)
Index("deliveries_next", *(DELIVERIES.c[n] for n in ("state", "channel", "gravity", "due_at")))
Index("deliveries_posted", DELIVERIES.c.account, DELIVERIES.c.posted_at)
_LEAVES = DELIVERIES.c.take_down_at
_SOME = _LEAVES.is_not(None)  # few ever are
Index("deliveries_leaving", _LEAVES, sqlite_where=_SOME, postgresql_where=_SOME)

ATTEMPTS = Table(
    "attempts",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("delivery_id", Text, ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("outcome", Text),
    Column("cause", Word(Cause)),
    Column("evidence", Words, nullable=False),
    Column("node", Text, nullable=False),
)
Index("attempts_of_delivery", ATTEMPTS.c.delivery_id, ATTEMPTS.c.started_at)

EXPLANATIONS = Table(
    "explanations",
    METADATA,
    Column("message_id", Text, ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    Column("route", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("detail", Words, nullable=False),
    Column("cause", Word(Cause)),
    Column("at", Moment, nullable=False),
)

COUNTERS = Table(
    "counters",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

JOURNAL = Table(
    "journal",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("kind", Text, nullable=False, index=True),
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("subject", Words, nullable=False),
    Column("payload", Text),  # canonical JSON; NULL once retention emptied it
    Column("digest", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
Index("journal_at", JOURNAL.c.at)

JOURNAL_HEAD = Table(
    "journal_head",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # always 1
    Column("number", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)

CURSORS = Table(
    "cursors",
    METADATA,
    Column("reader", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
)

PEOPLE = Table(
    "people",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
)

HEALTH = Table(
    "health",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("health", Json(ChannelHealth), nullable=False),
)

OBSERVATIONS = Table(
    "observations",
    METADATA,
    Column("id", COUNTING, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("probe", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("observation", Json(Observation), nullable=False),
)
Index("observations_of_channel", OBSERVATIONS.c.channel, OBSERVATIONS.c.at)
Index("observations_at", OBSERVATIONS.c.at)

CHECKS = Table(
    "checks",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("probe", Text, primary_key=True),
    Column("at", Moment, nullable=False),
)

WINDOWS = Table(
    "windows",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("window", Json(Window), nullable=False),
    Column("at", Moment, nullable=False),
)

CREDENTIALS = Table(
    "credentials",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("expires_at", Moment),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("config_digest", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("expires_at", Moment),
)

FLAGS = Table(
    "flags",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

FREEZES = Table(
    "freezes",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("until", Moment),
)

TOKENS = Table(
    "tokens",
    METADATA,
    Column("id", Text, primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("name", "created_by")),
    Column("hash", Text, nullable=False, unique=True),
    Column("scopes", Json(NAMES), nullable=False),
    Column("expires_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)

LEASES = Table(
    "leases",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Moment, nullable=False),
)
