"""A view: everything that can be asked, and nothing that writes. A unit: everything."""

from __future__ import annotations

from sentinel.storage.attempts import AttemptReader, AttemptWriter
from sentinel.storage.boards import BoardReader
from sentinel.storage.calendars import CalendarReader, CalendarWriter
from sentinel.storage.claiming import Claiming
from sentinel.storage.deliveries import DeliveryReader, DeliveryWriter
from sentinel.storage.escalations import EscalationReader, EscalationWriter
from sentinel.storage.flags import FlagReader, FlagWriter
from sentinel.storage.health import HealthReader, HealthWriter
from sentinel.storage.journal import JournalReader, JournalWriter
from sentinel.storage.messages import MessageReader, MessageWriter
from sentinel.storage.neighbours import Neighbours
from sentinel.storage.notifications import NotificationReader, NotificationWriter
from sentinel.storage.operator_words import OperatorWordReader, OperatorWordWriter
from sentinel.storage.outages import OutageReader, OutageWriter
from sentinel.storage.people import PeopleReader, PeopleWriter
from sentinel.storage.posture import PostureReader, PostureWriter
from sentinel.storage.retention import Retention
from sentinel.storage.rollups import RollupReader, RollupWriter
from sentinel.storage.secrets import SecretReader, SecretWriter
from sentinel.storage.shift import Shifter
from sentinel.storage.sightings import SightingReader
from sentinel.storage.silences import SilenceReader, SilenceWriter
from sentinel.storage.takedowns import TakeDownReader
from sentinel.storage.texts import TextWriter
from sentinel.storage.tokens import TokenReader, TokenWriter
from sentinel.storage.users import UserReader, UserWriter


class View(
    AttemptReader,
    BoardReader,
    CalendarReader,
    DeliveryReader,
    EscalationReader,
    FlagReader,
    HealthReader,
    JournalReader,
    MessageReader,
    NotificationReader,
    OperatorWordReader,
    OutageReader,
    PeopleReader,
    PostureReader,
    RollupReader,
    SecretReader,
    SightingReader,
    SilenceReader,
    TakeDownReader,
    TokenReader,
    UserReader,
):
    """One consistent look at everything."""


class Unit(
    AttemptWriter,
    CalendarWriter,
    Claiming,
    DeliveryWriter,
    EscalationWriter,
    FlagWriter,
    HealthWriter,
    JournalWriter,
    Shifter,  # before what it builds on
    MessageWriter,
    Neighbours,
    NotificationWriter,
    OperatorWordWriter,
    OutageWriter,
    PeopleWriter,
    PostureWriter,
    Retention,
    RollupWriter,
    SecretWriter,
    SilenceWriter,
    TextWriter,
    TokenWriter,
    UserWriter,
    View,
):
    """One piece of work: all of it happens, or nothing."""
