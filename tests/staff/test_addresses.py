"""A contact's addresses: the first that takes it is used, and one that is dead is passed over."""

from pathlib import Path

from tests.staff.town import Receivers, founded, mail_address
from tests.support.city import free_port
from tests.support.simulated import Simulated

AT_ONCE = [{"after": "0s", "notify": ["presse", "amtsleitung"]}]


def test_when_the_first_address_is_dead_the_second_is_used(
    sim: Simulated, staff: Receivers, tmp_path: Path
) -> None:
    nobody = f"smtp://127.0.0.1:{free_port()}"
    contacts = {
        "presse": [mail_address(nobody, "presse"), staff.inbox("handy")],
        "amtsleitung": [staff.inbox("kaputt"), staff.mail("amtsleitung")],
    }
    staff.breaks("kaputt")
    file = founded(tmp_path, sim, contacts, only=("x-stadt", "bluesky-stadt"), levels=AT_ONCE)

    with staff.served(file):
        sim.fault("x", "server_error", account=sim.account)
        by_webhook = staff.hears("handy", "x-stadt")
        by_mail = staff.hears("amtsleitung", "x-stadt")

    assert "Wiederholung" not in by_webhook[0].subject
    assert "Wiederholung" not in by_mail[0].subject
    assert staff.heard("kaputt") == []
