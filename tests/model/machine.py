"""Everything that may befall a town; after each step every promise is looked at."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.model import rules as city
from tests.model.people import People, picks
from tests.model.world import Mood
from tests.support.failpoints import NAMES as FAILPOINTS

WAYS = ("intake", "followups", "planner", "dispatch", "desk", "storage", "takedown", "drive")
PLACES = tuple(name for name in FAILPOINTS if name.partition(".")[0] in WAYS)
LANDINGS = (
    *(Mood.TAKES, Mood.TAKES, Mood.FAILS, Mood.REFUSES, Mood.DISLIKES, Mood.THROTTLES),
    *(Mood.SWALLOWS, Mood.SWALLOWS, Mood.STUMBLES),
)

accounts = st.sampled_from(city.ACCOUNTS)
lates = st.sampled_from([0.0, 0.0, 3.0, 40.0, 400.0])


class Anything(People):
    """A town in which anything may happen."""

    @rule(
        account=accounts,
        mood=st.sampled_from([*Mood, Mood.DAWDLES, Mood.SWALLOWS]),
        late=lates,
    )
    def change_mood(self, account: str, mood: Mood, late: float) -> None:
        """From now on a platform treats posts otherwise."""
        self.change_mood_to(account, mood, late)

    @rule(account=accounts, late=lates)
    def swallow(self, account: str, late: float) -> None:
        """From now on a platform posts what it gets, and answers nonsense."""
        self.change_mood_to(account, Mood.SWALLOWS, late)

    def change_mood_to(self, account: str, mood: Mood, late: float) -> None:
        """A platform changes its ways."""
        self.town.world.moods[account] = mood
        self.town.world.late_s[account] = late

    @precondition(lambda self: self.town.world.calls)
    @rule(pick=picks, mood=st.sampled_from(LANDINGS))
    def decide(self, pick: int, mood: Mood) -> None:
        """A platform decides about a post that it let wait, perhaps long after nobody listens."""

        async def answer() -> None:
            self.town.world.answer(pick, mood)

        self.do(answer())

    @precondition(lambda self: self.town.world.waiting)
    @rule(pick=picks)
    def go_along(self, pick: int) -> None:
        """A platform that hesitated goes along."""

        async def proceed() -> None:
            waiting = self.town.world.waiting
            waiting.pop(pick % len(waiting))[1].set()

        self.do(proceed())

    # What befalls the daemons

    @rule(seconds=st.sampled_from([0.2, 1, 3, 8, 20, 28, 45, 70]))
    def wait(self, seconds: float) -> None:
        """A little time passes."""
        self.do(self.town.wait(seconds))

    @rule()
    def wait_a_minute(self) -> None:
        """A minute passes."""
        self.do(self.town.wait(60))

    @rule(seconds=st.sampled_from([400, 1900, 3700, 90_000]))
    def wait_long(self, seconds: float) -> None:
        """Much time passes."""
        for _ in range(4):
            self.do(self.town.wait(seconds / 4))

    @rule(hours=st.sampled_from([-1, 1]), noticed_after=st.sampled_from([0.0, 0.1, 0.5]))
    def set_clock(self, hours: int, noticed_after: float) -> None:
        """Somebody sets the wall clock."""
        self.do(self.town.step_clock(timedelta(hours=hours), noticed_after))

    @rule(place=st.sampled_from(PLACES), nth=st.integers(1, 3))
    def die_at(self, place: str, nth: int) -> None:
        """The power is going to fail at a certain line of the code."""
        self.town.arm(place, nth)

    @rule()
    def die(self) -> None:
        """The power fails in a moment of quiet."""
        self.do(self.town.lose_power())

    @rule(
        place=st.sampled_from(
            ["storage.before_commit", "storage.before_commit", "storage.after_commit"]
        ),
        nth=st.integers(1, 4),
        refusals=st.integers(1, 3),
    )
    def refuse(self, place: str, nth: int, refusals: int) -> None:
        """The storage is going to refuse some commits."""
        self.town.arm(place, nth, refusals)

    @precondition(lambda self: len(self.town.nodes) > 1)
    @rule(which=st.integers(0, 1))
    def stand_still(self, which: int) -> None:
        """A node stands still for some time: stopped, or swapped out."""
        others = [node for node in self.town.nodes if node is not self.town.nodes[which]]
        if any(not node.still for node in others):
            self.town.nodes[which].wire.awake.clear()

    @precondition(lambda self: any(node.still for node in self.town.nodes))
    @rule()
    def go_on(self) -> None:
        """It goes on as if nothing had been."""

        async def thaw() -> None:
            for node in self.town.nodes:
                if node.still:
                    node.thaw()

        self.do(thaw())
