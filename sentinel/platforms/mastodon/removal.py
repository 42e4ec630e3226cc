"""Taking a status down again (fact sheet 2.1: 30 in half an hour)."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import StillThere, Withdrawn, WithdrawResult
from sentinel.platforms import Account, Published
from sentinel.platforms.mastodon import answers, looks, statuses
from sentinel.wire import Response, Steps, ask

_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


def remove(account: Account, published: Published) -> Steps[WithdrawResult]:
    """Delete the status.

    That it is gone already is believed when reading it says so too: whoever
    lacks the permission is told 404 as well by some servers.
    """
    post_id = published.receipt.post_id
    if not statuses.id_of({"id": post_id}):
        return StillThere(Cause.BAD_CONFIGURATION, "the receipt holds no id of a status")
    path = f"/api/v1/statuses/{post_id}"
    request = replace(looks.request(account, path), method="DELETE")
    answer = yield from ask(request)
    if answers.good(answer):
        return Withdrawn(answers.said(answer))
    if not _says_gone(answer):
        cause = answers.finding(Ability.PUBLISH, request, answer).cause
        return StillThere(cause or Cause.PLATFORM_FAULT, answers.said(answer))
    look = yield from looks.get(account, path)
    if _says_gone(look):
        return Withdrawn(f"gone already: {answers.said(look)}")
    why = Cause.PERMISSION_MISSING if answers.good(look) else Cause.PLATFORM_FAULT
    return StillThere(why, f"{answers.said(answer)} on deleting, {answers.said(look)} on reading")


def _says_gone(answer: Response) -> bool:
    return answers.spoken(answer) and answer.status in _GONE
