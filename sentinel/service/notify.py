"""Tells staff: reads the journal, queues what is news, and sends it until an address took it.

The queue is on disk and written together with the reader's place in the
journal, so that no news is lost and none is queued twice. A sending that never
reported back is repeated and marked as a repeat.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from sentinel.domain.news_item import News
from sentinel.domain.pauses import backoff
from sentinel.domain.rules import Address, Contact, Level
from sentinel.errors import SecretError, StorageError
from sentinel.failpoints import reach
from sentinel.rules.secrets import resolve_secret
from sentinel.service.accounts import Hide
from sentinel.service.board import Board
from sentinel.service.compose import Told, body_of, told_of
from sentinel.service.hand_over import aside, by_apprise, secrets_in, warm_up
from sentinel.storage.notifications import Notification
from sentinel.storage.storage import Storage

log = structlog.get_logger()

READER = "notifier"
BATCH = 200
IDLE_S = 1.0
SEND_TIMEOUT_S = 20.0
ONE_PART = 1_000  # characters; services split what is longer, and may take some of the parts
AT_ONCE = 16  # notifications under way

Send = Callable[[str, str, str], bool]
"""Hand (address, subject, text) over; False when it was not taken. Runs in a thread."""


class Notifier:
    """One journal reader with a durable queue behind it."""

    def __init__(
        self,
        storage: Storage,
        board: Board,
        hide: Hide,
        send: Send | None = None,
        leads: Callable[[], bool] = lambda: True,  # of several nodes only the leader tells
    ) -> None:
        self._storage = storage
        self._board = board
        self._hide = hide
        self._send = send or by_apprise
        self._leads = leads
        self._under_way = 0
        self._unsure: set[str] = set()  # handed over, and no answer came: it may have arrived
        self._in_trouble = False
        self.beat: datetime | None = None
        self.results: dict[tuple[str, str], int] = {}  # (contact, result) -> count

    async def run_until(self, stop: asyncio.Event) -> None:
        """Read the journal and work the queue until `stop` is set."""
        async with asyncio.TaskGroup() as sending:
            sending.create_task(aside(warm_up))
            while not stop.is_set():
                self.beat, seen = self._board.now(), self._storage.changes
                if not self._leads():
                    await asyncio.sleep(IDLE_S)
                    continue
                try:
                    read = await self.read()
                    sent = await self.send_due(sending)
                    self._trouble(None)
                except StorageError as error:
                    self._trouble(error)
                    await asyncio.sleep(IDLE_S)
                    continue
                if not read and not sent:
                    await self._storage.wait_change(IDLE_S, seen=seen)

    def _trouble(self, error: StorageError | None) -> None:
        """Say once that the storage refuses, and once that it works again."""
        if error is not None and not self._in_trouble:
            log.error("notifier.blocked", error=error.phrase.en)
        if error is None and self._in_trouble:
            log.warning("notifier.resumed")
        self._in_trouble = error is not None

    async def read(self) -> int:
        """Queue what the next journal entries mean for staff; return how many were read."""
        async with self._storage.read() as view:
            entries = await view.entries(after=await view.cursor(READER), limit=BATCH)
            news = [told for entry in entries if (told := await told_of(view, self._board, entry))]
        if not entries:
            return 0
        async with self._storage.write() as unit:
            if await unit.cursor(READER) >= entries[-1].number:
                return 0
            for notification in self._queue(news):
                await unit.add_notification(notification)
            await unit.set_cursor(READER, entries[-1].number)
            reach("notify.queued_before_commit")
        reach("notify.queued")
        return len(entries)

    def _queue(self, news: list[Told]) -> Iterable[Notification]:
        for contact in self._first_called():
            if news:
                yield self._notification(contact, news)

    def _first_called(self) -> list[Contact]:
        staff = self._board.rules.staff
        levels = staff.levels or (Level(after=timedelta(), notify=tuple(staff.contacts)),)
        return [staff.contacts[name] for name in levels[0].notify if name in staff.contacts]

    def _notification(self, contact: Contact, news: list[Told]) -> Notification:
        """Fold what came at the same time into one: nobody reads ten mails at three.

        An alarm among it gives the subject, whatever else came before it.
        """
        last = news[-1][0]
        news = sorted(news, key=lambda numbered: not numbered[1].alarm)
        subjects = [found.subject.in_(contact.language) for _, found in news]
        more = f" (+{len(subjects) - 1})" if len(subjects) > 1 else ""
        at = self._board.now()
        return Notification(
            id=self._board.new_id(),
            outage_id=news[0][1].outage,
            journal_number=last,
            contact=contact.name,
            level=0,
            address=0,
            due_at=at,
            attempts=0,
            subject=subjects[0] + more,
            text=body_of(news, contact.language),
            repeat=False,
            created_at=at,
            sent_at=None,
        )

    async def tell_from_memory(self, news: News) -> None:
        """Tell staff at once and once: for the moment when nothing can be put on disk."""
        for contact in self._first_called():
            notification = self._notification(contact, [(0, news)])
            for number in range(len(contact.addresses)):
                taken, _ = await self._send_one(replace(notification, address=number))
                if taken:
                    break

    async def send_due(self, sending: asyncio.TaskGroup) -> int:
        """Begin to send what is due; return how much. A receiver that hangs holds up nobody."""
        room = AT_ONCE - self._under_way
        if room <= 0:
            return 0
        async with self._storage.write() as unit:
            due = await unit.claim_notifications(self._board.now(), limit=room)
        for notification in due:
            self._under_way += 1
            sending.create_task(self._try(notification))
        return len(due)

    async def _try(self, notification: Notification) -> None:
        try:
            reach("notify.claimed")
            await self._report(notification, *await self._send_one(notification))
        except StorageError as error:
            # It stays claimed until its lease ends, and then goes out as a repeat.
            self._trouble(error)
        finally:
            self._under_way -= 1

    async def _send_one(self, notification: Notification) -> tuple[bool, int]:
        """Hand it to the address whose turn it is; return whether it was taken, and by which."""
        contact = self._board.rules.staff.contacts.get(notification.contact)
        if contact is None or not contact.addresses:
            return False, notification.address
        address = notification.address % len(contact.addresses)
        return await self._hand_over(notification, contact.addresses[address]), address

    async def _report(self, notification: Notification, taken: bool, address: int) -> None:  # noqa: FBT001 - an answer, handed on
        contact = self._board.rules.staff.contacts.get(notification.contact)
        at, tries = self._board.now(), notification.attempts + 1
        after = replace(
            notification,
            state="sent" if taken else "queued",
            repeat=notification.repeat or notification.id in self._unsure,
            attempts=tries,
            address=address if taken else address + 1,
            sent_at=at if taken else None,
            due_at=at + self._pause(contact, address, tries),
        )
        reach("notify.sent")
        async with self._storage.write() as unit:
            await unit.save_notification(after)
            reach("notify.report_before_commit")
        self._unsure.discard(notification.id)
        reach("notify.reported")
        result = "sent" if taken else "failed"
        key = (notification.contact, result)
        self.results[key] = self.results.get(key, 0) + 1
        log.info("notification.tried", contact=notification.contact, result=result, tries=tries)

    def _pause(self, contact: Contact | None, address: int, tries: int) -> timedelta:
        """The next address is tried at once; after the last one the pauses grow."""
        if contact is not None and address + 1 < len(contact.addresses):
            return timedelta()
        return backoff(tries)

    async def _hand_over(self, notification: Notification, address: Address) -> bool:
        mark = {"de": "[Wiederholung] ", "en": "[repeat] "}
        language = "de" if self._language(notification).startswith("de") else "en"
        subject = (mark[language] if notification.repeat else "") + notification.subject
        try:
            url = resolve_secret(address.url, self._board.env)
        except SecretError:
            log.warning("contact.unconfigured", contact=notification.contact)
            return False
        self._hide([url, *secrets_in(url)])
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                taken = await aside(partial(self._send, url, subject, notification.text))
        except TimeoutError:
            taken = False
            self._unsure.add(notification.id)
        except Exception:
            log.exception("notification.crashed", contact=notification.contact)
            return False
        if not taken and len(notification.text) > ONE_PART:
            self._unsure.add(notification.id)  # its first parts may have arrived
        return taken

    def _language(self, notification: Notification) -> str:
        contact = self._board.rules.staff.contacts.get(notification.contact)
        return contact.language if contact else self._board.rules.language
