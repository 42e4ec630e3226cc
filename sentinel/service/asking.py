"""Asks people to post where no interface exists, reminds them once, and tells them to stop.

Each is queued in the very transaction in which it becomes so: nobody is asked
for what is not on disk, and nobody twice after a crash. The texts are those
that were frozen when the delivery was planned.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sentinel.domain.asking import REMINDED, ask, asked, marks, to_remind, waits
from sentinel.domain.asking_words import Task, Words, asking, reminding, stopping
from sentinel.domain.delivery import Delivery
from sentinel.domain.message import Kind, Message
from sentinel.domain.roster import first_called
from sentinel.service.board import Board
from sentinel.service.outages import DAEMON
from sentinel.service.signed import LinkKind, SignedLink
from sentinel.storage.notifications import Notification
from sentinel.storage.view import Unit

CONFIRM_WITHIN = timedelta(minutes=15)
"""If the channel does not say how long a person may take."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Speaks to the contacts that a channel names."""

    board: Board

    def by_hand(self, delivery: Delivery) -> bool:
        """Return whether only a person can post on a delivery's channel."""
        known = delivery.channel in self.board.rules.channels
        return known and self.board.platform(delivery.channel).facts.by_hand

    async def ask(
        self, unit: Unit, message: Message, delivery: Delivery, token: int, at: datetime
    ) -> bool:
        """Ask for a claimed delivery, and end the claim; False if the claim is no longer ours."""
        settings = self.board.rules.channels[delivery.channel].settings
        within = settings.get("confirm_within")
        limit = within if isinstance(within, timedelta) else CONFIRM_WITHIN
        waiting = ask(delivery, limit, at)
        if not await unit.settle(waiting, token):
            return False
        stated = settings.get("contacts")
        named = [str(one) for one in stated] if isinstance(stated, list | tuple) else []
        contacts = named or self._first_called()
        for name, value in marks(contacts, at).items():
            await unit.remember(delivery.id, name, value)
        for contact in contacts:
            words = asking(self._task(unit, message, waiting, contact))
            await self._tell(unit, message, contact, words, at)
        unit.note(
            "delivery.asked",
            actor=DAEMON,
            subject=delivery.id,
            payload={
                "message": message.id,
                "number": message.number,
                "channel": delivery.channel,
                "contacts": contacts,
                "until": waiting.due_at,
            },
        )
        return True

    async def remind(
        self,
        unit: Unit,
        message: Message,
        wanted: Collection[str],
        deliveries: Sequence[Delivery],
        at: datetime,
    ) -> None:
        """Remind those who were asked and have said nothing until half of their time.

        `wanted` are the channels that are still to carry the message.
        """
        if self.board.hold is not None:
            return
        for delivery in deliveries:
            if not to_remind(delivery, at) or delivery.channel not in wanted:
                continue
            await unit.remember(delivery.id, REMINDED, at.isoformat())
            for contact in asked(delivery):
                words = reminding(self._task(unit, message, delivery, contact))
                await self._tell(unit, message, contact, words, at)
            unit.note(
                "delivery.reminded",
                actor=DAEMON,
                subject=delivery.id,
                payload={"message": message.id, "channel": delivery.channel},
            )

    async def stop(
        self, unit: Unit, message: Message, deliveries: Sequence[Delivery], at: datetime
    ) -> None:
        """Tell those who are still asked that what they were asked for goes out no more."""
        for delivery in deliveries:
            if waits(delivery):
                for contact in asked(delivery):
                    words = stopping(
                        message.number, delivery.channel, exercise=message.content.exercise
                    )
                    await self._tell(unit, message, contact, words, at)

    def _first_called(self) -> list[str]:
        """Return who is asked for a channel that names nobody: whoever hears of trouble first."""
        board = self.board
        return list(first_called(board.rules.staff, board.rosters, board.now()))

    def _task(self, unit: Unit, message: Message, delivery: Delivery, contact: str) -> Task:
        rules, name = self.board.rules, delivery.channel
        link = SignedLink(
            kind=LinkKind.CONFIRM,
            subject=delivery.id,
            contact=contact,
            expires_at=message.expires_at,
        )
        until = delivery.due_at.astimezone(ZoneInfo(rules.timezone))
        return Task(
            number=message.number,
            channel=name,
            text=delivery.rendered.text,
            until=f"{until:%H:%M}",
            link=link.url(rules.server.public_url, unit.derived_key),
            open_at=self.board.platform(name).compose_link(
                self.board.faceless(name), delivery.rendered
            ),
            owed=message.kind is not Kind.ALERT,
            exercise=message.content.exercise,
        )

    async def _tell(
        self, unit: Unit, message: Message, contact: str, words: Words, at: datetime
    ) -> None:
        """Queue it as something grave: it has to be done in minutes, whatever the hour."""
        known = self.board.rules.staff.contacts.get(contact)
        if known is None:
            return  # new rules took the contact away; the journal says who was asked
        await unit.add_notification(
            Notification(
                id=self.board.new_id(),
                journal_number=0,  # of no entry: it is written with what it is about
                contact=contact,
                due_at=at,
                attempts=0,
                subject=words.subject.in_(known.language),
                text=words.text.in_(known.language),
                short=words.short.in_(known.language),
                grave=True,
                exercise=message.content.exercise,
                created_at=at,
            )
        )
