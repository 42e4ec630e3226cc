"""Tables of what goes wrong, and of who was told: outages, their escalations, notifications."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text

from sentinel.domain.cause import Ability, Cause
from sentinel.storage.columns import Json, Moment, Word, Words
from sentinel.storage.tables import METADATA, NAMES

OUTAGES = Table(
    "outages",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("channel", Text),
    Column("ability", Word(Ability)),
    Column("operator", Text),
    Column("cause", Word(Cause)),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("acknowledged_by", Text),
    Column("acknowledged_at", Moment),
    Column("comment", Words),
    Column("waves", BigInteger, nullable=False),
    *(Column(name, Json(NAMES), nullable=False) for name in ("messages", "channels")),
    Column("escalation_id", Text),
    Column("entry", BigInteger),  # the journal entry that last put it into words
    Column("told_entry", BigInteger),  # the one that staff last heard
    Column("end_entry", BigInteger),  # the one that put its end into words
    Column("told_at", Moment),  # when this wave of it was told to staff
    Column("end_told_at", Moment),  # and when its end was
)
Index("outages_closed", OUTAGES.c.closed_at)
Index("outages_opened", OUTAGES.c.opened_at, OUTAGES.c.id)
Index("outages_of_channel", OUTAGES.c.channel, OUTAGES.c.ability, OUTAGES.c.closed_at)
Index("outages_of_escalation", OUTAGES.c.escalation_id)

ESCALATIONS = Table(
    "escalations",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("begun_at", Moment, nullable=False),  # when this climb began
    Column("climbs_from", Moment, nullable=False),  # levels are counted from here
    Column("due_at", Moment),  # when something is to be done next; NULL: nothing is
    Column("news_at", Moment),  # when what those told do not know yet is due
    Column("level", BigInteger, nullable=False),  # -1: nobody was told yet
    Column("rounds", BigInteger, nullable=False),  # repeats after the last level
    Column("held", Boolean, nullable=False),  # a silence or quiet hours kept it still
    Column("grave", Boolean, nullable=False),
    Column("worst", BigInteger, nullable=False),  # how bad it was when last told or acknowledged
    Column("told", Json(NAMES), nullable=False),  # contacts
    Column("letter", Text),  # what was last told together has the same
    Column("acknowledged_at", Moment),
    Column("acknowledged_by", Text),
    Column("comment", Words),
    Column("closed_at", Moment),
)
Index("escalations_due", ESCALATIONS.c.due_at)
Index("escalations_open", ESCALATIONS.c.closed_at, ESCALATIONS.c.key)

SILENCES = Table(
    "silences",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # silence, maintenance
    Column("channel", Text),
    Column("operator", Text),
    Column("channels", Json(NAMES), nullable=False),  # of maintenance that the rules state
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("reason", Words, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("begun_at", Moment),  # its begin was journalled
    Column("ended_at", Moment),  # its end was: by time, or by a person before it
)
Index("silences_ended", SILENCES.c.ended_at, SILENCES.c.starts_at)

CALENDARS = Table(
    "calendars",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("fetched_at", Moment),
    Column("text", Words),
    Column("error", Words),
)

NOTIFICATIONS = Table(
    "notifications",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("outage_id", Text),
    Column("escalation_id", Text),
    Column("journal_number", BigInteger, nullable=False),
    Column("contact", Text, nullable=False),
    Column("level", BigInteger, nullable=False),
    Column("address", BigInteger, nullable=False),
    Column("state", Text, nullable=False),  # queued, sent, failed
    Column("due_at", Moment, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    *(Column(name, Words, nullable=False) for name in ("subject", "text")),
    *(Column(name, Words) for name in ("html", "short")),  # NULL: made of the text
    Column("grave", Boolean, nullable=False),
    Column("exercise", Boolean, nullable=False),
    Column("waits_for_line", Boolean, nullable=False),
    Column("repeat", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("claim_until", Moment),
    Column("claim_generation", Text),
)
Index("notifications_due", NOTIFICATIONS.c.state, NOTIFICATIONS.c.due_at)
Index("notifications_of_outage", NOTIFICATIONS.c.outage_id)
Index("notifications_of_escalation", NOTIFICATIONS.c.escalation_id)
