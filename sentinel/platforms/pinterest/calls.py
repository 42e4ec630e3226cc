"""How a question gets to Pinterest: with a token that is renewed once when it is dead.

The refresh token lives 60 days and comes back new with every renewal, for ever
(`continuous_refresh`); the access token lives 30.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from sentinel.domain.cause import CREDENTIAL, Cause
from sentinel.platforms import Account, Session
from sentinel.platforms.pinterest import answers, pins
from sentinel.wire import RenewalFailed, Request, Response, Steps, ask, renew
from sentinel.wire.times import date_of

_LONGEST_S = timedelta(days=4000).total_seconds()


def board(account: Account) -> str:
    """Return the number of the board; empty if the setting is none."""
    return pins.id_in(account.setting("board").strip())


def request(
    account: Account, method: str, path: str, *, json: Any = None, **params: str
) -> Request:
    """Return a call of the API, without a token."""
    url = f"{account.base_url}/v5{path}"
    return Request(method=method, url=url, json=json, params=params)


def board_pins(account: Account, count: int) -> Request:
    """Return the question for the board's pins, newest first."""
    return request(account, "GET", f"/boards/{board(account)}/pins", page_size=str(count))


def send(account: Account, request: Request) -> Steps[Response]:
    """Send with our token; renewed once if Pinterest calls it dead.

    Raises:
        RenewalFailed: A fresh token could not be had; nothing was posted.
    """
    session = account.session or (yield from renew())
    answer = yield from ask(_with_token(request, session))
    dead = answer.status == HTTPStatus.UNAUTHORIZED and answers.spoken(answer)
    if dead and answers.judge(answer).cause in CREDENTIAL:
        answer = yield from ask(_with_token(request, (yield from renew())))
    return answer


def scopes(account: Account) -> frozenset[str]:
    """Return what the token may do, as the last renewal told; empty: it did not say."""
    return frozenset(account.session.get("scope", "").replace(",", " ").split())


def expiry(account: Account) -> datetime | None:
    """Return when the token ends, as the last renewal told."""
    try:
        until = datetime.fromisoformat(account.session.get("expires_at", ""))
    except ValueError:
        return None
    return until if until.tzinfo else until.replace(tzinfo=UTC)


def refresh(account: Account) -> Steps[Session]:
    """Exchange the refresh token for a new pair.

    Raises:
        RenewalFailed: Pinterest refused it, or its answer makes no sense.
    """
    keys = account.credentials
    token = account.session.get("refresh_token") or keys.get("refresh_token", "")
    who = f"{keys.get('client_id', '')}:{keys.get('client_secret', '')}"
    answer = yield from ask(
        Request(
            method="POST",
            url=f"{account.base_url}/v5/oauth/token",
            headers={"Authorization": f"Basic {base64.b64encode(who.encode()).decode()}"},
            form={
                "grant_type": "refresh_token",
                "refresh_token": token,
                "continuous_refresh": "true",
            },
        )
    )
    told = answer.object()
    fresh = told.get("access_token")
    if not answers.good(answer) or not isinstance(fresh, str) or not fresh:
        raise RenewalFailed(_why_not(answer), answers.said(answer))
    following, may = told.get("refresh_token"), told.get("scope")
    kept = {
        "access_token": fresh,
        "refresh_token": following if isinstance(following, str) and following else token,
        "scope": may if isinstance(may, str) else "",
    }
    until = _end(answer, told.get("expires_in"))
    return Session(kept | ({"expires_at": until.isoformat()} if until else {}), until)


def _why_not(answer: Response) -> Cause:
    refused = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}
    if answer.status in refused and answers.spoken(answer):
        return Cause.CREDENTIAL_REJECTED
    cause = answers.judge(answer).cause
    return cause if cause is Cause.RATE_LIMITED else Cause.PLATFORM_FAULT


def _end(answer: Response, seconds: object) -> datetime | None:
    stated = date_of(answer)
    if stated is None or not isinstance(seconds, int) or isinstance(seconds, bool):
        return None
    return stated + timedelta(seconds=seconds) if 0 < seconds < _LONGEST_S else None


def _with_token(request: Request, session: Mapping[str, str]) -> Request:
    token = session.get("access_token", "")
    return replace(request, headers={**request.headers, "Authorization": f"Bearer {token}"})
