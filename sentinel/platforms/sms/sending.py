"""A list sent through a gateway: who is begun is on disk first, who is in doubt is left alone.

What happens in the middle of a thousand recipients:

- the daemon dies: those in the request under way are in doubt (one; with seven
  up to twenty); the next attempt looks for them where the gateway can be asked,
  and goes on with the rest;
- the gateway asks to slow down: it is waited for briefly; else the attempt ends,
  and the next goes on with the rest;
- the credit runs out, or the credential is refused: the attempt ends, those who
  have it have it, and the rest is sent when the channel publishes again;
- one number is refused: that recipient alone, and for good;
- an answer says nothing certain of some: they are passed over. Three times in a
  row, or an answer that is not the gateway's own, and the attempt ends;
- the list is longer than one attempt may take: the attempt ends in good time,
  before the deadline would tear a request, and the next goes on.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Outcome, Rendered, Throttled, Unclear
from sentinel.domain.receipts import IDS
from sentinel.platforms import Account
from sentinel.platforms.sms.gateway import Gateway
from sentinel.platforms.sms.verdicts import Verdict, clock, outcome, pause_s
from sentinel.wire import Lost, Response, Steps, Withheld, ask, remember, wait
from sentinel.wire.mailing import Mailing
from sentinel.wire.recipients import Listed, Recipient, batches
from sentinel.wire.rows import How

LONG_ENOUGH = timedelta(seconds=90)
"""After so long by the gateway's own clock an attempt ends and the next goes on."""

PATIENCE = 3
"""After so many answers in a row that leave recipients in doubt an attempt ends."""

LOOKED_FOR = 30
"""How many of those in doubt are looked for in one go."""

SHORT_PAUSE_S = 5.0
PAUSES = 3

_UNSENT = frozenset({How.THROTTLED, How.REFUSED, How.CONTENT, How.FAILED})


@dataclass(slots=True, kw_only=True)
class Sending:
    """One attempt to send one delivery to everybody who never had it."""

    gateway: Gateway
    account: Account
    rendered: Rendered
    mailing: Mailing
    _began: datetime | None = None  # by the gateway's clock
    _unclear: int = 0
    _pauses: int = 0
    _queue: deque[list[Recipient]] = field(default_factory=deque)

    def run(self) -> Steps[None]:
        """Send until all were reached, or something ends it."""
        for group in by_language(self.mailing.left(), self.rendered).values():
            self._queue.extend(batches(group, self.gateway.batch))
        while self._queue:
            if not (yield from self._hand_over(self._queue.popleft())):
                return

    def _hand_over(self, parts: list[Recipient]) -> Steps[bool]:
        """Send to `parts`; return whether to go on."""
        text = text_for(self.rendered, parts[0])
        yield from self.mailing.begin(parts)
        try:
            request = self.gateway.request(self.account, self.rendered, text, parts)
            answer = yield from ask(request)
        except (Lost, Withheld) as stopped:
            if isinstance(stopped, Withheld) or not stopped.sent:
                yield from self.mailing.undo(parts)  # it never left this machine
            raise
        told = self.gateway.verdicts(self.account, answer, parts)
        if isinstance(told, Verdict):
            again = yield from self._again(told, answer, parts)
            if again:
                return True
            told = {part.fingerprint: told for part in parts}
        went = yield from self._settle(parts, told)
        return went and not self._long(answer)

    def _again(self, told: Verdict, answer: Response, parts: list[Recipient]) -> Steps[bool]:
        """Put `parts` back in the queue, if they are certainly unsent and may go at once."""
        pause = pause_s(answer) if told.how is How.THROTTLED else 0.0
        short = 0 < pause <= SHORT_PAUSE_S and self._pauses < PAUSES
        if not (told.each or short):
            return False
        yield from self.mailing.undo(parts)
        if told.each:
            self._queue.extendleft([part] for part in reversed(parts))
            return True
        self._pauses += 1
        yield from wait(pause)
        self._queue.appendleft(parts)
        return True

    def _settle(self, parts: list[Recipient], told: Mapping[str, Verdict]) -> Steps[bool]:
        """Write down what became of each; return whether to go on with the next."""
        silent = Verdict(how=How.UNCLEAR, spoken=True)
        verdicts = [(part, told.get(part.fingerprint, silent)) for part in parts]
        for part, verdict in verdicts:
            if verdict.how is How.THEIRS:
                self.mailing.refuse(part, outcome(verdict))
            elif verdict.how is How.PUT_OFF or verdict.how in _UNSENT:
                self.mailing.defer(part, self._ending(verdict))
        taken = [part for part, verdict in verdicts if verdict.how is How.TAKEN]
        ids = {part.fingerprint: verdict.id for part, verdict in verdicts if verdict.id}
        unclear = [verdict for _, verdict in verdicts if verdict.how is How.UNCLEAR]
        if len(unclear) == len(parts):
            yield from self.mailing.pass_over()
        else:
            yield from self.mailing.took(taken, ids=ids)
        unsent = next((verdict for _, verdict in verdicts if verdict.how in _UNSENT), None)
        if unsent is not None:
            self.mailing.stop(self._ending(unsent))
            return False
        return self._bearable(unclear)

    def _bearable(self, unclear: list[Verdict]) -> bool:
        """Return whether what is in doubt is a matter of recipients, and not of the gateway."""
        self._unclear = self._unclear + 1 if unclear else 0
        if not unclear or (self._unclear < PATIENCE and all(each.spoken for each in unclear)):
            return True
        self.mailing.stop(Unclear(unclear[0].cause, unclear[0].evidence))
        return False

    def _ending(self, verdict: Verdict) -> Outcome:
        """Return how an attempt ends with recipients who are certainly unsent."""
        ending = outcome(verdict)
        if isinstance(ending, Throttled) and self.mailing.accepted:
            # It took some and will take more: slow, and not shut.
            return replace(ending, cause=Cause.SLOW)
        return ending

    def _long(self, answer: Response) -> bool:
        """Return whether the attempt has taken as long as it may; note so if it has."""
        now = clock(answer)
        if now is None or not self._queue:
            return False
        try:
            self._began = self._began or now
            over = now - self._began >= LONG_ENOUGH
        except TypeError:  # one with a zone, one without
            return False
        if over:
            why = "the list takes longer than one attempt"
            self.mailing.stop(Throttled(until=None, cause=Cause.SLOW, evidence=why))
        return over


def looked_for(
    gateway: Gateway,
    account: Account,
    rendered: Rendered,
    memory: Mapping[str, str],
    listed: Listed,
) -> Steps[Mailing]:
    """Return what is known of each recipient, after a look for those in doubt."""
    mailing = Mailing.recall(memory, listed)
    doubtful = [part for part in listed.parts if part.fingerprint in mailing.doubtful]
    if not doubtful or not gateway.looks:
        return mailing
    found: dict[str, str] = {}
    try:
        for part in doubtful[:LOOKED_FOR]:
            name = yield from gateway.look(account, rendered, text_for(rendered, part), part)
            if name:
                where = f"{IDS}look:{part.fingerprint}"
                found[where] = json.dumps({part.fingerprint: name})
                yield from remember(where, found[where])
    except Lost:
        pass  # who was not looked for stays in doubt
    return Mailing.recall({**memory, **found}, listed)


def text_for(rendered: Rendered, part: Recipient) -> str:
    """Return the text in the recipient's language, if the message has it."""
    return _texts(rendered).get(part.language, rendered.text)


def by_language(parts: list[Recipient], rendered: Rendered) -> dict[str, list[Recipient]]:
    """Return the recipients by the text that they get."""
    groups: dict[str, list[Recipient]] = {}
    for part in parts:
        groups.setdefault(text_for(rendered, part), []).append(part)
    return groups


def _texts(rendered: Rendered) -> Mapping[str, str]:
    texts = rendered.payload.get("texts")
    return texts if isinstance(texts, dict) else {}
