"""Containers that a platform made, calls finished, and does not find when they are to go live."""

from __future__ import annotations

from datetime import datetime

from sentinel.simulator.faces import Call
from sentinel.simulator.kinds import Kind


class Lost:
    """Which containers are lost: the first that the fault meets, and those for good."""

    def __init__(self) -> None:
        self._lost: dict[tuple[str, datetime], set[str]] = {}  # by account, and the fault's begin

    def meets(self, call: Call, container: str) -> bool:
        """Return whether a container that is to be published is not found."""
        fault = call.faults.get(Kind.CONTAINER_LOST)
        if fault is None:
            return False
        lost = self._lost.setdefault((call.account.name, fault.since), set())
        if len(lost) < fault.option("containers"):
            lost.add(container)
        return container in lost
