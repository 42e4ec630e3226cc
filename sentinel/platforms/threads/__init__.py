"""Threads, by Meta's Threads API v1.0.

Sources: the fact sheet on Meta, sections 0 to 2 (official pages as of August
2026, recorded answers). What is surprising there and kept here:

- Two steps: a container that nobody sees, then publishing it by its id. The id
  is the key: it is on disk before the second step, a container is published at
  most once, and its status `PUBLISHED` answers "did the lost call work?".
- Emoji count as their UTF-8 bytes, everything else as 1; others measured it
  otherwise, so a reserve of 10 of the 500 is left.
- "Media Not Found" (24/4279009) comes at random for a fresh container: again
  after 5 s, twice; then look at the own posts; then a new container; at most 3.
- A token lives 60 days, can be refreshed when a day old, and never once expired.
- Only five different links are allowed; one report speaks of three.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

import regex

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
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
from sentinel.platforms.threads import calls, looks
from sentinel.platforms.threads.answers import GRAPH
from sentinel.platforms.threads.containers import release
from sentinel.wire import Request, Response, Steps, remember
from sentinel.wire.graph import good, said
from sentinel.wire.graph_account import expiry
from sentinel.wire.graph_posts import id_of, named

_RESERVE = 10
_LINKS = 3
_LINK = regex.compile(r"https?://\S+")
# Emoji proper, flags, skin tones, joiner, variation selector, keycap, tags of region flags.
_EMOJI = regex.compile(
    r"[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}"
    r"\u200d\ufe0f\u20e3\U000E0020-\U000E007F]"
)
_CONTAINERS = 3


class Threads(Platform):
    """Threads."""

    name = "threads"
    facts = Facts(
        operator="meta",
        text_limit=500,
        unit="characters, emoji as bytes",
        abilities=frozenset({Ability.PUBLISH, Ability.READ_BACK, Ability.PUBLIC}),
        credential_sets=(frozenset({"access_token"}),),
        settings={"user_id": Setting(default="me")},
        identity=("user_id", "access_token"),
        base_url="https://graph.threads.net",
        public_url="https://graph.threads.com",
        quotas=(DocumentedQuota(name="posts", limit=250, per=timedelta(hours=24)),),
        publish_within=timedelta(seconds=120),
        refresh_before=timedelta(days=30),  # half of its life: nobody renews an ended one
        status_pages=("https://metastatus.com/data/orgs.json#graph-api,facebook-login",),
        probe_every={
            "write_path": timedelta(minutes=10),
            "visibility": timedelta(minutes=15),
            "quota": timedelta(minutes=5),
        },
        key_drops_copies="yes",
        drops_copies_why="a container is published at most once, and its status says whether",
        to_confirm=(
            "Emoji count as their UTF-8 bytes; others say otherwise: 10 characters are kept free.",
            "From four links on posts were refused once, though five are documented.",
            "190/464 is an account that was not confirmed, 190/467 a token that was logged out.",
            "4279013 is a restricted account, 2207051 an action that is restricted for a while.",
            "613 and 80001 are limits.",
            "v1.0 has no announced end.",
        ),
    )

    def length(self, text: str) -> int:
        """Return code points, with each that belongs to an emoji as its UTF-8 bytes."""
        return len(text) + sum(len(each.encode()) - 1 for each in _EMOJI.findall(text))

    def render(self, draft: Draft, account: Account) -> Rendered:
        """Return the text fitted into 490 of 500, and the mark by which we know our post."""
        mark = draft.link if draft.link and draft.link_is_notice else f"Nr. {draft.message.number}"
        limit = self.facts.text_limit
        fitted = fit(
            draft.message.content,
            channel=account.channel,
            mark=mark,
            link=draft.link,
            limit=limit - _RESERVE,
            length=self.length,
        )
        links = len(set(_LINK.findall(fitted.text)))
        return Rendered(
            text=fitted.text.encode("utf-8", "replace").decode(),  # no halves of surrogates
            key=draft.delivery_id,
            length=fitted.length,
            limit=limit,
            payload={"mark": mark},
            cut=fitted.cut,
            warnings=(
                *((f"links: {links} > {_LINKS}",) if links > _LINKS else ()),
                *((NO_IMAGE,) if draft.message.content.image else ()),
            ),
        )

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        """Make a container, put its id on disk, publish it. A remembered one is used first."""
        container = memory.get("container", "")
        for _ in range(_CONTAINERS):
            if not container:
                answer = yield from calls.new_container(account, rendered.text)
                container = id_of(answer.json()) if good(answer) else ""
                if not container:
                    return GRAPH.refusal(answer, committed=False)
                yield from remember("container", container)
            outcome = yield from release(account, rendered, container)
            if outcome is None:
                outcome = yield from calls.posts_of(account).live_already(rendered)
            if outcome is not None:
                return outcome
            container = ""
        return Failed(Cause.PLATFORM_FAULT, f"{_CONTAINERS} containers were not found again")

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        """Ask the container. Without one, or while it is unpublished, nothing can be public.

        A container that is `FINISHED` stays in memory: the repetition publishes
        the very same one, and Threads does so at most once.
        """
        container = memory.get("container", "")
        if not container:  # only a container on disk is ever published
            return ProvenAbsent("no container")
        state, answer = yield from calls.state_of(account, container)
        if state in {"ERROR", "EXPIRED"}:
            yield from remember("container", "")
        if state in {"ERROR", "EXPIRED", "FINISHED"}:
            return ProvenAbsent(f"container {state}")
        found, _ = yield from calls.posts_of(account).find(rendered, since)
        return found or NotSeen(f"container {state or said(answer)}, not among the own posts")

    def check_credentials(self, account: Account) -> Steps[Report]:
        """Ask who we are; an error is confirmed by asking for the publishing limit."""
        answer = yield from calls.posts_of(account).get("me", fields="id,username,name")
        seen = named(GRAPH, Ability.PUBLISH, answer)
        if seen.cause in CREDENTIAL:
            second = GRAPH.finding(Ability.PUBLISH, (yield from looks.limits(account)))
            seen = replace(seen, confirmed=second.cause in CREDENTIAL)
        return Report(findings=(seen,), expires_at=expiry(account.session))

    def refresh_credentials(self, account: Account) -> Steps[Session]:
        """Exchange the token for one that lives 60 days more."""
        return looks.refresh(account)

    def read_quota(self, account: Account) -> Steps[Report]:
        """Read how many of the day's posts are used. A rolling window: no reset time."""
        return looks.quota(account)

    def rehearse(self, account: Account) -> Steps[Report]:
        """Make a container and leave it: nobody sees it, and it dies within 24 hours."""
        answer = yield from calls.new_container(account, "Probe")
        return Report(findings=(named(GRAPH, Ability.PUBLISH, answer),))

    def read_own(self, account: Account, last: Published | None) -> Steps[Report]:
        """Read our posts; if `last` is not among the latest, ask for it by its id."""
        wanted = (last.receipt.post_id, last.rendered) if last else (None, None)
        return calls.posts_of(account).read_back(*wanted)

    def see_as_citizen(self, account: Account, last: Published | None) -> Steps[Report] | None:
        """Ask for the embedded view of `last`, which needs no login. None without a permalink."""
        page = last.receipt.permalink if last else None
        if last is None or page is None:
            return None
        url = f"{account.public_url}/v1.0/oembed"
        return calls.posts_of(account).embedded(url, last.receipt.post_id, page)

    def withdraw(self, account: Account, published: Published) -> Steps[WithdrawResult]:
        """Delete the post. The token needs `threads_delete`."""
        return calls.posts_of(account).remove(published.receipt.post_id)

    def compose_link(self, account: Account, rendered: Rendered) -> str:
        """Return the post intent with the text (Meta's documentation, "Threads web intents")."""
        text = urlencode({"text": rendered.text}, quote_via=quote)
        return f"https://www.threads.net/intent/post?{text}"

    def windows(self, request: Request, response: Response) -> Sequence[Window]:
        """Return the hour's budget of calls that the usage header states."""
        return GRAPH.windows(response)


PLATFORM = Threads()
