"""A view: everything that can be asked, and nothing that writes. A unit: everything."""

from __future__ import annotations

from sentinel.storage.attempts import AttemptReader, AttemptWriter
from sentinel.storage.deliveries import DeliveryReader, DeliveryWriter
from sentinel.storage.flags import FlagReader, FlagWriter
from sentinel.storage.health import HealthReader, HealthWriter
from sentinel.storage.journal import JournalReader, JournalWriter
from sentinel.storage.messages import MessageReader, MessageWriter
from sentinel.storage.notifications import NotificationReader, NotificationWriter
from sentinel.storage.outages import OutageReader, OutageWriter
from sentinel.storage.people import PeopleReader, PeopleWriter
from sentinel.storage.retention import Retention
from sentinel.storage.secrets import SecretReader, SecretWriter
from sentinel.storage.tokens import TokenReader, TokenWriter


class View(
    AttemptReader,
    DeliveryReader,
    FlagReader,
    HealthReader,
    JournalReader,
    MessageReader,
    NotificationReader,
    OutageReader,
    PeopleReader,
    SecretReader,
    TokenReader,
):
    """One consistent look at everything."""


class Unit(
    AttemptWriter,
    DeliveryWriter,
    FlagWriter,
    HealthWriter,
    JournalWriter,
    MessageWriter,
    NotificationWriter,
    OutageWriter,
    PeopleWriter,
    Retention,
    SecretWriter,
    TokenWriter,
    View,
):
    """One piece of work: all of it happens, or nothing."""
