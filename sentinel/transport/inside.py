"""Whether a host lies inside: in no public network, as loopback and a city's own networks do.

What somebody else chose to have looked at must not become a look from inside.
"""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv6Address, ip_address


async def leads_inside(host: str) -> bool:
    """Return whether any address of `host` is in no public network; a name without one is not."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return any(is_inside(str(where[0])) for *_, where in found)


def is_inside(address: str) -> bool:
    """Return whether an IP address is loopback, private, link-local, multicast or reserved."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        return is_inside(str(ip.ipv4_mapped))
    return not ip.is_global or ip.is_multicast
