"""Every expectation turned round: an expectation proves something only if the turned one falls."""

from collections.abc import Iterator

from sentinel.domain.cause import State
from sentinel.drills.claims import (
    Claim,
    Delivered,
    Judged,
    Notified,
    Outages,
    Posts,
    Rerouted,
    Tries,
    Where,
    Wording,
)
from sentinel.drills.shape import Expectation

OTHER_STATE = {
    State.UP: State.DOWN,
    State.DOWN: State.UP,
    State.UNKNOWN: State.UP,
    State.DEGRADED: State.UP,
}
OTHER_KIND = {
    "on": "not_on",
    "not_on": "on",
    "notified": "not_notified",
    "not_notified": "notified",
}


def turned(expectation: Expectation) -> Iterator[Expectation]:
    """Yield the expectation turned round, in each way that there is."""
    kind = OTHER_KIND.get(expectation.kind, expectation.kind)
    for claim in _claims(expectation.claim):
        blank = expectation.model_copy(update={expectation.kind: None})
        yield blank.model_copy(update={kind: claim})


def _claims(claim: Claim) -> Iterator[Claim]:
    match claim:
        case Rerouted(away_from=away_from, to=to):
            yield claim.model_copy(update={"away_from": to, "to": away_from})
        case Posts(count=count) | Outages(count=count):
            for wrong in {count + 1, abs(count - 1)}:
                yield claim.model_copy(update={"count": wrong})
        case Tries():
            yield from _tries(claim)
        case Judged():
            yield from _verdicts(claim)
        case Delivered(never=never):
            yield claim.model_copy(update={"never": not never})
        case Wording():
            yield from _wordings(claim)
        case Where() | Notified():
            yield claim  # under the other kind


def _wordings(claim: Wording) -> Iterator[Wording]:
    if claim.has is not None:
        yield claim.model_copy(update={"has": None, "lacks": claim.has})
    if claim.lacks is not None:
        yield claim.model_copy(update={"has": claim.lacks, "lacks": None})


def _verdicts(claim: Judged) -> Iterator[Judged]:
    if not claim.stays:  # what it is now, it is not at no time; what it never is, it is not now
        yield claim.model_copy(update={"never": not claim.never})
    if not claim.never:
        yield claim.model_copy(update={"state": OTHER_STATE[claim.state], "cause": None})


def _tries(claim: Tries) -> Iterator[Tries]:
    blank = claim.model_copy(update={"at_least": None, "at_most": None, "keys": None})
    if claim.at_least:
        yield blank.model_copy(update={"at_most": claim.at_least - 1})
    if claim.at_most is not None:
        yield blank.model_copy(update={"at_least": claim.at_most + 1})
    if claim.keys is not None:
        yield blank.model_copy(update={"keys": claim.keys + 1})
