"""Taking a post on Threads down again (fact sheet 2.5: permission `threads_delete`, 100 a day)."""

from __future__ import annotations

from http import HTTPStatus

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import StillThere, Withdrawn, WithdrawResult
from sentinel.platforms import Account, Published
from sentinel.platforms.threads import answers, calls
from sentinel.wire import Response, Steps

_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


def remove(account: Account, published: Published) -> Steps[WithdrawResult]:
    """Delete the post.

    Meta has one word (100/33) for what does not exist and for what the token
    may not touch. Reading the post tells the two apart.
    """
    post_id = published.receipt.post_id
    if not calls.id_of({"id": post_id}):
        return StillThere(Cause.BAD_CONFIGURATION, "the receipt holds no id of Threads")
    answer = yield from calls.delete(account, post_id)
    if answers.good(answer) and answer.object().get("success") is True:
        return Withdrawn(answers.said(answer))
    if not answers.good(answer) and not _says_gone(answer):
        cause = answers.finding(Ability.PUBLISH, answer).cause
        return StillThere(cause or Cause.PLATFORM_FAULT, answers.said(answer))
    look = yield from calls.one_post(account, post_id)
    if _says_gone(look):
        return Withdrawn(f"gone already: {answers.said(look)}")
    why = Cause.PERMISSION_MISSING if answers.good(look) else Cause.PLATFORM_FAULT
    return StillThere(why, f"{answers.said(answer)} on deleting, {answers.said(look)} on reading")


def _says_gone(answer: Response) -> bool:
    if not isinstance(answer.json(), dict) or answers.good(answer):
        return False
    return answers.judge(answer).how is answers.How.GONE or answer.status in _GONE
