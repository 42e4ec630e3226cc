"""The line that everything takes on its way out: proxy, exceptions from it, and whom we trust."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass, field

from sentinel.errors import Phrase, SentinelError


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """`network` of the rules, with its references resolved.

    The proxy carries HTTP and HTTPS. SMTP and bare TCP go out directly: HTTP
    proxies let nothing else through, and a city's mail relay stands inside.
    """

    proxy: str | None = field(default=None, repr=False)  # may hold a password
    no_proxy: tuple[str, ...] = ()  # `example.org` covers its subdomains; `*` covers everything
    ca_file: str | None = None  # PEM; trusted beside the system's own

    def proxy_for(self, host: str) -> str | None:
        """Return the proxy for `host`; None: directly. Loopback never takes the proxy."""
        if self.proxy is None or _loopback(host):
            return None
        if any(_covers(entry, host) for entry in self.no_proxy):
            return None
        return self.proxy

    def tls(self) -> ssl.SSLContext:
        """Return what servers' certificates are checked with. Reads files; make it once.

        Raises:
            SentinelError: `ca_file` cannot be read or holds no certificate.
        """
        context = ssl.create_default_context()
        if self.ca_file is not None:
            try:
                context.load_verify_locations(cafile=self.ca_file)
            except OSError as error:  # ssl.SSLError is one too
                raise SentinelError(
                    Phrase(
                        de=f"network.ca_file {self.ca_file} ist nicht lesbar oder kein Zertifikat",
                        en=f"network.ca_file {self.ca_file} cannot be read or is no certificate",
                    )
                ) from error
        return context


def _covers(entry: str, host: str) -> bool:
    suffix = entry.strip().lower().removeprefix("*").removeprefix(".")
    name = host.lower().rstrip(".")
    return entry.strip() == "*" or (
        bool(suffix) and (name == suffix or name.endswith(f".{suffix}"))
    )


def _loopback(host: str) -> bool:
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
