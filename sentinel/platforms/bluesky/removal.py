"""Taking a post on Bluesky down again (fact sheet 3.1; measured against a real PDS)."""

from __future__ import annotations

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import StillThere, Withdrawn, WithdrawResult
from sentinel.platforms import Account, Published
from sentinel.platforms.bluesky import answers
from sentinel.platforms.bluesky.sessions import call
from sentinel.wire import RenewalFailed, Steps

_GONE = frozenset({"RecordNotFound", "NotFound"})


def remove(account: Account, published: Published) -> Steps[WithdrawResult]:
    """Delete the record by its key. A PDS answers 200 for one that is gone already, too."""
    key = published.rendered.key
    try:
        _, answer = yield from call(account, lambda talk: talk.delete(key))
    except RenewalFailed as failed:
        return StillThere(failed.cause, failed.evidence)
    deleted = answer.status == answers.OK and isinstance(answer.json(), dict)
    if deleted or answers.error(answer) in _GONE:
        return Withdrawn(answers.evidence(answer))
    why = answers.cause(answer)
    if why is Cause.CONTENT_REJECTED:  # about our question, not about a text
        why = Cause.PLATFORM_FAULT
    return StillThere(why, answers.evidence(answer))
