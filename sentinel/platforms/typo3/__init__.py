"""TYPO3: the city's own site, by a reaction (an incoming webhook, TYPO3 12.1 and newer).

Facts: facts/platforms-b.md section 7.2, compared with the extension's public
source. What shapes this platform:

- A reaction creates a record and nothing else: no reading, no change, no
  removal, and no key that would make a copy harmless. After a lost answer only
  the public page can be looked at. What it does not show may be there all the same
  (a cache, an approval): nothing is ever repeated on its own.
- With the right secret every call makes a record. So the way there is rehearsed
  with a wrong one, and the secret itself is proven only by posting.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from sentinel.domain.cause import Ability
from sentinel.domain.delivery import (
    Accepted,
    FindResult,
    Found,
    NotSeen,
    Outcome,
    Receipt,
    Rendered,
)
from sentinel.domain.observation import Report
from sentinel.domain.text import fit
from sentinel.platforms import NO_IMAGE, Account, Draft, Facts, Platform, Published, Setting
from sentinel.platforms.typo3 import answers, pages
from sentinel.wire import Request, Response, Steps, ask
from sentinel.wire.markup import paragraphs

LIMIT = 20_000
"""Ours: no page grows beyond what a slow line can load. A field of TYPO3 may hold less."""

_WRONG = "sentinel-rehearsal"
"""No secret that TYPO3 makes: those are random."""


class Typo3(Platform):
    """One reaction of one site."""

    name = "typo3"
    facts = Facts(
        operator="own",
        text_limit=LIMIT,
        unit="characters",
        abilities=frozenset({Ability.PUBLISH, Ability.READ_BACK, Ability.PUBLIC}),
        credential_sets=(frozenset({"secret"}),),
        settings={"reaction": Setting(required=True)},
        identity=("reaction",),
        probe_urls=("base", "public"),
        probe_every={"write_path": timedelta(hours=6)},
        key_drops_copies="no",
        drops_copies_why="a reaction knows no key; only the public page is looked at",
        exempt={
            "drops_copies": "Every call makes a record; after a lost answer only a person repeats.",
            "rate_limit_read": "TYPO3 has no limit of posts; a guard before it tells none.",
        },
        to_confirm=(
            "A wrong secret is answered 401, a reaction that is not there 404, both as JSON.",
            "A record made is answered 201 with `success` true, one not made 400 with false.",
            "Making a record empties the cache of the page that lists it.",
            "The public page answers 404 to a query that TYPO3 does not know.",
        ),
    )

    def length(self, text: str) -> int:
        """Return the number of characters (code points)."""
        return len(text)

    def render(self, draft: Draft, account: Account) -> Rendered:
        """Return the fields that the reaction's placeholders may name."""
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
        text = _speakable(fitted.text)
        title, body = _split(text, _speakable(message.content.headline))
        key = f"warnung-{message.number}-{_digest(draft.delivery_id)}"
        fields = {
            "title": title,
            "text": body,
            "html": "".join(f"<p>{part}</p>" for part in paragraphs(body)),
            "link": _speakable(draft.link or ""),
            "number": str(message.number),
            "severity": message.effective_severity.value,
            "language": _speakable(message.content.language),
            "key": key,
        }
        return Rendered(
            text=text,
            key=key,
            length=self.length(text),
            limit=LIMIT,
            payload={"fields": fields, "title": title, "mark": _speakable(mark)},
            cut=fitted.cut,
            warnings=(NO_IMAGE,) if message.content.image else (),
        )

    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        """Have the record made. There is no key: whatever is not clear is never sent again."""
        secret = account.credentials.get("secret", "")
        post = _request(account, secret, rendered.payload.get("fields"))
        answer = yield from ask(replace(post, commits=True))
        if not answers.made(answer):
            return answers.outcome(answer)
        return Accepted(receipt=_receipt(account, rendered), evidence=answers.said(answer))

    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        """Look at the public page. What it does not show may have been made all the same."""
        page = yield from pages.look(account, anew=True)
        if pages.holds(page, rendered):
            found = pages.judged(account, page, rendered, Ability.READ_BACK)[-1]
            return Found(_receipt(account, rendered), found.cause)
        return NotSeen(f"public page: HTTP {page.status}, without our mark")

    def check_credentials(self, account: Account) -> Steps[Report]:
        """Ask without any secret: TYPO3 refuses, and so shows that its reactions are there."""
        return _provoked(account, "", answers.NO_KEY)

    def rehearse(self, account: Account) -> Steps[Report]:
        """Call the reaction with a wrong secret: it refuses, and so shows that it is there."""
        right = account.credentials.get("secret", "")
        return _provoked(account, f"{right}x" if right == _WRONG else _WRONG, answers.WRONG_KEY)

    def read_own(self, account: Account, last: Published | None) -> Steps[Report]:
        """Read `last` on the public page, past the caches on the way."""
        return _seen(account, last, Ability.READ_BACK)

    def see_as_citizen(self, account: Account, last: Published | None) -> Steps[Report]:
        """Open the public page as anybody, as the caches have it."""
        return _seen(account, last, Ability.PUBLIC)


def _request(account: Account, secret: str, fields: Any) -> Request:
    reaction = quote(account.setting("reaction"), safe="")
    return Request(
        method="POST",
        url=f"{account.base_url}/typo3/reaction/{reaction}",
        headers={"x-api-key": secret, "Accept": "application/json"} if secret else {},
        json=fields or {},
    )


def _provoked(account: Account, secret: str, wanted: int) -> Steps[Report]:
    answer: Response = yield from ask(_request(account, secret, {}))
    return Report(findings=(answers.finding(answer, wanted),))


def _seen(account: Account, last: Published | None, ability: Ability) -> Steps[Report]:
    page = yield from pages.look(account, anew=ability is Ability.READ_BACK)
    if last is None:
        return Report(findings=(replace(pages.of(page, ability), proves=False),))
    return Report(findings=tuple(pages.judged(account, page, last.rendered, ability)))


def _receipt(account: Account, rendered: Rendered) -> Receipt:
    """Return the receipt: TYPO3 names no record, so our own name for it and the page must do."""
    return Receipt(post_id=rendered.key, permalink=pages.address(account))


def _split(text: str, headline: str) -> tuple[str, str]:
    """Return title and text: what begins with its headline is not to say it twice."""
    first, _, rest = text.partition("\n\n")
    if rest and (first == headline or first.endswith(f" {headline}")):
        return first, rest
    return headline, text


def _speakable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()  # no halves of surrogates


def _digest(delivery_id: str) -> str:
    return hashlib.sha256(delivery_id.encode()).hexdigest()[:10]


PLATFORM = Typo3()
