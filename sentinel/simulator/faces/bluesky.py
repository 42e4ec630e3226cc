"""Bluesky, as `platforms-a.md` section 3 and `lab.md` section 2 describe it.

Base `/bluesky/ACCOUNT` is the account's PDS; public side `/bluesky/ACCOUNT/public`
is the AppView. Any handle and app password are taken; the sessions are real and
end as documented. A post that a fault hides is in the repository at once, and
only the AppView lacks it, as on a PDS that the relay has not yet crawled.
"""

# ruff: noqa: ARG002 - every face keeps one signature, needed or not
from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from sentinel.simulator.atproto import (
    POSTS,
    TID,
    Sessions,
    author_of,
    bad_record,
    cid_of,
    commit_of,
    committed,
    did_of,
    is_mine,
    kept_in,
    refusal,
    seen_by_citizens,
    stored_as,
    tid_at,
    uri_of,
    view_of,
    who_is,
)
from sentinel.simulator.faces import Answer, Call, HttpFace, Route, Said, say
from sentinel.simulator.kinds import COMMON, Kind, Role
from sentinel.simulator.world import Window

_COSTS = {"createRecord": 3, "putRecord": 2, "deleteRecord": 1}
_HOUR, _FIVE_MINUTES = timedelta(hours=1), timedelta(minutes=5)


_LOGGING_IN = "/xrpc/com.atproto.server.createSession"
_TAKEN_DOWN = refusal(401, "AccountTakedown", "Account has been taken down")


class Bluesky(HttpFace):
    """A PDS, and the AppView behind it."""

    name = "bluesky"
    operator = "bluesky"
    # A record is stored as it is signed: nothing on the way can cut it.
    kinds = COMMON - {Kind.TRUNCATED}
    words: ClassVar = {
        Kind.SERVER_ERROR: refusal(500, "InternalServerError", "Internal Server Error"),
        Kind.CREDENTIAL_REVOKED: refusal(400, "InvalidToken", "Token could not be verified"),
    }

    def __init__(self) -> None:
        super().__init__()
        self._sessions = Sessions()

    def routes(self) -> Sequence[Route]:
        """Return everything that can be asked."""
        server, repo = "/xrpc/com.atproto.server.", "/xrpc/com.atproto.repo."
        feed, actor = "/xrpc/app.bsky.feed.", "/xrpc/app.bsky.actor."
        notes = "/xrpc/app.bsky.notification.listNotifications"
        resolve = "/xrpc/com.atproto.identity.resolveHandle"
        return (
            Route("GET", "/xrpc/_health", Role.HEALTH, self._health, login=False, public=True),
            Route("POST", _LOGGING_IN, Role.CHECK, self._log_in, login=False),
            Route("POST", server + "refreshSession", Role.CHECK, self._refresh, login=False),
            Route("GET", server + "getSession", Role.CHECK, self._session),
            Route("GET", resolve, Role.HEALTH, self._resolve, login=False, public=True),
            Route("POST", repo + "putRecord", Role.PUBLISH, self._put),
            Route("POST", repo + "createRecord", Role.PUBLISH, self._create),
            Route("POST", repo + "deleteRecord", Role.WITHDRAW, self._delete),
            Route("GET", repo + "getRecord", Role.READ, self._record, login=False),
            Route("GET", repo + "listRecords", Role.READ, self._records, login=False),
            Route("GET", feed + "getPosts", Role.READ, self._posts, public=True),
            Route("GET", feed + "getPostThread", Role.READ, self._thread, public=True),
            Route("GET", feed + "getAuthorFeed", Role.READ, self._feed, public=True),
            Route("GET", feed + "getTimeline", Role.LISTEN, self._feed),
            Route("GET", actor + "getProfile", Role.READ, self._profile, public=True),
            Route("GET", notes, Role.LISTEN, self._notifications),
        )

    def said(self, call: Call) -> Said:
        """Return the text of the record, and the record key."""
        record = call.sent.get("record")
        text = record.get("text") if isinstance(record, dict) else ""
        return Said(str(text or ""), call.text("rkey") or None)

    def login(self, call: Call) -> Answer | None:
        """Refuse what is no live access token: 400 for a bad one, 401 for none."""
        if not call.bearer:
            return refusal(401, "AuthMissing", "Authentication Required")
        return self._sessions.refusal(call, "access")

    def refuse(self, fault: Kind, call: Call) -> Answer | None:
        """Word what depends on the call: a login fails otherwise than a token."""
        logging_in = call.path == _LOGGING_IN
        if fault is Kind.CREDENTIAL_REVOKED and logging_in:
            return refusal(401, "AuthenticationRequired", "Invalid identifier or password")
        if (
            not call.bearer
            and not logging_in
            and fault
            in {
                Kind.CREDENTIAL_REVOKED,
                Kind.ACCOUNT_LOCKED,
            }
        ):
            return None  # a repository is open to everybody
        if fault is Kind.ACCOUNT_LOCKED:
            return None if call.path.endswith(".getSession") else _TAKEN_DOWN
        return self.words.get(fault)

    def unknown(self, call: Call) -> Answer:
        """Return what a PDS says to a method that it does not have."""
        return refusal(404, "XRPCNotSupported", "XRPCNotSupported")

    def count(self, call: Call, route: Route, role: Role) -> Window | None:
        """Count logins, points of the account, and calls; the tightest is shown."""
        meter, method = call.account.meter, call.path.rpartition(".")[2]
        if call.path == _LOGGING_IN:
            return meter.take("logins", 30, _FIVE_MINUTES, call.at)
        calls = meter.take("calls", 3000, _FIVE_MINUTES, call.at)
        if method not in _COSTS:
            return calls
        points = meter.take("points", 5000, _HOUR, call.at, cost=_COSTS[method])
        return points if points.over or points.remaining < calls.remaining else calls

    def limited(self, call: Call, window: Window) -> Answer:
        """Return the 429, with the seconds to wait."""
        wait = max(1, math.ceil((window.resets_at - call.at).total_seconds()))
        body = {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
        return say(body, 429, Retry_After=str(wait))

    def rate_headers(self, window: Window) -> Mapping[str, str]:
        """Return the headers: the reset in epoch seconds, and the policy."""
        return {
            "RateLimit-Limit": str(window.limit),
            "RateLimit-Remaining": str(window.remaining),
            "RateLimit-Reset": str(window.reset_epoch),
            "RateLimit-Policy": f"{window.limit};w={int(window.period.total_seconds())}",
        }

    def _health(self, call: Call) -> Answer:
        return say({"version": "0.4.0"})

    def _log_in(self, call: Call) -> Answer:
        if not call.text("identifier") or not call.text("password"):
            return refusal(400, "InvalidRequest", "Input must have identifier and password")
        call.account.known_as.add(call.text("identifier"))
        return say(self._sessions.begin(call) | who_is(call))

    def _refresh(self, call: Call) -> Answer:
        if (bad := self._sessions.refusal(call, "refresh")) is not None:
            return bad
        self._sessions.end(call.bearer)
        return say(self._sessions.begin(call) | who_is(call))

    def _session(self, call: Call) -> Answer:
        if Kind.ACCOUNT_LOCKED in call.faults:
            return say(who_is(call) | {"active": False, "status": "takendown"})
        return say(who_is(call))

    def _resolve(self, call: Call) -> Answer:
        return say({"did": did_of(call)})

    def _put(self, call: Call) -> Answer:
        if (bad := bad_record(call)) is not None:
            return bad
        rkey = call.text("rkey")
        if not TID.fullmatch(rkey):
            return refusal(400, "InvalidRequest", "Invalid record key")
        record, post = call.sent["record"], kept_in(call, rkey)
        if post is not None and post.detail["record"] == record:
            return say(
                {"uri": uri_of(call, rkey), "cid": cid_of(record), "validationStatus": "valid"}
            )
        standing = None if post is None else cid_of(post.detail["record"])
        if call.sent.get("swapRecord", standing) != standing:
            return refusal(400, "InvalidSwap", f"Record was at {standing}")
        if post is None:
            return self._store(call, rkey)
        post.text = post.sent = record["text"]
        post.detail["record"] = record
        return committed(call, rkey, record)

    def _create(self, call: Call) -> Answer:
        if (bad := bad_record(call)) is not None:
            return bad
        rkey = call.text("rkey") or tid_at(call.at, call.account.serial())
        if not TID.fullmatch(rkey):
            return refusal(400, "InvalidRequest", "Invalid record key")
        if kept_in(call, rkey) is not None:
            return self.words[Kind.SERVER_ERROR]  # a real PDS says no more than this
        return self._store(call, rkey)

    def _store(self, call: Call, rkey: str) -> Answer:
        record = call.sent["record"]
        call.keep(text=record["text"], key=rkey, post_id=rkey, detail={"record": record})
        return committed(call, rkey, record)

    def _delete(self, call: Call) -> Answer:
        post = kept_in(call, call.text("rkey"))
        if post is None:
            return say({})
        post.deleted_at = call.at
        return say({"commit": commit_of(call, post.id)})

    def _record(self, call: Call) -> Answer:
        post = kept_in(call, call.one("rkey"))
        if post is None or call.one("collection") != POSTS or not is_mine(call, call.one("repo")):
            return refusal(400, "RecordNotFound", "Could not locate record")
        return say(stored_as(call, post))

    def _records(self, call: Call) -> Answer:
        if not is_mine(call, call.one("repo")):
            return refusal(400, "InvalidRequest", "Could not find repo")
        # The repository has them all, shown by the AppView or not.
        kept = [post for post in reversed(call.account.posts) if post.deleted_at is None]
        chosen = (
            kept[: min(call.number("limit", 50), 100)] if call.one("collection") == POSTS else []
        )
        return say({"records": [stored_as(call, post) for post in chosen]})

    def _posts(self, call: Call) -> Answer:
        found = [seen_by_citizens(call, uri) for uri in call.many("uris")]
        return say({"posts": [view_of(call, post) for post in found if post is not None]})

    def _thread(self, call: Call) -> Answer:
        post = seen_by_citizens(call, call.one("uri"))
        if post is None:
            return refusal(400, "NotFound", "Post not found")
        return say({"thread": {"$type": f"{POSTS}#threadViewPost", "post": view_of(call, post)}})

    def _feed(self, call: Call) -> Answer:
        live = call.account.live(call.at)[: min(call.number("limit", 50), 100)]
        return say({"feed": [{"post": view_of(call, post)} for post in live]})

    def _profile(self, call: Call) -> Answer:
        if not is_mine(call, call.one("actor")):
            return refusal(400, "InvalidRequest", "Profile not found")
        return say(author_of(call) | {"postsCount": len(call.account.live(call.at))})

    def _notifications(self, call: Call) -> Answer:
        return say({"notifications": [], "seenAt": call.at.isoformat()})


FACE = Bluesky
