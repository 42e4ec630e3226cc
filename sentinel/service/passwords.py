"""Passwords: what is kept of one, and whether one is right. Argon2id, as RFC 9106 advises.

Both take a tenth of a second and 64 MiB on purpose: call them in a thread.
"""

from __future__ import annotations

import os
import secrets
import unicodedata
from functools import cache
from typing import Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from sentinel.errors import InputError, Phrase

SHORTEST: Final = 12
LONGEST: Final = 1_000

# RFC 9106, section 4, the second recommended choice, in one lane: the machine has other work.
_MEMORY_KIB: Final = 64 * 1024
_PASSES: Final = 3
_LANES: Final = 1
_LENGTH: Final = 32
_SALT: Final = 16


def hashed(password: str) -> str:
    """Return what is kept of a password: a PHC string with its own salt."""
    made = Argon2id(
        salt=os.urandom(_SALT),
        length=_LENGTH,
        iterations=_PASSES,
        lanes=_LANES,
        memory_cost=_MEMORY_KIB,
    )
    return made.derive_phc_encoded(_bytes(password))


def is_right(password: str, kept: str | None) -> bool:
    """Return whether it is the password; against nobody's (None) it takes as long, and is not."""
    nobodys = _nobodys()  # made at the first call, whoever is asked for: or that one told of it
    try:
        Argon2id.verify_phc_encoded(_bytes(password), kept or nobodys)
    except InvalidKey:
        return False
    return kept is not None


def checked(password: str, name: str) -> str:
    """Return a password that may be set.

    Raises:
        InputError: It is too short, too long, or the name. The sentence does not quote it.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(
            Phrase(
                de=f"Das Passwort braucht {SHORTEST} bis {LONGEST} Zeichen",
                en=f"the password needs {SHORTEST} to {LONGEST} characters",
            ),
            field="password",
        )
    if name.casefold() in password.casefold() and len(password) - len(name) < SHORTEST:
        raise InputError(
            Phrase(
                de="Das Passwort ist fast nur der Name",
                en="the password is hardly more than the name",
            ),
            field="password",
        )
    return password


def name_key(name: str) -> str:
    """Return a name as it is looked up: however it is typed, in whichever case."""
    storable = name.replace("\0", "\ufffd")  # PostgreSQL knows no NUL
    return unicodedata.normalize("NFKC", storable.strip()).casefold()


def _bytes(password: str) -> bytes:
    """Return the bytes of a password: the same from every keyboard."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


@cache
def _nobodys() -> str:
    return hashed(secrets.token_urlsafe(32))
