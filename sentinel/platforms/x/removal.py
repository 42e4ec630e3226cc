"""Taking a post on X down again (fact sheet 1.1 and 1.5: 50 in a quarter of an hour)."""

from __future__ import annotations

from http import HTTPStatus

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import StillThere, Withdrawn, WithdrawResult
from sentinel.platforms import Account, Published
from sentinel.platforms.x import answers
from sentinel.platforms.x.calls import send, single
from sentinel.platforms.x.posts import id_of, posts_of
from sentinel.wire import RenewalFailed, Request, Response, Steps

_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


def remove(account: Account, published: Published) -> Steps[WithdrawResult]:
    """Delete the post.

    That it is gone already is believed when a read says so too: one call's 404
    was an outage before, for eight hours (10 September 2025).
    """
    post_id = published.receipt.post_id
    if not id_of({"id": post_id}):
        return StillThere(Cause.BAD_CONFIGURATION, "the receipt holds no id of X")
    request = Request(method="DELETE", url=f"{account.base_url}/2/tweets/{post_id}")
    try:
        answer = yield from send(account, request)
        if _deleted(answer) is True:
            return Withdrawn(answers.said(answer))
        if not _says_gone(answer) and _deleted(answer) is None:
            return StillThere(_why(request, answer), answers.said(answer))
        look = yield from send(account, single(account, post_id))
    except RenewalFailed as failed:
        return StillThere(failed.cause, failed.evidence)
    if _says_gone(look):
        return Withdrawn(f"gone already: {answers.said(look)}")
    return StillThere(_why(request, look), f"not deleted: {answers.said(answer)}")


def _deleted(answer: Response) -> bool | None:
    """Return X's word for whether it deleted the post; None: it does not say."""
    data = answer.object().get("data")
    deleted = data.get("deleted") if isinstance(data, dict) else None
    return deleted if answers.good(answer) and isinstance(deleted, bool) else None


def _says_gone(answer: Response) -> bool:
    """Return whether X itself says that there is no such post (a page from its edge cannot)."""
    if not isinstance(answer.json(), dict) or posts_of(answer):
        return False
    return answer.status in _GONE or (answers.succeeded(answer) and answers.names_missing(answer))


def _why(request: Request, answer: Response) -> Cause:
    return answers.finding(Ability.PUBLISH, request, answer).cause or Cause.PLATFORM_FAULT
