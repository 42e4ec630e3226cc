"""A city on real servers: its mail server, its PDS, and a simulator for what cannot be had here."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.city import TOKENS, Daemon, Said, command, free_port, rules, wait_for, write
from tests.support.mail import Mailbox, certified
from tests.support.pds import PASSWORD, Pds
from tests.support.simulated import Simulated

HANDLE = "stadt-{}.test"
SECRETS = {"BLUESKY_PASSWORD": PASSWORD}


@dataclass(frozen=True, kw_only=True)
class City:
    """Everything that a test asks: the daemon, and whoever it talks to."""

    file: Path
    daemon: Daemon
    pds: Pds
    did: str
    mailbox: Mailbox
    sim: Simulated

    def sentinel(self, *words: str) -> Said:
        """Call the `sentinel` command."""
        return command(self.file, "--lang", "en", *words, env=SECRETS)

    def send(self, headline: str, *words: str) -> Said:
        """Have a severe message sent by the `sentinel` command, and followed until it is live."""
        body = ("--headline", headline, "--text", "Der Deich ist gebrochen.")
        return self.sentinel(
            "--json", "send", *body, "--severity", "severe", "--wait", "30s", *words
        )

    def posts(self, headline: str) -> list[str]:
        """Return the texts of what stands on the real PDS about something."""
        texts = [str(record["value"]["text"]) for record in self.pds.posts(self.did)]
        return [text for text in texts if headline in text]


@pytest.fixture
def sim() -> Iterator[Simulated]:
    with Simulated() as running:
        yield running


@pytest.fixture(scope="session")
def pds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pds]:
    with Pds(tmp_path_factory.mktemp("pds")) as running:
        yield running


@pytest.fixture
def working_pds(pds: Pds) -> Iterator[Pds]:
    """The same server for every test; one that a test left stopped is started again."""
    yield pds
    pds.revive()


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    return certified(tmp_path)


@pytest.fixture
def mailbox(certificate: tuple[ssl.SSLContext, Path]) -> Iterator[Mailbox]:
    context, _ = certificate
    password = TOKENS["SMTP_PASSWORD"]
    with Mailbox(user="warnung", password=password, certificate=context) as running:
        yield running


@pytest.fixture
def city(
    tmp_path: Path,
    sim: Simulated,
    working_pds: Pds,
    mailbox: Mailbox,
    certificate: tuple[ssl.SSLContext, Path],
) -> Iterator[City]:
    """X first, then the real PDS, then Threads and Mastodon; page and mail always."""
    port = free_port()
    handle = HANDLE.format(port)
    did = working_pds.account(handle)
    document = rules(
        sim.url,
        mailbox.url,
        listen=f"127.0.0.1:{port}",
        network={"ca_file": str(certificate[1])},
        notice_link="warnseite",
        routes=[
            {
                "name": "katastrophe",
                "match": {"severity": ["extreme", "severe"]},
                "always": ["warnseite", "presse-mail"],
                "priority": ["x-stadt", "bluesky-stadt", "threads-stadt", "mastodon-stadt"],
            }
        ],
    )
    document["channels"]["bluesky-stadt"] |= {
        "base_url": working_pds.url,
        "credentials": {"identifier": handle, "app_password": "${env:BLUESKY_PASSWORD}"},
        # A PDS alone has no AppView, which is what citizens and mentions are read from.
        "probes": {"visibility": "off", "listening": "off", "write_path": {"every": "1s"}},
    }
    document["channels"]["presse-mail"] |= {
        "tls": "starttls",
        "credentials": {"user": "warnung", "password": "${env:SMTP_PASSWORD}"},
    }
    file = write(tmp_path, document)
    with Daemon(file, SECRETS) as daemon:
        # While a channel is not yet observed, a grave message goes to the next one as well.
        wait_for(
            lambda: daemon.ability("bluesky-stadt", "publish")[0] == "up",
            30,
            "the real PDS to be observed",
        )
        yield City(file=file, daemon=daemon, pds=working_pds, did=did, mailbox=mailbox, sim=sim)
