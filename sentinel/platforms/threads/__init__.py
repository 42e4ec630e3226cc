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
from typing import Any

import regex

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    FindResult,
    Found,
    NotSeen,
    Outcome,
    ProvenAbsent,
    Receipt,
    Refused,
    Rendered,
    Scope,
    Unclear,
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
from sentinel.platforms.threads import answers, calls, looks
from sentinel.wire import Lost, Request, Response, Steps, remember, wait

_RESERVE = 10
_LINKS = 3
_LINK = regex.compile(r"https?://\S+")
# Emoji proper, flags, skin tones, joiner, variation selector, keycap, tags of region flags.
_EMOJI = regex.compile(
    r"[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}"
    r"\u200d\ufe0f\u20e3\U000E0020-\U000E007F]"
)
_POLLS_S = (1, 2, 5, 10, 12)  # text is ready at once; the official advice is half a minute
_CONTAINERS = 3
_AGAIN_S = (5, 5)


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
        probe_every={
            "write_path": timedelta(minutes=10),
            "visibility": timedelta(minutes=15),
            "quota": timedelta(minutes=5),
        },
        key_drops_copies="yes",
        drops_copies_why="a container is published at most once, and its status says whether",
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
                container = calls.id_of(answer.json()) if answers.good(answer) else ""
                if not container:
                    return answers.refusal(answer, committed=False)
                yield from remember("container", container)
            outcome = yield from _release(account, rendered, container)
            if outcome is None:
                outcome = yield from _live_already(account, rendered)
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
        shown = yield from calls.own_posts(account, since)
        for post in calls.posts_of(shown):
            if calls.is_ours(post, rendered):
                return Found(_receipt(post), calls.note_on(post, rendered))
        return NotSeen(f"container {state or answers.said(answer)}, not among the own posts")

    def check_credentials(self, account: Account) -> Steps[Report]:
        """Ask who we are; an error is confirmed by asking for the publishing limit."""
        answer = yield from calls.get(account, "me", fields="id,username,name")
        seen = looks.with_id(Ability.PUBLISH, answer)
        if seen.cause in CREDENTIAL:
            second = answers.finding(Ability.PUBLISH, (yield from looks.limits(account)))
            seen = replace(seen, confirmed=second.cause in CREDENTIAL)
        return Report(findings=(seen,), expires_at=looks.expiry(account))

    def refresh_credentials(self, account: Account) -> Steps[Session]:
        """Exchange the token for one that lives 60 days more."""
        return looks.refresh(account)

    def read_quota(self, account: Account) -> Steps[Report]:
        """Read how many of the day's posts are used. A rolling window: no reset time."""
        return looks.quota(account)

    def rehearse(self, account: Account) -> Steps[Report]:
        """Make a container and leave it: nobody sees it, and it dies within 24 hours."""
        answer = yield from calls.new_container(account, "Probe")
        return Report(findings=(looks.with_id(Ability.PUBLISH, answer),))

    def read_own(self, account: Account, last: Published | None) -> Steps[Report]:
        """Read our posts; if `last` is not among the latest, ask for it by its id."""
        return looks.read_own(account, last)

    def see_as_citizen(self, account: Account, last: Published | None) -> Steps[Report] | None:
        """Ask for the embedded view of `last`, which needs no login. None without a permalink."""
        page = last.receipt.permalink if last else None
        return looks.embedded(account, last.receipt.post_id, page) if last and page else None

    def windows(self, request: Request, response: Response) -> Sequence[Window]:
        """Return the hour's budget of calls that the usage header states."""
        return answers.windows(response)


def _release(account: Account, rendered: Rendered, container: str) -> Steps[Outcome | None]:
    """Publish a container. None: Threads does not know it, so it was not published by us."""
    state, answer = yield from _settled(account, container)
    if state == "PUBLISHED":
        live = yield from _live_already(account, rendered)
        return live or Unclear(Cause.PLATFORM_FAULT, "container PUBLISHED, post not listed")
    if state in {"ERROR", "EXPIRED"}:
        yield from remember("container", "")
        return _spoiled(answer) if state == "ERROR" else None
    if state == "IN_PROGRESS":
        return Failed(Cause.PLATFORM_FAULT, "container still IN_PROGRESS")
    if not state:
        gone = answers.judge(answer).how is answers.How.GONE
        return None if gone else answers.refusal(answer, committed=False)
    return (yield from _publish_now(account, rendered, container))


def _publish_now(account: Account, rendered: Rendered, container: str) -> Steps[Outcome | None]:
    path, form = f"{calls.user(account)}/threads_publish", {"creation_id": container}
    answer = yield from calls.post(account, path, form, commits=True)
    for pause in _AGAIN_S:
        if answers.good(answer) or answers.judge(answer).how is not answers.How.GONE:
            break
        yield from wait(pause)
        answer = yield from calls.post(account, path, form, commits=True)
    if answers.good(answer):
        if post_id := calls.id_of(answer.json()):
            return (yield from _accepted(account, rendered, post_id))
        return Unclear(Cause.PLATFORM_FAULT, f"{answers.said(answer)}, no id")
    how = answers.judge(answer).how
    if how is answers.How.GONE:
        return None
    if how is answers.How.LOOK and (live := (yield from _live_already(account, rendered))):
        return live
    return answers.refusal(answer, committed=True)


def _settled(account: Account, container: str) -> Steps[tuple[str, Response]]:
    """Return the container's state once it is no longer being made, or after half a minute."""
    state, answer = yield from calls.state_of(account, container)
    for pause in _POLLS_S:
        if state != "IN_PROGRESS":
            break
        yield from wait(pause)
        state, answer = yield from calls.state_of(account, container)
    return state, answer


def _spoiled(answer: Response) -> Outcome:
    reason = answer.object().get("error_message")
    if isinstance(reason, str) and reason.startswith("INVALID"):
        return Refused(Cause.CONTENT_REJECTED, Scope.CONTENT, "container ERROR, INVALID")
    return Failed(Cause.PLATFORM_FAULT, "container ERROR")


def _live_already(account: Account, rendered: Rendered) -> Steps[Outcome | None]:
    """Return Accepted if our post is among the own ones, None if not, Unclear if we cannot see."""
    answer = yield from calls.own_posts(account)
    if not answers.good(answer):
        return Unclear(Cause.PLATFORM_FAULT, f"own posts not readable: {answers.said(answer)}")
    for post in calls.posts_of(answer):
        if calls.is_ours(post, rendered):
            note = calls.note_on(post, rendered)
            return Accepted(receipt=_receipt(post), note=note, evidence="found among own posts")
    return None


def _accepted(account: Account, rendered: Rendered, post_id: str) -> Steps[Outcome]:
    """Return the receipt. It is live: a permalink that cannot be had changes nothing."""
    try:
        answer = yield from calls.one_post(account, post_id)
    except Lost:
        return Accepted(receipt=Receipt(post_id=post_id), evidence="no answer for the permalink")
    if not answers.good(answer):
        return Accepted(receipt=Receipt(post_id=post_id), evidence=answers.said(answer))
    shown = answer.object()
    note = calls.note_on(shown, rendered) if "text" in shown else None
    return Accepted(receipt=calls.receipt_of(shown, post_id), note=note, evidence="HTTP 200")


def _receipt(post: Mapping[str, Any]) -> Receipt:
    return calls.receipt_of(post, calls.id_of(post))


PLATFORM = Threads()
