"""What became of each recipient of one delivery: on disk, and as an outcome.

For platforms that send to people one by one or in batches (e-mail, SMS,
WhatsApp). On disk stands one line for each batch, `sentinel.out.batch:N` =
`begun 250:FP,FP 550:FP`: codes, and the fingerprints of those who got them. It
is written before the batch is handed over and again after the answer, then as
`done`. An empty line is of a batch that was certainly not taken; any other says
that the message is out to somebody, or may be (`domain.chain.OUT_TO`). Those
with 2xx are accepted once it is done and in doubt until then; those with 5xx
are refused for good. Who is put off is not written: still to be sent to.

A refusal goes to disk only with or after an acceptance. As long as a server
took nobody, a fault of ours is as likely as wrong addresses, and everybody is
asked again.

`sentinel.ids:N` holds the platform's own names for what it took, by which a
call back finds its recipient; `sentinel.heard:FP` what the call back said. A
receipt settles a doubt: who has it is accepted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from sentinel.domain.cause import Cause
from sentinel.domain.chain import OUT_TO
from sentinel.domain.delivery import (
    Accepted,
    Failed,
    FindResult,
    Found,
    NotSeen,
    Outcome,
    ProvenAbsent,
    Receipt,
    Refused,
    Scope,
    Throttled,
    Unclear,
)
from sentinel.domain.receipts import IDS, ids_in, states_in
from sentinel.wire import Lost, Steps, remember
from sentinel.wire.recipients import Listed, Recipient

_LINE = f"{OUT_TO}batch:"
_BEGUN, _DONE = "begun", "done"
_REFUSED = "5"
_TAKEN_CODE, _REFUSED_CODE = 200, 500


@dataclass(slots=True, kw_only=True)
class Mailing:
    """Every recipient of one delivery, by fingerprint. Built up by one conversation."""

    parts: Sequence[Recipient] = ()
    malformed: int = 0
    trouble: str = ""  # why the list could not be read
    accepted: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)  # handed over, and no answer
    deferred: set[str] = field(default_factory=set)  # in this conversation
    also: str = ""  # said behind the counts
    _next: int = 1
    _open: set[str] = field(default_factory=set)  # a batch that was begun and has no answer
    _unwritten: dict[str, int] = field(default_factory=dict)  # refusals that are not on disk
    _first_refusal: Outcome | None = None
    _first_deferral: Outcome | None = None
    _stopped: Outcome | None = None  # why the rest was not reached

    @classmethod
    def recall(cls, memory: Mapping[str, str], listed: Listed) -> Self:
        """Return what is on disk about the delivery, beside the list as it is now."""
        mailing = cls(parts=listed.parts, malformed=listed.malformed, trouble=listed.trouble)
        for name, value in memory.items():
            number = name.removeprefix(_LINE)
            state, *groups = value.split(" ")
            if number == name or not groups:
                continue
            mailing._next = max(mailing._next, int(number) + 1)
            for group in groups:
                code, _, those = group.partition(":")
                taken = mailing.accepted if state == _DONE else mailing.doubtful
                (mailing.refused if code.startswith(_REFUSED) else taken).update(those.split(","))
        heard = mailing.doubtful & (states_in(memory).keys() | ids_in(memory).keys())
        mailing.doubtful -= heard
        mailing.accepted |= heard
        return mailing

    def left(self) -> list[Recipient]:
        """Return those on the list who may still be sent to, and never had this message."""
        settled = self.accepted | self.refused | self.doubtful
        return [part for part in self.parts if part.fingerprint not in settled]

    def refuse(self, part: Recipient, why: Outcome, code: int = _REFUSED_CODE) -> None:
        """Note that `part` is refused for good: theirs alone. `code` is kept, 500 to 599."""
        self._first_refusal = self._first_refusal or why
        self.refused.add(part.fingerprint)
        self._unwritten[part.fingerprint] = code

    def defer(self, part: Recipient, why: Outcome) -> None:
        """Note that the message is not taken for `part` now; the next attempt tries again."""
        self._first_deferral = self._first_deferral or why
        self.deferred.add(part.fingerprint)

    def begin(
        self, parts: Iterable[Recipient], codes: Mapping[str, int] | None = None
    ) -> Steps[None]:
        """Put on disk that the message is now handed over for `parts`: before the network."""
        taken = _coded(parts, codes)
        self._open = set(taken)
        self.doubtful |= taken.keys()
        yield from self._write(_BEGUN, taken)

    def took(
        self,
        parts: Iterable[Recipient],
        ids: Mapping[str, str] | None = None,
        codes: Mapping[str, int] | None = None,
    ) -> Steps[None]:
        """Put on disk that the message was taken for `parts`; none: that nobody's was.

        Args:
            parts: Those of the batch for whom it was. Of its others, who was not
                refused or deferred before stays in doubt.
            ids: The platform's names for what it took, by fingerprint.
            codes: What was answered for each, 200 to 299; for the record.
        """
        taken = _coded(parts, codes)
        if ids:
            yield from remember(f"{IDS}{self._next}", json.dumps(dict(ids)))
        settled = taken.keys() | self.refused | self.deferred
        unanswered = dict.fromkeys(self._open - settled, _TAKEN_CODE)
        begun, self._open = bool(self._open), set()
        self.doubtful -= settled
        self.accepted |= taken.keys()
        if unanswered:  # first: the line of the batch will not name them any more
            yield from remember(
                f"{_LINE}{self._next + 1}", f"{_BEGUN} {_by_code(unanswered.items())}"
            )
        if self.accepted | self.doubtful and (taken or self._unwritten):
            yield from self._write(_DONE, taken)
            self._unwritten.clear()
            self._next += 1
        elif begun:
            yield from remember(f"{_LINE}{self._next}", "")
            self._next += 1
        self._next += 1 if unanswered else 0

    def undo(self, parts: Iterable[Recipient]) -> Steps[None]:
        """Put on disk that the message was certainly not taken for `parts`, a batch begun."""
        self._open = set()
        self.doubtful -= {part.fingerprint for part in parts}
        yield from remember(f"{_LINE}{self._next}", "")

    def stop(self, outcome: Outcome) -> None:
        """Note what ended the conversation before everybody was reached."""
        self._stopped = outcome

    def lose(self, lost: Lost) -> None:
        """Note the loss that did: in doubt if it was of the answer to a batch begun."""
        kind = Unclear if self._open else Failed
        self._stopped = kind(lost.cause, lost.evidence)

    def pass_over(self) -> Steps[None]:
        """Leave a batch in doubt, as its line says, and go on with the next."""
        self._open = set()
        self._next += 1
        yield from ()

    def outcome(self, key: str) -> Outcome:
        """Return accepted if all are settled and somebody was; else what is to be done next."""
        if isinstance(self._stopped, Unclear):
            return self._counted(self._stopped)
        if self.left():
            return self._counted(self._stopped or self._deferral())
        if self.doubtful:
            return self._counted(Unclear(Cause.PLATFORM_FAULT))
        if self.accepted:
            return Accepted(receipt=Receipt(post_id=key), evidence=self.counts())
        if self._first_refusal is None:
            return Refused(Cause.BAD_CONFIGURATION, evidence="no recipient")
        return self._first_refusal

    def find(self, key: str, what: str) -> FindResult:
        """Return what memory knows after an unclear attempt; `what` names it.

        As long as anybody was not begun, the rest is certainly not sent, and the
        next attempt goes on with them. When only the doubt is left, a person decides.
        """
        if not self.accepted | self.doubtful:
            return ProvenAbsent(f"no {what} was begun")
        if self.trouble:
            return NotSeen(self.trouble)
        if left := len(self.left()):
            return ProvenAbsent(f"the {what} was certainly not begun for {left} recipients")
        if doubtful := len(self.doubtful):
            return NotSeen(f"{what} cannot be read back; {doubtful} recipients in doubt")
        return Found(Receipt(post_id=key))

    def counts(self) -> str:
        """Return how many are what, for people."""
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
        return ", ".join([*said, self.also] if self.also else said)

    def _deferral(self) -> Outcome:
        if self._first_deferral is None:
            return Failed(Cause.PLATFORM_FAULT)
        # Some were taken: what keeps the others waiting is neither a fault nor a limit of ours.
        return Failed(Cause.SLOW) if self.accepted else self._first_deferral

    def _counted(self, outcome: Outcome) -> Outcome:
        """Return the outcome with the counts, once anybody has the message or may have it."""
        if not self.accepted | self.doubtful:
            return outcome
        said = f"{self.counts()}; {outcome.evidence}" if outcome.evidence else self.counts()
        match outcome:
            case Refused(scope=Scope.CONTENT):
                # The same bytes were taken before: it cannot be the text alone.
                return replace(outcome, scope=Scope.CHANNEL, evidence=said)
            case Accepted() | Throttled() | Failed() | Refused() | Unclear():
                return replace(outcome, evidence=said)

    def _write(self, state: str, taken: Mapping[str, int]) -> Steps[None]:
        groups = _by_code([*taken.items(), *self._unwritten.items()])
        yield from remember(f"{_LINE}{self._next}", f"{state} {groups}")


def _coded(parts: Iterable[Recipient], codes: Mapping[str, int] | None) -> dict[str, int]:
    stated = codes or {}
    return {each.fingerprint: stated.get(each.fingerprint, _TAKEN_CODE) for each in parts}


def _by_code(codes: Iterable[tuple[str, int]]) -> str:
    groups: dict[int, list[str]] = {}
    for fingerprint, code in codes:
        groups.setdefault(code, []).append(fingerprint)
    return " ".join(f"{code}:{','.join(those)}" for code, those in groups.items())
