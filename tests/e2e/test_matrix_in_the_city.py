"""The main job with a real Matrix room: X takes nothing more, and the warning is in the room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.city import Daemon, Said, command, free_port, rules, wait_for, write
from tests.support.simulated import Simulated
from tests.support.synapse import Synapse, User

pytestmark = pytest.mark.timeout(500)  # the first test installs Synapse


@dataclass(frozen=True, kw_only=True)
class Town:
    """A daemon whose list is X, then a real Matrix room."""

    file: Path
    daemon: Daemon
    sim: Simulated
    synapse: Synapse
    user: User
    reader: User
    room: str

    def sentinel(self, *words: str) -> Said:
        """Call the `sentinel` command."""
        env = {"MATRIX_TOKEN": self.user.token}
        return command(self.file, "--lang", "en", "--json", *words, env=env)

    def send(self, headline: str) -> Any:
        """Have a severe message sent, and followed until it is live."""
        body = ("--headline", headline, "--text", "Der Deich ist gebrochen.")
        sent = self.sentinel("send", *body, "--severity", "severe", "--wait", "30s")
        assert sent.code == 0, sent
        return sent.shape

    @property
    def texts(self) -> list[str]:
        """What another member reads in the room, latest first."""
        return [each.get("body", "") for each in self.synapse.messages(self.reader, self.room)]


@pytest.fixture
def town(
    tmp_path: Path, sim: Simulated, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    with Synapse(tmp_path_factory.mktemp("synapse")) as synapse:
        user, reader = synapse.account("warnung"), synapse.account("leser")
        room = synapse.room(user)
        synapse.join(reader, room)
        document = rules(
            sim.url,
            "smtp://127.0.0.1:9",
            listen=f"127.0.0.1:{free_port()}",
            only=("x-stadt", "warnseite"),
            notice_link="warnseite",
            routes=[
                {
                    "name": "katastrophe",
                    "match": {"severity": ["extreme", "severe"]},
                    "priority": ["x-stadt", "matrix-lage"],
                }
            ],
        )
        document["channels"]["matrix-lage"] = {
            "platform": "matrix",
            "base_url": synapse.url,
            "credentials": {"access_token": "${env:MATRIX_TOKEN}"},
            "room": room,
            "probes": {"credentials": {"every": "1s"}, "read_back": {"every": "1s"}},
        }
        file = write(tmp_path, document)
        with Daemon(file, {"MATRIX_TOKEN": user.token}) as daemon:
            wait_for(
                lambda: daemon.ability("matrix-lage", "publish")[0] == "up",
                30,
                "the real homeserver to be observed",
            )
            yield Town(
                file=file,
                daemon=daemon,
                sim=sim,
                synapse=synapse,
                user=user,
                reader=reader,
                room=room,
            )


def test_when_x_takes_no_more_it_is_in_the_room_once_and_is_read_back(town: Town) -> None:
    town.sim.fault("x", "rate_limited")

    message = town.send("Deichbruch")

    (text,) = town.texts
    assert text.startswith("Deichbruch\n\nDer Deich ist gebrochen.")
    wait_for(lambda: matrix(town.daemon.message(message))["read_back_at"], 30, "it to be read")
    assert town.user.token not in town.daemon.log.read_text()
    assert town.daemon.journal_holds()


def test_a_homeserver_that_dies_costs_nothing_and_doubles_nothing(town: Town) -> None:
    town.sim.fault("x", "server_error")
    town.synapse.kill()
    body = ("--headline", "Deichbruch", "--text", "Hinaus!", "--severity", "severe")
    sent = town.sentinel("send", *body, "--wait", "3s")

    town.synapse.revive()

    assert (sent.code, sent.shape["state"]) == (1, "stranded")
    wait_for(lambda: town.daemon.message(sent.shape)["state"] == "live", 60, "it to be live")
    assert len(town.texts) == 1


def matrix(message: Any) -> Any:
    """Return the delivery in the room."""
    (found,) = (one for one in message["deliveries"] if one["channel"] == "matrix-lage")
    return found
