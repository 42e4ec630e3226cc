"""A page on Facebook, by Meta's Graph API.

Source: the fact sheet on Meta, sections 0, 1 and 3 (official pages as of August
2026, recorded answers). What is surprising there and kept here:

- No key, and the guards against copies are not dependable: a client that
  repeated after HTTP 500, code 2, had posted seven times. After an answer that
  leaves it open the page's posts are read, and nothing is ever sent again.
- Codes 100, 200 and "already posted" have been answered with the post live, so
  our posts are read before a refusal is believed.
- A page's token ends when its owner changes a password or loses the role; there
  is no renewal by itself. Access to data may end before the token does.
- A link whose page cannot be read makes the whole post fail: then without preview.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sentinel.domain.cause import Ability
from sentinel.domain.delivery import (
    FindResult,
    NotSeen,
    Outcome,
    Rendered,
    WithdrawResult,
)
from sentinel.domain.observation import Report, Window
from sentinel.domain.text import fit
from sentinel.platforms import NO_IMAGE, Account, Draft, Facts, Platform, Published, Setting
from sentinel.platforms.facebook import pages, tokens
from sentinel.wire import Request, Response, Steps
from sentinel.wire.graph import said

LIMIT = 63_206


class Facebook(Platform):
    """One page."""

    name = "facebook"
    facts = Facts(
        operator="meta",
        text_limit=LIMIT,
        unit="UTF-16 units",
        abilities=frozenset({Ability.PUBLISH, Ability.READ_BACK, Ability.PUBLIC}),
        credential_sets=(frozenset({"page_token"}),),
        settings={"page_id": Setting(required=True)},
        identity=("page_id",),
        base_url="https://graph.facebook.com",
        public_url="https://graph.facebook.com",
        # Its end is not announced; a version has never lived shorter than two years.
        api_versions={pages.VERSION: date(2028, 7, 29)},
        publish_within=timedelta(seconds=60),  # it reads the page behind the link meanwhile
        status_pages=("https://metastatus.com/data/orgs.json#graph-api,facebook-login",),
        probe_every={
            "write_path": timedelta(minutes=10),
            "visibility": timedelta(minutes=15),
        },
        key_drops_copies="no",
        drops_copies_why="no key; after a lost answer the page's own posts are read",
        exempt={
            "drops_copies": "Facebook has no key; after a lost answer only a person repeats.",
            "rate_limit_read": "Percents of an hour's calls are read; no limit of posts is stated.",
        },
        to_confirm=(
            "The limit of 63,206 counts UTF-16 units; a warning never comes near it.",
            "`debug_token` answers a page's token that asks about itself; else its end is unknown.",
            "An empty post is refused with code 100 once token and permissions are good enough.",
            "v26.0 is served until July 2028 at least.",
            "A post is deleted by `DELETE`, answered `success: true`.",
            "190/464 is an account that was not confirmed, 190/467 a token that was logged out.",
            "613 and 80001 are limits.",
        ),
    )

    def length(self, text: str) -> int:
        """Return the number of UTF-16 units."""
        return len(text.encode("utf-16-le", "surrogatepass")) // 2

    def render(self, draft: Draft, account: Account) -> Rendered:
        """Return the text and its link, and the mark by which we know our post."""
        mark = draft.link if draft.link and draft.link_is_notice else f"Nr. {draft.message.number}"
        fitted = fit(
            draft.message.content,
            channel=account.channel,
            mark=mark,
            link=draft.link,
            limit=LIMIT,
            length=self.length,
        )
        return Rendered(
            text=fitted.text.encode("utf-8", "replace").decode(),  # no halves of surrogates
            key=draft.delivery_id,
            length=fitted.length,
            limit=LIMIT,
            payload={"mark": mark, "link": draft.link or ""},
            cut=fitted.cut,
            warnings=(NO_IMAGE,) if draft.message.content.image else (),
        )

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        """Post it. What is not clear is never sent again."""
        return pages.publish(account, rendered)

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        """Look among the page's posts since a minute before the attempt."""
        found, answer = yield from pages.posts_of(account).find(rendered, since)
        return found or NotSeen(f"{said(answer)}, not among the page's posts")

    def check_credentials(self, account: Account) -> Steps[Report]:
        """Ask who the token is, and what Facebook knows of it."""
        return tokens.check(account)

    def rehearse(self, account: Account) -> Steps[Report]:
        """Send a post without anything in it, unpublished: it can become nothing."""
        return pages.rehearse(account)

    def read_own(self, account: Account, last: Published | None) -> Steps[Report]:
        """Read the page's posts; if `last` is not among the latest, ask for it by its id."""
        posts = pages.posts_of(account)
        if last is None:
            return posts.read_back(None, None)
        return posts.read_back(last.receipt.post_id, last.rendered)

    def see_as_citizen(self, account: Account, last: Published | None) -> Steps[Report] | None:
        """Ask for the embedded view of `last`, which needs no login. None without a permalink."""
        page = last.receipt.permalink if last else None
        if last is None or page is None:
            return None
        url = f"{account.public_url}/{pages.VERSION}/oembed_post"
        return pages.posts_of(account).embedded(url, last.receipt.post_id, page)

    def withdraw(self, account: Account, published: Published) -> Steps[WithdrawResult]:
        """Delete the post."""
        return pages.posts_of(account).remove(published.receipt.post_id)

    def windows(self, request: Request, response: Response) -> Sequence[Window]:
        """Return the hour's budgets of calls that the usage headers state."""
        return pages.GRAPH.windows(response)


PLATFORM = Facebook()
