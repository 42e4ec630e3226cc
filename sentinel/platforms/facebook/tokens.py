"""The page's token: is it good, for what, and until when (fact sheet on Meta 1.2, 1.4, 3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
from sentinel.domain.observation import Finding, Report
from sentinel.platforms import Account
from sentinel.platforms.facebook.pages import GRAPH, VERSION, posts_of
from sentinel.wire import Lost, Response, Steps
from sentinel.wire.graph import good
from sentinel.wire.graph_posts import Posts, id_of, named

NEEDED = frozenset({"pages_manage_posts", "pages_read_engagement"})
_VERSION = re.compile(r"v[0-9]{1,3}\.[0-9]{1,3}")
_LATEST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()


def check(account: Account) -> Steps[Report]:
    """Ask who the token is, then what Facebook knows of it: the second, different call."""
    posts = posts_of(account)
    who = yield from posts.get("me", fields="id,name")
    seen = named(GRAPH, Ability.PUBLISH, who)
    if seen.cause is not None and seen.cause not in CREDENTIAL:
        return Report(findings=(seen,))
    told = yield from _told(posts)
    about = _about(told)
    if seen.cause in CREDENTIAL:
        seen = replace(seen, confirmed=_condemned(told, about))
    elif id_of(who.json()) != account.setting("page_id"):
        wrong = Cause.BAD_CONFIGURATION
        seen = replace(seen, cause=wrong, evidence="the token is not the page's own")
    if seen.cause is not Cause.BAD_CONFIGURATION:
        seen = _permitted(seen, about)
    return Report(findings=(_served(seen, who),), expires_at=_ends(about))


def _told(posts: Posts) -> Steps[Response | None]:
    """Ask about the token; that nobody answers says nothing of it."""
    try:
        return (yield from posts.get("debug_token", input_token=posts.token))
    except Lost:
        return None


def _about(told: Response | None) -> Mapping[str, Any]:
    data = told.object().get("data") if told is not None and good(told) else None
    return data if isinstance(data, dict) else {}


def _condemned(told: Response | None, about: Mapping[str, Any]) -> bool:
    if about:
        return about.get("is_valid") is False
    return told is not None and GRAPH.finding(Ability.PUBLISH, told).cause in CREDENTIAL


def _permitted(seen: Finding, about: Mapping[str, Any]) -> Finding:
    """Return the finding, or which permission a token that is valid does not have."""
    scopes = about.get("scopes")
    if about.get("is_valid") is not True or not isinstance(scopes, list) or not scopes:
        return seen
    missing = sorted(NEEDED - {each for each in scopes if isinstance(each, str)})
    if not missing:
        return seen
    lacks = f"token without {', '.join(missing)}"
    return replace(seen, cause=Cause.PERMISSION_MISSING, evidence=lacks, confirmed=True)


def _ends(about: Mapping[str, Any]) -> datetime | None:
    """Return when the token ends, or the access to data does, whichever is first. 0: never."""
    stated = (about.get(name) for name in ("expires_at", "data_access_expires_at"))
    ends = [each for each in stated if isinstance(each, int) and 0 < each < _LATEST]
    return datetime.fromtimestamp(min(ends), tz=UTC) if ends else None


def _served(seen: Finding, answer: Response) -> Finding:
    """Return the finding with the version that answered, if it is not the one that was asked."""
    version = answer.headers.get("facebook-api-version", "")
    if version == VERSION or not _VERSION.fullmatch(version):
        return seen
    return replace(seen, evidence=f"{seen.evidence}, served as {version}")
