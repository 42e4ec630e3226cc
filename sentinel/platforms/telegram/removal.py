"""Taking a post down again: `deleteMessage`, for a bot with the right to delete."""

from __future__ import annotations

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import StillThere, Withdrawn, WithdrawResult
from sentinel.platforms import Account, Published
from sentinel.platforms.telegram import answers, looks, pages
from sentinel.wire import Steps


def remove(account: Account, published: Published) -> Steps[WithdrawResult]:
    """Delete the message.

    That it is gone already is believed when its public page says so too; in a
    private chat there is no page, and the Bot API's own word must do.
    """
    number = pages.number_of(published)
    if number is None:
        return StillThere(Cause.BAD_CONFIGURATION, "the receipt holds no number of a message")
    chat = looks.chat_of(account)
    answer = yield from looks.call(account, "deleteMessage", chat_id=chat, message_id=number)
    if answers.good(answer):
        return Withdrawn(answers.said(answer))
    if not answers.describes(answer, answers.NOTHING_TO_DELETE):
        cause = answers.finding(Ability.PUBLISH, answer).cause
        return StillThere(cause or Cause.PLATFORM_FAULT, answers.said(answer))
    name = yield from looks.public_name(account)
    if not name:
        return Withdrawn(f"gone already: {answers.NOTHING_TO_DELETE}")
    page = yield from pages.post(account, name, number)
    if pages.missing(page):
        return Withdrawn(f"gone already: {answers.NOTHING_TO_DELETE}")
    why = Cause.PERMISSION_MISSING if number in pages.shown(page, name) else Cause.PLATFORM_FAULT
    return StillThere(why, f"{answers.NOTHING_TO_DELETE}; {pages.said(page)} on reading")
