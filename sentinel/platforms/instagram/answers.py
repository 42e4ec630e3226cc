"""What Instagram's own errors mean, beside those of all of Meta (fact sheet on Meta, section 4).

Most subcodes come with more than one code, and the subcode decides: each row
holds for any code. A container that is `ERROR` names its subcode in `status`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from sentinel.domain.cause import Cause
from sentinel.wire import Response
from sentinel.wire.graph import ERRORS, Graph, Key, Row
from sentinel.wire.rows import How

_NO_PICTURE = Row(How.NO_PICTURE, Cause.PLATFORM_FAULT)
_LOST = Row(How.ANEW, Cause.PLATFORM_FAULT)
_BAD_CARD = Row(How.CONTENT, Cause.CONTENT_REJECTED)

OWN: Final[Mapping[Key, Row]] = MappingProxyType(
    {
        (None, 2207001): Row(How.UNCLEAR, Cause.PLATFORM_FAULT),  # -1: server error, try again
        (None, 2207003): _NO_PICTURE,  # -2: download timed out
        (None, 2207004): _BAD_CARD,  # 36000: too large
        (None, 2207005): _BAD_CARD,  # 36001: format
        (None, 2207006): _LOST,  # 24: no such media
        (None, 2207008): _LOST,  # no such container
        (None, 2207009): _BAD_CARD,  # 36003: ratio
        (None, 2207010): _BAD_CARD,  # caption too long
        (None, 2207020): _LOST,  # -2: media expired
        (None, 2207027): Row(How.NOT_READY, Cause.PLATFORM_FAULT),  # 9007: not FINISHED yet
        (None, 2207028): _BAD_CARD,  # a carousel's number of pictures
        (None, 2207032): _LOST,  # -1: create failed
        (None, 2207042): Row(How.THROTTLED, Cause.QUOTA_EXHAUSTED),  # 9: posts of the day
        (None, 2207050): Row(How.REFUSED, Cause.ACCOUNT_LOCKED),  # 25: restricted, inactive
        (None, 2207051): Row(How.UNCLEAR, Cause.RATE_LIMITED),  # 4: blocked; was live once
        (None, 2207052): _NO_PICTURE,  # 9004: picture could not be fetched
        (None, 2207053): _LOST,  # -1: unknown upload error
    }
)
GRAPH = Graph(table=MappingProxyType({**ERRORS, **OWN}))
_SUBCODE = re.compile(r"(?<![0-9])2207[0-9]{3}(?![0-9])")


def spoiled(answer: Response) -> Response:
    """Return what a container that is `ERROR` says, as the error that it would be as an answer."""
    stated = answer.object().get("status")
    found = _SUBCODE.search(stated) if isinstance(stated, str) else None
    error = {"code": 1} | ({"error_subcode": int(found[0])} if found else {})
    return replace(answer, body=json.dumps({"error": error}).encode())
