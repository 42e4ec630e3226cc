"""Which hosts lie inside."""

import pytest

from sentinel.transport.inside import is_inside, leads_inside


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "::",
        "::ffff:10.0.0.1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
    ],
)
def test_an_address_of_no_public_network_is_inside(address: str) -> None:
    assert is_inside(address)


@pytest.mark.parametrize("address", ["9.9.9.9", "2620:fe::fe", "::ffff:9.9.9.9"])
def test_a_public_address_is_not(address: str) -> None:
    assert not is_inside(address)


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1", "::1"])
async def test_a_host_is_inside_however_it_is_written(host: str) -> None:
    assert await leads_inside(host)


async def test_a_name_that_nobody_knows_leads_nowhere() -> None:
    assert not await leads_inside("gibt-es-nicht.invalid")
    assert not await leads_inside("." * 70)
