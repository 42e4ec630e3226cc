"""Credentials: from reference to value, at the last moment.

What is raised here names the variable or the file and never its content.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, assert_never

from sentinel.domain.rules import Channel
from sentinel.domain.secret import SecretKind, SecretRef
from sentinel.errors import Phrase, SecretError
from sentinel.platforms import Account
from sentinel.rules.values import REFERENCE

LIMIT_BYTES: Final = 64 * 1024


def reference(text: str, base: Path) -> SecretRef:
    """Return what `text` refers to; a relative file is relative to `base`."""
    match = REFERENCE.fullmatch(text)
    if match is None:
        return SecretRef(SecretKind.LITERAL, text)
    if match[1] == "env":
        return SecretRef(SecretKind.ENV, match[2])
    return SecretRef(SecretKind.FILE, str(base / match[2]))


def resolve_secret(ref: SecretRef, env: Mapping[str, str]) -> str:
    """Return the value; of a file without the line end behind it.

    Raises:
        SecretError: The variable is not set or empty, or the file cannot be read.
    """
    match ref.kind:
        case SecretKind.LITERAL:
            return ref.name
        case SecretKind.ENV:
            if value := env.get(ref.name):
                return value
            raise SecretError(
                Phrase(
                    de=f"die Variable {ref.name} ist nicht gesetzt",
                    en=f"variable {ref.name} is not set",
                )
            )
        case SecretKind.FILE:
            return _from_file(ref.name)
    assert_never(ref.kind)


def account_of(channel: Channel, *, env: Mapping[str, str], session: Mapping[str, str]) -> Account:
    """Return the account that a conversation needs, with every credential resolved.

    Raises:
        SecretError: Names everything of this channel that is missing.
    """
    values: dict[str, str] = {}
    missing: list[Phrase] = []
    for name, ref in channel.credentials.items():
        try:
            values[name] = resolve_secret(ref, env)
        except SecretError as error:
            missing.append(error.phrase)
    if missing:
        raise SecretError(
            Phrase(
                de=f"{channel.name}: " + "; ".join(one.de for one in missing),
                en=f"{channel.name}: " + "; ".join(one.en for one in missing),
            )
        )
    base_url = channel.base_url or ""
    web = base_url if base_url.startswith("http") else ""
    return Account(
        channel=channel.name,
        base_url=base_url.rstrip("/"),
        public_url=(channel.public_url or web).rstrip("/"),
        settings=channel.settings,
        credentials=values,
        session=session,
    )


def _from_file(name: str) -> str:
    try:
        with Path(name).open("rb") as stream:
            data = stream.read(LIMIT_BYTES + 1)
        value = data.decode("utf-8").rstrip("\r\n")
    except (OSError, ValueError):
        value, data = "", b""
    if not value or len(data) > LIMIT_BYTES:
        # From None: a decoding error would carry the content.
        raise SecretError(
            Phrase(
                de=f"die Datei {name} ist leer oder nicht lesbar",
                en=f"file {name} is empty or cannot be read",
            )
        ) from None
    return value
