"""Why an ability is not what it should be: the contract's table of causes, as data.

One row a cause: the state that it makes, whether it acts at once or is counted
(`fall` in a row), whom it diverts, and how grave it is beside causes of the
same state. Every rule about a single cause lives in this table and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Ability(StrEnum):
    """What a channel can do now; each is judged separately."""

    PUBLISH = "publish"
    READ_BACK = "read_back"  # we can read our own posts
    PUBLIC = "public"  # citizens can read without login
    LISTEN = "listen"  # staff can read mentions and timeline


class State(StrEnum):
    """The state of an ability."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"

    @property
    def badness(self) -> int:
        """Higher is worse. Unknown stands between up and degraded: doubt is not failure."""
        return {State.UP: 0, State.UNKNOWN: 1, State.DEGRADED: 2, State.DOWN: 3}[self]


class Severity(StrEnum):
    """How grave a message is (CAP 1.2)."""

    EXTREME = "extreme"
    SEVERE = "severe"
    MODERATE = "moderate"
    MINOR = "minor"

    @property
    def grave(self) -> bool:
        """True for extreme and severe: these never wait where another channel could speak."""
        return self in {Severity.EXTREME, Severity.SEVERE}

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return list(Severity).index(self)


class Cause(StrEnum):
    """Why. The words are the contract's and appear on pages, in metrics and in the API."""

    UNREACHABLE = "unreachable"
    NAME_RESOLUTION = "name_resolution"
    TLS = "tls"
    PLATFORM_FAULT = "platform_fault"
    PLATFORM_DEFENDING = "platform_defending"
    RATE_LIMITED = "rate_limited"
    QUOTA_EXHAUSTED = "quota_exhausted"
    QUOTA_LOW = "quota_low"
    SLOW = "slow"
    CREDENTIAL_REJECTED = "credential_rejected"
    CREDENTIAL_EXPIRED = "credential_expired"
    CREDENTIAL_EXPIRING = "credential_expiring"
    PERMISSION_MISSING = "permission_missing"
    PLAN_REFUSED = "plan_refused"
    PAYMENT_REQUIRED = "payment_required"
    API_VERSION_ENDED = "api_version_ended"
    ACCOUNT_LOCKED = "account_locked"
    CONTENT_REJECTED = "content_rejected"
    READER_RESTRICTED = "reader_restricted"
    NOT_VISIBLE = "not_visible"
    BAD_CONFIGURATION = "bad_configuration"
    UPLINK_LOST = "uplink_lost"
    STALE = "stale"
    NOT_OBSERVED = "not_observed"
    TRUNCATED = "truncated"


class Acts(StrEnum):
    """When a cause changes the verdict."""

    COUNTED = "counted"  # after `fall` in a row
    TWICE = "twice"  # when seen twice in a row
    AT_ONCE = "at once"
    CONFIRMED = "confirmed"  # when a second, different call agrees and the family is calm
    NEVER = "never"  # a risk or a finding of one delivery, not a state


class Diverts(StrEnum):
    """Whose messages leave the channel."""

    ALL = "all"
    ROUTINE = "routine"  # moderate and minor
    GRAVE = "grave"  # extreme and severe; the others wait
    GRAVE_ALSO = "grave also"  # nobody leaves, but extreme and severe also go to the next
    NOBODY = "nobody"

    def moves(self, severity: Severity) -> bool:
        """True if a message of this severity leaves the channel."""
        match self:
            case Diverts.ALL:
                return True
            case Diverts.ROUTINE:
                return not severity.grave
            case Diverts.GRAVE:
                return severity.grave
            case Diverts.GRAVE_ALSO | Diverts.NOBODY:
                return False


@dataclass(frozen=True, slots=True)
class Effect:
    """One row of the table."""

    state: State | None  # None: no state, a risk or a delivery's finding
    acts: Acts
    diverts: Diverts
    gravity: int  # among causes of one state, higher is worse
    outage: bool = True  # False: does not open an outage
    lasts_until_reset: bool = False  # good observations before `until` do not clear it
    needs_person: bool = False  # never tried by the machine until a person releases it


EFFECTS: dict[Cause, Effect] = {
    Cause.UNREACHABLE: Effect(State.DOWN, Acts.COUNTED, Diverts.ALL, 50),
    Cause.NAME_RESOLUTION: Effect(State.DOWN, Acts.COUNTED, Diverts.ALL, 50),
    Cause.TLS: Effect(State.DOWN, Acts.COUNTED, Diverts.ALL, 50),
    Cause.PLATFORM_FAULT: Effect(State.DOWN, Acts.COUNTED, Diverts.ALL, 40),
    Cause.PLATFORM_DEFENDING: Effect(State.DOWN, Acts.COUNTED, Diverts.ALL, 30),
    Cause.RATE_LIMITED: Effect(State.DOWN, Acts.AT_ONCE, Diverts.ALL, 20, lasts_until_reset=True),
    Cause.QUOTA_EXHAUSTED: Effect(
        State.DOWN, Acts.AT_ONCE, Diverts.ALL, 25, lasts_until_reset=True
    ),
    Cause.QUOTA_LOW: Effect(State.DEGRADED, Acts.AT_ONCE, Diverts.ROUTINE, 10),
    Cause.SLOW: Effect(State.DEGRADED, Acts.COUNTED, Diverts.ROUTINE, 5),
    Cause.CREDENTIAL_REJECTED: Effect(State.DOWN, Acts.CONFIRMED, Diverts.ALL, 70),
    Cause.CREDENTIAL_EXPIRED: Effect(State.DOWN, Acts.CONFIRMED, Diverts.ALL, 70),
    Cause.CREDENTIAL_EXPIRING: Effect(None, Acts.NEVER, Diverts.NOBODY, 0, outage=False),
    Cause.PERMISSION_MISSING: Effect(State.DOWN, Acts.AT_ONCE, Diverts.ALL, 65),
    Cause.PLAN_REFUSED: Effect(State.DOWN, Acts.AT_ONCE, Diverts.ALL, 65),
    Cause.PAYMENT_REQUIRED: Effect(State.DOWN, Acts.AT_ONCE, Diverts.ALL, 65),
    Cause.API_VERSION_ENDED: Effect(State.DOWN, Acts.AT_ONCE, Diverts.ALL, 65),
    Cause.ACCOUNT_LOCKED: Effect(State.DOWN, Acts.AT_ONCE, Diverts.ALL, 90, needs_person=True),
    Cause.CONTENT_REJECTED: Effect(None, Acts.NEVER, Diverts.NOBODY, 0, outage=False),
    Cause.READER_RESTRICTED: Effect(State.DOWN, Acts.TWICE, Diverts.ALL, 15),
    Cause.NOT_VISIBLE: Effect(State.DOWN, Acts.TWICE, Diverts.ALL, 18),
    Cause.BAD_CONFIGURATION: Effect(State.DOWN, Acts.AT_ONCE, Diverts.ALL, 80, outage=False),
    Cause.UPLINK_LOST: Effect(State.UNKNOWN, Acts.AT_ONCE, Diverts.GRAVE, 30, outage=False),
    Cause.STALE: Effect(State.UNKNOWN, Acts.AT_ONCE, Diverts.GRAVE_ALSO, 20, outage=False),
    Cause.NOT_OBSERVED: Effect(State.UNKNOWN, Acts.AT_ONCE, Diverts.GRAVE_ALSO, 10, outage=False),
    Cause.TRUNCATED: Effect(None, Acts.NEVER, Diverts.NOBODY, 0, outage=False),
}

NETWORK = frozenset({Cause.UNREACHABLE, Cause.NAME_RESOLUTION, Cause.TLS})
"""Causes that may be our own line's: the uplink's controls are asked before they count."""

CREDENTIAL = frozenset({Cause.CREDENTIAL_REJECTED, Cause.CREDENTIAL_EXPIRED})
"""Causes that a platform fault can feign: believed only when confirmed and the family is calm."""
