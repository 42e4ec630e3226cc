"""The kinds of fault, and which requests each of them hits.

The words are the contract's (section 5). A request has one role; a kind names
the roles that it hits. A face may narrow that where its platform behaves
differently, and names the kinds that its platform can show at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a request is for, whatever the platform calls it."""

    PUBLISH = "publish"  # may make something public
    PREPARE = "prepare"  # writes, and makes nothing public: containers, rehearsals
    WITHDRAW = "withdraw"
    READ = "read"  # our own posts, logged in
    LISTEN = "listen"  # mentions, timeline
    CHECK = "check"  # credential, quota, session
    PUBLIC = "public"  # as a citizen, without login
    HEALTH = "health"  # no login, no post: is anybody there?


class Kind(StrEnum):
    """What goes wrong."""

    REFUSE_CONNECTION = "refuse_connection"
    NAME_RESOLUTION = "name_resolution"
    BLACK_HOLE = "black_hole"
    SLOW = "slow"
    UPLINK_LOST = "uplink_lost"
    SERVER_ERROR = "server_error"
    HTML_ERROR = "html_error"
    EDGE_PAGE = "edge_page"
    FLAPPING = "flapping"
    RATE_LIMITED = "rate_limited"
    RATE_LIMITED_LOW_USE = "rate_limited_low_use"
    READ_LIMITED = "read_limited"
    LOGIN_WALL = "login_wall"
    INTERSTITIAL = "interstitial"
    CREDENTIAL_REVOKED = "credential_revoked"
    CREDENTIAL_GLITCH = "credential_glitch"
    PLAN_REFUSED = "plan_refused"
    PAYMENT_REQUIRED = "payment_required"
    ACCOUNT_LOCKED = "account_locked"
    ACCEPTED_THEN_ERROR = "accepted_then_error"
    ACCEPTED_THEN_TIMEOUT = "accepted_then_timeout"
    ACCEPTED_NOT_LIVE = "accepted_not_live"
    TRUNCATED = "truncated"
    LATE_VISIBLE = "late_visible"
    DUPLICATE_REFUSED = "duplicate_refused"
    IGNORES_KEY = "ignores_key"
    SWALLOWED = "swallowed"  # read, never done, never answered
    CONTAINER_LOST = "container_lost"  # finished, and "not found" when it is to be published
    REPORTS_TROUBLE = "reports_trouble"  # the operator's status page, and nothing else


ANY_ROLE = frozenset(Role)
LOGGED_IN = ANY_ROLE - {Role.PUBLIC, Role.HEALTH}
WRITING = frozenset({Role.PUBLISH, Role.PREPARE})
_PUBLISHING = frozenset({Role.PUBLISH})

HITS: Mapping[Kind, frozenset[Role]] = {
    Kind.REFUSE_CONNECTION: ANY_ROLE,
    Kind.NAME_RESOLUTION: ANY_ROLE,
    Kind.BLACK_HOLE: ANY_ROLE,
    Kind.SLOW: ANY_ROLE,
    Kind.UPLINK_LOST: ANY_ROLE,
    Kind.SERVER_ERROR: ANY_ROLE,
    Kind.HTML_ERROR: ANY_ROLE,
    Kind.EDGE_PAGE: ANY_ROLE,
    Kind.FLAPPING: ANY_ROLE,
    Kind.RATE_LIMITED: WRITING,
    Kind.RATE_LIMITED_LOW_USE: WRITING,
    Kind.READ_LIMITED: frozenset({Role.READ, Role.LISTEN}),
    Kind.LOGIN_WALL: frozenset({Role.PUBLIC}),
    Kind.INTERSTITIAL: frozenset({Role.PUBLIC}),
    Kind.CREDENTIAL_REVOKED: LOGGED_IN,
    Kind.CREDENTIAL_GLITCH: LOGGED_IN,
    Kind.PLAN_REFUSED: WRITING | {Role.WITHDRAW},
    Kind.PAYMENT_REQUIRED: LOGGED_IN,
    Kind.ACCOUNT_LOCKED: LOGGED_IN,
    Kind.ACCEPTED_THEN_ERROR: _PUBLISHING,
    Kind.ACCEPTED_THEN_TIMEOUT: _PUBLISHING,
    Kind.ACCEPTED_NOT_LIVE: _PUBLISHING,
    Kind.TRUNCATED: _PUBLISHING,
    Kind.LATE_VISIBLE: _PUBLISHING,
    Kind.DUPLICATE_REFUSED: _PUBLISHING,
    Kind.IGNORES_KEY: _PUBLISHING,
    Kind.SWALLOWED: _PUBLISHING,
    Kind.CONTAINER_LOST: _PUBLISHING,
    Kind.REPORTS_TROUBLE: frozenset({Role.HEALTH}),
}

# What `options` may hold for a kind, and what holds when it does not.
OPTIONS: Mapping[Kind, Mapping[str, float]] = {
    Kind.SLOW: {"seconds": 5},
    Kind.FLAPPING: {"seconds": 3},
    Kind.LATE_VISIBLE: {"seconds": 20},
    Kind.RATE_LIMITED: {"seconds": 900},
    Kind.RATE_LIMITED_LOW_USE: {"seconds": 900},
    Kind.READ_LIMITED: {"seconds": 900},
    Kind.HTML_ERROR: {"status": 503},
    Kind.EDGE_PAGE: {"status": 403},
    Kind.CREDENTIAL_REVOKED: {"subcode": 463},
    Kind.CONTAINER_LOST: {"containers": 1},  # so many are lost, and stay so; the next is not
}

# What every platform that is spoken to over HTTP can show.
COMMON = frozenset(
    {
        Kind.REFUSE_CONNECTION,
        Kind.BLACK_HOLE,
        Kind.SLOW,
        Kind.SERVER_ERROR,
        Kind.HTML_ERROR,
        Kind.EDGE_PAGE,
        Kind.FLAPPING,
        Kind.RATE_LIMITED,
        Kind.RATE_LIMITED_LOW_USE,
        Kind.READ_LIMITED,
        Kind.LOGIN_WALL,
        Kind.INTERSTITIAL,
        Kind.CREDENTIAL_REVOKED,
        Kind.ACCOUNT_LOCKED,
        Kind.ACCEPTED_THEN_ERROR,
        Kind.ACCEPTED_THEN_TIMEOUT,
        Kind.ACCEPTED_NOT_LIVE,
        Kind.TRUNCATED,
        Kind.LATE_VISIBLE,
    }
)
