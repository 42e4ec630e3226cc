"""What a server of the AT Protocol is made of: names, records as they are shown, sessions."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sentinel.simulator.faces import Answer, Call, say
from sentinel.simulator.kinds import Kind
from sentinel.simulator.text import graphemes
from sentinel.simulator.world import Post

POSTS = "app.bsky.feed.post"
TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
_LIVES = {"access": timedelta(minutes=120), "refresh": timedelta(days=90)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Issued:
    account: str
    kind: str
    until: datetime


class Sessions:
    """Every token that was issued and not used up."""

    def __init__(self) -> None:
        self._tokens: dict[str, _Issued] = {}

    def begin(self, call: Call) -> dict[str, str]:
        """Issue a pair of tokens."""
        return {f"{kind}Jwt": self._issue(call, kind) for kind in _LIVES}

    def end(self, token: str) -> None:
        """Make a token worthless: a refresh token is good for one time."""
        self._tokens.pop(token, None)

    def refusal(self, call: Call, kind: str) -> Answer | None:
        """Return what is said to a token that is not good; 400 for all, as a PDS does."""
        issued = self._tokens.get(call.bearer)
        if issued is None or (issued.account, issued.kind) != (call.account.name, kind):
            return refusal(400, "InvalidToken", "Token could not be verified")
        if call.at >= issued.until:
            return refusal(400, "ExpiredToken", "Token has expired")
        return None

    def _issue(self, call: Call, kind: str) -> str:
        until = call.at + _LIVES[kind]
        claims: dict[str, str | int] = {
            "scope": f"com.atproto.{kind}",
            "iat": int(call.at.timestamp()),
            "exp": int(until.timestamp()),
            "jti": str(call.account.serial()),
        }
        token = f"{_part({'typ': 'at+jwt', 'alg': 'none'})}.{_part(claims)}.simulated"
        self._tokens[token] = _Issued(account=call.account.name, kind=kind, until=until)
        return token


def _part(value: Mapping[str, str | int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def refusal(status: int, name: str, message: str) -> Answer:
    """Return an error as the AT Protocol words it."""
    return say({"error": name, "message": message}, status)


def bad_record(call: Call) -> Answer | None:
    """Return the refusal of a record that no post can be."""
    record = call.sent.get("record")
    if not is_mine(call, call.text("repo")) or call.text("collection") != POSTS:
        return refusal(400, "InvalidRequest", "Could not find repo or collection")
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        return refusal(400, "InvalidRequest", "Record must have the property text")
    if record.get("$type") != POSTS or not isinstance(record.get("createdAt"), str):
        return refusal(400, "InvalidRequest", "Record must have $type and createdAt")
    if graphemes(record["text"]) > 300 or len(record["text"].encode()) > 3000:
        return refusal(400, "InvalidRequest", "Record/text must not be longer than 300 graphemes")
    return None


def did_of(call: Call) -> str:
    """Return the account's identifier, the same in every run."""
    digest = hashlib.sha256(call.account.name.encode()).digest()
    return "did:plc:" + base64.b32encode(digest).decode().lower()[:24]


def handle_of(call: Call) -> str:
    """Return the account's name."""
    return f"{call.account.name}.bsky.test"


def is_mine(call: Call, name: str) -> bool:
    """Is `name` this account's identifier or handle?"""
    return name in {did_of(call), handle_of(call)} | call.account.known_as


def who_is(call: Call) -> dict[str, Any]:
    """Return what a session says of its account, with the address of its PDS."""
    pds = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": call.base}
    did = {"did": did_of(call), "handle": handle_of(call), "active": True}
    return did | {"didDoc": {"id": did_of(call), "service": [pds]}}


def kept_in(call: Call, rkey: str) -> Post | None:
    """Return the record with this key, in the repository and not deleted."""
    return call.account.find(rkey)


def seen_by_citizens(call: Call, uri: str) -> Post | None:
    """Return the post if the AppView has it."""
    owner, _, rkey = uri.removeprefix("at://").partition(f"/{POSTS}/")
    return call.account.seen(rkey, call.at) if is_mine(call, owner) else None


def uri_of(call: Call, rkey: str) -> str:
    """Return the address of a record."""
    return f"at://{did_of(call)}/{POSTS}/{rkey}"


def cid_of(record: object) -> str:
    """Return the content id: equal for equal records."""
    digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).digest()
    return "bafyrei" + base64.b32encode(digest).decode().lower().rstrip("=")


def tid_at(at: datetime, clock: int) -> str:
    """Return a record key for a moment."""
    number = (int(at.timestamp() * 1_000_000) << 10) | (clock & 0x3FF)
    return "".join(_SORTABLE[(number >> shift) & 31] for shift in range(60, -1, -5))


def commit_of(call: Call, rkey: str) -> dict[str, str]:
    """Return a new commit of the repository."""
    serial = call.account.serial()
    return {"cid": cid_of([rkey, serial]), "rev": tid_at(call.at, serial)}


def committed(call: Call, rkey: str, record: object) -> Answer:
    """Return the answer to a write that changed something."""
    said = {"uri": uri_of(call, rkey), "cid": cid_of(record), "validationStatus": "valid"}
    return say(said | {"commit": commit_of(call, rkey)})


def stored_as(call: Call, post: Post) -> dict[str, Any]:
    """Return a record as the repository shows it."""
    record = post.detail["record"]
    return {"uri": uri_of(call, post.id), "cid": cid_of(record), "value": record}


def label_on(call: Call, subject: str, value: str) -> dict[str, str]:
    """Return a label."""
    return {"src": did_of(call), "uri": subject, "val": value, "cts": call.at.isoformat()}


def author_of(call: Call) -> dict[str, Any]:
    """Return the account as the AppView shows it."""
    # A login wall is the account's own wish here: the API still shows, the pages do not.
    walled = Kind.LOGIN_WALL in call.faults
    labels = [label_on(call, did_of(call), "!no-unauthenticated")] if walled else []
    return {"did": did_of(call), "handle": handle_of(call), "labels": labels}


def view_of(call: Call, post: Post) -> dict[str, Any]:
    """Return the post as the AppView shows it."""
    hidden = Kind.INTERSTITIAL in call.faults
    labels = [label_on(call, uri_of(call, post.id), "!hide")] if hidden else []
    shown = {"uri": uri_of(call, post.id), "cid": cid_of(post.detail["record"]), "labels": labels}
    return shown | {"author": author_of(call), "record": post.detail["record"]}
