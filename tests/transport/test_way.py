"""The way out: whom the proxy carries, and whose certificates we take."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from sentinel.errors import SentinelError
from sentinel.transport.way import Way

PROXY = "http://user:secret@proxy.stadt.example:3128"


def test_without_a_proxy_everything_goes_out_directly() -> None:
    assert Way().proxy_for("api.x.com") is None


def test_with_a_proxy_a_platform_is_reached_through_it() -> None:
    assert Way(proxy=PROXY).proxy_for("api.x.com") == PROXY


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]"])
def test_our_own_machine_is_never_asked_for_through_the_proxy(host: str) -> None:
    assert Way(proxy=PROXY).proxy_for(host) is None


@pytest.mark.parametrize(
    ("entry", "host", "direct"),
    [
        ("stadt.example", "stadt.example", True),
        ("stadt.example", "www.stadt.example", True),
        (".stadt.example", "www.stadt.example", True),
        ("*.stadt.example", "www.Stadt.Example.", True),
        ("stadt.example", "vorstadt.example", False),
        ("10.0.0.5", "10.0.0.5", True),
        ("*", "api.x.com", True),
        ("", "api.x.com", False),
    ],
)
def test_an_entry_of_no_proxy_covers_the_name_and_what_is_below_it(
    entry: str, host: str, *, direct: bool
) -> None:
    way = Way(proxy=PROXY, no_proxy=("intern", entry))

    assert (way.proxy_for(host) is None) is direct


def test_the_proxys_password_is_never_shown() -> None:
    assert "secret" not in repr(Way(proxy=PROXY))


def test_a_ca_file_is_trusted_beside_the_systems_own(tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(ca_file))

    more = len(Way(ca_file=str(ca_file)).tls().get_ca_certs())

    assert more == len(Way().tls().get_ca_certs()) + 1


@pytest.mark.parametrize("content", [None, b"", b"not a certificate"])
def test_a_ca_file_that_is_none_is_named_in_the_error(
    tmp_path: Path, content: bytes | None
) -> None:
    ca_file = tmp_path / "ca.pem"
    if content is not None:
        ca_file.write_bytes(content)

    with pytest.raises(SentinelError, match=r"ca\.pem"):
        Way(ca_file=str(ca_file)).tls()
