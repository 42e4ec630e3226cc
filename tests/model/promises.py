"""The promises, judged by what the world and the outbox show, and by nothing that decides.

What is asked here is less than what the decision does, but it is asked in other
words: none of the code that plans, settles or explains is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sentinel.domain.cause import Ability, Cause, State
from sentinel.domain.rules import Channel, Mode, Route
from tests.model.kept import Delivery, Kept, Message
from tests.model.town import Town
from tests.model.truth import Event

NEVER = datetime.max.replace(tzinfo=UTC)
SOON = timedelta(seconds=61)
OUT_OR_MAYBE = {"published", "publishing", "unknown"}
UNDER_WAY = {"planned", "publishing", "unknown"}
CARRYING = {"planned", *OUT_OR_MAYBE}


class Judge:
    """Looks at a town in its moments of quiet."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self.accepted: set[int] = set()  # numbers of the messages whose senders heard "accepted"
        self.ended: set[str] = set()  # messages whose end had come, by the clock of that moment

    def look(self) -> None:
        """Raise `AssertionError` for the first promise that is broken."""
        town = self._town
        kept = town.reader.read()
        for event in town.events:
            self._event(event, kept)
        town.events.clear()
        lost = self.accepted - {message.number for message in kept.messages.values()}
        assert not lost, f"1: accepted and lost: {lost}"
        for delivery in kept.deliveries:
            self._delivery(kept.messages[delivery.message], delivery)
        for message in kept.messages.values():
            if town.now() >= message.expires_at:
                self.ended.add(message.id)
        if town.works:
            for message in kept.messages.values():
                self._message(message, kept)
        town.before, town.settled = kept, town.truth.copy()

    def _event(self, event: Event, kept: Kept) -> None:
        """Promises 3, 4 and 9: whatever begins may begin."""
        message = kept.number(event.number)
        known = self._town.before.messages.get(message.id, message)
        what = f"no. {event.number} on {event.account} at {event.at}"
        assert not event.held, f"9: {what}: on hold"
        assert event.at < message.expires_at, f"3: {what}: after its end"
        if not event.begins:
            return
        assert not known.stopped, f"4: {what}: withdrawn or superseded"
        assert not known.awaits_approval or not message.awaits_approval, f"3: {what}: unapproved"
        assert not event.overtakes, f"4: {what}: overtakes an earlier link"
        assert event.closed is None, f"3: {what}: {event.closed}"
        # What became due by a clock that was set back later is not taken back.
        due = message.not_before is None or event.furthest >= message.not_before
        assert due, f"3: {what}: before its time"

    def _delivery(self, message: Message, delivery: Delivery) -> None:
        """Promises 2 and 7: at most one post, and none is claimed that nobody saw."""
        town, where = self._town, (delivery.account, message.number)
        many = town.world.ever(message.number, delivery.account)
        assert many <= 1, f"2: no. {message.number} stands {many} times on {delivery.account}"
        if delivery.state == "published":
            known = town.world.said | town.truth.confirmed
            assert where in known, f"7: {where} is said to be out, and nobody said so"

    def _message(self, message: Message, kept: Kept) -> None:
        """Promise 1: where a message stands is what is so."""
        what = f"no. {message.number} is {message.state}"
        match message.state:
            case "awaiting_approval":
                assert message.awaits_approval, what
            case "scheduled":
                assert message.not_before is not None, what
                assert self._town.now() < message.not_before + timedelta(seconds=1), what
            case "held":
                assert self._town.truth.held_since is not None, what
            case "withdrawn":
                assert message.stopped, what
            case "expired":
                assert message.id in self.ended, what
            case "stranded":
                assert message.id in kept.alarmed, f"{what}, and nobody was alarmed"
                assert ("message.stranded", message.id) in kept.journalled, what
            case "live":
                self._is_live(message, kept)
            case _:
                self._is_carried(message, kept)
        self._has_its_place(message, kept)
        if self._town.now() >= message.expires_at:
            assert message.state in {"live", "expired", "withdrawn"}, f"3: {what} after its end"
        else:
            self._goes_on(message, kept)

    def _goes_on(self, message: Message, kept: Kept) -> None:
        """Promises 1, 4 and 5, for a message that is valid and due."""
        if message.state in {"accepted", "stranded"}:
            self._is_tried(message, kept)
        if message.state in {"accepted", "live", "stranded"}:
            self._follows(message, kept)
            self._is_explained(message, kept)

    # 1: kept

    def _is_live(self, message: Message, kept: Kept) -> None:
        was = self._town.before.messages.get(message.id)
        if was is not None and was.state == "live":
            return
        mine = kept.of(message)
        if message.superseded:
            out = {delivery.state for delivery in mine} & OUT_OR_MAYBE
            assert out, f"7: no. {message.number} is live, and nothing of it is out"
            return
        for route in self._routes(message):
            assert self._carries(route, message, mine), (
                f"7: no. {message.number} is live, and {route.name} does not carry it"
            )

    def _is_carried(self, message: Message, kept: Kept) -> None:
        mine = kept.of(message)
        for route in self._routes(message):
            accounts = {one.account for one in self._meant(route, message)}
            own = [d for d in mine if d.account in accounts or route.name in d.routes]
            under_way = any(delivery.state in UNDER_WAY for delivery in own)
            assert under_way or self._carries(route, message, mine) or self._waits(message, kept), (
                f"1: no. {message.number} is {message.state}, and {route.name} does nothing"
            )

    def _carries(self, route: Route, message: Message, mine: list[Delivery]) -> bool:
        out = {delivery.account for delivery in mine if delivery.state == "published"}
        rules = self._town.truth.rules
        listed = {rules.channels[name].account for name in route.priority}
        meant = {one.account for one in self._meant(route, message)}
        always = {rules.channels[name].account for name in route.always} & meant
        copies = 0 if message.kind == "all_clear" else min(route.copies, len(listed & meant))
        return always <= out and len(out & listed) >= copies

    def _waits(self, message: Message, kept: Kept) -> bool:
        """Return whether it waits for an earlier link that is just being published."""
        earlier = {one.id for one in kept.before(message)}
        return any(d.state == "publishing" and d.message in earlier for d in kept.deliveries)

    # The last one

    def _is_tried(self, message: Message, kept: Kept) -> None:
        """Never the last one: where something may be tried, something is due within a minute."""
        town = self._town
        if town.truth.held_since is not None or message.stopped or message.kind == "all_clear":
            return
        mine = {delivery.account: delivery for delivery in kept.of(message)}
        for route in self._routes(message):
            listed = [one for one in self._meant(route, message) if one.name in route.priority]
            states = {mine[one.account].state for one in listed if one.account in mine}
            free = [one for one in listed if self._may_be_tried(one, mine)]
            waits = not message.grave and any(map(self._is_cut_off, free))  # for our own line
            if not free or states & OUT_OR_MAYBE or route.copies < 1 or waits:
                continue
            dues = [d.due_at for d in mine.values() if d.state == "planned"]
            assert min(dues, default=NEVER) <= town.now() + SOON, (
                f"no. {message.number} is {message.state}, and nothing of {route.name} is due, "
                f"though {[one.name for one in free]} may be tried"
            )

    def _is_cut_off(self, channel: Channel) -> bool:
        verdict = self._town.truth.verdicts.get(channel.name, {}).get(Ability.PUBLISH)
        return verdict is not None and verdict.cause is Cause.UPLINK_LOST

    def _may_be_tried(self, channel: Channel, mine: dict[str, Delivery]) -> bool:
        own = mine.get(channel.account)
        free = own is None or own.state in {"planned", "moved"}
        return free and self._town.truth.closed(channel.account, self._town.now()) is None

    # 4: chains

    def _has_its_place(self, message: Message, kept: Kept) -> None:
        """Promise 4: of two links one follows the other, as they came.

        Only an all-clear that had to wait may have let a later update pass.
        """
        for other in kept.messages.values():
            if other.chain != message.chain or other.number >= message.number:
                continue
            what = f"4: no. {message.number} and no. {other.number}"
            follows = other.id in message.references
            assert follows != (message.id in other.references), f"{what}: who follows whom?"
            let_pass = (other.kind, message.kind) == ("all_clear", "update")
            assert follows or let_pass, f"{what}: the wrong way round"

    def _follows(self, message: Message, kept: Kept) -> None:
        """Promise 4: what stands of earlier links is followed, or staff are alarmed."""
        earlier = kept.before(message)
        if message.stopped or not earlier:
            return
        mine = {delivery.account: delivery.state for delivery in kept.of(message)}
        under_way = {
            delivery.account
            for link in earlier
            for delivery in kept.of(link)
            if delivery.state == "publishing"
        }
        for link in earlier:
            assert link.stopped, f"4: no. {link.number} goes on beside no. {message.number}"
            for account in self._town.world.standing(link.number) - under_way:
                what = f"no. {message.number} after no. {link.number} on {account}"
                state = mine.get(account, "nothing")
                if message.state == "live":
                    assert state == "published", f"4: {what}: live, and there {state}"
                elif message.state == "accepted":
                    assert state in CARRYING, f"4: {what}: {state}"

    # 5: the first usable channel

    def _is_explained(self, message: Message, kept: Kept) -> None:
        """Promise 5: who gets a post first, and why not the others."""
        town = self._town
        known = {d.id for d in town.before.of(message) if d.state == "planned"}
        mine = {delivery.account: delivery for delivery in kept.of(message)}
        owed = {d.account for link in kept.before(message) for d in kept.of(link)}
        for route in self._routes(message):
            ranks = self._meant(route, message)
            listed = [one for one in ranks if one.name in route.priority]
            listed.sort(key=lambda one: one.mode is Mode.STANDBY)
            for place, chosen in enumerate(listed):
                own = mine.get(chosen.account)
                fresh = own is not None and own.state == "planned" and own.id not in known
                if own is None or not fresh or route.name not in own.routes:
                    continue
                if chosen.account in owed or chosen.name in route.always:
                    continue
                for better in listed[:place]:
                    self._is_passed_over(better, route, message, kept)

    def _is_passed_over(self, better: Channel, route: Route, message: Message, kept: Kept) -> None:
        own = next((d for d in kept.of(message) if d.account == better.account), None)
        if own is not None and own.state in CARRYING:
            return
        what = f"5: no. {message.number}, {route.name}: {better.name} was passed over"
        assert (message.id, route.name, better.name) in kept.explained, f"{what} without a word"
        assert own is not None or not self._is_well(better, route), f"{what}, and is well"

    def _is_well(self, channel: Channel, route: Route) -> bool:
        """Return whether there is nothing at all against a channel, now and before."""
        town = self._town
        for truth in (town.truth, town.settled):
            verdicts = truth.verdicts.get(channel.name, {})
            bad = [a for a in route.needs if a in verdicts and verdicts[a].state is not State.UP]
            known = Ability.PUBLISH in verdicts and channel.name in truth.rules.channels
            if bad or not known or truth.closed(channel.account, town.now()) is not None:
                return False
        return True

    # The rules, read naively

    def _routes(self, message: Message) -> Iterator[Route]:
        return (r for r in self._town.truth.rules.routes if r.name in message.routes)

    def _meant(self, route: Route, message: Message) -> list[Channel]:
        """Return the channels of a route on which a message is meant to appear, in order."""
        chosen, exercise = message.content.get("channels") or (), message.content.get("exercise")
        channels = self._town.truth.rules.channels
        found = [channels[name] for name in (*route.always, *route.priority)]
        return [
            one
            for one in found
            if (not chosen or one.name in chosen) and (not exercise or one.exercises)
        ]
