"""X, by its API v2.

Sources: the fact sheet, sections 0 and 1, drawn from the official documentation
(August 2026), the official counter (twitter-text, configuration 3) and real
answers. What is surprising there and kept here:

- There is no idempotency key. After a lost answer only the own timeline tells,
  and a repetition is a person's decision.
- A duplicate refusal has no mark of its own (type `about:blank`), so every 403
  without a mark is looked up in the own timeline before it is believed.
- Links come back as t.co and `&` as `&amp;`; both are undone before comparing.
- A resource is charged once per UTC day however often it is read, and failed
  requests are free: looking at oneself every quarter of an hour costs little.
- OAuth 1.0a tokens do not expire, and every answer names their access level. With
  OAuth 2.0 a refresh token serves once; the driver keeps the new one before use.
- A 401 on one call was an outage before (30 June 2026), a 404 on timelines too
  (10 September 2025).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

import regex

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    FindResult,
    Found,
    NotSeen,
    Outcome,
    Receipt,
    Refused,
    Rendered,
    Unclear,
    WithdrawResult,
)
from sentinel.domain.observation import Owner, Report, Window
from sentinel.domain.text import fit
from sentinel.errors import Phrase
from sentinel.platforms import (
    NO_IMAGE,
    Account,
    DocumentedQuota,
    Draft,
    Facts,
    Platform,
    Published,
    Session,
    Setting,
)
from sentinel.platforms.x import answers
from sentinel.platforms.x.calls import get, refresh, send, timeline
from sentinel.platforms.x.looks import embedded, guarded, identity, listen, not_renewed, read_own
from sentinel.platforms.x.posts import id_of, is_ours, note_on, posts_of, subject_of
from sentinel.platforms.x.removal import remove
from sentinel.platforms.x.weight import weight
from sentinel.wire import Lost, RenewalFailed, Request, Response, Steps, remember
from sentinel.wire.rows import How

_QUARTER = timedelta(minutes=15)
_ANYBODY = "12"  # a dead token is refused before anybody is looked up


class X(Platform):
    """X (Twitter)."""

    name = "x"
    facts = Facts(
        operator="x",
        text_limit=280,
        unit="weighted characters",
        abilities=frozenset(Ability),
        credential_sets=(
            frozenset({"api_key", "api_secret", "access_token", "access_secret"}),
            frozenset({"client_id", "client_secret", "refresh_token"}),
        ),
        settings={"account": Setting()},
        identity=("account", "access_token", "client_id"),
        base_url="https://api.x.com",
        public_url="https://publish.x.com",
        quotas=(
            DocumentedQuota(name="posts", limit=100, per=_QUARTER),
            DocumentedQuota(name="posts", limit=300, per=timedelta(hours=3)),
            DocumentedQuota(name="posts", limit=10_000, per=timedelta(hours=24), scope=Owner.APP),
        ),
        status_pages=("https://docs.x.com/status.md",),
        price=Phrase(
            de="X rechnet jeden Beitrag und jedes Lesen von einem Guthaben ab und hat Tarife und "
            "Grenzen schon kurzfristig geändert (April 2023, Februar 2026); ist das Guthaben leer, "
            "wird alles abgelehnt, und keine Schnittstelle nennt seinen Stand",
            en="X charges every post and every read to a credit, and has changed plans and limits "
            "at short notice before (April 2023, February 2026); with no credit left everything "
            "is refused, and no interface tells how much there is",
        ),
        probe_every={"credentials": _QUARTER, "read_back": _QUARTER, "listening": _QUARTER},
        exempt={
            "drops_copies": "X knows no key; an equal text is refused, but not dependably",
            "rehearses": "X knows no draft and no dry run",
        },
        key_drops_copies="no",
        drops_copies_why="X has no key; it refuses an equal text, but not dependably",
        to_confirm=(
            "How long X takes an equal text for a copy.",
            "What is refused at the moment of the last credit, and whether reads are, too.",
            "A text with a bare domain, such as `stadt.de`, is charged as one with a link.",
            "`https://x.com/i/web/status/ID` leads to a post, whoever wrote it.",
            "Code 261 is an app that may not write, 186 a text that is too long.",
            "A clock that is wrong is answered 401, as a wrong signature is.",
            "`oembed` answers 404 for a deleted post and 403 for a protected account's.",
            "The windows of 24 hours in the headers: undocumented, and not sent to everybody.",
            "A refresh token of OAuth 2.0 ends after about six months; no answer says when.",
            "Version 2 of the interface has no announced end.",
        ),
    )

    def length(self, text: str) -> int:
        """Return the weighted length: NFC, a link 23, most of Latin 1, all else 2."""
        return weight(_sendable(text))

    def render(self, draft: Draft, account: Account) -> Rendered:
        """Return the fitted text in NFC, and the mark by which a look-up knows our post."""
        mark = draft.link if draft.link and draft.link_is_notice else f"Nr. {draft.message.number}"
        limit = self.facts.text_limit
        fitted = fit(
            draft.message.content,
            channel=account.channel,
            mark=mark,
            link=draft.link,
            limit=limit,
            length=self.length,
        )
        return Rendered(
            text=_sendable(fitted.text),
            key=draft.delivery_id,
            length=fitted.length,
            limit=limit,
            payload={"mark": mark},
            cut=fitted.cut,
            warnings=(NO_IMAGE,) if draft.message.content.image else (),
        )

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        """Post it. A 403 without a mark may mean that it is there already: look first."""
        url, body = f"{account.base_url}/2/tweets", {"text": rendered.text}
        post = Request(method="POST", url=url, json=body, commits=True)
        try:
            answer = yield from send(account, post)
        except RenewalFailed as failed:
            if failed.cause in CREDENTIAL:
                return Refused(failed.cause, evidence=failed.evidence)
            return Failed(failed.cause, failed.evidence)
        if answers.good(answer):
            if post_id := subject_of(answer):
                return Accepted(receipt=_receipt(account, post_id), evidence=answers.said(answer))
            return Unclear(Cause.PLATFORM_FAULT, f"{answers.said(answer)}, no id")
        row = answers.judge(answer)
        if row.how is How.LOOK:
            return (yield from _perhaps_a_copy(account, rendered, memory, post, answer))
        return answers.refusal(row, post, answer)

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        """Look for it in the own timeline. Not seeing it proves nothing: X has no key."""
        try:
            return (yield from _find(account, rendered, memory))
        except RenewalFailed as failed:
            return NotSeen(failed.evidence)

    def check_credentials(self, account: Account) -> Steps[Report]:
        """Ask who we are; with OAuth 1.0a the answer also tells whether we may post."""
        me = get(account, "/2/users/me")
        try:
            answer = yield from send(account, me)
            seen = identity(Ability.PUBLISH, me, answer)
            if seen.cause in CREDENTIAL:
                other = get(account, f"/2/users/{_ANYBODY}/tweets", max_results="5")
                second = answers.finding(Ability.PUBLISH, other, (yield from send(account, other)))
                seen = replace(seen, confirmed=second.cause in CREDENTIAL)
        except RenewalFailed as failed:
            return not_renewed(Ability.PUBLISH, failed)
        level = answer.headers.get("x-access-level", "")
        if seen.cause is None and level == "read":
            seen = replace(seen, cause=Cause.PERMISSION_MISSING, evidence="x-access-level: read")
        return Report(findings=(seen,))

    def refresh_credentials(self, account: Account) -> Steps[Session] | None:
        """Exchange the refresh token (OAuth 2.0 only); it serves once, so the new one is kept."""
        if "refresh_token" not in account.credentials:
            return None
        return refresh(account)

    def read_own(self, account: Account, last: Published | None) -> Steps[Report]:
        """Read our timeline; if `last` is not among the latest, ask for it by its id."""
        return guarded(Ability.READ_BACK, read_own(account, last))

    def see_as_citizen(self, account: Account, last: Published | None) -> Steps[Report] | None:
        """Ask for the embedded view of `last`, which needs no login. None without a post."""
        return embedded(account, last) if last else None

    def listen(self, account: Account) -> Steps[Report]:
        """Read the latest mentions."""
        return guarded(Ability.LISTEN, listen(account))

    def withdraw(self, account: Account, published: Published) -> Steps[WithdrawResult]:
        """Delete the post."""
        return remove(account, published)

    def compose_link(self, account: Account, rendered: Rendered) -> str:
        """Return X's web intent with the text (docs.x.com, "Web intent" of the post button)."""
        return f"https://x.com/intent/tweet?{urlencode({'text': rendered.text}, quote_via=quote)}"

    def windows(self, request: Request, response: Response) -> Sequence[Window]:
        """Return the 15-minute and 24-hour windows of the headers."""
        return answers.windows(request, response)


def _sendable(text: str) -> str:
    """Return `text` in NFC, without halves of surrogates, which no server takes."""
    return unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode())


def _receipt(account: Account, post_id: str) -> Receipt:
    name = account.setting("account").removeprefix("@")
    path = f"{name}/status" if regex.fullmatch(r"\w{1,15}", name) else "i/web/status"
    return Receipt(post_id=post_id, permalink=f"https://x.com/{path}/{post_id}")


def _perhaps_a_copy(
    account: Account,
    rendered: Rendered,
    memory: Mapping[str, str],
    post: Request,
    answer: Response,
) -> Steps[Outcome]:
    """Return what a 403 without a mark was: our own post found, or a refusal.

    That the sentence says "duplicate" is used for caution only, never to call
    a post live or refused.
    """
    try:
        seen: FindResult = yield from _find(account, rendered, memory)
    except (Lost, RenewalFailed):
        seen = NotSeen()
    if isinstance(seen, Found):
        return Accepted(receipt=seen.receipt, note=seen.note, evidence="a copy was refused; found")
    row, detail = answers.judge(answer), str(answer.object().get("detail"))
    if row.cause is Cause.CONTENT_REJECTED or "duplicate" in detail:
        return Unclear(Cause.CONTENT_REJECTED, f"{answers.said(answer)}, refused as a copy")
    return answers.refusal(row, post, answer)


def _find(account: Account, rendered: Rendered, memory: Mapping[str, str]) -> Steps[FindResult]:
    user = memory.get("user_id", "")
    if not user:
        me = yield from send(account, get(account, "/2/users/me"))
        user = subject_of(me)
        if not user:
            return NotSeen(answers.said(me))
        yield from remember("user_id", user)
    latest = yield from send(account, timeline(account, user, 20))
    if not answers.good(latest):
        return NotSeen(answers.said(latest))
    for post in posts_of(latest):
        if is_ours(post, rendered):
            return Found(_receipt(account, id_of(post)), note_on(post, rendered))
    return NotSeen("not in the own timeline")


PLATFORM = X()
