"""What is known of the ways to staff: which address took nothing last, and what was sent when.

In memory, and by a clock that nobody sets: after a restart every address is
worth a try, and nobody was sent anything.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from sentinel.domain.rules import Address, Contact
from sentinel.domain.storm import CALM, GRAVE, Room, after, free_at, fresh
from sentinel.domain.ways import Way, choose, cut_off, failed, well
from sentinel.service.board import Board

LINE: Final = "default"  # the line that staff's addresses use


class Reach:
    """The addresses as they stand."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._ways: dict[tuple[str, Address], Way] = {}
        self._rooms: dict[str, tuple[Room, Room]] = {}  # of each contact, calm and grave
        self._lost_since: float | None = None

    @property
    def line_lost(self) -> bool:
        """True while our line is lost, as last looked."""
        return self._lost_since is not None

    def look(self) -> None:
        """Take up how our line stands. When it is back, what failed without it is well again."""
        lost, known = self._board.lost_uplinks, self._board.rules.uplinks
        gone = LINE in lost if LINE in known else bool(known) and lost >= set(known)
        if gone and self._lost_since is None:
            self._lost_since = _steady()
        if not gone and self._lost_since is not None:
            self._lost_since = None
            self._ways = {key: way for key, way in self._ways.items() if way.offline}

    def turn(self, contact: Contact) -> int | None:
        """Return which of a contact's addresses is to be tried now; None: none of them."""
        return choose(self._of(contact), _steady(), lost_since=self._lost_since)

    def in_order(self, contact: Contact) -> list[Address]:
        """Return all addresses, those first that work as things stand."""
        return sorted(contact.addresses, key=lambda one: self.line_lost and not one.offline)

    def cut_off(self, contact: Contact) -> bool:
        """Return whether a contact cannot be reached before our line is back."""
        return self.line_lost and cut_off(self._of(contact))

    def free(self, contact: str, *, grave: bool) -> bool:
        """Return whether a contact may be sent something, or has had enough for now."""
        return free_at(self._room(contact)[grave]) <= _steady()

    def took(self, contact: Contact, address: Address) -> None:
        """An address took something."""
        at = _steady()
        calm, grave = self._room(contact.name)
        self._rooms[contact.name] = after(calm, at), after(grave, at)
        self._ways[contact.name, address] = well(self._way(contact, address))

    def refused(self, contact: Contact, address: Address) -> None:
        """An address took nothing."""
        self._ways[contact.name, address] = failed(self._way(contact, address), _steady())

    def fails(self, contact: Contact, address: Address) -> int:
        """Return how many times in a row an address took nothing."""
        return self._way(contact, address).fails

    def _room(self, contact: str) -> tuple[Room, Room]:
        return self._rooms.get(contact) or (fresh(CALM), fresh(GRAVE))

    def _of(self, contact: Contact) -> list[Way]:
        return [self._way(contact, address) for address in contact.addresses]

    def _way(self, contact: Contact, address: Address) -> Way:
        known = self._ways.get((contact.name, address), Way())
        return replace(known, offline=address.offline)


def _steady() -> float:
    return asyncio.get_running_loop().time()
