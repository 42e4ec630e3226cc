"""The main job by SMS: X takes nothing more, and a whole list has the warning, each once."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from sentinel.platforms.sms.twilio import signature
from tests.support.city import Daemon, Said, command, free_port, rules, wait_for, write
from tests.support.kannel import PASSWORD, USER, Kannel
from tests.support.simulated import Simulated

pytestmark = pytest.mark.timeout(200)

LIST = [f"+49151{number:08d}" for number in range(150)]
SECRETS = {"KANNEL_USER": USER, "KANNEL_PASSWORD": PASSWORD, "TWILIO_TOKEN": "twilio-token-canary"}
REQUEST = (
    "GET {base_url}/cgi-bin/sendsms?username={user}&password={password}&from={from}"
    "&to={number}&charset=UTF-8&coding={coding}&text={text}"
)


@dataclass(frozen=True, kw_only=True)
class Town:
    """A daemon whose list is X, then SMS; and a board that must carry everything."""

    file: Path
    daemon: Daemon
    sim: Simulated
    kannel: Kannel
    address: str

    def sentinel(self, *words: str) -> Said:
        """Call the `sentinel` command."""
        return command(self.file, "--lang", "en", "--json", *words, env=SECRETS)

    def delivery(self, message: Any, channel: str) -> dict[str, Any]:
        """Return what became of a message on a channel."""
        found = [d for d in self.daemon.message(message)["deliveries"] if d["channel"] == channel]
        return dict(found[0]) if found else {}


@pytest.fixture
def town(tmp_path: Path, sim: Simulated) -> Iterator[Town]:
    with Kannel(tmp_path / "kannel") as kannel:
        listen = f"127.0.0.1:{free_port()}"
        document = rules(
            sim.url,
            "smtp://127.0.0.1:9",
            listen=listen,
            only=("x-stadt", "warnseite"),
            notice_link="warnseite",
            routes=[
                {
                    "name": "katastrophe",
                    "match": {"severity": ["extreme", "severe"]},
                    "always": ["anzeigetafeln"],
                    "priority": ["x-stadt", "sms-modem"],
                },
                {"name": "test", "match": {"severity": ["minor"]}, "priority": ["sms-twilio"]},
            ],
        )
        (tmp_path / "sms.csv").write_text("number,language\n" + "".join(f"{n},de\n" for n in LIST))
        document["channels"] |= {
            "sms-modem": {
                "platform": "sms",
                "gateway": "http",
                "base_url": kannel.url,
                "credentials": {
                    "user": "${env:KANNEL_USER}",
                    "password": "${env:KANNEL_PASSWORD}",
                },
                "from": "100",
                "recipients": "sms.csv",
                "request": REQUEST,
                "success": "^[03]: ",
                "refusals": ["^403 Authorization failed -> credential_rejected"],
            },
            "sms-twilio": {
                "platform": "sms",
                "gateway": "twilio",
                "base_url": f"{sim.url}/sms/stadt",
                "credentials": {"account_sid": "AC1", "auth_token": "${env:TWILIO_TOKEN}"},
                "from": "+15005550006",
                "recipients": ["+4915112345678"],
                "callback_url": f"http://{listen}/hooks/sms-twilio",
            },
            "anzeigetafeln": {
                "platform": "webhook",
                "base_url": f"{sim.url}/webhook/stadt",
                "credentials": {"secret": "${env:TWILIO_TOKEN}"},
            },
        }
        file = write(tmp_path, document)
        with Daemon(file, SECRETS) as daemon:
            yield Town(file=file, daemon=daemon, sim=sim, kannel=kannel, address=f"http://{listen}")


def test_a_whole_list_has_it_once_although_the_daemon_dies_half_way(town: Town) -> None:
    town.sim.fault("x", "server_error")
    town.daemon.kill()
    town.daemon.start(SENTINEL_FAILPOINTS="drive.committed:80")
    body = ("--headline", "Deichbruch", "--text", "Hinaus!", "--severity", "severe")

    message = town.sentinel("send", *body).shape
    town.daemon.wait_dead(60)
    half = len(reached(town.kannel))
    town.daemon.start()

    def settled() -> bool:
        shown = town.delivery(message, "sms-modem")
        return shown["state"] == "unknown" and len(reached(town.kannel)) >= len(LIST) - 1

    wait_for(settled, 90, "the rest of the list to have it")
    got = reached(town.kannel)
    assert 0 < half < len(LIST)
    assert set(got.values()) == {1}
    assert len(got) >= len(LIST) - 1  # the one whose answer the dead daemon was waiting for
    assert town.delivery(message, "anzeigetafeln")["state"] == "published"
    assert len(town.sim.posts("webhook")) == 1
    assert PASSWORD not in town.daemon.log.read_text()
    assert town.daemon.journal_holds()


def test_a_receipt_that_twilio_signed_stands_with_the_delivery(town: Town) -> None:
    message = town.daemon.send(severity="minor")
    wait_for(
        lambda: town.delivery(message, "sms-twilio").get("state") == "published", 30, "it to be out"
    )
    (post,) = town.sim.posts("sms")

    refused = call_back(town.address, post["id"], "wrong")
    taken = call_back(town.address, post["id"], SECRETS["TWILIO_TOKEN"])

    assert (refused, taken) == (403, 200)
    assert town.delivery(message, "sms-twilio")["recipients"] == {"delivered": 1}
    assert town.daemon.journal_holds()


def reached(kannel: Kannel) -> Counter[str]:
    """Return how often each number got the warning."""
    return Counter(to for to, text in kannel.messages() if text.startswith("Deichbruch"))


def call_back(address: str, sid: str, token: str) -> int:
    """Call the daemon as Twilio does; return the status."""
    fields = {"MessageSid": sid, "MessageStatus": "delivered", "AccountSid": "AC1"}
    url = f"{address}/hooks/sms-twilio"
    right = signature(token, url, sorted(fields.items()))
    call = urllib.request.Request(url, data=urlencode(fields).encode(), method="POST")
    call.add_header("X-Twilio-Signature", right)
    try:
        with urllib.request.urlopen(call, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
