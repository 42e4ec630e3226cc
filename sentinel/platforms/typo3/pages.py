"""What the public page shows of us: the only place where anything can be read back.

TYPO3's reactions create and never read. The page is asked for as it is: a query
that TYPO3 does not know makes it answer 404 (its check of `cHash`), so caches on
the way are asked by header to look anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Rendered
from sentinel.domain.observation import Finding
from sentinel.platforms import Account
from sentinel.wire import Request, Response, Steps, ask
from sentinel.wire.markup import escaped, folded, shows

OK = 200
_WALLS = frozenset({401, 403, 451})
_GONE = frozenset({404, 410})


def address(account: Account) -> str:
    """Return where citizens read the warnings."""
    return account.public_url or account.base_url


def look(account: Account, *, anew: bool) -> Steps[Response]:
    """Open the public page as anybody; `anew`: caches on the way are to look for themselves."""
    headers: Mapping[str, str] = {"Cache-Control": "no-cache"} if anew else {}
    return (
        yield from ask(Request(method="GET", url=address(account), headers=headers, anonymous=True))
    )


def of(page: Response, ability: Ability) -> Finding:
    """Return what the page itself says, whatever stands on it."""
    seen = Finding(ability=ability, evidence=f"HTTP {page.status}")
    if page.status == OK:
        return seen
    if page.status in _WALLS:
        return replace(seen, cause=Cause.READER_RESTRICTED)
    missing = page.status in _GONE
    return replace(seen, cause=Cause.NOT_VISIBLE if missing else Cause.PLATFORM_FAULT)


def judged(account: Account, page: Response, rendered: Rendered, ability: Ability) -> list[Finding]:
    """Return what the page says of our post, the finding for a person last."""
    seen = of(page, ability)
    if seen.cause is not None:
        return [seen]
    if holds(page, rendered):
        if whole(page, rendered):
            return [seen]
        why = "the page shows another text than was sent"
        return [seen, replace(seen, cause=Cause.TRUNCATED, evidence=why)]
    if urlsplit(page.url or address(account)).path.rstrip("/") != _path(account):
        why = "led to another page, as to a login"
        return [replace(seen, cause=Cause.READER_RESTRICTED, evidence=why)]
    if _part(rendered, "title") in folded(page.text):
        why = "the page shows the headline without its mark: shortened, or another one's"
        found = replace(seen, cause=Cause.TRUNCATED, evidence=why)
        return [replace(seen, proves=False), found]
    return [replace(seen, cause=Cause.NOT_VISIBLE, evidence=f"{seen.evidence} without the post")]


def holds(page: Response, rendered: Rendered) -> bool:
    """Return whether the page shows headline and mark of our post."""
    text = folded(page.text) if page.status == OK else ""
    title = _part(rendered, "title")
    return bool(title) and title in text and shows(text, _part(rendered, "mark"))


def whole(page: Response, rendered: Rendered) -> bool:
    """Return whether every paragraph of the post stands on the page, in whatever order."""
    text = folded(page.text)
    parts = rendered.text.split("\n\n")
    inner = parts[:-1] if len(parts) > 1 else parts  # the last holds link and mark: seen already
    return all(folded(escaped(part)) in text for part in inner)


def _part(rendered: Rendered, name: str) -> str:
    return folded(escaped(str(rendered.payload.get(name, ""))))


def _path(account: Account) -> str:
    return urlsplit(address(account)).path.rstrip("/")
