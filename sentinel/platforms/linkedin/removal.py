"""Taking a post down again (fact sheet 5.1: 204, also for one that is gone; from memory)."""

from __future__ import annotations

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import StillThere, Withdrawn, WithdrawResult
from sentinel.platforms import Account, Published
from sentinel.platforms.linkedin import answers, calls, posts
from sentinel.wire import RenewalFailed, Steps


def remove(account: Account, published: Published) -> Steps[WithdrawResult]:
    """Delete the post. That it is gone already is believed when reading it says so too."""
    urn = posts.urn_in(published.receipt.post_id)
    if not urn:
        return StillThere(Cause.BAD_CONFIGURATION, "the receipt holds no URN of a post")
    path = calls.post_path(urn)
    try:
        answer = yield from calls.send(account, calls.request(account, "DELETE", path))
        if answers.succeeded(answer):
            return Withdrawn(answers.said(answer))
        if not answers.gone(answer):
            cause = answers.finding(Ability.PUBLISH, answer).cause
            return StillThere(cause or Cause.PLATFORM_FAULT, answers.said(answer))
        look = yield from calls.send(account, calls.request(account, "GET", path))
    except RenewalFailed as failed:
        return StillThere(failed.cause, failed.evidence)
    if answers.gone(look):
        return Withdrawn(f"gone already: {answers.said(look)}")
    why = Cause.PERMISSION_MISSING if answers.good(look) else Cause.PLATFORM_FAULT
    return StillThere(why, f"{answers.said(answer)} on deleting, {answers.said(look)} on reading")
