"""How one channel stands towards one message: may the route count on it, use it, or go past it?

Nothing is chosen here and nothing noted; `sentinel.domain.walk` does that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sentinel.domain import asking
from sentinel.domain.cause import EFFECTS, Ability, Acts, Cause, State
from sentinel.domain.delivery import Delivery, DeliveryState
from sentinel.domain.health import Verdict, doubtful, unusable
from sentinel.domain.plan import Reason, Situation, View
from sentinel.domain.rules import Mode, Route
from sentinel.domain.stands import Stand, Standing


@dataclass(frozen=True, slots=True)
class Look:
    """One route's look at the channels."""

    route: Route
    situation: Situation
    by_account: Mapping[str, Delivery]

    @property
    def grave(self) -> bool:
        """True for extreme and severe messages."""
        return self.situation.message.effective_severity.grave

    def view(self, name: str) -> View | None:
        """Return the channel, or None if it was removed from the rules."""
        return self.situation.board.get(name)

    def delivery(self, name: str) -> Delivery | None:
        """Return the message's delivery on the channel's account, if there is one."""
        view = self.view(name)
        return self.by_account.get(view.channel.account) if view else None

    def names(self, account: str) -> list[str]:
        """Return what an account is called in the rules."""
        views = self.situation.board.items()
        return [name for name, view in views if view.channel.account == account]

    def verdict(self, name: str) -> Verdict | None:
        """Return what is known of the channel's ability to publish."""
        return self.situation.board[name].verdicts.get(Ability.PUBLISH)

    def impairment(self, name: str) -> tuple[Ability, Verdict] | None:
        """Return the needed ability, with its verdict, for which this message leaves a channel."""
        severity, route = self.situation.message.effective_severity, self.route
        verdicts = self.situation.board[name].verdicts
        return unusable(verdicts, route.needs, route.fail_over_when, severity)

    def locked(self, name: str) -> bool:
        """Return whether only a person may put the channel back to use."""
        verdict = self.verdict(name)
        return verdict is not None and bool(
            verdict.cause and EFFECTS[verdict.cause].needs_person and verdict.state is State.DOWN
        )

    def unasked(self, name: str) -> Reason | None:
        """Return why the message was never meant for this channel, or None."""
        view, content = self.view(name), self.situation.message.content
        if content.channels and name not in content.channels:
            return Reason.NOT_CHOSEN
        if content.exercise and view is not None and not view.channel.exercises:
            return Reason.NO_EXERCISES
        return None

    def shut(self, name: str) -> Reason | None:
        """Return why nothing may be posted on the channel at all, or None."""
        view = self.view(name)
        if view is None:
            return Reason.REMOVED
        if view.channel.mode is Mode.OFF:
            return Reason.OFF
        return Reason.FROZEN if view.channel.mode is Mode.FROZEN or self._frozen(view) else None

    def thaws_at(self, name: str) -> datetime | None:
        """Return when a person's freeze ends by itself, if one is in force that does."""
        view = self.view(name)
        return view.freeze.until if view and view.freeze and self._frozen(view) else None

    def _frozen(self, view: View) -> bool:
        freeze = view.freeze
        return freeze is not None and (freeze.until is None or self.situation.at < freeze.until)

    def stand(self, name: str) -> Stand:
        """Return how the channel, which is in the rules, stands towards the message."""
        delivery, found = self.delivery(name), self.impairment(name)
        state = delivery.state if delivery else None
        if delivery is not None and state in _DECIDED:
            return self._decided(name, delivery, found)
        if delivery is not None and (asking.waits(delivery) or asking.given_up(delivery)):
            return self._with_a_person(name, delivery)
        if found is not None and not (delivery and self._short_wait(delivery, found[1])):
            return _spent(Reason.IMPAIRED, *found)
        reason, wake_at = self._reason_to_leave(name, delivery)
        if reason is not None:
            return _spent(reason)
        usable = self._doubt(name) or Stand(standing=Standing.READY)
        return replace(usable, wake_at=wake_at)

    def _decided(
        self, name: str, delivery: Delivery, found: tuple[Ability, Verdict] | None
    ) -> Stand:
        """Return how a channel stands on which the message is, may be or cannot be out."""
        if delivery.live:
            return Stand(standing=Standing.LIVE)
        if delivery.settled:
            refused = delivery.state is DeliveryState.REFUSED
            return _spent(Reason.CONTENT_REFUSED if refused else Reason.WAITED)
        if delivery.state is DeliveryState.UNKNOWN:
            return self._unclear(delivery)
        if found is not None:
            return _struggling(Reason.IMPAIRED, *found)
        if self._repeated(delivery):
            return _struggling(Reason.FAILED)
        return self.in_flight(delivery.since, self._doubt(name))

    def _with_a_person(self, name: str, delivery: Delivery) -> Stand:
        """Return how a channel stands where a person is asked to post, or was.

        As for a post that is under way: a grave message gives it `reroute_after`,
        then also goes to the next channel; others wait for the limit.
        """
        at = self.situation.at
        if asking.given_up(delivery) or asking.over(delivery, at):
            return _spent(Reason.WAITED)
        stand = self.in_flight(delivery.since, self._doubt(name))
        again = asking.wake_at(delivery, at)
        return replace(stand, wake_at=min(stand.wake_at or again, again))

    def in_flight(self, since: datetime, doubt: Stand | None = None) -> Stand:
        """Return how a post stands that is being published since then.

        A grave message gives it `reroute_after`, then also goes to the next channel.
        """
        usual, over = doubt or Stand(standing=Standing.UNDER_WAY), since + self.route.reroute_after
        if not self.grave:
            return usual
        return (
            _struggling(Reason.WAITED)
            if self.situation.at >= over
            else replace(usual, wake_at=over)
        )

    def _repeated(self, delivery: Delivery) -> bool:
        """Return whether what is under way is a repetition for lack of anything better."""
        patience = self.route.reroute_after
        return in_vain(delivery) and (
            self.grave or delivery.since - delivery.planned_at >= patience
        )

    def _unclear(self, delivery: Delivery) -> Stand:
        """A routine message waits for the first look-up, no longer than for an unsent post."""
        if self.grave:
            return _spent(Reason.UNCLEAR)
        over = self.unclear_until(delivery)
        if over is None:
            return _spent(Reason.UNCLEAR)
        return Stand(standing=Standing.UNDER_WAY, wake_at=over)

    def unclear_until(self, delivery: Delivery) -> datetime | None:
        """Return until when the first look-up is waited for; None: not (any longer)."""
        over = delivery.since + self.route.reroute_after
        return over if delivery.finds == 0 and self.situation.at < over else None

    def _doubt(self, name: str) -> Stand | None:
        verdicts = self.situation.board[name].verdicts
        severity = self.situation.message.effective_severity
        doubt = doubtful(verdicts, self.route.needs, severity)
        if doubt is None:
            return None
        ability = next(ability for ability, verdict in verdicts.items() if verdict is doubt)
        return Stand(
            standing=Standing.DOUBTFUL, reason=Reason.DOUBT, ability=ability, verdict=doubt
        )

    def _reason_to_leave(
        self, name: str, delivery: Delivery | None
    ) -> tuple[Reason | None, datetime | None]:
        """Return why an unsent post should not wait (any longer), or until when it may."""
        if delivery is None:
            return None, self.patient_until(name, self.situation.at)
        if delivery.state is DeliveryState.MOVED:
            gone = self._moved_for(name, delivery)
            back = gone is None or self.recovered(name, delivery)
            over = self.patient_until(name, self.situation.at)
            return (None, over) if back else (gone, None)
        if in_vain(delivery) and self.recovered(name, delivery):
            return None, self.patient_until(name, self.situation.at)
        return self._impatience(name, delivery)

    def _moved_for(self, name: str, delivery: Delivery) -> Reason | None:
        """Return why a moved delivery stays away until its channel recovers; None: it need not."""
        over = self.patient_until(name, delivery.planned_at)
        if in_vain(delivery):
            forgiven = over is None and not self.grave and not _refused(delivery)
            return None if forgiven else _failure(delivery)
        waited = delivery.since - delivery.planned_at >= self.route.reroute_after
        return Reason.WAITED if waited and over and over <= self.situation.at else None

    def _impatience(self, name: str, delivery: Delivery) -> tuple[Reason | None, datetime | None]:
        vainly, over = in_vain(delivery), self.patient_until(name, delivery.planned_at)
        if vainly and (self.grave or _refused(delivery)):
            return _failure(delivery), None
        if over is None:
            return None, None
        if vainly and delivery.due_at >= over:
            return Reason.FAILED, None
        if self.situation.at >= over:
            return (Reason.FAILED if vainly else Reason.WAITED), None
        return None, over

    def patient_until(self, name: str, planned_at: datetime) -> datetime | None:
        """Return when a post planned then has waited long enough for its channel; None: never.

        Neither a hold nor our own lost line is the channel's fault: such a wait
        does not count, and patience begins anew when it ends.
        """
        verdict = self.verdict(name)
        if self.situation.on_hold or (verdict and verdict.cause is Cause.UPLINK_LOST):
            return None
        begun = max(planned_at, self.situation.waiting_since or planned_at)
        if verdict is not None and (verdict.state is State.UP or verdict.cause is Cause.STALE):
            begun = max(begun, verdict.since)  # stale: our line is back, and it will be looked at
        return begun + self.route.reroute_after

    def _short_wait(self, delivery: Delivery, verdict: Verdict) -> bool:
        """Return whether a throttled routine message may wait for a reset that comes in time."""
        held = verdict.cause is not None and EFFECTS[verdict.cause].lasts_until_reset
        waits = delivery.state is DeliveryState.PLANNED and in_vain(delivery)
        over = delivery.planned_at + self.route.reroute_after
        return held and waits and not self.grave and self.situation.at < over > delivery.due_at

    def afresh(self, name: str) -> bool:
        """Return whether an unsent delivery, if used, gets a new chance: its past is forgiven."""
        if (delivery := self.delivery(name)) is None:
            return False
        back = self.recovered(name, delivery)
        if delivery.state is DeliveryState.MOVED:
            return back or self._moved_for(name, delivery) is None
        return back and delivery.state is DeliveryState.PLANNED and in_vain(delivery)

    def recovered(self, name: str, delivery: Delivery) -> bool:
        """Return whether the channel became usable since then; a clock set back makes no news."""
        seen, at = self.verdict(name), self.situation.at
        if seen is None or seen.state is State.DOWN or not delivery.since < seen.since <= at:
            return False
        return seen.state is not State.UNKNOWN or seen.half_open


_DECIDED = frozenset(
    {
        DeliveryState.PUBLISHED,
        DeliveryState.PUBLISHING,
        DeliveryState.UNKNOWN,
        DeliveryState.REFUSED,
        DeliveryState.EXPIRED,
        DeliveryState.WITHDRAWN,
    }
)


def in_vain(delivery: Delivery) -> bool:
    """Return whether the delivery was tried, and it is known why that did not do."""
    return delivery.attempts > 0 and delivery.cause is not None


def _struggling(
    reason: Reason, ability: Ability | None = None, verdict: Verdict | None = None
) -> Stand:
    return Stand(standing=Standing.STRUGGLING, reason=reason, ability=ability, verdict=verdict)


def _spent(reason: Reason, ability: Ability | None = None, verdict: Verdict | None = None) -> Stand:
    return Stand(standing=Standing.SPENT, reason=reason, ability=ability, verdict=verdict)


def _refused(delivery: Delivery) -> bool:
    """Return whether the channel said no for a reason that another try does not change."""
    effect = EFFECTS[delivery.cause] if delivery.cause else None
    if effect is None or effect.state is not State.DOWN or effect.lasts_until_reset:
        return False
    return effect.acts in {Acts.AT_ONCE, Acts.CONFIRMED}


def _failure(delivery: Delivery) -> Reason:
    return Reason.CHANNEL_REFUSED if _refused(delivery) else Reason.FAILED
