"""A professional account on Instagram, by Meta's Graph API.

Source: the fact sheet on Meta, sections 0, 1 and 4 (official pages as of August
2026, recorded answers). What is surprising there and kept here:

- Nothing without a picture: the message goes as a card, and its text again as
  caption and alternative text. Instagram fetches the card from a public address
  of ours; if that host is gone, this channel stands still and says so.
- Two steps: a container that nobody sees, then publishing it by its id, which is
  on disk before. It is published only while it is `FINISHED`.
- An error has been answered with the post live: after any error of the second
  step the container and our own posts are read before anything else is done.
- Own posts are told by caption and mark, never by being the latest.
- Papers disagree on the posts of a day (25, 50, 100): the account's number is read.
- A token lives 60 days, can be renewed when a day old, and never once expired.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import regex

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Failed,
    FindResult,
    NotSeen,
    Outcome,
    ProvenAbsent,
    Rendered,
    WithdrawResult,
)
from sentinel.domain.observation import Report, Window
from sentinel.domain.text import fit
from sentinel.notices.card import Card, jpeg
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
from sentinel.platforms.instagram import containers, looks
from sentinel.platforms.instagram.answers import GRAPH
from sentinel.wire import Request, Response, Steps, pictures, remember
from sentinel.wire.graph import said

LIMIT = 2200
HASHTAGS, MENTIONS = 30, 20
ALT_TEXT = 1000
_HASHTAG = regex.compile(r"(?<![\w/#&])#(?=\w)")
_MENTION = regex.compile(r"(?<![\w/@.])@(?=\w)")
_CONTAINERS = 3


class Instagram(Platform):
    """One professional account."""

    name = "instagram"
    facts = Facts(
        operator="meta",
        text_limit=LIMIT,
        unit="UTF-16 units",
        abilities=frozenset({Ability.PUBLISH, Ability.READ_BACK, Ability.PUBLIC}),
        credential_sets=(frozenset({"access_token"}),),
        settings={"user_id": Setting(required=True), "image_base_url": Setting(kind="url")},
        identity=("user_id",),
        base_url="https://graph.instagram.com",
        public_url="https://graph.facebook.com",
        quotas=(DocumentedQuota(name="posts", limit=100, per=timedelta(hours=24)),),
        # Its end is not announced; a version has never lived shorter than two years.
        api_versions={containers.VERSION: date(2028, 7, 29)},
        publish_within=timedelta(seconds=120),
        refresh_before=timedelta(days=30),  # half of its life: nobody renews an ended one
        status_pages=("https://metastatus.com/data/orgs.json#graph-api,facebook-login",),
        probe_every={
            "write_path": timedelta(minutes=15),
            "visibility": timedelta(minutes=15),
            "quota": timedelta(minutes=5),
        },
        image_required=True,
        key_drops_copies="yes",
        drops_copies_why="a container is published only while FINISHED, and its status says so",
        to_confirm=(
            "The limit of 2,200 characters counts UTF-16 units at most, 30 hashtags, 20 mentions.",
            "Alternative texts may have 1,000 characters.",
            "A container in error names its subcode in `status`.",
            "v26.0 is served until July 2028 at least.",
            "Deleting a post needs the login by Facebook and `instagram_manage_contents`.",
            "An account may make 400 containers a day; the rehearsal makes 96.",
            "The account is asked by its number, on either host.",
        ),
    )

    def length(self, text: str) -> int:
        """Return the number of UTF-16 units: at least as many as characters."""
        return len(text.encode("utf-16-le", "surrogatepass")) // 2

    def render(self, draft: Draft, account: Account) -> Rendered:
        """Return caption, card and alternative text, and the mark by which we know our post."""
        content = draft.message.content
        mark = draft.link if draft.link and draft.link_is_notice else f"Nr. {draft.message.number}"
        fitted = fit(
            content,
            channel=account.channel,
            mark=mark,
            link=draft.link,
            limit=LIMIT,
            length=self.length,
        )
        text = fitted.text.encode("utf-8", "replace").decode()  # no halves of surrogates
        text, tags = _spare(text, _HASHTAG, HASHTAGS)
        text, people = _spare(text, _MENTION, MENTIONS)
        card = Card.of(
            draft.message,
            organisation=draft.organisation,
            timezone=draft.timezone,
            at=draft.at,
            link=draft.link,
        )
        spoken = fit(content, channel="", mark=mark, link=None, limit=ALT_TEXT, length=self.length)
        return Rendered(
            text=text,
            key=draft.delivery_id,
            length=self.length(text),
            limit=LIMIT,
            payload={
                "mark": mark,
                "name": draft.message.id,
                "card": pictures.frozen(jpeg(card)),
                "alt_text": spoken.text.encode("utf-8", "replace").decode(),
            },
            cut=fitted.cut,
            warnings=(
                *((f"hashtags: {tags} > {HASHTAGS}",) if tags > HASHTAGS else ()),
                *((f"mentions: {people} > {MENTIONS}",) if people > MENTIONS else ()),
                *((NO_IMAGE,) if content.image else ()),
            ),
        )

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        """Make a container, put its id on disk, publish it. A remembered one is used first."""
        container = memory.get("container", "")
        for _ in range(_CONTAINERS):
            if not container:
                made = yield from containers.make(
                    account,
                    pictures.thawed(rendered.payload.get("card")),
                    str(rendered.payload.get("name") or rendered.key),
                    caption=rendered.text,
                    alt_text=str(rendered.payload.get("alt_text") or ""),
                )
                if not isinstance(made, str):
                    return made
                container = made
                yield from remember("container", container)
            outcome = yield from containers.release(account, rendered, container)
            if outcome is not None:
                return outcome
            yield from remember("container", "")
            container = ""
        return Failed(Cause.PLATFORM_FAULT, f"{_CONTAINERS} containers were lost")

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        """Ask the container. Without one, or while it is unpublished, nothing can be public.

        A container that is `FINISHED` stays in memory: the repetition publishes
        the very same one.
        """
        container = memory.get("container", "")
        if not container:  # only a container on disk is ever published
            return ProvenAbsent("no container")
        posts = containers.posts_of(account)
        state, answer = yield from containers.state_of(posts, container)
        if state in {"ERROR", "EXPIRED"}:
            yield from remember("container", "")
        if state in {"ERROR", "EXPIRED", "FINISHED"}:
            return ProvenAbsent(f"container {state}")
        found, _ = yield from posts.find(rendered, since)
        return found or NotSeen(f"container {state or said(answer)}, not among the own posts")

    def check_credentials(self, account: Account) -> Steps[Report]:
        """Ask who we are; an error is confirmed by asking for the publishing limit."""
        return looks.check(account)

    def refresh_credentials(self, account: Account) -> Steps[Session] | None:
        """Exchange the token for one of 60 days more. None: a token of the login by Facebook."""
        return None if account.base_url.endswith("//graph.facebook.com") else looks.refresh(account)

    def read_quota(self, account: Account) -> Steps[Report]:
        """Read how many of the day's posts are used. A rolling window: no reset time."""
        return looks.quota(account)

    def rehearse(self, account: Account) -> Steps[Report]:
        """Make a container around a picture and leave it: nobody sees it."""
        return looks.rehearse(account)

    def read_own(self, account: Account, last: Published | None) -> Steps[Report]:
        """Read our posts; if `last` is not among the latest, ask for it by its id."""
        posts = containers.posts_of(account)
        if last is None:
            return posts.read_back(None, None)
        return posts.read_back(last.receipt.post_id, last.rendered)

    def see_as_citizen(self, account: Account, last: Published | None) -> Steps[Report] | None:
        """Ask for the embedded view of `last`, which needs no login. None without a permalink."""
        page = last.receipt.permalink if last else None
        if last is None or page is None:
            return None
        url = f"{account.public_url}/{containers.VERSION}/instagram_oembed"
        return containers.posts_of(account).embedded(url, last.receipt.post_id, page)

    def withdraw(self, account: Account, published: Published) -> Steps[WithdrawResult]:
        """Delete the post, then its card. Possible with the login by Facebook only."""
        return containers.withdraw(account, published)

    def windows(self, request: Request, response: Response) -> Sequence[Window]:
        """Return the hour's budgets of calls that the usage headers state."""
        return GRAPH.windows(response)


def _spare(text: str, sign: regex.Pattern[str], most: int) -> tuple[str, int]:
    """Return `text` with no more than `most` of a sign before words, and how many there were."""
    places = [match.start() for match in sign.finditer(text)]
    for place in reversed(places[most:]):
        text = text[:place] + text[place + 1 :]
    return text, len(places)


PLATFORM = Instagram()
