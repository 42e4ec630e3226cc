"""What Google says of our token and channel, and what can be seen of us on YouTube.

A person posts; what only the interface refuses us hinders no person, so it speaks
against reading back. What is about the channel itself speaks against publishing.
"""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
from sentinel.domain.observation import Finding, Report
from sentinel.platforms import Account, Published
from sentinel.platforms.youtube import answers, calls
from sentinel.wire import RenewalFailed, Request, Response, Steps, ask

_CHANNEL = re.compile(r"UC[A-Za-z0-9_-]{1,40}")
_VIDEO = re.compile(r"[A-Za-z0-9_-]{11}")
_HOSTS = frozenset({"www.youtube.com", "youtube.com", "m.youtube.com", "youtu.be"})
_GONE = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_WALLS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


def channel_of(account: Account) -> str:
    """Return the channel's id; empty if the setting is none (a name, a handle)."""
    found = _CHANNEL.fullmatch(account.setting("channel").strip())
    return found[0] if found else ""


def credentials(account: Account) -> Steps[Report]:
    """Ask for our channel; a dead token is confirmed by another question."""
    wanted = channel_of(account)
    if not wanted:
        return _told(_misnamed(Ability.READ_BACK))
    try:
        answer = yield from calls.send(account, calls.channels(account, "id,status"))
        seen = answers.finding(Ability.READ_BACK, answer)
        if seen.cause in CREDENTIAL:
            other = calls.uploads(account, _uploads_of(wanted))
            second = answers.judge((yield from calls.send(account, other)))
            seen = replace(seen, confirmed=second.cause in CREDENTIAL)
    except RenewalFailed as failed:
        return _told(_not_renewed(failed))
    ends = calls.consent_ends(account)
    if seen.cause is not None:
        return Report(findings=(seen,), expires_at=ends)
    return Report(findings=_own(seen, answer, wanted), expires_at=ends)


def read_own(account: Account) -> Steps[Report]:
    """Read what we uploaded last. Posts of the community are in no interface."""
    try:
        answer = yield from calls.send(account, calls.channels(account, "contentDetails"))
        playlist = _playlist(answer)
        if playlist:
            answer = yield from calls.send(account, calls.uploads(account, playlist))
    except RenewalFailed as failed:
        return _told(_not_renewed(failed))
    seen = answers.finding(Ability.READ_BACK, answer)
    if playlist and answer.status == HTTPStatus.NOT_FOUND and answers.spoken(answer):
        return _told(Finding(ability=Ability.READ_BACK, evidence="nothing uploaded yet"))
    if seen.cause is None and not playlist:
        why = "no channel in the answer"
        seen = replace(seen, cause=Cause.PLATFORM_FAULT, evidence=why)
    return _told(seen)


def as_citizen(account: Account, last: Published | None) -> Steps[Report]:
    """Look without login: for a video whose address a person gave, else for the channel's feed.

    The feed shows that citizens find the channel; of a post there it proves nothing.
    """
    wanted = channel_of(account)
    if not wanted:
        return _told(_misnamed(Ability.PUBLIC))
    video = _video(last.receipt.permalink or "") if last else ""
    if video:
        link = f"https://www.youtube.com/watch?v={video}"
        card = yield from ask(_seen(account, "/oembed", url=link, format="json"))
        if card.status not in _GONE:
            return _told(_of_video(card))
    feed = yield from ask(_seen(account, "/feeds/videos.xml", channel_id=wanted))
    seen = _of_feed(feed)
    if video and seen.cause is None:  # YouTube answers, and has no such video
        seen = replace(seen, cause=Cause.NOT_VISIBLE, evidence="the video is not there")
    return _told(replace(seen, proves=last is None or seen.cause is not None))


def _own(seen: Finding, answer: Response, wanted: str) -> tuple[Finding, ...]:
    """Return what is found of the channels that are the token's owner's."""
    mine = {each.get("id"): each for each in _items(answer)}
    if wanted not in mine:
        why = "the token is not of this channel"
        return (replace(seen, cause=Cause.BAD_CONFIGURATION, evidence=why),)
    # That it stands there proves nothing of the person who is to post.
    there = replace(seen, ability=Ability.PUBLISH, proves=False)
    status = mine[wanted].get("status")
    shown = status.get("privacyStatus") if isinstance(status, dict) else None
    if isinstance(shown, str) and shown != "public":
        cause = Cause.NOT_VISIBLE if shown == "private" else Cause.READER_RESTRICTED
        hidden = replace(
            seen, ability=Ability.PUBLIC, cause=cause, evidence="the channel is not public"
        )
        return (seen, there, hidden)
    return (seen, there)


def _of_video(card: Response) -> Finding:
    seen = Finding(ability=Ability.PUBLIC, evidence=answers.said(card))
    if answers.good(card):
        return seen
    if card.status in _WALLS:  # private, or its owner forbids embedding
        return replace(seen, cause=Cause.READER_RESTRICTED)
    if card.status == HTTPStatus.OK:
        return replace(seen, cause=Cause.READER_RESTRICTED, evidence="a page instead of the video")
    limited = card.status == HTTPStatus.TOO_MANY_REQUESTS
    return replace(seen, cause=Cause.RATE_LIMITED if limited else Cause.PLATFORM_FAULT)


def _of_feed(feed: Response) -> Finding:
    seen = Finding(ability=Ability.PUBLIC, evidence=f"HTTP {feed.status}")
    if feed.status == HTTPStatus.OK:
        shown = b"<feed" in feed.body
        why = "a page instead of the feed"
        return seen if shown else replace(seen, cause=Cause.READER_RESTRICTED, evidence=why)
    if feed.status in _WALLS:
        return replace(seen, cause=Cause.READER_RESTRICTED)
    gone = feed.status in _GONE
    return replace(seen, cause=Cause.NOT_VISIBLE if gone else Cause.PLATFORM_FAULT)


def _seen(account: Account, path: str, **params: str) -> Request:
    return Request(method="GET", url=f"{account.public_url}{path}", params=params, anonymous=True)


def _items(answer: Response) -> list[dict[str, Any]]:
    items = answer.object().get("items")
    several = items if isinstance(items, list) else []
    return [each for each in several if isinstance(each, dict) and isinstance(each.get("id"), str)]


def _playlist(answer: Response) -> str:
    for each in _items(answer) if answers.good(answer) else ():
        details = each.get("contentDetails")
        related = details.get("relatedPlaylists") if isinstance(details, dict) else None
        uploads = related.get("uploads") if isinstance(related, dict) else None
        if isinstance(uploads, str) and uploads:
            return uploads
    return ""


def _uploads_of(channel: str) -> str:
    return f"UU{channel[2:]}"


def _video(link: str) -> str:
    """Return the id of the video that an address shows; empty if it shows something else."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    if parts.hostname not in _HOSTS:
        return ""
    first, _, rest = parts.path.strip("/").partition("/")
    named = {"watch": (parse_qs(parts.query).get("v") or [""])[0], "shorts": rest, "live": rest}
    video = first if parts.hostname == "youtu.be" else named.get(first, "")
    return video if _VIDEO.fullmatch(video) else ""


def _not_renewed(failed: RenewalFailed) -> Finding:
    # The token endpoint's own refusal is final: there is no second call without a token.
    return Finding(ability=Ability.READ_BACK, cause=failed.cause, evidence=failed.evidence)


def _misnamed(ability: Ability) -> Finding:
    why = "`channel` is no id of a channel (UC…)"
    return Finding(ability=ability, cause=Cause.BAD_CONFIGURATION, evidence=why)


def _told(*findings: Finding) -> Report:
    return Report(findings=findings)
