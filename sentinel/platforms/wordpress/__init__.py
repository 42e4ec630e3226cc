"""WordPress: the city's own site, a post for each message.

Facts: facts/platforms-b.md section 7.1 (mostly from memory), and what a real 6.1
answered (lab.md section 3; `tests/e2e/test_wordpress.py`). What shapes this:

- Two steps: a draft, which no citizen sees, and publishing it by its number. The
  second is the same post however often it is sent, so a lost answer costs nothing.
- The same address (`slug`) twice is not refused, it becomes `-2`: our own is
  looked up, drafts and trash included, before a second draft could be made.
- A post dated ahead of the server's clock is `future`: taken, and invisible. So
  no date is ever sent, and what comes back is believed only if it says `publish`.
- A page in place of an answer (maintenance, a guard) is never about the password.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    FindResult,
    Found,
    NotSeen,
    Outcome,
    ProvenAbsent,
    Refused,
    Rendered,
    Scope,
    Unclear,
    WithdrawResult,
)
from sentinel.domain.observation import Report
from sentinel.domain.text import fit
from sentinel.platforms import Account, Draft, Facts, Platform, Published, Setting
from sentinel.platforms.wordpress import answers, looks, media, posts
from sentinel.platforms.wordpress.calls import Line
from sentinel.platforms.wordpress.drafts import Ours, doubted, drafted
from sentinel.platforms.wordpress.removal import remove
from sentinel.wire import Lost, Response, Steps, remember

LIMIT = 20_000
"""Ours: no page grows beyond what a slow line can load. WordPress has no limit."""

_FAULT = Cause.PLATFORM_FAULT

_STANDING: Mapping[str, Cause | None] = MappingProxyType(
    {"publish": None, "private": Cause.READER_RESTRICTED, "trash": Cause.NOT_VISIBLE}
)
"""A status in which our post was or is live, and what a person has to know of it."""

_NOT_PUBLISHED: Mapping[str, Callable[[str], Outcome]] = MappingProxyType(
    {
        "future": lambda said: Unclear(Cause.NOT_VISIBLE, said),  # it will appear by itself
        "pending": lambda said: Refused(Cause.PERMISSION_MISSING, evidence=said),
        "private": lambda said: Refused(Cause.PERMISSION_MISSING, evidence=said),
        "draft": lambda said: Failed(_FAULT, said),
        "trash": lambda said: Refused(Cause.CONTENT_REJECTED, Scope.CONTENT, said),
    }
)
"""What it means that WordPress did as told, and gives the post another status than `publish`."""


class WordPress(Platform):
    """One site, by one of its users."""

    name = "wordpress"
    facts = Facts(
        operator="own",
        text_limit=LIMIT,
        unit="characters",
        abilities=frozenset({Ability.PUBLISH, Ability.READ_BACK, Ability.PUBLIC}),
        credential_sets=(frozenset({"user", "application_password"}),),
        settings={"categories": Setting(kind="list")},
        identity=("user",),
        publish_within=timedelta(seconds=60),
        probe_urls=("base", "public"),
        probe_every={"write_path": timedelta(minutes=30)},
        key_drops_copies="yes",
        drops_copies_why="a draft is published by its number; the same number is the same post, "
        "and our own address for it is looked up before a second draft is made",
        exempt={
            "rate_limit_read": "WordPress has no limit of posts; a guard before it tells none."
        },
        to_confirm=(
            "A wrong password is also told `incorrect_password` or `invalid_username`.",
            "What a guard (a security plugin, a firewall) before the city's site answers.",
            "That this guard lets the header `Authorization` through.",
            "How long the city's page cache shows an old page, and that a query takes one past it.",
            "That the theme shows the featured image of a post with its alternative text.",
        ),
    )

    def length(self, text: str) -> int:
        """Return the number of characters (code points)."""
        return len(text)

    def render(self, draft: Draft, account: Account) -> Rendered:
        """Return title and body, and the address under which the post is to stand."""
        message = draft.message
        mark = draft.link if draft.link and draft.link_is_notice else f"Nr. {message.number}"
        fitted = fit(
            message.content,
            channel=account.channel,
            mark=mark,
            link=draft.link,
            limit=LIMIT,
            length=self.length,
        )
        text = fitted.text.encode("utf-8", "replace").decode()  # no halves of surrogates
        headline = message.content.headline.encode("utf-8", "replace").decode()
        title, body = posts.split(text, headline)
        key = f"warnung-{message.number}-{_digest(draft.delivery_id)}"
        return Rendered(
            text=text,
            key=key,
            length=self.length(text),
            limit=LIMIT,
            payload={
                "title": posts.title_of(title),
                "content": posts.content(body, key),
                "mark": mark.encode("utf-8", "replace").decode(),
                "image": message.content.image,
                "alt_text": message.content.alt_text,
            },
            cut=fitted.cut,
        )

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        """Write a draft, remember its number, add the image, and publish it by its number.

        What was once dated ahead will appear by itself: from then on no failure is certain.
        """
        line, ahead = Line.recalled(account, memory), bool(memory.get("ahead"))
        try:
            ours = yield from drafted(line, rendered, memory)
        except Lost as lost:
            if ahead:
                return Unclear(lost.cause, lost.evidence)
            raise
        if not isinstance(ours, Ours):
            return doubted(ours) if ahead else ours
        image = yield from media.attached(line, rendered, memory, ours.number)
        body = {"status": "publish"} | ({"featured_media": int(image)} if image else {})
        path = f"/posts/{ours.number}"
        answer = yield from line.ask("POST", path, json=body, commits=True)
        if _scheduled(answer, ours.number):
            ahead = True
            yield from remember("ahead", "1")
            moment = posts.its_own_time(answer)
            again = {"status": "publish"} | ({"date_gmt": moment} if moment else {})
            answer = yield from line.ask("POST", path, json=again, commits=True)
        if answers.good(answer):
            return _shown(account, rendered, answer, ours.number)
        cause = yield from looks.why_refused(line, answer)
        told = answers.outcome(answer, committed=True, cause=cause)
        return doubted(told) if ahead or ours.out else told

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        """Ask for our post by its number, its address, and its key in the text; in every status.

        Without any, nothing was published: only a draft with a known number is.
        If we knew a number and it is gone, somebody deleted it, perhaps live.
        """
        line = Line.recalled(account, memory)
        shown = yield from posts.look(line, rendered, memory)
        if isinstance(shown, Response):
            return NotSeen(answers.said(shown))
        if shown is None:
            gone = "the post is gone: somebody deleted it"
            return NotSeen(gone) if memory.get("post") else ProvenAbsent("no such post, no draft")
        status = posts.status_of(shown)
        if status in _STANDING:
            note = _STANDING[status] or posts.note_on(shown, rendered)
            return Found(posts.receipt(account, shown), note)
        # Publishing it once more, by its number, is publishing it once. What waits for an
        # editor's approval waits on.
        return NotSeen(f"status {status}", repeatable=status != "pending")

    def check_credentials(self, account: Account) -> Steps[Report]:
        """Ask who we are, and whether we may publish."""
        return looks.credentials(account)

    def rehearse(self, account: Account) -> Steps[Report]:
        """Write a draft, which no citizen sees, and delete it for good."""
        return looks.rehearsed(account)

    def read_own(self, account: Account, last: Published | None) -> Steps[Report]:
        """Read `last` as ourselves and compare the text."""
        return looks.read_own(account, last)

    def see_as_citizen(self, account: Account, last: Published | None) -> Steps[Report]:
        """Open the post's page without login, through caches and past them."""
        return looks.as_citizen(account, last)

    def withdraw(self, account: Account, published: Published) -> Steps[WithdrawResult]:
        """Put the post into the trash."""
        return remove(account, published)


def _scheduled(answer: Response, draft: str) -> bool:
    shown = answer.object() if answers.good(answer) else {}
    return posts.id_of(shown) == draft and posts.status_of(shown) == "future"


def _shown(account: Account, rendered: Rendered, answer: Response, draft: str) -> Outcome:
    """Return what a good answer to publishing means: only `publish` is published."""
    shown = answer.object()
    if posts.id_of(shown) != draft:
        return Unclear(_FAULT, f"{answers.said(answer)}, no such id")
    status = posts.status_of(shown)
    evidence = f"{answers.said(answer)}, status {status}"
    if status == "publish":
        note = posts.note_on(shown, rendered)
        return Accepted(receipt=posts.receipt(account, shown), note=note, evidence=evidence)
    if meant := _NOT_PUBLISHED.get(status):
        return meant(evidence)
    return Unclear(_FAULT, f"{answers.said(answer)}, no known status")


def _digest(delivery_id: str) -> str:
    return hashlib.sha256(delivery_id.encode()).hexdigest()[:10]


PLATFORM = WordPress()
