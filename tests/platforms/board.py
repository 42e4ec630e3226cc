"""Accounts for talks that need more of the city than a platform's own keys."""

from __future__ import annotations

from dataclasses import replace

from sentinel.platforms import Account

BOARD = "/srv/notices"


def hung_up(account: Account) -> Account:
    """Return the account with a notice board, where pictures can hang."""
    return replace(account, board_folder=BOARD, board_url="https://notices.example")
