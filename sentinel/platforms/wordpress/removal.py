"""Taking a post down again: into the trash, from which a person can bring it back."""

from __future__ import annotations

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import StillThere, Withdrawn, WithdrawResult
from sentinel.platforms import Account, Published
from sentinel.platforms.wordpress import answers, posts
from sentinel.platforms.wordpress.calls import Line
from sentinel.wire import Response, Steps


def remove(account: Account, published: Published) -> Steps[WithdrawResult]:
    """Put it into the trash; a site without one deletes it. "Not found" must be said twice."""
    number = posts.number_in(published.receipt.post_id)
    if not number:
        return StillThere(Cause.BAD_CONFIGURATION, "the receipt holds no number of a post")
    line = Line(account)
    answer = yield from line.ask("DELETE", f"/posts/{number}", params={"force": "false"})
    if answers.spoken(answer) and answers.code_of(answer) == answers.NO_TRASH:
        answer = yield from line.ask("DELETE", f"/posts/{number}", params={"force": "true"})
    if _gone(answer):
        return Withdrawn(answers.said(answer))
    if answers.code_of(answer) == answers.IN_TRASH:
        return Withdrawn(f"gone already: {answers.said(answer)}")
    if not answers.missing(answer):
        return _still(answer)
    look = yield from line.ask("GET", f"/posts/{number}", params={"context": "edit"})
    if answers.missing(look):
        return Withdrawn(f"gone already: {answers.said(look)}")
    why = f"{answers.said(answer)} on deleting, {answers.said(look)} on reading"
    return StillThere(Cause.PERMISSION_MISSING if answers.good(look) else Cause.PLATFORM_FAULT, why)


def _gone(answer: Response) -> bool:
    told = answer.object()
    done = told.get("status") == "trash" or told.get("deleted") is True
    return answers.good(answer) and done


def _still(answer: Response) -> StillThere:
    cause = answers.finding(Ability.PUBLISH, answer).cause
    return StillThere(cause or Cause.PLATFORM_FAULT, answers.said(answer))
