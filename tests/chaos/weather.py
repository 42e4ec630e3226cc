"""Seeded bad weather: faults of every kind that a platform can show, coming and going."""

from __future__ import annotations

import random
import threading

from tests.support.simulated import Simulated

CALM = frozenset({"name_resolution", "ignores_key"})
"""Left out: the first cannot be shown on loopback; the second is a lie about a promise that a
server made and kept before, and has a test of its own."""

TIMED = frozenset({"late_visible", "rate_limited", "rate_limited_low_use", "read_limited"})
"""What they say of the future is to come within the run."""

STAFF = ("server_error", "refuse_connection", "html_error")


class Weather:
    """Puts faults on one account of every platform, on its inbox and on the controls."""

    def __init__(self, sim: Simulated, seed: int, *, pause_s: float = 0.5) -> None:
        self._sim = sim
        self._dice = random.Random(f"weather {seed}")  # noqa: S311 - which faults, not secrets
        self._pause_s = pause_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._blow, daemon=True)
        self.faults = 0
        self._menu = [
            (face["platform"], kind)
            for face in sim.ask("GET", "/_faces")
            for kind in face["kinds"]
            if kind not in CALM and not face["platform"].startswith("_")
        ]

    def start(self) -> None:
        """Let it begin."""
        self._thread.start()

    def stop(self) -> None:
        """Let the sun shine again, on everything."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._sim.heal()

    def _blow(self) -> None:
        while not self._stop.wait(self._dice.uniform(0, 2 * self._pause_s)):
            platform, kind = self._dice.choice(self._menu)
            account = self._sim.account
            if self._dice.random() < 0.1:
                platform, kind = "_inbox", self._dice.choice(STAFF)
            options = {"seconds": 4} if kind in TIMED else {}
            self._sim.fault(
                platform,
                kind,
                account=account,
                options=options,
                share=self._dice.choice([0.5, 1.0]),
                **{"for": f"{self._dice.randint(200, 2500)}ms"},
            )
            self.faults += 1
