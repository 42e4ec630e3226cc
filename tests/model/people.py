"""What people may say and switch in a random town."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from sentinel.domain.cause import EFFECTS, Ability, Cause, Severity, State
from sentinel.domain.health import Verdict
from sentinel.domain.message import Content, Kind
from sentinel.domain.rules import FailOverWhen, Mode, OnRecovery, Rules
from sentinel.service.intake import Taken
from tests.model import rules as city
from tests.model.counts import count
from tests.model.house import PEOPLE
from tests.model.life import Life

CAUSES = (
    *(None, None, Cause.PLATFORM_FAULT, Cause.RATE_LIMITED, Cause.QUOTA_LOW, Cause.SLOW),
    *(Cause.ACCOUNT_LOCKED, Cause.STALE, Cause.NOT_OBSERVED, Cause.UPLINK_LOST),
    *(Cause.PLAN_REFUSED, Cause.CREDENTIAL_REJECTED),
)

picks = st.integers(0, 7)
names = st.sampled_from(city.NAMES)
severities = st.sampled_from([Severity.EXTREME, Severity.SEVERE, Severity.MINOR])
soon = st.sampled_from([None, None, None, 30, 600])


class People(Life):
    """A town in which people are at work."""

    @rule(
        severity=severities,
        channels=st.sampled_from([(), (), (), ("a",), ("seite", "b")]),
        exercise=st.sampled_from([False, False, False, True]),
        starts=soon,
        lasts=st.sampled_from([None, None, 45, 900]),
        approval=st.sampled_from([False, False, False, True]),
    )
    def accept(
        self,
        *,
        severity: Severity,
        channels: tuple[str, ...],
        exercise: bool,
        starts: int | None,
        lasts: int | None,
        approval: bool,
    ) -> None:
        """Somebody gives a message in."""
        node = self.town.awake
        if node is None:
            return
        content = Content(
            headline="Bombe",
            text="Bitte gehen.",
            severity=severity,
            channels=channels,
            exercise=exercise,
            **self._times(starts, lasts),
        )
        work = node.intake.accept(content, actor=PEOPLE[0], approval=approval)
        self._taken(self.do(self.town.call(work)))

    def accept_plainly(self, severity: Severity) -> None:
        """A message is given in about which nothing is special."""
        if node := self.town.awake:
            content = Content(headline="Bombe", text="Bitte gehen.", severity=severity)
            work = node.intake.accept(content, actor=PEOPLE[0])
            self._taken(self.do(self.town.call(work)))

    def _taken(self, taken: Taken | None) -> None:
        if taken is not None:
            count("messages")
            self.judge.accepted.add(taken.message.number)

    def _times(self, starts: int | None, lasts: int | None) -> dict[str, Any]:
        now = self.town.now()
        begins = now + timedelta(seconds=starts) if starts else None
        ends = (begins or now) + timedelta(seconds=lasts) if lasts else None
        return {"not_before": begins, "expires_at": ends}

    def _message(self, pick: int) -> str | None:
        known = sorted(self.town.before.messages.values(), key=lambda one: -one.number)
        return known[pick % len(known)].id if known else None

    @precondition(lambda self: self.town.before.messages)
    @rule(
        pick=picks,
        kind=st.sampled_from([Kind.UPDATE, Kind.ALL_CLEAR, Kind.ALL_CLEAR]),
        starts=soon,
        approval=st.sampled_from([False, False, False, True]),
    )
    def follow(self, *, pick: int, kind: Kind, starts: int | None, approval: bool) -> None:
        """Somebody updates a message, or gives the all-clear."""
        node, of = self.town.awake, self._message(pick)
        if node is None or of is None:
            return
        given: dict[str, Any] = {"not_before": self._times(starts, None)["not_before"]}
        if kind is Kind.UPDATE:
            given |= {"headline": "Neues", "text": "Bitte bleiben.", "severity": Severity.MINOR}
        work = node.follow_ups.accept(of, kind, given, actor=PEOPLE[0], approval=approval)
        self._taken(self.do(self.town.call(work)))

    @rule()
    def alarm(self) -> None:
        """Somebody raises an alarm, with nothing special about it."""
        self.accept_plainly(Severity.SEVERE)

    @rule()
    def inform(self) -> None:
        """Somebody says something of little weight."""
        self.accept_plainly(Severity.MINOR)

    @precondition(lambda self: self.town.before.messages)
    @rule()
    def give_the_all_clear(self) -> None:
        """Somebody ends the latest alarm."""
        node, of = self.town.awake, self._message(0)
        if node is not None and of is not None:
            work = node.follow_ups.accept(of, Kind.ALL_CLEAR, {}, actor=PEOPLE[0])
            self._taken(self.do(self.town.call(work)))

    @precondition(lambda self: self.town.before.messages)
    @rule(pick=picks, delete=st.booleans())
    def withdraw(self, *, pick: int, delete: bool) -> None:
        """Somebody withdraws a message."""
        node, of = self.town.awake, self._message(pick)
        if node is not None and of is not None:
            work = node.follow_ups.withdraw(of, "Irrtum", actor=PEOPLE[0], delete=delete)
            self.do(self.town.call(work))

    @precondition(lambda self: any(m.awaits_approval for m in self.town.before.messages.values()))
    @rule(pick=picks, emergency=st.booleans())
    def approve(self, *, pick: int, emergency: bool) -> None:
        """Somebody agrees to a message."""
        waiting = [m.id for m in self.town.before.messages.values() if m.awaits_approval]
        if node := self.town.awake:
            work = node.follow_ups.approve(
                waiting[pick % len(waiting)], actor=PEOPLE[1], comment="eilt", emergency=emergency
            )
            self.do(self.town.call(work))

    @precondition(lambda self: self.town.before.deliveries)
    @rule(pick=picks)
    def confirm(self, pick: int) -> None:
        """Somebody says that a message is out."""
        deliveries = self.town.before.deliveries
        chosen = deliveries[-1 - pick % len(deliveries)]
        number = self.town.before.messages[chosen.message].number
        if node := self.town.awake:
            self.town.truth.confirmed.add((chosen.account, number))
            self.do(self.town.call(node.follow_ups.confirm(chosen.id, actor=PEOPLE[1])))

    # What people switch

    @rule(
        what=st.sampled_from(["mode", "mode", "without", "renamed", "turned", "asking", "route"]),
        name=names,
        mode=st.sampled_from(Mode),
        copies=st.integers(0, 2),
        how=st.tuples(st.sampled_from(FailOverWhen), st.sampled_from(OnRecovery), st.booleans()),
    )
    def change_rules(
        self,
        what: str,
        name: str,
        mode: Mode,
        copies: int,
        how: tuple[FailOverWhen, OnRecovery, bool],
    ) -> None:
        """New rules are put in force."""
        fail_over_when, on_recovery, public = how
        now = self.town.truth.rules
        new: dict[str, Rules] = {
            "mode": city.with_mode(now, name, mode),
            "without": city.without(now, name),
            "renamed": city.renamed(now, name),
            "turned": city.turned_round(now),
            "route": city.without_route(now, "alltag" if public else "katastrophe"),
            "asking": city.asking(
                now,
                copies=copies,
                fail_over_when=fail_over_when,
                on_recovery=on_recovery,
                public=public,
            ),
        }
        self.do(self.town.adopt(new[what]))

    @rule()
    def restore_rules(self) -> None:
        """The rules are again as they began."""
        self.do(self.town.adopt(city.city()))

    @rule(
        name=names,
        cause=st.sampled_from(CAUSES),
        ability=st.sampled_from([Ability.PUBLISH, Ability.PUBLISH, Ability.PUBLIC]),
        half_open=st.booleans(),
    )
    def judge_channel(
        self, *, name: str, cause: Cause | None, ability: Ability, half_open: bool
    ) -> None:
        """A channel's verdict changes."""
        self.do(self.town.judge(name, {ability: self._verdict(cause, half_open=half_open)}))

    def _verdict(self, cause: Cause | None, *, half_open: bool = False) -> Verdict:
        state = (EFFECTS[cause].state or State.UP) if cause else State.UP
        return Verdict(
            state=state,
            cause=cause,
            evidence=f"saw {cause}",
            since=self.town.now(),
            half_open=half_open and state is State.UP,
        )

    @rule(lost=st.booleans())
    def lose_the_line(self, *, lost: bool) -> None:
        """Our own line breaks down, or comes back."""

        async def turn() -> None:
            for name, channel in self.town.truth.rules.channels.items():
                if channel.uplink is not None:
                    verdict = self._verdict(Cause.UPLINK_LOST if lost else None)
                    await self.town.judge(name, {Ability.PUBLISH: verdict})

        self.do(turn())

    @rule(name=names, seconds=st.sampled_from([None, 30.0, 4000.0]))
    def freeze(self, name: str, seconds: float | None) -> None:
        """A channel is taken out of service."""
        self.do(self.town.freeze(name, seconds))

    @rule(name=names)
    def release(self, name: str) -> None:
        """A channel is put back."""
        self.do(self.town.release(name))

    @rule()
    def hold(self) -> None:
        """All publishing stops."""
        self.do(self.town.hold())

    @rule()
    def resume(self) -> None:
        """Publishing goes on."""
        self.do(self.town.resume())
