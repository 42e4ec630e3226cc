"""What Meta's answers mean on Threads: one table, read by code and subcode.

How it is read, and why neither message nor `is_transient` is, stands in
`sentinel.wire.graph`. Codes 1 and 2 on the call that publishes have been seen
with the post live: unclear. Limits come as HTTP 400 without a reset time;
`X-App-Usage` tells percent of an hour's budget and is absent near zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sentinel.domain.cause import Cause
from sentinel.wire.graph import Graph, Key, Row
from sentinel.wire.rows import How

_UNCLEAR = Row(How.UNCLEAR, Cause.PLATFORM_FAULT)
_LIMITED = Row(How.THROTTLED, Cause.RATE_LIMITED)
_NOT_ALLOWED = Row(How.REFUSED, Cause.PERMISSION_MISSING)
_LOCKED = Row(How.REFUSED, Cause.ACCOUNT_LOCKED)
_BAD_TOKEN = Row(How.REFUSED, Cause.CREDENTIAL_REJECTED)
_OLD_TOKEN = Row(How.REFUSED, Cause.CREDENTIAL_EXPIRED)
_BAD_TEXT = Row(How.CONTENT, Cause.CONTENT_REJECTED)
_COPY = Row(How.CONTENT, Cause.CONTENT_REJECTED, look=True)  # perhaps of our own first try

TABLE: Final[Mapping[Key, Row]] = {
    (1, None): _UNCLEAR,
    (2, None): _UNCLEAR,
    (3, None): _NOT_ALLOWED,
    (4, None): _LIMITED,
    (9, None): Row(How.THROTTLED, Cause.QUOTA_EXHAUSTED),
    (10, None): _NOT_ALLOWED,
    (17, None): _LIMITED,
    (24, 4279009): Row(How.GONE, Cause.PLATFORM_FAULT),
    (32, None): _LIMITED,
    (33, None): _NOT_ALLOWED,
    (100, 33): Row(How.GONE, Cause.PERMISSION_MISSING),
    (100, None): _COPY,
    (102, None): _BAD_TOKEN,
    (190, 459): _LOCKED,
    (190, 463): _OLD_TOKEN,
    (190, 464): _LOCKED,
    (190, 492): _NOT_ALLOWED,
    (190, None): _BAD_TOKEN,
    (341, None): _LIMITED,
    (368, 1390008): Row(How.AN_HOUR, Cause.RATE_LIMITED),
    (368, None): _COPY,
    (368, 1346003): _BAD_TEXT,
    (506, None): Row(How.UNCLEAR, Cause.CONTENT_REJECTED, look=True),
    (613, None): _LIMITED,
    (80001, None): _LIMITED,
    (80002, None): _LIMITED,
    (None, 2207051): Row(How.UNCLEAR, Cause.RATE_LIMITED),  # also 4/2207051: was live once
    (None, 4279013): _LOCKED,
}
GRAPH: Final = Graph(table=TABLE, certain_page=True)
"""A page with a 4xx comes from an edge that refused the call before Threads saw it."""
