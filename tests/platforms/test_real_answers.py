"""What real servers answered in public reports, as data: each ends as the fact sheets demand.

`real_answers.json` holds them: which platform, where it was seen, status, headers and
body, as far as they were told; sentences that nothing may depend on are left out.
`to` names the call that was answered (else: the one that makes the post public), `then`
what all calls after it are answered, `with` a credential that the account must have.
Everything else is answered well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sentinel.domain.delivery import Accepted, Failed, Refused, Throttled, Unclear
from sentinel.domain.outcome import cause_of, name_of
from sentinel.platforms import platforms
from sentinel.wire import Remember, Request, Response, Steps, Wait
from tests.platforms.meeting import publishing, usable, well_of
from tests.platforms.member import Well
from tests.platforms.nonsense import GENEROUS, answer
from tests.platforms.talk import said

CASES: list[Mapping[str, Any]] = json.loads(
    Path(__file__).with_name("real_answers.json").read_text(encoding="utf-8")
)
SPEAKING = {name for name, platform in platforms().items() if not platform.facts.by_hand}
OWN_WAY = {"email", "notice_board", "typo3", "webhook", "whatsapp_cloud"}
"""Not here: their answers are no JSON of a platform's, or come as calls back (see their tests)."""


@pytest.mark.parametrize("case", CASES, ids=[f"{c['platform']}: {c['seen']}" for c in CASES])
def test_a_real_answer_ends_as_the_sheet_demands(case: Mapping[str, Any]) -> None:
    platform = platforms()[case["platform"]]
    able = usable(platform)
    account = next((each for each in able if case.get("with") in each.credentials), able[0])

    what = met(publishing(platform, account), case, well_of(platform))

    assert isinstance(what, Accepted | Throttled | Failed | Refused | Unclear)
    assert (name_of(what), cause_of(what)) == (case["outcome"], case["cause"])
    if isinstance(what, Refused):
        assert what.scope == case.get("scope", "channel")
    if isinstance(what, Throttled):
        assert what.until == (datetime.fromisoformat(case["until"]) if "until" in case else None)


def test_every_platform_that_answers_us_is_there() -> None:
    assert {case["platform"] for case in CASES} == SPEAKING - OWN_WAY


def met(steps: Steps[Any], case: Mapping[str, Any], well: Well) -> Any:
    """Hold a conversation with a server that answers one call as in `case`, the rest well."""
    real = response(case)
    after = response(case["then"]) if "then" in case else None
    came, reply = False, None
    try:
        while True:
            step = steps.send(reply)
            if isinstance(step, Remember | Wait):
                reply = None
            elif isinstance(step, Request) and hit(step, case.get("to", "")):
                came, reply = True, real
            elif isinstance(step, Request) and came and after is not None:
                reply = after
            else:
                reply = answer(step, GENEROUS, well)
    except StopIteration as end:
        assert came, "the call that was answered so was never made"
        return end.value


def response(told: Mapping[str, Any]) -> Response:
    """Return an answer as it was told, given at noon."""
    return said(told["status"], told["body"], **told.get("headers", {}))


def hit(request: Request, call: str) -> bool:
    """Return whether this is the call: the method and how the address ends."""
    if not call:
        return request.commits
    method, _, end = call.partition(" ")
    return request.method == method and request.url.endswith(end)
