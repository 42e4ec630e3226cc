"""A receiver of the city's own: each message as JSON, signed (facts/platforms-b.md section 7.3).

Any answer from 200 to 299 means taken, 409 that it was had before, 410 that no
more is wanted. What a receiver must do is written for it in
`docs/platforms/webhook.md`.

- The `Idempotency-Key` is the chain, the message's number and the channel. What
  is repeated under it is the same bytes: the timestamp that is signed is the
  time when the message was planned. A message says itself until when it counts,
  so an old one that is played back does no harm: its key is known, or it is over.
- A receiver may offer a look-up (GET with the key). One that does keeps the keys,
  and is asked after a lost answer; one that does not is never sent a second time.
- No rehearsal: a receiver that does not know one would show it to people.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
from sentinel.domain.delivery import (
    FindResult,
    Found,
    NotSeen,
    Outcome,
    Rendered,
    StillThere,
    Withdrawn,
    WithdrawResult,
)
from sentinel.domain.observation import Report
from sentinel.domain.text import fit
from sentinel.notices.notice import clean
from sentinel.platforms import NO_IMAGE, Account, Draft, Facts, Platform, Published, Setting
from sentinel.platforms.webhook import answers
from sentinel.platforms.webhook.letter import told
from sentinel.wire import Request, Steps, ask
from sentinel.wire.hooks import signed

_CHECKED = "check"

LIMIT = 20_000
"""Characters; ours."""


class Webhook(Platform):
    """One receiver."""

    name = "webhook"
    facts = Facts(
        operator="own",
        operator_is_host=True,
        text_limit=LIMIT,
        unit="characters",
        abilities=frozenset({Ability.PUBLISH, Ability.READ_BACK}),
        optional_credentials=frozenset({"secret"}),
        settings={"base_url": Setting(kind="url", required=True)},
        identity=("base_url",),
        key_drops_copies="shown",
        drops_copies_why="a receiver that answers the look-up keeps the keys; others are not asked",
        exempt={
            "rate_limit_read": "a receiver's limits are its own; its Retry-After is kept to",
            "rehearses": "a receiver that knows no rehearsal would show it to people",
        },
    )

    def length(self, text: str) -> int:
        """Count characters."""
        return len(text)

    def render(self, draft: Draft, account: Account) -> Rendered:
        """Return the body word for word, and the text in it."""
        message = draft.message
        fitted = fit(
            message.content,
            channel=account.channel,
            mark=draft.link if draft.link and draft.link_is_notice else message.label,
            link=draft.link,
            limit=LIMIT,
            length=self.length,
        )
        text = clean(fitted.text).encode("utf-8", "replace").decode()
        key = f"{message.chain}/{message.number}/{account.channel}"
        return Rendered(
            text=text,
            key=key,
            length=self.length(text),
            limit=LIMIT,
            payload={
                "body": json.dumps(told(draft, key, text), sort_keys=True),
                "at": str(int(draft.at.timestamp())),
            },
            cut=fitted.cut,
            warnings=(NO_IMAGE,) if message.content.image else (),
        )

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        """Send it under its key."""
        body = str(rendered.payload.get("body", "")).encode()
        answer = yield from ask(
            replace(_request(account, "POST", rendered, body), commits=True, body=body)
        )
        return answers.outcome(answer, rendered)

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        """Ask the receiver for the key. One that keeps keys drops what comes again."""
        answer = yield from ask(_request(account, "GET", rendered))
        match answers.state(answer, rendered.key):
            case "taken":
                return Found(answers.receipt(answer, rendered))
            case "unknown":
                return NotSeen("the receiver keeps keys, and has not this one", repeatable=True)
            case _:
                return NotSeen(f"{answers.said(answer)}: the receiver offers no look-up")

    def check_credentials(self, account: Account) -> Steps[Report]:
        """Look something up. A refusal is confirmed by another look-up."""
        answer = yield from ask(_request(account, "GET", _nothing(_CHECKED)))
        seen = answers.finding(Ability.PUBLISH, answer, _CHECKED)
        if seen.cause in CREDENTIAL:
            again = f"{_CHECKED}/again"
            other = yield from ask(_request(account, "GET", _nothing(again)))
            confirmed = answers.finding(Ability.PUBLISH, other, again).cause in CREDENTIAL
            seen = replace(seen, confirmed=confirmed)
        return Report(findings=(seen,))

    def read_own(self, account: Account, last: Published | None) -> Steps[Report]:
        """Look the last message up."""
        rendered = last.rendered if last else _nothing(_CHECKED)
        answer = yield from ask(_request(account, "GET", rendered))
        seen = answers.finding(Ability.READ_BACK, answer, rendered.key)
        if last is not None and answers.state(answer, rendered.key) == answers.UNKNOWN:
            seen = replace(seen, cause=Cause.NOT_VISIBLE, evidence="the receiver has it not")
        return Report(findings=(seen,))

    def withdraw(self, account: Account, published: Published) -> Steps[WithdrawResult]:
        """Ask the receiver to take it down, by its key."""
        answer = yield from ask(_request(account, "DELETE", published.rendered))
        said = answers.said(answer)
        gone = answers.state(answer, published.rendered.key) == answers.UNKNOWN
        if gone or (200 <= answer.status < 300 and not answers.page(answer)):  # noqa: PLR2004
            return Withdrawn(said)
        row = answers.judge(answer)
        offers = answer.status not in answers.OFFERS_NOT
        return StillThere(row.cause if offers else Cause.PERMISSION_MISSING, said)


def _request(account: Account, method: str, rendered: Rendered, body: bytes = b"") -> Request:
    """Return a request that is signed over timestamp, method, key and body."""
    stamp = str(rendered.payload.get("at", "0"))
    headers = {"Idempotency-Key": rendered.key, "Accept": "application/json"}
    headers["Sentinel-Timestamp"] = stamp
    if body:
        headers["Content-Type"] = "application/json"
    if secret := account.credentials.get("secret"):
        words = f"{stamp}.{method}.{rendered.key}.".encode() + body
        headers["Sentinel-Signature"] = f"v1={signed(secret, words)}"
    return Request(method=method, url=account.base_url, headers=headers)


def _nothing(key: str) -> Rendered:
    return Rendered(text="", key=key, length=0, limit=LIMIT)


PLATFORM = Webhook()
