"""Mastodon, and with care the servers that speak its language.

Sources: the fact sheet, sections 0 and 2 (documentation and source code of the
4.6 line, measured lengths). What is surprising there and kept here:

- `Idempotency-Key` is kept for an hour and compares no text, so the key holds a
  hash of the final text. A copy sent while the first still runs can be posted
  twice, and some versions answer 500 to a later copy although the post exists:
  so look first, and repeat only on a stock server, at least 30 s later.
- One compatible server was seen to ignore the key altogether: so the key is
  relied on only where the server was not caught ignoring it (see `keys`).
- A limited account's `public` silently becomes `unlisted`; an answer with an id
  may never have been saved.
- A 403 is about the scopes or about the account; the app check tells which. A
  422 is about the text, or about a token that belongs to no user.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    FindResult,
    Found,
    NotSeen,
    Outcome,
    Refused,
    Rendered,
    Scope,
    Unclear,
    WithdrawResult,
)
from sentinel.domain.observation import Report, Window
from sentinel.domain.text import fit
from sentinel.platforms import (
    NO_IMAGE,
    Account,
    DocumentedQuota,
    Draft,
    Facts,
    Platform,
    Published,
    Setting,
)
from sentinel.platforms.mastodon import answers, looks, statuses
from sentinel.platforms.mastodon.keys import find_by_key
from sentinel.platforms.mastodon.removal import remove
from sentinel.wire import Lost, Request, Response, Steps, ask, remember
from sentinel.wire.rows import How


class Mastodon(Platform):
    """Mastodon."""

    name = "mastodon"
    facts = Facts(
        operator="mastodon",
        operator_is_host=True,
        text_limit=500,
        unit="characters, links as 23",
        abilities=frozenset(Ability),
        credential_sets=(frozenset({"access_token"}),),
        settings={
            "account": Setting(),
            "visibility": Setting(
                kind="choice", default="public", choices=("public", "unlisted", "private")
            ),
        },
        identity=("account", "access_token"),
        quotas=(
            DocumentedQuota(name="posts", limit=300, per=answers.POSTS_PER, aligned=True),
            DocumentedQuota(name="calls", limit=300, per=answers.CALLS_PER, aligned=True),
        ),
        publish_within=timedelta(seconds=60),
        key_drops_copies="shown",
        drops_copies_why="stock servers drop a copy within the hour, compatible ones may not; "
        "the key itself is asked first",
        to_confirm=(
            "Tokens of a stock server do not end, and are not renewed.",
            "From about 4.6 on a repetition while the first try runs waits, or is answered 503.",
            "Which release answers a later repetition with the post again, instead of with 500.",
            "What the hoster's own proxy answers before the server: without the headers of limits.",
            "Whether the city's server shows posts without login (not in its secure mode).",
        ),
    )

    def length(self, text: str) -> int:
        """Return the characters that a person sees, links as 23, mentions without host."""
        return statuses.length(text)

    def render(self, draft: Draft, account: Account) -> Rendered:
        """Return the fitted text; its hash is in the key, for a server compares only keys."""
        content = draft.message.content
        mark = draft.link if draft.link and draft.link_is_notice else f"Nr. {draft.message.number}"
        limit = self.facts.text_limit
        fitted = fit(
            content,
            channel=account.channel,
            mark=mark,
            link=draft.link,
            limit=limit,
            length=self.length,
        )
        final = fitted.text.encode("utf-8", "replace")  # no halves of surrogates
        return Rendered(
            text=final.decode(),
            key=f"{draft.delivery_id}-{hashlib.sha256(final).hexdigest()[:16]}",
            length=fitted.length,
            limit=limit,
            payload={
                "visibility": account.setting("visibility", "public"),
                "language": content.language.partition("-")[0],
                "mark": mark,
            },
            cut=fitted.cut,
            warnings=(NO_IMAGE,) if draft.message.content.image else (),
        )

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        """Post it under its key. What a 403 or 422 is about is asked before it is told."""
        post = Request(
            method="POST",
            url=f"{account.base_url}/api/v1/statuses",
            headers={**looks.request(account, "").headers, "Idempotency-Key": rendered.key},
            json={
                "status": rendered.text,
                "visibility": rendered.payload.get("visibility", "public"),
                "language": rendered.payload.get("language", "de"),
            },
            commits=True,
        )
        answer = yield from ask(post)
        if answers.good(answer):
            shown = answer.object()
            if not statuses.id_of(shown):
                return Unclear(Cause.PLATFORM_FAULT, f"{answers.said(answer)}, no id")
            restricted = Cause.READER_RESTRICTED if statuses.hidden(shown, rendered) else None
            receipt = statuses.receipt_of(shown)
            return Accepted(receipt=receipt, note=restricted, evidence=answers.said(answer))
        if answers.judge(answer).ask:
            return (yield from _asked_why(account, post, answer))
        return answers.refusal(post, answer)

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        """Look among the own statuses, then under the key. Only after both may a copy be sent."""
        who = memory.get("account_id", "")
        if not who:
            answer = yield from looks.get(account, "/api/v1/accounts/verify_credentials")
            who = statuses.id_of(answer.json()) if answers.good(answer) else ""
            if not who:
                return NotSeen(answers.said(answer))
            yield from remember("account_id", who)
        path = f"/api/v1/accounts/{who}/statuses"
        answer = yield from looks.get(account, path, limit="40", exclude_reblogs="true")
        listed = answer.json()
        if not answers.good(answer) or not isinstance(listed, list):
            return NotSeen(answers.said(answer))
        for shown in listed:
            if statuses.id_of(shown) and statuses.is_ours(shown, rendered):
                return Found(statuses.receipt_of(shown), statuses.note_on(shown, rendered))
        return (yield from find_by_key(account, rendered, since))

    def check_credentials(self, account: Account) -> Steps[Report]:
        """Ask who we are and what the token may do."""
        return looks.credentials(account)

    def read_quota(self, account: Account) -> Steps[Report]:
        """Read the headers of a cheap call: the server has no other word on its limits."""
        return _quota(account)

    def rehearse(self, account: Account) -> Steps[Report]:
        """Ask whether the token may post. There is no draft on Mastodon: nothing is sent."""
        return looks.may_post(account)

    def read_own(self, account: Account, last: Published | None) -> Steps[Report]:
        """Read `last` as ourselves and compare text and visibility."""
        return looks.read_own(account, last)

    def see_as_citizen(self, account: Account, last: Published | None) -> Steps[Report]:
        """Read `last` without login."""
        return looks.as_citizen(account, last)

    def listen(self, account: Account) -> Steps[Report]:
        """Read the latest notification."""
        return looks.listen(account)

    def ask_status_page(self, account: Account) -> Steps[str | None]:
        """Ask the server where its status page is; few state one."""
        return looks.status_page(account)

    def withdraw(self, account: Account, published: Published) -> Steps[WithdrawResult]:
        """Delete the status."""
        return remove(account, published)

    def compose_link(self, account: Account, rendered: Rendered) -> str:
        """Return the server's own share page with the text (`/share`, in Mastodon's routes)."""
        text = urlencode({"text": rendered.text}, quote_via=quote)
        return f"{account.base_url}/share?{text}"

    def windows(self, request: Request, response: Response) -> Sequence[Window]:
        """Return the window that the headers describe."""
        return answers.windows(request, response)


def _asked_why(account: Account, post: Request, answer: Response) -> Steps[Outcome]:
    """Return what a 403 or 422 was about. The post was refused, whatever comes now."""
    evidence = answers.said(answer)
    try:
        told = yield from looks.app(account)
        if answers.judge(answer).how is How.REFUSED:
            return Refused(looks.why_forbidden(told), evidence=evidence)
        me = yield from looks.get(account, "/api/v1/accounts/verify_credentials")
    except Lost:
        return answers.refusal(post, answer)
    if answers.spoken(me) and me.status == answer.status:  # no user behind this token
        return Refused(Cause.PERMISSION_MISSING, evidence=f"{evidence}, token of no user")
    return Refused(Cause.CONTENT_REJECTED, Scope.CONTENT, evidence)


def _quota(account: Account) -> Steps[Report]:
    asked = looks.request(account, "/api/v1/apps/verify_credentials")
    answer = yield from ask(asked)
    windows = tuple(answers.windows(asked, answer))
    if answers.good(answer):
        return Report(windows=windows)
    seen = answers.finding(Ability.PUBLISH, asked, answer)
    return Report(findings=(seen,), windows=windows)


PLATFORM = Mastodon()
