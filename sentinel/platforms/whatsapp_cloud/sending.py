"""One message to many: a request for each recipient, each at most once.

There is no key that makes a copy harmless, and no list of what was sent. So a
batch is on disk before its first request; who got no answer is in doubt, and
settled only by a receipt that names our key (`biz_opaque_callback_data`).

A platform that is down would put one recipient in doubt at every attempt.
Therefore a question that costs nothing goes first: while it is not answered,
nothing is begun.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Failed, Outcome, Rendered, Unclear
from sentinel.platforms import Account
from sentinel.platforms.whatsapp_cloud import answers, templates
from sentinel.platforms.whatsapp_cloud.answers import Whose
from sentinel.platforms.whatsapp_cloud.calls import ask_node, message_id, request
from sentinel.wire import Lost, Response, Steps, Withheld, ask, wait
from sentinel.wire.graph import codes, good, said
from sentinel.wire.mailing import Mailing
from sentinel.wire.recipients import Recipient, batches
from sentinel.wire.rows import How
from sentinel.wire.times import date_of

BATCH: Final = 20
"""Recipients who are put on disk together: as many could be in doubt after a crash."""

PATIENCE_S: Final = 15.0
"""For one answer of many."""

RUN: Final = timedelta(minutes=8)
"""After so long the run is broken off between two batches, and goes on at the next attempt."""

_PAUSES_S: Final = (1.0, 4.0)  # 4^n, as Meta advises
_STOPS: Final = frozenset({How.UNCLEAR, How.REFUSED})
"""A limit on questions is none on sendings, and stops nothing."""

_NOT_BEGUN: Final = Failed(Cause.PLATFORM_FAULT, "not begun")


@dataclass(slots=True, kw_only=True)
class Run:
    """One attempt. `without` are languages that the template was found not to have."""

    account: Account
    rendered: Rendered
    ledger: Mailing
    without: set[str] = field(default_factory=set)
    began: datetime | None = None
    latest: datetime | None = None
    refused: Outcome | None = None  # the last refusal that concerned one recipient

    def send(self) -> Steps[None]:
        """Send to everybody who never had it, as far as this attempt gets."""
        if not (yield from self._answers()):
            return
        for parts in list(batches(self.ledger.left(), BATCH)):
            if self.began and self.latest and self.latest - self.began >= RUN:
                self.ledger.stop(Failed(Cause.SLOW, "so many take longer than one attempt"))
                return
            if not (yield from self._batch(parts)):
                return

    def _answers(self) -> Steps[bool]:
        """Return whether the platform answers for our number; else nothing is begun."""
        answer = yield from ask_node(self.account, "id", within_s=PATIENCE_S)
        self.began = date_of(answer)
        row = answers.GRAPH.judge(answer)
        # A token may send and still not be allowed to read: that stops nothing.
        if good(answer) or row.how not in _STOPS or row.cause is Cause.PERMISSION_MISSING:
            return True
        self.ledger.stop(answers.GRAPH.refusal(answer, committed=False))
        return False

    def _batch(self, parts: Sequence[Recipient]) -> Steps[bool]:
        """Send to some; return whether to go on with the next."""
        ids: dict[str, str] = {}
        taken: list[Recipient] = []
        yield from self.ledger.begin(parts)
        for number, part in enumerate(parts):
            try:
                answer = yield from self._one(part)
            except (Lost, Withheld) as stopped:
                lost = isinstance(stopped, Lost) and stopped.sent
                yield from self._break_off(parts[number + lost :], taken, ids)
                if isinstance(stopped, Withheld):
                    raise
                kind = Unclear if lost else Failed
                self.ledger.stop(kind(stopped.cause, stopped.evidence))
                return False
            self.latest = date_of(answer) or self.latest
            if name := message_id(answer):
                ids[part.fingerprint] = name
                taken.append(part)
            elif (end := self._refused(part, answer)) is not None:
                yield from self._break_off(parts[number + isinstance(end, Unclear) :], taken, ids)
                self.ledger.stop(end)
                return False
        yield from self.ledger.took(taken, ids)
        nobody = not self.ledger.accepted | self.ledger.doubtful
        if nobody and self.refused and all(p.fingerprint in self.ledger.refused for p in parts):
            self.ledger.stop(self.refused)  # every one of them: the fault is not theirs
            return False
        return True

    def _one(self, part: Recipient) -> Steps[Response]:
        """Send to one: in their language if the template has it, and no faster than allowed."""
        pauses = list(_PAUSES_S)
        while True:
            language = templates.spoken_by(part.language, self.rendered)
            if language in self.without:
                language = str(self.rendered.payload.get("language", ""))
            answer = yield from ask(
                request(
                    self.account,
                    templates.body(part.address, part.fingerprint, self.rendered, language),
                    within_s=PATIENCE_S,
                )
            )
            main = self.rendered.payload.get("language")
            if good(answer):
                return answer
            if codes(answer)[0] == answers.NO_TEMPLATE and language != main:
                self.without.add(language)
            elif answers.whose(answer) is Whose.PACE and pauses:
                yield from wait(pauses.pop(0))
            else:
                return answer

    def _refused(self, part: Recipient, answer: Response) -> Outcome | None:
        """Note what an answer without a message means for `part`; return what ends the run."""
        if good(answer):
            return Unclear(Cause.PLATFORM_FAULT, f"{said(answer)}, no message id")
        outcome = answers.refusal(answer)
        match answers.whose(answer):
            case Whose.ONE:
                self.ledger.refuse(part, outcome)
                self.refused = outcome
                return None
            case Whose.LATER:
                self.ledger.defer(part, outcome)
                return None
            case Whose.ALL | Whose.PACE:
                return outcome

    def _break_off(
        self, rest: Sequence[Recipient], taken: Sequence[Recipient], ids: dict[str, str]
    ) -> Steps[None]:
        """Put on disk who has it; `rest` certainly has not, and is asked again."""
        for part in rest:
            self.ledger.defer(part, _NOT_BEGUN)
        yield from self.ledger.took(taken, ids)
