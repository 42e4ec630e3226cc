"""A busy crisis team: seeded senders who offer, follow up, withdraw, hold and let go again.

They are careful: each message goes out under a key of its own, and what was not
answered is asked again with the same key, until somebody says yes or no.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import yaml

from sentinel.app.clock import utc_now
from tests.chaos.town import INTAKE
from tests.support.aftermath import ALL
from tests.support.city import Daemon, wait_for
from tests.support.history import Heard, Held

SEVERITIES = ("extreme", "severe", "moderate", "minor")
TAGS = ((), (), ("presse",), ("presse", "wasser"), ("freigabe",))
FILE = "file"
NEAR = ""  # whoever is at the machine, on the socket
SENDER, SECOND = "Leitstelle", "Pressestelle"  # each with a token of its own
SCOPES = {SENDER: ["send"], SECOND: ["approve"]}
YES = frozenset({200, 201})
NO = frozenset({400, 403, 404, 405, 409, 422})
FROZEN = ("x-stadt", "threads-stadt")
FOLLOW_UPS = ("update", "all-clear", "withdraw")


@dataclass(slots=True)
class Letter:
    """One thing to be asked for, until it is answered."""

    key: str
    path: str
    body: dict[str, Any]
    by: str = NEAR

    @property
    def makes_a_message(self) -> bool:
        """True if a message of its own comes of it."""
        return self.path.endswith(("/messages", "/update", "/all-clear"))


@dataclass(slots=True)
class Team:
    """What the senders of one run have asked for, and what they heard. Shared by threads."""

    daemon: Daemon
    seed: int
    pause_s: float = 0.15
    short_lives: bool = True
    may_hold: bool = True
    ahead: timedelta = timedelta()  # how far the daemon's clock, and so its people's, is ahead
    heard: dict[str, Heard] = field(default_factory=dict)  # by key
    refused: Counter[str] = field(default_factory=Counter)
    unheard: list[Letter] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # answers that nobody may ever hear
    agreed: Counter[str] = field(default_factory=Counter)  # approvals, alone or by two
    _near: set[str] = field(default_factory=set)  # ids of what was sent on the socket
    _waiting: list[str] = field(default_factory=list)  # ids of what waited for a second person
    _tokens: dict[str, str] = field(default_factory=dict)  # by who holds it
    _issuing: threading.Lock = field(default_factory=threading.Lock)
    _held: list[Held] = field(default_factory=list)
    _resumed: list[datetime] = field(default_factory=list)  # an end was asked for, by anybody
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, senders: int = 3) -> None:
        """Begin to send."""
        for number in range(senders):
            thread = threading.Thread(target=self._send, args=(number,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Send no more; what is under way is waited for."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def finish(self) -> None:
        """Let go what is on hold, frozen or locked, and ask again for what was never answered."""
        let_go = [f"/api/v1/channels/{channel}/release" for channel in ALL]
        for path in ("/api/v1/resume", *let_go):
            self._insist(Letter(f"end of {path}", path, {"reason": "Ende"}))
        for letter in self.unheard:
            self._insist(letter)
        self.unheard.clear()

    def _insist(self, letter: Letter) -> None:
        def answered() -> bool:
            return self.ask(letter) in YES | NO

        wait_for(answered, 120, f"an answer to {letter}")

    @property
    def holds(self) -> list[Held]:
        """Every hold whose yes was heard, up to the moment when somebody asked for its end."""
        ends = sorted(self._resumed)
        return [
            replace(one, until=min([one.until, *(end for end in ends if end > one.since)]))
            for one in self._held
        ]

    def ask(self, letter: Letter) -> int | None:
        """Ask once; return the status that was heard, None if nothing was."""
        if letter.path == "/api/v1/resume":
            self._resumed.append(utc_now())
        try:
            headers = {"Idempotency-Key": letter.key}
            status, shape = self._call(letter, headers)
        except (OSError, http.client.HTTPException):
            return None
        with self._lock:
            if status in YES and letter.makes_a_message:
                self._believe(letter, shape)
            elif status in YES and letter.path.endswith("/approve"):
                self._agree(letter)
            elif status in NO:
                self.refused[f"{letter.path.rsplit('/', 1)[-1]} {status}"] += 1
        return status

    def _believe(self, letter: Letter, shape: Mapping[str, Any]) -> None:
        heard = Heard(id=shape["id"], number=shape["number"], key=letter.key)
        if (known := self.heard.setdefault(letter.key, heard)) != heard:
            self.wrong.append(f"{letter.key} was {known}, and is {heard}")
        if letter.by == NEAR:
            self._near.add(heard.id)
        if shape["state"] == "awaiting_approval":
            self._waiting.append(heard.id)

    def _agree(self, letter: Letter) -> None:
        """Count an approval; who made the second person's token is no second person's author."""
        self.agreed["alone" if letter.body["emergency"] else "two"] += 1
        of = letter.path.split("/")[-2]
        if of in self._near and not letter.body["emergency"]:
            self.wrong.append(f"{of} was approved by a token that its author made")

    def _call(self, letter: Letter, headers: Mapping[str, str]) -> tuple[int, Any]:
        """Call as whoever the letter is by: on the socket, or with a token over TCP."""
        if letter.by == NEAR:
            return self.daemon.call("POST", letter.path, letter.body, **headers)
        bearer = {"Authorization": f"Bearer {self._token(letter.by)}"}
        listen = yaml.safe_load(self.daemon.file.read_text())["server"]["listen"]
        line = http.client.HTTPConnection(listen, timeout=20)
        try:
            line.request("POST", letter.path, json.dumps(letter.body), {**headers, **bearer})
            answer = line.getresponse()
            raw = answer.read()
        finally:
            line.close()
        try:
            return answer.status, json.loads(raw)
        except ValueError:
            return answer.status, raw

    def _token(self, name: str) -> str:
        """Return somebody's token, made at their first word."""
        with self._issuing:
            if name not in self._tokens:
                body = {"name": name, "scopes": SCOPES[name]}
                status, made = self.daemon.call("POST", "/api/v1/tokens", body)
                if status != 201:
                    raise ConnectionError(f"no token: {status}")
                self._tokens[name] = made["token"]
            return self._tokens[name]

    def _send(self, number: int) -> None:
        dice = random.Random(f"{self.seed}/{number}")  # noqa: S311 - which traffic, not secrets
        count = 0
        while not self._stop.wait(dice.uniform(0, 2 * self.pause_s)):
            with self._lock:
                letter = self.unheard.pop(0) if self.unheard else None
            if letter is None:
                count += 1
                letter = self._letter(dice, f"{number}-{count}")
            if letter is None:
                self._pull(dice)
            elif letter.path == FILE:
                self._put(letter)
            elif self.ask(letter) not in YES | NO:
                with self._lock:
                    self.unheard.append(letter)

    def _letter(self, dice: random.Random, key: str) -> Letter | None:
        """Return what to ask for next; None: for the hold."""
        roll = dice.random()
        with self._lock:
            known = list(self.heard.values())
        if self.may_hold and roll < 0.02:
            return None
        if self.may_hold and roll < 0.05:
            channel, deed = dice.choice(FROZEN), dice.choice(("freeze", "release"))
            return Letter(key, f"/api/v1/channels/{channel}/{deed}", {"reason": f"Probe {key}"})
        if roll < 0.09:
            return Letter(key, FILE, self._message(dice, key))
        if known and roll < 0.14:
            return self._approval(dice, key, dice.choice(known[-12:]).id)
        by = NEAR if dice.random() < 0.2 else SENDER
        if known and roll < 0.35:
            kind = dice.choice(FOLLOW_UPS)
            meant = dice.choice(known[-12:])
            path = f"/api/v1/messages/{meant.id}/{kind}"
            return Letter(key, path, self._follow(dice, kind, key), by)
        return Letter(key, "/api/v1/messages", self._message(dice, key), by)

    def _approval(self, dice: random.Random, key: str, of: str) -> Letter:
        """Return an approval, mostly of something that waits for it, mostly by a second person."""
        with self._lock:
            waiting = self._waiting[-6:]
        if waiting and dice.random() < 0.8:
            of = dice.choice(waiting)
        alone = dice.random() < 0.3
        body = {"comment": "Eile" if alone else "gelesen", "emergency": alone}
        return Letter(key, f"/api/v1/messages/{of}/approve", body, NEAR if alone else SECOND)

    def _put(self, letter: Letter) -> None:
        """Put a file into the intake folder, whole or not at all; a key is its name."""
        folder = self.daemon.file.parent / INTAKE
        draft = folder / f".{letter.key}"
        draft.write_text(json.dumps({**letter.body, "key": letter.key}))
        draft.replace(folder / f"{letter.key}.json")

    def _message(self, dice: random.Random, key: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "headline": f"Deichbruch {key}",
            "text": f"Der Deich ist an der Stelle {key} gebrochen.",
            "severity": dice.choice(SEVERITIES),
            "tags": list(dice.choice(TAGS)),
        }
        if self.short_lives and dice.random() < 0.2:
            body["expires_at"] = self._in(dice.uniform(0.5, 8))
        elif dice.random() < 0.1:
            body["not_before"] = self._in(dice.uniform(0.5, 4))
        return body

    def _follow(self, dice: random.Random, kind: str, key: str) -> dict[str, Any]:
        if kind == "withdraw":
            return {"reason": f"Irrtum {key}", "delete": dice.random() < 0.3}
        if kind == "all-clear" and dice.random() < 0.5:
            return {}
        body = self._message(dice, key)
        return {**body, "headline": f"Neues zum {body['headline']}"}

    def _in(self, seconds: float) -> str:
        return (utc_now() + self.ahead + timedelta(seconds=seconds)).isoformat()

    def _pull(self, dice: random.Random) -> None:
        """Hold everything for a moment; if its yes was heard, remember from when to when."""
        status = self.ask(Letter("hold", "/api/v1/hold", {"reason": "Probe"}))
        since = utc_now()
        self._stop.wait(dice.uniform(0.1, 1.5))
        until = utc_now()
        self.ask(Letter("resume", "/api/v1/resume", {"reason": "Probe"}))
        if status in YES:
            self._held.append(Held(since=since, until=until))
