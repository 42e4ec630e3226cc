"""What became of each recipient of one mail: on disk, and as an outcome.

On disk stands one line for each batch, `sentinel.out.batch:N` = `begun
250:FP,FP 550:FP`: reply codes to RCPT, and the fingerprints of those who got
them. It is written before DATA and again after the reply, then as `done`. An
empty line is of a batch that the server did not take; any other says that the
mail is out to somebody, or may be (`domain.chain.OUT_TO`). Those with 2xx are
accepted once it is done and in doubt until then; those with 5xx are refused for
good. Those with 4xx are not written: they are still to be mailed.

A refusal goes to disk only with or after an acceptance. As long as a server
took nobody, a fault of ours (relaying denied) is as likely as wrong addresses,
and everybody is asked again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from sentinel.domain.cause import Cause
from sentinel.domain.chain import OUT_TO
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    Outcome,
    Receipt,
    Refused,
    Scope,
    Throttled,
    Unclear,
)
from sentinel.platforms.email import replies
from sentinel.platforms.email.recipients import Part, Recipients
from sentinel.wire import Lost, SmtpReply, Steps, remember

_LINE = f"{OUT_TO}batch:"
_BEGUN, _DONE = "begun", "done"
_REFUSED = "5"


@dataclass(slots=True, kw_only=True)
class Ledger:
    """Every recipient of one delivery, by fingerprint. Built up by one conversation."""

    parts: Sequence[Part] = ()
    malformed: int = 0
    accepted: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)  # handed over, and no answer
    deferred: set[str] = field(default_factory=set)  # in this conversation
    queue_id: str = ""
    _next: int = 1
    _unwritten: dict[str, int] = field(default_factory=dict)  # refusals that are not on disk
    _first_refusal: SmtpReply | None = None
    _first_deferral: SmtpReply | None = None
    _stopped: Outcome | None = None  # why the rest was not reached

    @classmethod
    def recall(cls, memory: Mapping[str, str], listed: Recipients) -> Self:
        """Return what is on disk about the delivery, beside the list as it is now."""
        ledger = cls(parts=listed.parts, malformed=listed.malformed)
        for name, value in memory.items():
            number = name.removeprefix(_LINE)
            state, *groups = value.split(" ")
            if number == name or not groups:
                continue
            ledger._next = max(ledger._next, int(number) + 1)
            for group in groups:
                code, _, those = group.partition(":")
                taken = ledger.accepted if state == _DONE else ledger.doubtful
                (ledger.refused if code.startswith(_REFUSED) else taken).update(those.split(","))
        return ledger

    def left(self) -> list[Part]:
        """Return those on the list who may still be mailed, and never had this mail."""
        settled = self.accepted | self.refused | self.doubtful
        return [part for part in self.parts if part.fingerprint not in settled]

    def named(self, part: Part, reply: SmtpReply) -> None:
        """Note that the server will not take the mail for `part`, now or for good."""
        if replies.for_good(reply):
            self._first_refusal = self._first_refusal or reply
            self.refused.add(part.fingerprint)
            self._unwritten[part.fingerprint] = reply.code
        else:
            self._first_deferral = self._first_deferral or reply
            self.deferred.add(part.fingerprint)

    def begin(self, taken: Mapping[str, int]) -> Steps[None]:
        """Put on disk that the mail is now handed over for `taken` (fingerprint to code)."""
        self.doubtful |= taken.keys()
        yield from self._write(_BEGUN, taken)

    def finish(self, taken: Mapping[str, int]) -> Steps[None]:
        """Put on disk that the server took the mail for `taken`, or that it had none to take."""
        self.doubtful -= taken.keys()
        self.accepted |= taken.keys()
        if self.accepted | self.doubtful and (taken or self._unwritten):
            yield from self._write(_DONE, taken)
            self._unwritten.clear()
            self._next += 1

    def undo(self, taken: Mapping[str, int]) -> Steps[None]:
        """Put on disk that the server certainly did not take the mail for `taken`."""
        self.doubtful -= taken.keys()
        yield from remember(f"{_LINE}{self._next}", "")

    def stop(self, reply: SmtpReply, phase: str) -> None:
        """Note the reply that ended the conversation before everybody was reached."""
        self._stopped = replies.outcome(reply, phase)

    def lose(self, lost: Lost, *, in_doubt: bool) -> None:
        """Note the loss that did. `in_doubt`: of the answer to a mail handed over."""
        kind = Unclear if in_doubt else Failed
        self._stopped = kind(lost.cause, lost.evidence)

    def outcome(self, key: str) -> Outcome:
        """Return accepted if all are settled and somebody was; else what is to be done next."""
        if isinstance(self._stopped, Unclear):
            return self._counted(self._stopped)
        if self.left():
            return self._counted(self._stopped or self._deferral())
        if self.doubtful:
            return self._counted(Unclear(Cause.PLATFORM_FAULT))
        if self.accepted:
            return Accepted(receipt=Receipt(post_id=key), evidence=self._counts())
        if self._first_refusal is None:
            return Refused(Cause.BAD_CONFIGURATION, evidence="no recipient")
        return replies.outcome(self._first_refusal, replies.RCPT)

    def _deferral(self) -> Outcome:
        if self._first_deferral is None or self.accepted:
            return Failed(Cause.PLATFORM_FAULT)  # some were taken: this is no rate limit of ours
        return replies.outcome(self._first_deferral, replies.RCPT)

    def _counted(self, outcome: Outcome) -> Outcome:
        """Return the outcome with the counts, once anybody has the mail or may have it."""
        if not self.accepted | self.doubtful:
            return outcome
        said = f"{self._counts()}; {outcome.evidence}" if outcome.evidence else self._counts()
        match outcome:
            case Refused(scope=Scope.CONTENT):
                # The same bytes were taken before: it cannot be the text alone.
                return replace(outcome, scope=Scope.CHANNEL, evidence=said)
            case Accepted() | Throttled() | Failed() | Refused() | Unclear():
                return replace(outcome, evidence=said)

    def _counts(self) -> str:
        left = {part.fingerprint for part in self.left()}
        known = left | self.accepted | self.refused | self.doubtful
        rest = {
            "refused": len(self.refused),
            "deferred": len(left & self.deferred),
            "not reached": len(left - self.deferred),
            "in doubt": len(self.doubtful),
            "malformed": self.malformed,
        }
        said = [f"{len(self.accepted)} of {len(known)} recipients accepted"]
        said += [f"{count} {what}" for what, count in rest.items() if count]
        return ", ".join([*said, f"queued as {self.queue_id}"] if self.queue_id else said)

    def _write(self, state: str, taken: Mapping[str, int]) -> Steps[None]:
        groups = _by_code([*taken.items(), *self._unwritten.items()])
        yield from remember(f"{_LINE}{self._next}", f"{state} {groups}")


def _by_code(codes: Iterable[tuple[str, int]]) -> str:
    groups: dict[int, list[str]] = {}
    for fingerprint, code in codes:
        groups.setdefault(code, []).append(fingerprint)
    return " ".join(f"{code}:{','.join(those)}" for code, those in groups.items())
