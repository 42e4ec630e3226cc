"""Taking a pin down again (fact sheet 6: 204)."""

from __future__ import annotations

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import StillThere, Withdrawn, WithdrawResult
from sentinel.platforms import Account, Published
from sentinel.platforms.pinterest import answers, calls, pins
from sentinel.wire import RenewalFailed, Steps


def remove(account: Account, published: Published) -> Steps[WithdrawResult]:
    """Delete the pin. That it is gone already is believed when reading it says so too."""
    pin = pins.id_in(published.receipt.post_id)
    if not pin:
        return StillThere(Cause.BAD_CONFIGURATION, "the receipt holds no number of a pin")
    request = calls.request(account, "DELETE", f"/pins/{pin}")
    try:
        answer = yield from calls.send(account, request)
        if answers.succeeded(answer):
            return Withdrawn(answers.said(answer))
        if not answers.gone(answer):
            cause = answers.finding(Ability.PUBLISH, request, answer).cause
            return StillThere(cause or Cause.PLATFORM_FAULT, answers.said(answer))
        look = yield from calls.send(account, calls.request(account, "GET", f"/pins/{pin}"))
    except RenewalFailed as failed:
        return StillThere(failed.cause, failed.evidence)
    if answers.gone(look):
        return Withdrawn(f"gone already: {answers.said(look)}")
    why = Cause.PERMISSION_MISSING if answers.good(look) else Cause.PLATFORM_FAULT
    return StillThere(why, f"{answers.said(answer)} on deleting, {answers.said(look)} on reading")
