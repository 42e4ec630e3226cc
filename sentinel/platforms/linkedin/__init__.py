"""LinkedIn: the page of an organisation, by the versioned Posts API.

Facts: facts/platforms-a.md section 5 (LinkedIn's own pages, reports of others).
What is surprising there and kept here:

- Fifteen characters are commands. One that is not escaped is answered 201, and
  the post ends there. All are escaped; what stands there is read and compared.
- Success has no body: the post's name is in the header `x-restli-id` alone.
- There is no key. An equal text is refused with the name of the post that has it:
  that one is looked at before it is believed to be ours and live, for after a
  deletion the names lead nowhere. After a lost answer only a person repeats.
- Every version of the API ends after about a year, and with it every call.
- No header tells a limit; they are full again at midnight UTC.
- Scripts are turned away from the public pages as it pleases LinkedIn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote, urlencode

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
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
from sentinel.domain.observation import Report
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
from sentinel.platforms.linkedin import answers, calls, looks, posts
from sentinel.platforms.linkedin.removal import remove
from sentinel.platforms.linkedin.text import escaped, units
from sentinel.wire import Lost, RenewalFailed, Response, Steps, wait
from sentinel.wire.rows import How

LIMIT = 3000
_HALF_AN_HOUR = timedelta(minutes=30)
_AGAIN_S = 5


class LinkedIn(Platform):
    """One organisation's page."""

    name = "linkedin"
    facts = Facts(
        operator="microsoft",
        text_limit=LIMIT,
        unit="UTF-16 units without escapes",
        abilities=frozenset({Ability.PUBLISH, Ability.READ_BACK, Ability.PUBLIC}),
        credential_sets=(frozenset({"access_token"}),),
        optional_credentials=frozenset({"client_id", "client_secret", "refresh_token"}),
        settings={
            "organisation": Setting(required=True),
            "api_version": Setting(default=calls.VERSION),
        },
        identity=("organisation",),
        base_url="https://api.linkedin.com",
        public_url="https://www.linkedin.com",
        # What is usual; the numbers stand in each app's own portal only.
        quotas=(DocumentedQuota(name="posts", limit=100, per=timedelta(days=1), midnight=UTC),),
        api_versions={f"2026{month:02}": date(2027, month, 1) for month in range(6, 12)},
        probe_every=dict.fromkeys(
            ("credentials", "write_path", "read_back", "visibility"), _HALF_AN_HOUR
        ),
        status_pages=("https://www.linkedin-apistatus.com/api/v2/summary.json",),
        price=Phrase(
            de="LinkedIn gibt das Recht, für eine Seite zu schreiben, nur nach einer Prüfung und "
            "kann es zurücknehmen; ohne Erneuerungsrecht muss alle 60 Tage ein Mensch zustimmen",
            en="LinkedIn grants the right to post for a page only after a review, and can take "
            "it back; without the right to renew, a person has to consent every 60 days",
        ),
        key_drops_copies="no",
        drops_copies_why="no key; an equal text is refused with the name of the post that has it, "
        "which is looked at",
        refresh_before=timedelta(days=30),
        exempt={
            "drops_copies": "LinkedIn has no key; an equal text is refused, but nobody says for "
            "how long.",
            "rate_limit_read": "LinkedIn states no limit in any answer; our own count serves.",
        },
        to_confirm=(
            "The limit of 3,000 counts UTF-16 units; what is sent fits it with its escapes, too.",
            "The list of a page's own posts is asked for by `q=author` and `X-RestLi-Method`.",
            "A post is read back as little text, with its escapes; both forms are compared.",
            "Links are kept as they were written, or become `lnkd.in` in the middle of the text.",
            "A version that has ended is told 426 `NONEXISTENT_VERSION`; one that is missing 400.",
            "A version ends on the first of its month a year on; LinkedIn tells the day late.",
            "100 posts a day and member are taken.",
            "Deleting a post is answered 204, also one that is gone.",
            "The embedded view of a post shows its text without login, and 404 when it is gone.",
            "The address that opens an empty post with a text typed in.",
        ),
    )

    def length(self, text: str) -> int:
        """Return the number of UTF-16 units, without the escapes that are sent."""
        return units(text)

    def render(self, draft: Draft, account: Account) -> Rendered:
        """Return the text; with its escapes it is at most 3,000 units long, too."""
        mark = draft.link if draft.link and draft.link_is_notice else f"Nr. {draft.message.number}"
        fitted = fit(
            draft.message.content,
            channel=account.channel,
            mark=mark,
            link=draft.link,
            limit=LIMIT,
            length=lambda text: units(escaped(text)),
        )
        text = fitted.text.encode("utf-8", "replace").decode()  # no halves of surrogates
        return Rendered(
            text=text,
            key=draft.delivery_id,
            length=self.length(text),
            limit=LIMIT,
            payload={"mark": mark.encode("utf-8", "replace").decode()},
            cut=fitted.cut,
            warnings=(NO_IMAGE,) if draft.message.content.image else (),
        )

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        """Post it. Success is not proof: what stands there is read and compared."""
        author = calls.author(account)
        if not author:
            return Refused(Cause.BAD_CONFIGURATION, evidence="`organisation` is no number")
        try:
            answer = yield from _post(account, author, rendered)
        except RenewalFailed as failed:
            sure = failed.cause in CREDENTIAL
            return (Refused if sure else Failed)(failed.cause, evidence=failed.evidence)
        if answers.succeeded(answer):
            urn = posts.urn_in(answer.headers.get("x-restli-id"))
            if not urn:
                return Unclear(Cause.PLATFORM_FAULT, f"{answers.said(answer)}, no x-restli-id")
            return (yield from _accepted(account, rendered, urn, answers.said(answer)))
        if answers.judge(answer).how is How.LOOK:
            return (yield from _copy(account, rendered, answer))
        return answers.refusal(answer)

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        """Look among the page's latest posts. Not seeing it proves nothing: there is no key."""
        if not calls.author(account):
            return NotSeen("`organisation` is no number")
        try:
            answer = yield from calls.send(account, calls.latest(account, 10))
        except RenewalFailed as failed:
            return NotSeen(failed.evidence)
        return _among(answer, rendered, since) or NotSeen(
            f"{answers.said(answer)}, not among our latest posts"
        )

    def check_credentials(self, account: Account) -> Steps[Report]:
        """Ask how the token stands and until when, or whether it serves."""
        return looks.credentials(account)

    def refresh_credentials(self, account: Account) -> Steps[Session] | None:
        """Obtain a fresh token. None without a refresh token: few apps are given any."""
        return calls.refresh(account) if calls.renewable(account) else None

    def rehearse(self, account: Account) -> Steps[Report]:
        """Ask whether the token's owner may post for the page; nothing is written."""
        return looks.may_post(account)

    def read_own(self, account: Account, last: Published | None) -> Steps[Report]:
        """Read `last` and compare its text and who sees it."""
        return looks.read_own(account, last)

    def see_as_citizen(self, account: Account, last: Published | None) -> Steps[Report] | None:
        """Open the embedded view of `last`. None without a post."""
        return looks.embedded(account, last) if last else None

    def withdraw(self, account: Account, published: Published) -> Steps[WithdrawResult]:
        """Delete the post."""
        return remove(account, published)

    def compose_link(self, account: Account, rendered: Rendered) -> str:
        """Return the address of an open post with the text typed in (from memory)."""
        typed = urlencode({"shareActive": "true", "text": rendered.text}, quote_via=quote)
        return f"https://www.linkedin.com/feed/?{typed}"


def _post(account: Account, author: str, rendered: Rendered) -> Steps[Response]:
    """Send it; a refusal that was seen to pass by itself is asked for once more."""
    body = {
        "author": author,
        "commentary": escaped(rendered.text),
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    request = replace(calls.request(account, "POST", "/rest/posts"), json=body, commits=True)
    answer = yield from calls.send(account, request)
    if not answers.succeeded(answer) and answers.judge(answer).how is How.AGAIN:
        answer = yield from calls.send(account, request)
    return answer


def _accepted(account: Account, rendered: Rendered, urn: str, evidence: str) -> Steps[Outcome]:
    """Return the receipt. It was taken: that it cannot be read yet changes nothing."""
    try:
        look = yield from calls.send(account, calls.request(account, "GET", calls.post_path(urn)))
    except (Lost, RenewalFailed):
        return Accepted(receipt=posts.receipt(urn), evidence=evidence)
    note = posts.note_on(look.object(), rendered) if answers.good(look) else None
    if note is None and answers.good(look) and posts.hidden(look.object()):
        note = Cause.READER_RESTRICTED
    return Accepted(receipt=posts.receipt(urn), note=note, evidence=evidence)


def _copy(account: Account, rendered: Rendered, answer: Response) -> Steps[Outcome]:
    """Return what a refused copy means: our own post, live; one that is gone; or we cannot tell."""
    evidence, urn = answers.said(answer), posts.copied(answer)
    asked = calls.request(account, "GET", calls.post_path(urn)) if urn else None
    try:
        look = yield from calls.send(account, asked or calls.latest(account, 10))
        if asked and answers.gone(look):  # not there any more, or not yet
            yield from wait(_AGAIN_S)
            look = yield from calls.send(account, asked)
    except (Lost, RenewalFailed):
        return Unclear(Cause.CONTENT_REJECTED, f"{evidence}, the other post not read")
    if asked:
        return _of_named(look, rendered, urn, evidence)
    found = _among(look, rendered, None)
    if found is None:
        return Unclear(Cause.CONTENT_REJECTED, f"{evidence}, none named")
    return Accepted(receipt=found.receipt, note=found.note, evidence=f"{evidence}, found")


def _of_named(look: Response, rendered: Rendered, urn: str, evidence: str) -> Outcome:
    """Return what it means to be a copy of `urn`, by what is seen of that post."""
    if answers.gone(look):
        return Refused(Cause.CONTENT_REJECTED, Scope.CONTENT, f"{evidence}, of a post that is gone")
    if not answers.good(look):
        return Unclear(Cause.CONTENT_REJECTED, f"{evidence}, the other: {answers.said(look)}")
    shown = look.object()
    if not posts.is_ours(shown, rendered) or posts.unpublished(shown):
        return Refused(Cause.CONTENT_REJECTED, Scope.CONTENT, f"{evidence}, of another post")
    note = posts.note_on(shown, rendered)
    return Accepted(receipt=posts.receipt(urn), note=note, evidence=f"{evidence}, found")


def _among(answer: Response, rendered: Rendered, since: datetime | None) -> Found | None:
    for shown in posts.posts_of(answer) if answers.good(answer) else ():
        if posts.is_ours(shown, rendered, since) and not posts.unpublished(shown):
            return Found(posts.receipt(posts.urn_in(shown["id"])), posts.note_on(shown, rendered))
    return None


PLATFORM = LinkedIn()
