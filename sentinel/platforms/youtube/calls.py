"""How a question gets to Google: with a token that lives an hour, from one that lives long.

A refresh token ends after 7 days while the app's consent screen is "in testing",
after half a year unused, and with a changed password: then Google says
`invalid_grant`, and only a person can consent anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from sentinel.domain.cause import CREDENTIAL, Cause
from sentinel.platforms import Account, Session
from sentinel.platforms.youtube import answers
from sentinel.wire import RenewalFailed, Request, Response, Steps, ask, renew
from sentinel.wire.times import date_of

API = "https://www.googleapis.com"
_TOKENS = "https://oauth2.googleapis.com"
_LONGEST_S = timedelta(days=400).total_seconds()
_DEAD = frozenset({"invalid_grant", "invalid_client", "unauthorized_client", "deleted_client"})


def channels(account: Account, part: str) -> Request:
    """Return the question for our own channel: 1 of 10,000 units a day."""
    return _get(account, "/channels", part=part, mine="true")


def uploads(account: Account, playlist: str) -> Request:
    """Return the question for what we uploaded last: 1 unit."""
    return _get(
        account, "/playlistItems", part="contentDetails", playlistId=playlist, maxResults="1"
    )


def send(account: Account, request: Request) -> Steps[Response]:
    """Send with our token; a dead one is renewed once.

    Raises:
        RenewalFailed: A fresh token could not be had.
    """
    session = account.session or (yield from renew())
    answer = yield from ask(_with_token(request, session))
    dead = not answers.good(answer) and answers.judge(answer).cause in CREDENTIAL
    if dead:
        answer = yield from ask(_with_token(request, (yield from renew())))
    return answer


def refresh(account: Account) -> Steps[Session]:
    """Obtain a token for an hour; Google may hand out a new refresh token with it.

    Raises:
        RenewalFailed: Google refused it, or its answer makes no sense.
    """
    keys = account.credentials
    token = account.session.get("refresh_token") or keys.get("refresh_token", "")
    answer = yield from ask(
        Request(
            method="POST",
            url=_token_url(account),
            form={
                "grant_type": "refresh_token",
                "refresh_token": token,
                "client_id": keys.get("client_id", ""),
                "client_secret": keys.get("client_secret", ""),
            },
        )
    )
    told = answer.object()
    fresh = told.get("access_token")
    if not answers.good(answer) or not isinstance(fresh, str) or not fresh:
        raise RenewalFailed(_why_not(answer), _said(answer))
    following = told.get("refresh_token")
    kept = following if isinstance(following, str) and following else token
    keep = {"access_token": fresh, "refresh_token": kept}
    if ends := _end(answer, told.get("refresh_token_expires_in")):
        keep["refresh_ends"] = ends.isoformat()
    return Session(keep, _end(answer, told.get("expires_in")))


def consent_ends(account: Account) -> datetime | None:
    """Return when a person has to consent anew, if Google says so: 7 days "in testing"."""
    try:
        until = datetime.fromisoformat(account.session.get("refresh_ends", ""))
    except ValueError:
        return None
    return until if until.tzinfo else until.replace(tzinfo=UTC)


def _token_url(account: Account) -> str:
    """Return where tokens are made: a host of its own, and a test server's own path."""
    return f"{_TOKENS if account.base_url == API else account.base_url}/token"


def _why_not(answer: Response) -> Cause:
    if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED} and _word(answer):
        return Cause.CREDENTIAL_REJECTED
    cause = answers.judge(answer).cause
    return cause if cause is Cause.RATE_LIMITED else Cause.PLATFORM_FAULT


def _said(answer: Response) -> str:
    word = _word(answer)
    return f"{answers.said(answer)}, {word}" if word else answers.said(answer)


def _word(answer: Response) -> str:
    """Return what the token endpoint calls a dead credential; empty if it is something else."""
    error = answer.object().get("error")
    return error if isinstance(error, str) and error in _DEAD else ""


def _end(answer: Response, seconds: object) -> datetime | None:
    stated = date_of(answer)
    if stated is None or not isinstance(seconds, int) or isinstance(seconds, bool):
        return None
    return stated + timedelta(seconds=seconds) if 0 < seconds < _LONGEST_S else None


def _get(account: Account, path: str, **params: str) -> Request:
    return Request(method="GET", url=f"{account.base_url}/youtube/v3{path}", params=params)


def _with_token(request: Request, session: Mapping[str, str]) -> Request:
    token = session.get("access_token", "")
    return replace(request, headers={"Authorization": f"Bearer {token}"})
