"""The kinds of addresses in the rules, as pydantic types.

What is wrong with an address is said without repeating it: it may hold a token.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, WithJsonSchema

from sentinel.rules.near import quoted
from sentinel.rules.values import refuse

_HOST: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252})|\[[0-9A-Fa-f:.]+\]")
_PORTS: Final = 65535


def is_loopback(host: str) -> bool:
    """True for 127.0.0.0/8, ::1 and localhost."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def split_address(value: str) -> SplitResult | None:
    """Return the parts of `value`, or None if it has no host or a port that cannot be."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    good = _HOST.fullmatch(shown) is not None and (port is None or 0 < port <= _PORTS)
    return parts if good and not re.search(r"\s", value) else None


def _address(*schemes: str, bare: bool = False) -> Callable[[str], str]:
    shown = ", ".join(f"{scheme}://…" for scheme in schemes)

    def check(value: str) -> str:
        parts = split_address(value)
        if parts is None or parts.scheme not in schemes:
            raise refuse(
                "das ist keine Adresse dieser Art",
                "this is not an address of that kind",
                shown,
                shown,
            )
        if parts.username is not None or parts.password is not None:
            raise refuse(
                "in der Adresse stehen Zugangsdaten",
                "the address holds credentials",
                "unter credentials angeben",
                "state them under credentials",
            )
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise refuse(
                "http ohne Verschlüsselung ist nur für diesen Rechner erlaubt",
                "plain http is allowed for loopback only",
                "https://…",
                "https://…",
            )
        if parts.query or parts.fragment:
            raise refuse(
                "die Adresse darf kein ? und kein # enthalten",
                "the address may hold no ? and no #",
            )
        if parts.scheme == "tcp" and (parts.port is None or parts.path):
            raise refuse(
                "der Adresse fehlt der Port",
                "the address lacks its port",
                "tcp://host:853",
                "tcp://host:853",
            )
        return _tidy(parts) if bare else value

    return check


def _tidy(parts: SplitResult) -> str:
    """Scheme and host in small letters, the usual port and the last slash left out."""
    usual = {"https": 443, "http": 80}
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    port = "" if parts.port in {None, usual.get(parts.scheme)} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"


_URI: Final = WithJsonSchema({"type": "string", "format": "uri"})
WebAddress = Annotated[str, AfterValidator(_address("https", "http", bare=True)), _URI]
"""`https://host[/prefix]`, or `http` on loopback; without the last slash."""
BaseAddress = Annotated[str, AfterValidator(_address("https", "http", "smtp", bare=True)), _URI]
"""A platform's API: as `WebAddress`, or `smtp://host:port`."""
Control = Annotated[str, AfterValidator(_address("https", "http", "tcp")), _URI]
"""What an uplink is judged by: a web address or `tcp://host:port`."""


def _listen(value: str) -> str:
    parts = split_address(f"tcp://{value}")
    if parts is None or parts.port is None or parts.path:
        raise refuse(
            f"{quoted(value)} ist keine Adresse zum Lauschen",
            f"{quoted(value)} is not an address to listen on",
            "HOST:PORT, etwa 127.0.0.1:8080",
            "HOST:PORT, such as 127.0.0.1:8080",
        )
    return value


Listen = Annotated[str, AfterValidator(_listen)]
"""`HOST:PORT`."""


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError as error:
        raise refuse(
            f"{quoted(value)} ist kein Netz",
            f"{quoted(value)} is not a network",
            "etwa 10.0.0.1 oder 10.0.0.0/8",
            "such as 10.0.0.1 or 10.0.0.0/8",
        ) from error
    return value


NetworkRange = Annotated[str, AfterValidator(_network)]
"""An IP address or a network."""


def _database(value: str) -> str:
    file = value.removeprefix("sqlite:///")
    sqlite = file not in {value, ""} and not file.endswith("/")
    if not sqlite and not value.startswith("postgresql://"):
        raise refuse(
            "unbekannte Art von Datenbank",
            "unknown kind of database",
            "sqlite:///DATEI oder postgresql://user@host/name",
            "sqlite:///FILE or postgresql://user@host/name",
        )
    return value


Database = Annotated[str, AfterValidator(_database)]
"""`sqlite:///FILE` or `postgresql://user@host1,host2/name`."""
