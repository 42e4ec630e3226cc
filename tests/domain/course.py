"""A channel being watched: shortens the stories that tests of health tell."""

from datetime import UTC, datetime, timedelta

from sentinel.domain.cause import Ability, Cause, State
from sentinel.domain.health import DELIVERY, Verdict, at_time, blank, observe
from sentinel.domain.observation import Finding, Observation
from sentinel.domain.rules import Probing

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
RULE = Probing()  # fall 3, rise 2, every 30 s; more than 4 changes in 30 m: 10 m of calm
PUBLISH, READ_BACK, PUBLIC, LISTEN = Ability


class Course:
    """A channel being observed; each sighting comes ten seconds after the one before."""

    def __init__(self, rule: Probing = RULE) -> None:
        self.rule = rule
        self.at = NOON
        self.health = blank("x-stadt", Ability, NOON)

    def see(
        self,
        cause: Cause | None,
        times: int = 1,
        *,
        probe: str = "credentials",
        ability: Ability = PUBLISH,
        until: datetime | None = None,
        proves: bool = True,
        confirmed: bool = True,
        family_calm: bool = True,
        fresh: timedelta | None = None,
        vantage: str = "rathaus",
        edge: str = "",
    ) -> "Course":
        for _ in range(times):
            self.at += 10 * SECOND
            finding = Finding(
                ability=ability,
                cause=cause,
                evidence=f"{probe} says {cause}",
                until=until,
                confirmed=confirmed,
                proves=proves,
                edge=edge,
            )
            observation = Observation(
                channel="x-stadt",
                probe=probe,
                finding=finding,
                at=self.at,
                vantage=vantage,
                fresh_until=self.at + fresh if fresh else None,
            )
            self.health = observe(
                self.health, observation, self.rule, family_calm=family_calm, at=self.at
            )
        return self

    def post(self, cause: Cause | None, times: int = 1, until: datetime | None = None) -> "Course":
        return self.see(cause, times, probe=DELIVERY, until=until, confirmed=False)

    def reach(self, cause: Cause | None, times: int = 1, *, vantage: str = "rathaus") -> "Course":
        return self.see(cause, times, probe="reachability", proves=False, vantage=vantage)

    def wait(self, time: timedelta) -> "Course":
        self.at += time
        self.health = at_time(self.health, self.rule, self.at)
        return self

    def verdict(self, ability: Ability = PUBLISH) -> Verdict:
        return self.health.verdicts[ability]

    def says(self, ability: Ability = PUBLISH) -> tuple[State, Cause | None]:
        return self.verdict(ability).state, self.verdict(ability).cause
