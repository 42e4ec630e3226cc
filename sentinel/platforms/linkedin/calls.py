"""How a question gets to LinkedIn: with its version, and a token that is renewed once at a 401.

Every call names the version of the API; one that has ended is refused. URNs in
addresses are percent-encoded, colons too, and go out as they are written.
Tokens are asked about and renewed on the public host.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import quote, urlencode

from sentinel.domain.cause import Cause
from sentinel.platforms import Account, Session
from sentinel.platforms.linkedin import answers
from sentinel.wire import RenewalFailed, Request, Response, Steps, ask, renew
from sentinel.wire.times import date_of

VERSION = "202607"
_LONGEST_S = timedelta(days=4000).total_seconds()
_NUMBER = re.compile(r"(?:urn:li:organization:)?([0-9]{1,20})")
_APP = frozenset({"client_id", "client_secret"})


def author(account: Account) -> str:
    """Return the URN of the page; empty if the setting is no number and no such URN."""
    found = _NUMBER.fullmatch(account.setting("organisation").strip())
    return f"urn:li:organization:{found[1]}" if found else ""


def request(account: Account, method: str, path: str, **params: str) -> Request:
    """Return a call below `/rest`, without a token."""
    query = f"?{urlencode(params, quote_via=quote, safe='')}" if params else ""
    return Request(
        method=method,
        url=f"{account.base_url}{path}{query}",
        headers={
            "LinkedIn-Version": account.setting("api_version", VERSION),
            "X-Restli-Protocol-Version": "2.0.0",
        },
        encoded=True,
    )


def post_path(urn: str) -> str:
    """Return the address of one post."""
    return f"/rest/posts/{quote(urn, safe='')}"


def latest(account: Account, count: int) -> Request:
    """Return the question for the page's latest posts (address from the sheet's memory)."""
    asked = request(
        account,
        "GET",
        "/rest/posts",
        q="author",
        author=author(account),
        count=str(count),
        sortBy="LAST_MODIFIED",
    )
    return replace(asked, headers={**asked.headers, "X-RestLi-Method": "FINDER"})


def roles(account: Account) -> Request:
    """Return the question which pages the token's owner may do what with."""
    where = "/rest/organizationAcls"
    asked = request(account, "GET", where, q="roleAssignee", state="APPROVED", count="100")
    return replace(asked, headers={**asked.headers, "X-RestLi-Method": "FINDER"})


def send(account: Account, request: Request) -> Steps[Response]:
    """Send with our token; renewed once if LinkedIn says 401 and we have what that takes.

    Raises:
        RenewalFailed: A fresh token could not be had; nothing was posted.
    """
    answer = yield from ask(_with_token(request, token_of(account, account.session)))
    dead = answer.status == HTTPStatus.UNAUTHORIZED and answers.spoken(answer)
    if not dead or not renewable(account):
        return answer
    return (yield from ask(_with_token(request, token_of(account, (yield from renew())))))


def token_of(account: Account, session: Mapping[str, str]) -> str:
    """Return the token that is good now: the renewed one, or else the configured one."""
    return session.get("access_token") or account.credentials.get("access_token", "")


def renewable(account: Account) -> bool:
    """Return whether we have what a renewal takes: LinkedIn gives it to approved partners only."""
    return _APP | {"refresh_token"} <= set(account.credentials)


def introspection(account: Account) -> Request | None:
    """Return the question how our token stands; None without the app's own name and secret."""
    if not set(account.credentials) >= _APP:
        return None
    keys = account.credentials
    return Request(
        method="POST",
        url=f"{account.public_url}/oauth/v2/introspectToken",
        form={
            "client_id": keys["client_id"],
            "client_secret": keys["client_secret"],
            "token": token_of(account, account.session),
        },
    )


def refresh(account: Account) -> Steps[Session]:
    """Exchange the refresh token for a fresh token of 60 days.

    The refresh token itself lives a year from the day of consent, however often
    it is used, and usually comes back the same.

    Raises:
        RenewalFailed: LinkedIn refused it, or its answer makes no sense.
    """
    keys = account.credentials
    token = account.session.get("refresh_token") or keys["refresh_token"]
    answer = yield from ask(
        Request(
            method="POST",
            url=f"{account.public_url}/oauth/v2/accessToken",
            form={
                "grant_type": "refresh_token",
                "refresh_token": token,
                "client_id": keys["client_id"],
                "client_secret": keys["client_secret"],
            },
        )
    )
    told = answer.object()
    fresh, following = told.get("access_token"), told.get("refresh_token")
    if not answers.good(answer) or not isinstance(fresh, str) or not fresh:
        raise RenewalFailed(_why_not(answer), answers.said(answer))
    kept = following if isinstance(following, str) and following else token
    until = _end(answer, told.get("expires_in"))
    return Session({"access_token": fresh, "refresh_token": kept}, until)


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


def _with_token(request: Request, token: str) -> Request:
    return replace(request, headers={**request.headers, "Authorization": f"Bearer {token}"})
