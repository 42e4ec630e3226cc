"""Asking by the idempotency key: the surest look for a lost post, and whether it holds here.

Stock Mastodon looks the key up before it looks at anything else, and compares
no text (`PostStatusService` in its source, all lines; fact sheet 2.6). So an
*empty* status sent under a key is a question: the answer is the status that
the key made, or 422, because nothing can be posted without words. No server
was found that posts an empty status; one that ignores keys answers 400 or 422.

Whether a server keeps its keys is first taken from what it says of itself
(version and source), and then shown: the key of our latest post must lead to
that post. A server that does not know it again ignores keys, whatever it says.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus

import regex

from sentinel.domain.delivery import FindResult, Found, NotSeen, Rendered
from sentinel.platforms import Account
from sentinel.platforms.mastodon import answers, looks, statuses
from sentinel.wire import Request, Response, Steps, ask

_STOCK = regex.compile(r"[4-9]\.\d+\.\d+(?:-[\w.]+)?")  # no "+fork", no "(compatible; …)"
_SOURCE = "github.com/mastodon/mastodon"
_DOUBT = timedelta(minutes=10)  # about clocks and slow queues
_KEY_LIVES = timedelta(hours=1) - _DOUBT
_NOT_KNOWN = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})


def find_by_key(account: Account, rendered: Rendered, since: datetime) -> Steps[FindResult]:
    """Ask a stock server for the post under its key; `since` is when it was sent.

    The server that does not know it may be sent the copy, unless it was caught
    not knowing the key of a post that is there.
    """
    missing = "not among the own statuses"
    now = yield from _stock_at(account)
    if now is None or not -_DOUBT < now - since < _KEY_LIVES:  # sent later than now: at what time?
        return NotSeen(missing)
    answer = yield from _under_key(account, rendered.key)
    shown = answer.object()
    if answers.good(answer) and statuses.id_of(shown):
        return Found(statuses.receipt_of(shown), statuses.note_on(shown, rendered))
    if not _unknown(answer):
        return NotSeen(f"{missing}; under its key {answers.said(answer)}")
    if (yield from _caught(account, now)):
        return NotSeen(f"{missing}; the server does not keep keys")
    return NotSeen(missing, repeatable=True)


def _stock_at(account: Account) -> Steps[datetime | None]:
    """Return the server's time if it says that it is stock Mastodon, else None."""
    answer = yield from looks.get(account, "/api/v2/instance")
    body = answer.object()
    version, source = body.get("version"), body.get("source_url")
    stock = isinstance(version, str) and _STOCK.fullmatch(version) is not None
    same = isinstance(source, str) and _SOURCE in source
    return answers.date_of(answer) if answers.good(answer) and stock and same else None


def _caught(account: Account, now: datetime) -> Steps[bool]:
    """Return whether the server does not know the key of our latest post any more.

    Without a post of the last hour there is nothing to show it by.
    """
    last = account.last
    if last is None or last.posted_at is None or now - last.posted_at >= _KEY_LIVES:
        return False
    answer = yield from _under_key(account, last.rendered.key)
    same = statuses.id_of(answer.json()) == last.receipt.post_id
    return not (answers.good(answer) and same)


def _under_key(account: Account, key: str) -> Steps[Response]:
    """Send an empty status, to nobody, under `key`. It can become no post."""
    headers = {**looks.request(account, "").headers, "Idempotency-Key": key}
    question = Request(
        method="POST",
        url=f"{account.base_url}/api/v1/statuses",
        headers=headers,
        json={"status": "", "visibility": "direct"},
    )
    return (yield from ask(question))


def _unknown(answer: Response) -> bool:
    return answers.spoken(answer) and answer.status in _NOT_KNOWN
