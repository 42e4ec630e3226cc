"""What the services share in memory: the rules, and the channels as they stand.

Everything here is also on disk, or can be read again from the rules; a restart
loses nothing but the warmth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sentinel.domain.cause import Ability, State
from sentinel.domain.edge import EdgeOutage
from sentinel.domain.health import ChannelHealth, blank
from sentinel.domain.plan import View
from sentinel.domain.posture import Stance
from sentinel.domain.roster import Roster
from sentinel.domain.rules import Channel, Freeze, Mode, Rules
from sentinel.platforms import Account, Platform
from sentinel.rules.secrets import account_of
from sentinel.service.ends import Ends

DEFAULT_NOTICES = "/notices"


@dataclass(frozen=True, slots=True)
class Hold:
    """All publishing is stopped by a person, until somebody resumes."""

    reason: str
    by: str
    since: datetime


@dataclass(slots=True)
class Board:
    """The channels as they stand, and the rules that are in force."""

    rules: Rules
    platforms: Mapping[str, Platform]
    env: Mapping[str, str]
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    healths: dict[str, ChannelHealth] = field(default_factory=dict)
    freezes: dict[str, Freeze] = field(default_factory=dict)
    hold: Hold | None = None
    hold_kept: Hold | None = None  # the last that we know to have been on disk
    stance: Stance | None = None  # calm or crisis, as last turned; None: calm
    ends: Ends = field(default_factory=Ends)
    lost_uplinks: set[str] = field(default_factory=set)
    clock_ahead: timedelta | None = None  # by the controls' clocks; None: not known
    clock_holds: Callable[[], bool] = lambda: True  # whether what waits goes by `now`
    edges: dict[str, EdgeOutage] = field(default_factory=dict)  # that fail now, by name
    rosters: dict[str, Roster] = field(
        default_factory=dict
    )  # what was read of each rota's calendar

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's time zone, for sentences that people read."""
        return ZoneInfo(self.rules.timezone)

    @property
    def crisis(self) -> bool:
        """True in a crisis."""
        return self.stance is not None and self.stance.crisis

    def platform(self, channel: str) -> Platform:
        """Return the platform of a channel."""
        return self.platforms[self.rules.channels[channel].platform]

    def abilities(self, channel: str) -> frozenset[Ability]:
        """Return what the channel's platform can show."""
        return self.platform(channel).facts.abilities

    def by_hand(self, channel: str) -> bool:
        """Return whether a person posts there and no interface exists that a probe could ask."""
        facts = self.platform(channel).facts
        return facts.by_hand and facts.base_url is None and not facts.needs_base_url

    def health(self, channel: str) -> ChannelHealth:
        """Return what is known of a channel; blank before anything was observed."""
        if channel not in self.healths:
            self.healths[channel] = blank(channel, self.abilities(channel), self.now())
        return self.healths[channel]

    def freeze(self, channel: str) -> Freeze | None:
        """Return why a channel is out of service; a freeze that has ended is none."""
        freeze = self.freezes.get(channel)
        if freeze is None or (freeze.until is not None and freeze.until <= self.now()):
            return None
        return freeze

    def views(self) -> Mapping[str, View]:
        """Return every channel as routing sees it."""
        return {
            name: View(
                channel=channel,
                verdicts=self.health(name).verdicts,
                freeze=self.freeze(name),
            )
            for name, channel in self.rules.channels.items()
        }

    def watched(self) -> tuple[Channel, ...]:
        """Return the channels that are probed: all but those switched off."""
        return tuple(c for c in self.rules.channels.values() if c.mode is not Mode.OFF)

    def account(self, channel: str, session: Mapping[str, str] | None = None) -> Account:
        """Return the channel with its credentials resolved.

        Raises:
            SecretError: A credential is missing; the message names the variable or file.
        """
        account = account_of(self.rules.channels[channel], env=self.env, session=session or {})
        folder, url = self._pictures()
        return replace(
            account, public_url=self.public_url(channel), board_folder=folder, board_url=url
        )

    def _pictures(self) -> tuple[str, str]:
        """Return the folder of the notice board and its address, where pictures hang too."""
        named = self.rules.channels.get(self.rules.notice_link or "")
        boards = [c for c in self.rules.channels.values() if "directory" in c.settings]
        board = named or next(iter(boards), None)
        if board is None or "directory" not in board.settings:
            return "", ""
        return str(board.settings["directory"]), self.public_url(board.name)

    def faceless(self, channel: str) -> Account:
        """Return the channel's account without any credential: enough to render."""
        chosen = self.rules.channels[channel]
        facts = self.platform(channel).facts
        return Account(
            channel=channel,
            base_url=chosen.base_url or facts.base_url or "",
            public_url=self.public_url(channel),
            settings=chosen.settings,
        )

    def public_url(self, channel: str) -> str:
        """Return where citizens look: the channel's own, the platform's, or our own notices."""
        chosen, facts = self.rules.channels[channel], self.platform(channel).facts
        own = chosen.public_url or facts.public_url or chosen.base_url
        return (own or self.rules.server.public_url + DEFAULT_NOTICES).rstrip("/")

    def notice_url(self, message_id: str) -> str | None:
        """Return the address that posts link to, if the rules name a page."""
        if self.rules.notice_link is None:
            return None
        return f"{self.public_url(self.rules.notice_link)}/{message_id}/"

    def page_stands(self) -> bool:
        """Return whether citizens can read the page that posts link to, as far as we know.

        If not, or while an edge in front of it fails, a post must say all by itself.
        """
        name = self.rules.notice_link
        if name is None or any(name in outage.own for outage in self.edges.values()):
            return False
        seen = self.health(name).verdicts.get(Ability.PUBLIC)
        return seen is None or seen.state is not State.DOWN
