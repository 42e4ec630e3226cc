"""An account at Meta: what is left of its day, and a token that lives 60 days.

Source: the fact sheet on Meta, sections 1.4, 2.3 and 4. A day slides and names no
moment of return. A token is exchanged for a fresh one once it is a day old, and
never once it has ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Window
from sentinel.wire import RenewalFailed, Request, Response, Steps, ask
from sentinel.wire.graph import Graph, good, said
from sentinel.wire.times import date_of

_DAY_S: Final = 86_400
_LONGEST_WINDOW_S: Final = timedelta(days=400).total_seconds()
_LONGEST_LIFE_S: Final = timedelta(days=4000).total_seconds()


def limits(answer: Response) -> Mapping[str, Any]:
    """Return the limits in an answer to a question for the publishing limit."""
    data = answer.object().get("data")
    first = data[0] if isinstance(data, list) and data else None
    return first if isinstance(first, dict) else {}


def window(name: str, used: Any, rule: Any) -> Window | None:
    """Return the window of `quota_usage` and `config`, if they make sense."""
    total = rule.get("quota_total") if isinstance(rule, dict) else None
    lasting = rule.get("quota_duration") if isinstance(rule, dict) else None
    if not isinstance(used, int) or not isinstance(total, int) or total <= 0:
        return None
    sound = isinstance(lasting, int) and 0 < lasting < _LONGEST_WINDOW_S
    per = timedelta(seconds=lasting if sound and isinstance(lasting, int) else _DAY_S)
    return Window(name=name, limit=total, remaining=max(0, total - used), per=per)


def exchange(
    graph: Graph, url: str, grant: str, token: str
) -> Steps[tuple[Mapping[str, str], datetime | None]]:
    """Exchange a token for a fresh one; return what to keep of it, and its end.

    Meta documents the token in the query here, and only here.

    Raises:
        RenewalFailed: Meta refused it, or its answer makes no sense.
    """
    params = {"grant_type": grant, "access_token": token}
    answer = yield from ask(Request(method="GET", url=url, params=params))
    fresh, seconds = (answer.object().get(key) for key in ("access_token", "expires_in"))
    if not good(answer) or not isinstance(fresh, str) or not fresh:
        cause = graph.finding(Ability.PUBLISH, answer).cause or Cause.PLATFORM_FAULT
        raise RenewalFailed(cause, said(answer))
    keep, stated = {"access_token": fresh}, date_of(answer)
    if stated is None or not isinstance(seconds, int) or not 0 < seconds < _LONGEST_LIFE_S:
        return keep, None
    until = stated + timedelta(seconds=seconds)
    return keep | {"expires_at": until.isoformat()}, until


def token_of(session: Mapping[str, str], credentials: Mapping[str, str]) -> str:
    """Return the token that was renewed last, else the configured one."""
    return session.get("access_token") or credentials.get("access_token", "")


def expiry(session: Mapping[str, str]) -> datetime | None:
    """Return when the token of the session expires, if a renewal has told us."""
    try:
        until = datetime.fromisoformat(session.get("expires_at", ""))
    except ValueError:
        return None
    return until if until.tzinfo else until.replace(tzinfo=UTC)
