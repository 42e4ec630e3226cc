"""How a question gets to X: signed, or with a bearer that is renewed once when X says 401.

OAuth 1.0a signs each request with a fresh nonce and time; nothing else of a
request differs between two attempts.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Literal, cast
from urllib.parse import quote, urlencode

from oauthlib import oauth1

from sentinel.domain.cause import Cause
from sentinel.platforms import Account, Session
from sentinel.platforms.x import answers
from sentinel.wire import RenewalFailed, Request, Response, Steps, ask, renew

_Verb = Literal["GET", "POST", "DELETE"]
_POST_FIELDS = {"tweet.fields": "created_at,text,entities"}


def get(account: Account, path: str, **params: str) -> Request:
    """Return a question for the API."""
    return Request(method="GET", url=f"{account.base_url}{path}", params=params)


def send(account: Account, request: Request) -> Steps[Response]:
    """Send with a signature, or with a bearer that is renewed once if X says 401.

    Raises:
        RenewalFailed: A fresh bearer could not be had; nothing was posted.
    """
    if "api_key" in account.credentials:
        return (yield from ask(_signed(account, request)))
    session = account.session or (yield from renew())
    answer = yield from ask(_with_bearer(request, session))
    if answer.status == HTTPStatus.UNAUTHORIZED and isinstance(answer.json(), dict):
        answer = yield from ask(_with_bearer(request, (yield from renew())))
    return answer


def _signed(account: Account, request: Request) -> Request:
    keys = account.credentials
    client = oauth1.Client(
        keys["api_key"],
        client_secret=keys["api_secret"],
        resource_owner_key=keys["access_token"],
        resource_owner_secret=keys["access_secret"],
    )
    query = f"?{urlencode(request.params, quote_via=quote)}" if request.params else ""
    _, headers, _ = client.sign(request.url + query, http_method=cast("_Verb", request.method))
    return replace(request, headers={"Authorization": headers["Authorization"]})


def _with_bearer(request: Request, session: Mapping[str, str]) -> Request:
    token = session.get("access_token", "")
    return replace(request, headers={"Authorization": f"Bearer {token}"})


def timeline(account: Account, user: str, count: int) -> Request:
    """Return the question for a user's latest own posts."""
    path = f"/2/users/{user}/tweets"
    newest = {"max_results": str(count), "exclude": "retweets,replies"}
    return get(account, path, **newest, **_POST_FIELDS)


def single(account: Account, post_id: str) -> Request:
    """Return the question for one post."""
    return get(account, f"/2/tweets/{post_id}", **_POST_FIELDS)


def refresh(account: Account) -> Steps[Session]:
    """Exchange the refresh token for a new pair.

    Raises:
        RenewalFailed: X refused it, or its answer makes no sense.
    """
    keys = account.credentials
    token = account.session.get("refresh_token") or keys["refresh_token"]
    basic = base64.b64encode(f"{keys['client_id']}:{keys['client_secret']}".encode()).decode()
    answer = yield from ask(
        Request(
            method="POST",
            url=f"{account.base_url}/2/oauth2/token",
            headers={"Authorization": f"Basic {basic}"},
            form={
                "grant_type": "refresh_token",
                "refresh_token": token,
                "client_id": keys["client_id"],
            },
        )
    )
    fresh, following = (answer.object().get(key) for key in ("access_token", "refresh_token"))
    if not answers.good(answer) or not isinstance(fresh, str) or not fresh:
        raise RenewalFailed(_why_not_renewed(answer), answers.said(answer))
    kept = following if isinstance(following, str) and following else token
    return Session({"access_token": fresh, "refresh_token": kept}, answers.expiry(answer))


def _why_not_renewed(answer: Response) -> Cause:
    if answer.status in {400, 401} and isinstance(answer.json(), dict):
        return Cause.CREDENTIAL_REJECTED
    cause = answers.judge(answer).cause
    return cause if cause is Cause.RATE_LIMITED else Cause.PLATFORM_FAULT
