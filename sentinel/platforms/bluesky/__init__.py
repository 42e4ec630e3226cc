"""Bluesky, and any other PDS of the AT Protocol.

Facts: facts/platforms-a.md section 3; measured against a real PDS: lab.md
section 2. What shapes this platform:

- We choose the record's key and put the whole record, creation time included.
  The same key with the same record changes nothing, so a repetition is the
  same post; `swapRecord: null` forbids to overwrite any other record.
- A stale token is a 400, not a 401, and a missing record is a 400, not a 404:
  decide by the name of the error.
- Logging in is the scarcest call; nothing here logs in but `refresh_credentials`.
"""

from __future__ import annotations

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
    Rendered,
    WithdrawResult,
)
from sentinel.domain.observation import Report, Window
from sentinel.domain.text import fit, graphemes
from sentinel.platforms import (
    NO_IMAGE,
    Account,
    DocumentedQuota,
    Draft,
    Facts,
    Platform,
    Published,
    Session,
)
from sentinel.platforms.bluesky import answers, looks, records, sessions
from sentinel.platforms.bluesky.removal import remove
from sentinel.wire import RenewalFailed, Request, Response, Steps, ask


class Bluesky(Platform):
    """One account on one PDS, or behind the entryway of bsky.social."""

    name = "bluesky"
    facts = Facts(
        operator="bluesky",
        text_limit=records.LIMIT,
        unit="characters",
        abilities=frozenset(Ability),
        credential_sets=(frozenset({"identifier", "app_password"}),),
        identity=("identifier",),
        base_url="https://bsky.social",
        public_url="https://public.api.bsky.app",
        quotas=(  # points: a put costs 2, a deletion 1
            DocumentedQuota(
                name="posts", limit=5000, per=timedelta(hours=1), cost=answers.PUT_POINTS
            ),
            DocumentedQuota(
                name="posts", limit=35_000, per=timedelta(hours=24), cost=answers.PUT_POINTS
            ),
            DocumentedQuota(name="calls", limit=3000, per=timedelta(minutes=5)),
        ),
        probe_urls=("base", "public"),
        status_pages=(  # Instatus today, Statuspage before
            "https://status.bsky.app",
            "https://bluesky.statuspage.io/api/v2/status.json",
        ),
        key_drops_copies="yes",
        drops_copies_why="the record's key is ours; putting the same record changes nothing",
        to_confirm=(
            "Deleting a record that is not there is answered as done.",
            "A record is read from its PDS without login.",
            "Other software than the reference PDS keeps the rule of the same record, too.",
            "How many logins a day are taken: 300 are documented, 100 and 10 were met.",
            "App passwords go on being good beside OAuth.",
            "A wanted code by e-mail is answered 401 `AuthFactorTokenRequired`.",
            "Which status page is in use: `status.bsky.app`, or the Statuspage before it.",
        ),
    )

    def length(self, text: str) -> int:
        """Count what a person sees as one character; a limit of 3,000 bytes stands beside it."""
        return graphemes(text)

    def render(self, draft: Draft, account: Account) -> Rendered:
        """Return the whole record with its key, facets and creation time."""
        content = draft.message.content
        by_link = draft.link if draft.link_is_notice else None
        fitted = fit(
            content,
            channel=account.channel,
            mark=by_link or f"Nr. {draft.message.number}",
            link=draft.link,
            limit=records.LIMIT,
            length=records.strict_length,
        )
        text = records.utf8(fitted.text)
        return Rendered(
            text=text,
            key=records.key(draft.at, draft.delivery_id),
            length=self.length(text),
            limit=records.LIMIT,
            payload={"record": records.record(text, content.language, draft.at)},
            cut=fitted.cut,
            warnings=(NO_IMAGE,) if content.image else (),
        )

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        """Put the record under its own key, unless another stands there."""
        record = {"rkey": rendered.key, "record": rendered.payload.get("record")}
        body = {**record, "swapRecord": None}
        try:
            talk, answer = yield from sessions.call(account, lambda talk: talk.put(body))
        except RenewalFailed as failed:
            return answers.not_renewed(failed)
        if answer.status == answers.OK:
            receipt = answers.receipt(answer.object().get("uri"), rendered.key)
            return Accepted(receipt=receipt) if receipt else answers.outcome(answer)
        if answers.error(answer) == "InvalidSwap":  # another record, or ours as kept elsewhere
            there = yield from ask(talk.record(rendered.key))
            receipt = answers.found(there, rendered)
            if receipt and answers.live_text(there) == rendered.text:
                return Accepted(receipt=receipt, evidence="it stood there already")
        return answers.outcome(answer)

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        """Ask the PDS for our key. Missing is repeatable: the same key is the same post."""
        try:
            talk = yield from sessions.known(account)
        except RenewalFailed as failed:
            return NotSeen(failed.evidence)
        answer = yield from ask(talk.record(rendered.key))
        if receipt := answers.found(answer, rendered):
            whole = answers.live_text(answer) == rendered.text
            return Found(receipt, None if whole else Cause.TRUNCATED)
        missing = answers.error(answer) == "RecordNotFound"
        return NotSeen(answers.evidence(answer), repeatable=missing)

    def check_credentials(self, account: Account) -> Steps[Report] | None:
        """Ask for the session. A stale one is renewed; a login that fails is the second call."""
        return looks.session(account)

    def refresh_credentials(self, account: Account) -> Steps[Session] | None:
        """Renew the session, or log in. Raises `RenewalFailed`."""
        return sessions.refresh(account)

    def read_quota(self, account: Account) -> Steps[Report] | None:
        """Read what the headers say is left."""
        return looks.quota(account)

    def rehearse(self, account: Account) -> Steps[Report] | None:
        """Delete a post that cannot exist."""
        return looks.rehearsal(account)

    def read_own(self, account: Account, last: Published | None) -> Steps[Report] | None:
        """Compare our last post on the PDS with what was sent."""
        return looks.own_posts(account, last)

    def see_as_citizen(self, account: Account, last: Published | None) -> Steps[Report] | None:
        """Look at post and profile through the public AppView."""
        return looks.in_public(account, last)

    def listen(self, account: Account) -> Steps[Report] | None:
        """Read the latest notification."""
        return looks.notifications(account)

    def withdraw(self, account: Account, published: Published) -> Steps[WithdrawResult]:
        """Delete the record."""
        return remove(account, published)

    def compose_link(self, account: Account, rendered: Rendered) -> str:
        """Return the action intent link with the text (docs.bsky.app, "Action Intent Links")."""
        text = urlencode({"text": rendered.text}, quote_via=quote)
        return f"https://bsky.app/intent/compose?{text}"

    def windows(self, request: Request, response: Response) -> Sequence[Window]:
        """Return the limit in the RateLimit headers."""
        return answers.windows(request, response)


PLATFORM = Bluesky()
