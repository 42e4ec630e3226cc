"""A chain of messages in one town: supersedes and decides as the planner does."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sentinel.domain.cause import Severity
from sentinel.domain.delivery import Delivery, Outcome
from sentinel.domain.message import Kind
from sentinel.domain.plan import Plan
from tests.domain.town import Town


class Chain:
    """Links that share their channels, routes and clock; each link is a town of its own."""

    def __init__(self, first: Town) -> None:
        self.links = [first]

    @property
    def alarm(self) -> Town:
        return self.links[0]

    @property
    def last(self) -> Town:
        return self.links[-1]

    def follow(
        self, kind: Kind = Kind.ALL_CLEAR, severity: Severity = Severity.MINOR, **changes: Any
    ) -> Town:
        """A follow-up is accepted; `changes` are fields of the message or of its content."""
        first, at = self.alarm.message, self.alarm.at
        fields = {name: changes.pop(name) for name in list(changes) if hasattr(first, name)}
        link = replace(
            first,
            id=f"m{len(self.links) + 1}",
            number=first.number + len(self.links),
            kind=kind,
            content=replace(first.content, severity=severity, **changes),
            accepted_at=at,
            expires_at=at + timedelta(hours=24),
            references=tuple(one.message.id for one in self.links),
            superseded_at=None,
            withdrawn_at=None,
            **fields,
        )
        town = Town(routes=self.alarm.routes, message=link, board=self.alarm.board, at=at)
        self.links.append(town)
        return town

    def carry_out(self) -> Plan:
        """Supersede, decide about every link, and do as the planner does; return the last plan."""
        *_, plan = self._decide()
        return plan

    def _decide(self) -> Iterator[Plan]:
        for place, link in enumerate(self.links):
            if place and link.message.in_effect(link.at):
                for one in self.links[:place]:
                    stopped = one.message.superseded_at or one.at
                    one.message = replace(one.message, superseded_at=stopped)
                    one.carry_out()
            link.earlier = self.earlier(link)
            yield link.carry_out()

    def earlier(self, link: Town) -> list[Delivery]:
        before = self.links[: self.links.index(link)]
        return [delivery for one in before for delivery in one.deliveries]

    def wait(self, time: timedelta) -> None:
        for link in self.links:
            link.wait(time)

    def post(self, name: str, outcome: Outcome) -> Plan:
        """The latest link that has a delivery there posts it; then everything is decided again."""
        link = next(one for one in reversed(self.links) if name in _channels(one))
        link.post(name, outcome)
        return self.carry_out()


def _channels(town: Town) -> set[str]:
    return {delivery.channel for delivery in town.deliveries}
