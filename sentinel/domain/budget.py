"""Whose budget a limit is: an account's own, or that of an app which several accounts share.

Some platforms count by account, some by the program that posts (X counts 10,000
posts a day by app; YouTube counts by project). Two accounts of one city that
post through the same app empty one purse, and what is known of it belongs to
the app and not to either account.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from sentinel.domain.observation import Owner
from sentinel.domain.rules import Channel

_NAMES_THE_APP = ("client_id", "api_key")
"""Credentials that name the program that posts, the better one first."""


def budget_key(channel: Channel, scope: Owner) -> str:
    """Return the ledger's key for a limit of this scope: the account, or its app.

    An app that the rules do not name cannot be shared: the account stands for it.
    """
    match scope:
        case Owner.ACCOUNT:
            return channel.account
        case Owner.APP:
            return app_of(channel) or channel.account


def app_of(channel: Channel) -> str | None:
    """Return a name for the app that a channel posts through; None: the rules name none.

    By where the rules take it from, and only a digest of that: no secret is in it.
    """
    named = [channel.credentials[key] for key in _NAMES_THE_APP if key in channel.credentials]
    if not named:
        return None
    source = f"{channel.operator}\n{named[0].kind}\n{named[0].name}"
    return f"app:{channel.platform}:{sha256(source.encode()).hexdigest()[:16]}"


def keys_of(channel: Channel) -> tuple[str, ...]:
    """Return every key under which the ledger keeps windows of a channel."""
    return tuple(dict.fromkeys(budget_key(channel, scope) for scope in Owner))


def sharers(channel: str, channels: Mapping[str, Channel], scope: Owner) -> tuple[str, ...]:
    """Return the channels whose posts count against the same limit, itself among them."""
    key = budget_key(channels[channel], scope)
    return tuple(name for name, other in channels.items() if budget_key(other, scope) == key)
