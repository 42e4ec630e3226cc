"""The key of the house: `storage.key`, a file beside the data that only its owner may read.

AES-256-GCM. What is sealed is bound to its account and to the digest of the
configured secret, so that nothing opens in a place where it was not put.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sentinel.errors import Phrase, SecretError

KEY_FILE = "storage.key"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_OTHERS = 0o077


class Key:
    """The key of `storage.key`; read at first use, so that reading commands do without."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / KEY_FILE
        self._cipher: AESGCM | None = None
        self._derived: dict[str, bytes] = {}

    def make_sure(self) -> None:
        """Make the file if there is none, and read it.

        Raises:
            SecretError: It cannot be read, is no key, or others may read it.
        """
        if not self._file.exists():
            self._make()
        self._open()

    def seal(self, account: str, config_digest: str, values: Mapping[str, Any]) -> bytes:
        """Return `values` so that only this key, account and digest can open them."""
        nonce = os.urandom(_NONCE_BYTES)
        plain = json.dumps(dict(values)).encode()
        return nonce + self._open().encrypt(nonce, plain, _bound(account, config_digest))

    def unseal(self, account: str, config_digest: str, sealed: bytes) -> dict[str, Any] | None:
        """Return what `seal` was given; None if it was another key, account or digest."""
        nonce, box = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            plain = self._open().decrypt(nonce, box, _bound(account, config_digest))
        except InvalidTag:
            return None
        values: dict[str, Any] = json.loads(plain)
        return values

    def derive(self, purpose: str) -> bytes:
        """Return a key of 32 bytes for one purpose; it tells nothing of this one.

        Raises:
            SecretError: `storage.key` cannot be read.
        """
        if purpose not in self._derived:
            hkdf = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose.encode())
            self._derived[purpose] = hkdf.derive(self._read())
        return self._derived[purpose]

    def _open(self) -> AESGCM:
        if self._cipher is None:
            self._cipher = AESGCM(self._read())
        return self._cipher

    def _read(self) -> bytes:
        try:
            if self._file.stat().st_mode & _OTHERS:
                raise SecretError(_exposed(self._file))
            key = bytes.fromhex(self._file.read_text("ascii").strip())
        except (OSError, ValueError) as error:
            raise SecretError(_unreadable(self._file)) from error
        if len(key) != _KEY_BYTES:
            raise SecretError(_unreadable(self._file))
        return key

    def _make(self) -> None:
        """Write the file whole or not at all; of two that start at once, one wins."""
        draft = self._file.with_name(f"{KEY_FILE}.{os.getpid()}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                out.write(os.urandom(_KEY_BYTES).hex() + "\n")
                out.flush()
                os.fsync(out.fileno())
            with suppress(FileExistsError):
                os.link(draft, self._file)
        except OSError as error:
            raise SecretError(_unreadable(self._file)) from error
        finally:
            draft.unlink(missing_ok=True)


def _bound(account: str, config_digest: str) -> bytes:
    return f"{account}\0{config_digest}".encode()


def _exposed(file: Path) -> Phrase:
    return Phrase(
        de=f"{file} darf nur ihr Besitzer lesen: bitte „chmod 600 {file}“ ausführen.",
        en=f"{file} may be read by its owner only: run 'chmod 600 {file}'.",
    )


def _unreadable(file: Path) -> Phrase:
    return Phrase(
        de=f"Der Schlüssel {file} ist nicht zu lesen oder nicht anzulegen. Bitte Rechte prüfen "
        "oder die Datei aus der Sicherung zurückholen.",
        en=f"The key {file} cannot be read or made. Check its permissions, or restore it from "
        "the backup.",
    )
