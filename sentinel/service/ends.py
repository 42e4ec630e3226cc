"""Which of the messages that are being posted here have ended meanwhile.

A conversation with a platform may take half a minute from its first step to the
one that makes something public. If its message is withdrawn or superseded on the
way, that last step must not be taken: the alarm would come after its all-clear.

Only what is at work here is kept in mind: whoever begins later reads the message
from the disk, under the lock of its chain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Ends:
    """Messages at work on this node, and which of them are stopped."""

    _at_work: Counter[str] = field(default_factory=Counter)
    _stopped: set[str] = field(default_factory=set)

    @contextmanager
    def watching(self, message_id: str) -> Iterator[None]:
        """Keep in mind that a message is at work; enter before its attempt is written down."""
        self._at_work[message_id] += 1
        try:
            yield
        finally:
            self._at_work[message_id] -= 1
            if self._at_work[message_id] == 0:
                del self._at_work[message_id]
                self._stopped.discard(message_id)

    def stop(self, message_id: str) -> None:
        """Let nothing more of a message become public, if it is at work here."""
        if message_id in self._at_work:
            self._stopped.add(message_id)

    def goes(self, message_id: str) -> None:
        """Take back a stop: on disk, with its chain locked, the message was not ended.

        Whoever said that it ended could not write it down.
        """
        self._stopped.discard(message_id)

    def stopped(self, message_id: str) -> bool:
        """Return whether nothing more of a message may become public by what is at work here."""
        return message_id in self._stopped
