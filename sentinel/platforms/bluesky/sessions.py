"""Sessions and calls of the AT Protocol (facts/platforms-a.md section 3.2).

Logging in is the scarcest call: documented 30 in 5 minutes, enforced down to 10
a day. So a session is kept, renewed by its refresh token, and a login happens
only when that token is gone or refused.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from sentinel.domain.cause import CREDENTIAL, Cause
from sentinel.platforms import Account, Session
from sentinel.platforms.bluesky import answers
from sentinel.platforms.bluesky.records import COLLECTION
from sentinel.wire import RenewalFailed, Request, Response, Steps, ask, renew

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,200}")


@dataclass(frozen=True, slots=True)
class Talk:
    """An account with the session that is good now."""

    account: Account
    session: Mapping[str, str]

    @property
    def repo(self) -> str:
        """The account's DID; what the city configured if the session does not know it."""
        return self.session.get("did") or self.account.credentials.get("identifier", "")

    def get(self, method: str, **params: str) -> Request:
        """Return a query to the PDS, with the session."""
        return Request(method="GET", url=self._url(method), headers=self._bearer(), params=params)

    def put(self, body: Mapping[str, Any]) -> Request:
        """Return the putRecord of a post."""
        url = self._url("com.atproto.repo.putRecord")
        json_body = {"repo": self.repo, "collection": COLLECTION, **body}
        return Request(method="POST", url=url, headers=self._bearer(), json=json_body, commits=True)

    def delete(self, key: str) -> Request:
        """Return the deleteRecord of a post."""
        url = self._url("com.atproto.repo.deleteRecord")
        body = {"repo": self.repo, "collection": COLLECTION, "rkey": key}
        return Request(method="POST", url=url, headers=self._bearer(), json=body)

    def record(self, key: str) -> Request:
        """Return the getRecord of a post: a read without login, from the PDS itself."""
        params = {"repo": self.repo, "collection": COLLECTION, "rkey": key}
        return Request(method="GET", url=self._url("com.atproto.repo.getRecord"), params=params)

    def _url(self, method: str) -> str:
        return f"{self.session.get('pds') or self.account.base_url}/xrpc/{method}"

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.session.get('accessJwt', '')}"}


def call(account: Account, make: Callable[[Talk], Request]) -> Steps[tuple[Talk, Response]]:
    """Make a call with the kept session; renew it at most once. Raises `RenewalFailed`."""
    kept = bool(account.session.get("accessJwt"))
    talk = Talk(account, account.session if kept else (yield from renew()))
    answer = yield from ask(make(talk))
    if kept and answers.cause(answer) in CREDENTIAL:
        talk = Talk(account, (yield from renew()))
        answer = yield from ask(make(talk))
    return talk, answer


def known(account: Account) -> Steps[Talk]:
    """Return a talk that knows the account's DID, without a call if the session is kept."""
    if account.session.get("did"):
        return Talk(account, account.session)
    return Talk(account, (yield from renew()))


def refresh(account: Account) -> Steps[Session]:
    """Renew by the refresh token, or log in where there is none or it is refused."""
    if token := account.session.get("refreshJwt"):
        answer = yield from ask(_refresh(account, token))
        if answer.status == answers.OK or answers.cause(answer) not in CREDENTIAL:
            return _session(account, answer)
    return _session(account, (yield from ask(_login(account))))


def _refresh(account: Account, token: str) -> Request:
    return Request(
        method="POST",
        url=f"{account.base_url}/xrpc/com.atproto.server.refreshSession",
        headers={"Authorization": f"Bearer {token}"},
    )


def _login(account: Account) -> Request:
    return Request(
        method="POST",
        url=f"{account.base_url}/xrpc/com.atproto.server.createSession",
        json={
            "identifier": account.credentials.get("identifier", ""),
            "password": account.credentials.get("app_password", ""),
        },
    )


def _session(account: Account, answer: Response) -> Session:
    said = answer.object()
    keep = {name: said.get(name) for name in ("accessJwt", "refreshJwt", "did")}
    texts = {name: value for name, value in keep.items() if isinstance(value, str) and value}
    if answer.status != answers.OK:
        why = answers.cause(answer)
        if why is Cause.CONTENT_REJECTED:  # a malformed identifier or password
            why = Cause.CREDENTIAL_REJECTED
        raise RenewalFailed(why, answers.evidence(answer))
    if len(texts) < len(keep) or not _DID.fullmatch(texts["did"]):
        raise RenewalFailed(Cause.PLATFORM_FAULT, "HTTP 200 without a session")
    if status := answers.locked(said):
        raise RenewalFailed(Cause.ACCOUNT_LOCKED, status)
    pds = _pds(said.get("didDoc"), account.base_url)
    return Session(keep={**texts, "pds": pds}, expires_at=_expiry(texts["accessJwt"]))


def _pds(document: object, base_url: str) -> str:
    """Return the account's own PDS: bsky.social is only the entryway.

    On loopback a test server stands in, and what its document says leads elsewhere.
    """
    services = document.get("service") if isinstance(document, dict) else None
    if (urlsplit(base_url).hostname or "") in _LOOPBACK or not isinstance(services, list):
        return base_url
    for service in services:
        if not isinstance(service, dict) or not str(service.get("id")).endswith("#atproto_pds"):
            continue
        endpoint = str(service.get("serviceEndpoint")).rstrip("/")
        if re.fullmatch(r"https://[A-Za-z0-9.-]+(:\d{1,5})?", endpoint):
            return endpoint
    return base_url


def _expiry(token: str) -> datetime | None:
    """Return when a token ends, by its own word; None if it says nothing."""
    payload = [*token.split("."), ""][1]
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return datetime.fromtimestamp(claims["exp"], UTC)
    except (ValueError, TypeError, KeyError, OverflowError, OSError, binascii.Error):
        return None
