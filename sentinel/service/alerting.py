"""Pushes open outages to one Alertmanager, and their ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from sentinel.domain.alerts import (
    HOLDS_FOR,
    RESEND,
    Alert,
    Trouble,
    alert_of,
    alert_shape,
    to_push,
)
from sentinel.domain.escalation import Escalation
from sentinel.domain.health import explain
from sentinel.domain.pauses import backoff
from sentinel.errors import Phrase
from sentinel.service.board import Board
from sentinel.service.output_post import OutputPost, Posted
from sentinel.service.troubles import Scene, scene_of, trouble_of
from sentinel.storage.outages import Outage
from sentinel.storage.storage import Storage

PATH = "/api/v2/alerts"
AT_ONCE = 200
"""Alerts in one call, at most: five hundred of them would be a body that proxies refuse."""

_NOT_UNDERSTOOD = 400
_TOO_LARGE = 413

ENDED_WITHIN = 2 * HOLDS_FOR
"""So long the end of an outage is told with every call. After that it has ended there by itself."""

LOOK_S = 1.0


class Alerting:
    """One Alertmanager: tells it what stands, again and again, as it wants it."""

    def __init__(
        self,
        storage: Storage,
        board: Board,
        post: OutputPost,
        elapsed: Callable[[], float],
    ) -> None:
        self._storage = storage
        self._board = board
        self._post = post
        self._elapsed = elapsed
        self._known: tuple[Alert, ...] = ()  # what it was told last
        self._told: float | None = None
        self._failures = 0
        self._at_once = AT_ONCE

    async def round(self) -> float:
        """Tell it what is new; return how many seconds there is nothing to do.

        Raises:
            StorageError: It is not known what stands.
        """
        alerts = await self._alerts()
        standing = [alert for alert in self._known if alert.ends_at is None]
        pushing = to_push(alerts, standing, self._board.now())
        known = {alert.key: alert for alert in self._known}
        news = any(known.get(alert.key) != alert for alert in pushing)
        if not news and not self._due():
            return LOOK_S
        if not await self._push_all(pushing):
            self._failures += 1
            return max(backoff(self._failures).total_seconds(), LOOK_S)
        self._failures, self._told = 0, self._elapsed()
        self._known = pushing
        return LOOK_S

    def _due(self) -> bool:
        """Return whether what it knows has to be said again."""
        if not any(alert.ends_at is None for alert in self._known):
            return False
        return self._told is None or self._elapsed() - self._told >= RESEND.total_seconds()

    async def _push_all(self, alerts: tuple[Alert, ...]) -> bool:
        """Push all of them, in calls that are small enough for whatever stands before it."""
        left = alerts
        while left:
            some = left[: self._at_once]
            if await self._push(some):
                left = left[len(some) :]
            elif self._post.status == _TOO_LARGE and len(some) > 1:
                self._at_once = len(some) // 2
            else:
                return False
        return True

    async def _push(self, alerts: tuple[Alert, ...]) -> bool:
        at, link = self._board.now(), f"{self._board.rules.server.public_url}/outages"
        body = json.dumps([alert_shape(alert, at, link) for alert in alerts]).encode()
        posted = await self._post.send(PATH, body, {})
        # It refuses a call for one alert that it does not understand, and takes the others. Any
        # other refusal comes from something else at its address, and it has heard nothing.
        return posted is Posted.TAKEN or self._post.status == _NOT_UNDERSTOOD

    async def _alerts(self) -> list[Alert]:
        at, rules = self._board.now(), self._board.rules
        async with self._storage.read() as view:
            outages = await view.open_outages()
            outages += await view.outages_ended_since(at - ENDED_WITHIN)
            scene = await scene_of(view, self._board)
            climbs = await view.escalations_with(
                {outage.escalation_id for outage in outages if outage.escalation_id}
            )
        # What a silence covers from its begin alarms nobody, here neither.
        return [
            alert_of(self._trouble(outage, scene, climbs), rules.organisation, rules.language)
            for outage in outages
            if outage.told_at is not None or trouble_of(outage, scene).silent_until is None
        ]

    def _trouble(self, outage: Outage, scene: Scene, climbs: Mapping[str, Escalation]) -> Trouble:
        """Return an outage; how grave it is now, or was for those who were told of it."""
        climb = climbs.get(outage.escalation_id or "")
        return Trouble(
            id=outage.id,
            kind=outage.kind,
            channel=outage.channel,
            ability=outage.ability,
            operator=outage.operator,
            cause=outage.cause,
            channels=outage.channels,
            messages=outage.messages,
            waves=outage.waves,
            opened_at=outage.opened_at,
            closed_at=outage.closed_at,
            owned=outage.acknowledged_by is not None,
            grave=(climb is not None and climb.grave) or trouble_of(outage, scene).grave,
            says=self._sentence(outage),
        )

    def _sentence(self, outage: Outage) -> Phrase | None:
        name, ability = outage.channel, outage.ability
        if name is None or ability is None or name not in self._board.rules.channels:
            return None
        verdict = self._board.health(name).verdicts.get(ability)
        if verdict is None or outage.closed_at is not None:
            return None
        return explain(name, ability, verdict, self._board.zone)
