"""A town whose staff are to hear of it: its rules, its staff's receivers, and what these heard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.support.city import Daemon, free_port, rules, wait_for, write
from tests.support.mail import Mailbox
from tests.support.nursery import QuickDaemon
from tests.support.simulated import Simulated

CHANNELS = {
    "x-stadt": "x",
    "threads-stadt": "threads",
    "mastodon-stadt": "mastodon",
    "bluesky-stadt": "bluesky",
}
"""Each has an operator of its own: what befalls one is no reason to speak of another."""

QUICK = {
    "every": "1s",
    "timeout": "2s",
    "recheck_after": "100ms",
    "fall": 2,
    "rise": 2,
    "slow_above": "2s",
}
LEVELS = (
    {"after": "0s", "notify": ["presse"]},
    {"after": "2s", "notify": ["amtsleitung"]},
    {"after": "4s", "notify": ["leitstelle"]},
)
READING = ("read_back", "visibility", "listening")
"""Not looked at: an outage of a channel is one outage, of what it is for."""

SOON = (
    {"after": "0s", "notify": ["presse"]},
    {"after": "1500ms", "notify": ["amtsleitung"]},
    {"after": "3s", "notify": ["leitstelle"]},
)
"""For tests in which it is not about the time."""

PATIENCE_S = 30.0
"""How long a test waits for what has to come; only a machine that is very busy needs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that reached somebody."""

    by: str  # the receiver
    at: datetime
    subject: str
    text: str

    @property
    def words(self) -> str:
        """Subject and text, on one line."""
        return re.sub(r"\s+", " ", f"{self.subject}: {self.text}")


class Receivers:
    """Staff's inboxes (a recording webhook) and mailboxes (a real mail server)."""

    def __init__(self, sim: Simulated, mailbox: Mailbox) -> None:
        self._sim = sim
        self._mailbox = mailbox
        self._daemon: Daemon | None = None

    @contextmanager
    def served(self, file: Path, *, dies_at: str = "") -> Iterator[Daemon]:
        """Run a daemon with these rules, from which they are to hear."""
        with QuickDaemon(file, dies_at=dies_at) as self._daemon:
            yield self._daemon

    def inbox(self, name: str) -> str:
        """Return the address of a webhook that records what it is given."""
        return f"{self._sim.url.replace('http', 'json')}/_inbox/{self._place(name)}"

    def mail(self, name: str) -> str:
        """Return an address on the mail server."""
        return mail_address(self._mailbox.url, name)

    def breaks(self, name: str, kind: str = "server_error") -> None:
        """Have a webhook take nothing from now on."""
        self._sim.fault("_inbox", kind, account=self._place(name))

    def mended(self, name: str) -> None:
        """Have it take everything again."""
        self._sim.ask("DELETE", f"/_faults?platform=_inbox&account={self._place(name)}")

    def heard(self, *names: str) -> list[Note]:
        """Return what these receivers (none named: all) took, in the order in which it came."""
        ours = f"-{self._sim.account}"
        notes = [
            Note(
                by=note["name"].removesuffix(ours),
                at=datetime.fromisoformat(note["at"]),
                subject=str(note["body"]["title"]),
                text=str(note["body"]["message"]),
            )
            for note in self._sim.ask("GET", "/_inbox")
            if note["name"].endswith(ours)
        ]
        notes += [
            Note(
                by=mail.recipients[0].partition("@")[0],
                at=mail.at,
                subject=str(mail.message["Subject"]),
                text=mail.text,
            )
            for mail in self._mailbox.mails
        ]
        kept = [note for note in notes if not names or note.by in names]
        return sorted(kept, key=lambda note: note.at)

    def hears(self, name: str, words: str = "", *, times: int = 1) -> list[Note]:
        """Wait until a receiver took so many notes with these words; return them."""

        def so() -> list[Note]:
            found = [note for note in self.heard(name) if words in note.words]
            if not found and self._daemon is not None:
                ended = self._daemon.process is not None and self._daemon.process.poll()
                assert ended in {False, None}, self._daemon.log.read_text()[-2000:]
            return found if len(found) >= times else []

        return wait_for(so, PATIENCE_S, f"{name} to hear {words!r}, {times} time(s)")

    def _place(self, name: str) -> str:
        return f"{name}-{self._sim.account}"


def mail_address(server: str, name: str) -> str:
    """Return somebody's address on a mail server, as Apprise wants it."""
    host = server.removeprefix("smtp://")
    sender = "from=sentinel@musterstadt.example"
    return f"mailto://{host}?{sender}&to={name}@musterstadt.example&mode=insecure"


def founded(
    folder: Path,
    sim: Simulated,
    contacts: Mapping[str, Sequence[str]],
    *,
    only: tuple[str, ...] = tuple(CHANNELS),
    levels: Sequence[Mapping[str, Any]] = LEVELS,
    change: Callable[[dict[str, Any]], None] = lambda _: None,
    **staff: Any,
) -> Path:
    """Write the town's rules and return the file.

    Args:
        folder: Where rules and data lie.
        sim: Its platforms; the account is the town's own.
        contacts: Their addresses, in order.
        only: The channels that it has.
        levels: Who is told, and when.
        change: Has the last word on the rules.
        staff: More of the section `staff`, or other values.
    """
    document = rules(
        sim.url,
        "smtp://127.0.0.1:9",
        listen=f"127.0.0.1:{free_port()}",
        routes=[{"name": "alles", "match": {}, "priority": list(only)}],
        only=only,
        account=sim.account,
        probing=dict(QUICK),
    )
    for channel in document["channels"].values():
        channel["probes"] = dict.fromkeys(("quota", "write_path", *READING), "off")
    document["staff"] = {
        "contacts": {
            name: {"language": "de", "addresses": [{"url": url} for url in addresses]}
            for name, addresses in contacts.items()
        },
        "levels": [dict(level) for level in levels],
        "repeat_every": "3s",
        "group_wait": "500ms",
        **staff,
    }
    change(document)
    return write(folder, document)


def usual(staff: Receivers) -> dict[str, list[str]]:
    """Return three people, one a level: two with a webhook, one with a mailbox."""
    return {
        "presse": [staff.inbox("presse")],
        "amtsleitung": [staff.mail("amtsleitung")],
        "leitstelle": [staff.inbox("leitstelle")],
    }
