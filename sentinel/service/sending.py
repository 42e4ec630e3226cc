"""Works the queue of notifications: each goes to a contact's addresses until one took it.

What is due to one contact together goes out together, in one parcel. A sending
that never reported back is repeated and marked as a repeat.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import structlog

from sentinel.domain.medium import Medium
from sentinel.domain.parcel import Parcel, folded, marked
from sentinel.domain.roster import first_called
from sentinel.domain.rules import Address, Contact
from sentinel.errors import SecretError, StorageError
from sentinel.failpoints import reach
from sentinel.rules.secrets import resolve_secret
from sentinel.service.accounts import Hide
from sentinel.service.board import Board
from sentinel.service.hand_over import Handed, aside, by_apprise, secrets_in
from sentinel.service.reach import Reach
from sentinel.storage.notifications import ContactDue, Notification
from sentinel.storage.storage import Storage

log = structlog.get_logger()

SEND_TIMEOUT_S = 20.0
AT_ONCE = 16  # parcels under way
PARCEL = 500  # notifications in one parcel
ALONE_EVERY = 10
"""Every so many failures of an address in a row, one notification is tried alone: should the
text of another be what the address refuses, not everything waits with it."""

Send = Callable[[str, Parcel, Medium | None], Handed]
"""Hand a parcel to an address, for a medium (None: by the address). Runs in a thread."""


class Sending:
    """The worker behind the queue: claims what is due, tries it, reports."""

    def __init__(
        self,
        storage: Storage,
        board: Board,
        hide: Hide,
        trouble: Callable[[StorageError], None],
        send: Send | None = None,
    ) -> None:
        self._storage = storage
        self._board = board
        self._hide = hide
        self._trouble = trouble
        self._send = send or by_apprise
        self._reach = Reach(board)
        self._busy: set[tuple[str, bool]] = set()  # contact, and whether past a parcel under way
        self.results: dict[tuple[str, str], int] = {}  # (contact, result) -> parcels tried

    async def at_once(self, notification: Notification) -> bool:
        """Hand over what cannot be queued, to one address after the other; whether one took it."""
        contact = self._board.rules.staff.contacts.get(notification.contact)
        self._reach.look()
        for address in self._reach.in_order(contact) if contact else ():
            handed = await self._hand_over(contact, address, [notification]) if contact else None
            if handed is Handed.TAKEN:
                return True
        return False

    async def send_due(self, sending: asyncio.TaskGroup) -> int:
        """Begin to send what is due; return how many parcels. One that hangs holds up nobody."""
        self._reach.look()
        async with self._storage.read() as view:
            due = await view.contacts_due(self._board.now())
        began = 0
        for one in due:
            if len(self._busy) < AT_ONCE:
                began += await self._begin(one, sending)
        return began

    async def _begin(self, due: ContactDue, sending: asyncio.TaskGroup) -> bool:
        contact = self._board.rules.staff.contacts.get(due.contact)
        past = self._past(due)
        if contact is None:
            await self._readdress(due.contact)
        if contact is None or past is None:
            return False
        turn = self._reach.turn(contact)
        if turn is None:
            await self._wait(contact, due)
            return False
        address = contact.addresses[turn]
        alone = self._reach.fails(contact, address) % ALONE_EVERY == ALONE_EVERY - 1
        async with self._storage.write() as unit:
            claimed = await unit.claim_notifications(
                self._board.now(), 1 if alone else PARCEL, contact=contact.name, grave=past
            )
        if not claimed:
            return False
        self._busy.add((contact.name, past))
        sending.create_task(self._try(contact, turn, claimed, past=past))
        return True

    def _past(self, due: ContactDue) -> bool | None:
        """Return whether a parcel goes out beside one under way; None: none goes now.

        Only what is grave does: the other parcel may hang.
        """
        name = due.contact
        if not self._reach.free(name, grave=due.grave):
            return None
        if (name, False) not in self._busy:
            return False
        return True if due.grave and (name, True) not in self._busy else None

    async def _readdress(self, gone: str) -> None:
        """New rules took a contact away: what was not told yet is told to who is called first."""
        staff = self._board.rules.staff
        heir = next(iter(first_called(staff, self._board.rosters, self._board.now())), None)
        if heir is None:
            return
        async with self._storage.write() as unit:
            many = await unit.readdress(gone, heir)
        log.warning("notification.readdressed", contact=gone, to=heir, many=many)

    async def _wait(self, contact: Contact, due: ContactDue) -> None:
        """Say, once, that what is due waits for our line."""
        if due.waiting or not self._reach.cut_off(contact):
            return
        async with self._storage.write() as unit:
            many = await unit.hold_for_line(contact.name, self._board.now())
        log.warning("notification.waits_for_line", contact=contact.name, many=many)

    async def _try(
        self, contact: Contact, turn: int, claimed: Sequence[Notification], *, past: bool
    ) -> None:
        try:
            reach("notify.claimed")
            handed = await self._hand_over(contact, contact.addresses[turn], claimed)
            await self._report(contact, turn, claimed, handed)
        except StorageError as error:
            # It stays claimed until its lease ends, and then goes out as a repeat.
            self._trouble(error)
        finally:
            self._busy.discard((contact.name, past))

    async def _report(
        self, contact: Contact, turn: int, claimed: Sequence[Notification], handed: Handed
    ) -> None:
        taken, at = handed is Handed.TAKEN, self._board.now()
        # What was lost on our own line has reached nobody, whatever was not answered.
        unsure = handed is Handed.PERHAPS and not self._lost_with(contact.addresses[turn])
        (self._reach.took if taken else self._reach.refused)(contact, contact.addresses[turn])
        reach("notify.sent")
        async with self._storage.write() as unit:
            for one in claimed:
                after = replace(
                    one,
                    state="sent" if taken else "queued",
                    repeat=one.repeat or unsure,
                    attempts=one.attempts + 1,
                    address=turn,
                    sent_at=at if taken else None,
                    waits_for_line=one.waits_for_line and not taken,
                )
                await unit.save_notification(after)
            reach("notify.report_before_commit")
        reach("notify.reported")
        self._count(contact, turn, claimed, "sent" if taken else "failed")

    def _lost_with(self, address: Address) -> bool:
        self._reach.look()
        return self._reach.line_lost and not address.offline

    def _count(
        self, contact: Contact, turn: int, claimed: Sequence[Notification], result: str
    ) -> None:
        key = (contact.name, result)
        self.results[key] = self.results.get(key, 0) + 1
        tries = max(one.attempts for one in claimed) + 1
        log.info(
            "notification.tried",
            contact=contact.name,
            result=result,
            tries=tries,
            many=len(claimed),
            address=turn,
        )

    async def _hand_over(
        self, contact: Contact, address: Address, claimed: Sequence[Notification]
    ) -> Handed:
        try:
            url = resolve_secret(address.url, self._board.env)
        except SecretError:
            log.warning("contact.unconfigured", contact=contact.name)
            return Handed.REFUSED
        self._hide([url, *secrets_in(url)])
        try:
            parcel = self._parcel(contact, claimed)
            async with asyncio.timeout(SEND_TIMEOUT_S):
                return await aside(partial(self._send, url, parcel, address.medium))
        except TimeoutError:
            return Handed.PERHAPS
        except Exception:
            log.exception("notification.crashed", contact=contact.name)
            return Handed.REFUSED

    def _parcel(self, contact: Contact, claimed: Sequence[Notification]) -> Parcel:
        parcels = [
            marked(_packed(one), contact.language) if one.repeat else _packed(one)
            for one in claimed
        ]
        return folded(parcels, contact.language, self._board.zone, self._board.now())


def _packed(notification: Notification) -> Parcel:
    return Parcel(
        subject=notification.subject,
        text=notification.text,
        html=notification.html,
        short=notification.short,
        grave=notification.grave,
        exercise=notification.exercise,
        due_at=notification.due_at,
        cut_off=notification.waits_for_line,
    )
