"""One file a platform. This page says what such a file must hold.

To add a platform, write `sentinel/platforms/NAME.py` with `PLATFORM = …`, its
test, its face in the simulator, what the suites must know of it
(`tests/platforms/members/NAME.py`) and its page in `docs/platforms/`. Nothing
else lists it: the folder is the register, and the suites meet every file
unasked. `docs/adding-a-platform.md` walks through it.

What several share: `wire.recipients` and `wire.mailing` (people one by one,
each at most once), `wire.pictures` and `notices.card`, `wire.hooks`, `wire.markup`
(a text as HTML, a page as text), `wire.times` (what headers say of time),
`wire.rows` (what a row of a table makes of an answer), `wire.graph` and
`wire.graph_posts` (all of Meta).

A platform file does no I/O: every talk with the platform is a conversation
(see `sentinel.wire`). What it may assume, and what it owes:

- `render` is pure and total: the same draft gives the same bytes, and nothing
  is ever too long (`sentinel.domain.text.fit` shortens it).
- `publish` never raises for anything that a server says: every answer, JSON or
  not, ends in one of the five outcomes. An answer never seen before is
  `Unclear` once a committing step was answered with 5xx or nonsense, `Failed`
  before.
- No evidence, receipt or warning ever holds a credential or the message's text.
- Branch on status, code and subcode, never on the sentence.
"""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from functools import cache

from sentinel.domain.cause import Ability
from sentinel.domain.delivery import FindResult, Outcome, Receipt, Rendered, WithdrawResult
from sentinel.domain.message import Message
from sentinel.domain.observation import Owner, Report, Window
from sentinel.domain.quota import Limit
from sentinel.errors import FamilyError, Phrase
from sentinel.wire import Request, Response, Steps
from sentinel.wire.hooks import Hook, Received

MATURITY = ("posts", "reads_back", "drops_copies", "rate_limit_read", "rehearses")
"""What a finished platform does. Each is done, or `Facts.exempt` names the reason."""

NO_IMAGE = "the image is left out"
"""The warning of a platform file that sends text only, when a message has an image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One of the platform's own keys in a channel of the rules.

    `kind` is one of: `text`, `url`, `path` (made absolute), `list` (of texts),
    `choice` (of `choices`), `duration`.
    """

    kind: str = "text"
    required: bool = False
    default: object = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentedQuota:
    """A limit that the platform documents. `name` as in the contract: posts, reads, calls.

    The unit is the platform's own; one post takes `cost` of it. Without
    `midnight` (in that zone all of it is full again) and `aligned` (full at
    multiples of `per` since 1970) each use comes back by itself.
    """

    name: str
    limit: int
    per: timedelta
    cost: float = 1.0
    scope: Owner = Owner.ACCOUNT
    midnight: tzinfo | None = None
    aligned: bool = False

    @property
    def limited(self) -> Limit:
        """Return it as the ledger reckons with it."""
        return Limit(
            limit=self.limit,
            per=self.per,
            cost=self.cost,
            scope=self.scope,
            midnight=self.midnight,
            aligned=self.aligned,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a platform declares about itself. Sources stand in the file's docstring."""

    operator: str  # the base of shared fate: "meta", "x", …; "own" for the city's own
    operator_is_host: bool = False  # each address is run by somebody else: its host is the operator
    text_limit: int
    unit: str  # what `length` counts, for people: "characters", "weighted characters", "bytes"
    abilities: frozenset[Ability]  # those it can show at all
    credential_sets: tuple[frozenset[str], ...] = (frozenset(),)  # any one of these sets suffices
    optional_credentials: frozenset[str] = frozenset()
    settings: Mapping[str, Setting] = field(default_factory=dict)
    identity: tuple[str, ...] = ()  # settings or credentials that name the account, best first
    base_url: str | None = None  # None: the channel must state one, unless `needs_base_url` is off
    public_url: str | None = None
    needs_base_url: bool = True
    quotas: tuple[DocumentedQuota, ...] = ()
    api_versions: Mapping[str, date] = field(default_factory=dict)  # version -> end date
    publish_within: timedelta = timedelta(seconds=30)  # how long a publish may honestly take
    probe_every: Mapping[str, timedelta] = field(default_factory=dict)  # defaults by cost
    probe_urls: tuple[str, ...] = ("base",)  # which addresses reachability looks at: base, public
    status_pages: tuple[str, ...] = ()  # the operator's own, see `probes/status_page.py`
    price: Phrase | None = None  # what may make it cost more, or end: for the risk page
    image_required: bool = False
    by_hand: bool = False  # no API: a person posts it
    key_drops_copies: str = "no"  # yes | shown (only where `find` shows it) | no; for the docs
    drops_copies_why: str = ""
    refresh_before: timedelta | None = None  # a credential that ends is renewed so long before
    exempt: Mapping[str, str] = field(default_factory=dict)  # what it cannot, and why: see MATURITY
    to_confirm: tuple[str, ...] = ()  # what only a real account can show; for the docs


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A channel with everything resolved that a conversation needs. Lives for one conversation.

    `credentials` are the configured ones; `session` is what `refresh_credentials`
    obtained earlier (empty at first). Neither is ever printed.
    """

    channel: str
    base_url: str  # without a trailing slash
    public_url: str  # without a trailing slash
    settings: Mapping[str, object] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    session: Mapping[str, str] = field(default_factory=dict, repr=False)
    last: Published | None = field(default=None, repr=False)  # for `find`: our latest live post
    board_folder: str = ""  # of the city's notice board, for `pictures.hang`; empty: none
    board_url: str = ""  # where citizens find that folder
    grave: bool = False  # a severe or extreme message is being posted with it

    def setting(self, name: str, default: str = "") -> str:
        """Return a text setting."""
        value = self.settings.get(name)
        return default if value is None else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What `render` works from. Everything that must not be made anew stands here."""

    message: Message
    delivery_id: str  # UUIDv7; the seed of every key
    at: datetime  # the moment of planning; creation time of the post
    organisation: str
    timezone: str
    link: str | None  # the notice's address, or the message's own link; None: none
    link_is_notice: bool = False  # then the link is the mark
    references: tuple[tuple[str, datetime], ...] = ()  # (message id, sent) of earlier links


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A post of ours that is live: what `read_own` and `see_as_citizen` look for."""

    receipt: Receipt
    rendered: Rendered
    delivery: str = ""  # its id, so that what was seen is said of the right one
    posted_at: datetime | None = None
    memory: Mapping[str, str] = field(default_factory=dict, repr=False)  # receipts among it


@dataclass(frozen=True, slots=True)
class Session:
    """A fresh credential. Stored encrypted before it is used; `keep` is secret."""

    keep: Mapping[str, str] = field(repr=False)
    expires_at: datetime | None = None


class Platform(ABC):
    """Everything Sentinel knows about one platform.

    Of the optional conversations, return None where the platform allows none;
    the probe of that kind is then off.
    """

    name: str
    facts: Facts

    @abstractmethod
    def length(self, text: str) -> int:
        """Return how long the platform thinks `text` is, in `facts.unit`."""

    @abstractmethod
    def render(self, draft: Draft, account: Account) -> Rendered:
        """Return what would be sent, word for word. Reads settings, never credentials."""

    @abstractmethod
    def publish(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str]
    ) -> Steps[Outcome]:
        """Post it. `memory` holds what an earlier, interrupted run remembered.

        The request that may make something public has `commits=True`.
        """

    @abstractmethod
    def find(
        self, account: Account, rendered: Rendered, memory: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        """Look whether it is there, after an unclear attempt that began at `since`."""

    def check_credentials(self, account: Account) -> Steps[Report] | None:
        """Is the credential good, with which scopes, until when? Findings about `publish`.

        An error is confirmed by a second, different call before `confirmed` is True.
        """
        return None

    def refresh_credentials(self, account: Account) -> Steps[Session] | None:
        """Obtain a session or rotate it. Raises `RenewalFailed` when the platform says no."""
        return None

    def read_quota(self, account: Account) -> Steps[Report] | None:
        """How much of the limits is left? Windows, and findings only for refusals."""
        return None

    def rehearse(self, account: Account) -> Steps[Report] | None:
        """Exercise the write path without anything that a citizen could see."""
        return None

    def read_own(self, account: Account, last: Published | None) -> Steps[Report] | None:
        """Can we read our own posts, and is `last` there, whole? Findings about `read_back`."""
        return None

    def see_as_citizen(self, account: Account, last: Published | None) -> Steps[Report] | None:
        """Can a citizen without login read us, and `last`? Findings about `public`."""
        return None

    def listen(self, account: Account) -> Steps[Report] | None:
        """Can staff read mentions and timeline? Findings about `listen`."""
        return None

    def ask_status_page(self, account: Account) -> Steps[str | None] | None:
        """Where does the account's own server say that its status page is? See the facts' pages."""
        return None

    def withdraw(self, account: Account, published: Published) -> Steps[WithdrawResult] | None:
        """Take a live post down again, because a person asked for it. None: the platform cannot.

        A post that is gone already counts as withdrawn.
        """
        return None

    def receive(self, account: Account, call: Hook, at: datetime) -> Received | None:
        """Read the platform's call back. Pure. None: this platform is never to call us.

        A call that is not signed as it should be is `Received.refused(…)`. The
        same call may come twice, late, and in any order.
        """
        return None

    def compose_link(self, account: Account, rendered: Rendered) -> str | None:
        """Return a link under which a person finds the ready text, to post it by hand."""
        return None

    def windows(self, request: Request, response: Response) -> Sequence[Window]:
        """Return the rate-limit windows that an answer's headers state."""
        return ()


@cache
def platforms() -> Mapping[str, Platform]:
    """Return every platform in this folder by name.

    Raises:
        FamilyError: A file has no PLATFORM, or its name is not the file's.
    """
    found: dict[str, Platform] = {}
    for module in pkgutil.iter_modules(__path__):
        platform = getattr(importlib.import_module(f"{__name__}.{module.name}"), "PLATFORM", None)
        if not isinstance(platform, Platform) or platform.name != module.name:
            raise FamilyError(
                Phrase(
                    de=f"platforms/{module.name}.py braucht PLATFORM mit name={module.name!r}",
                    en=f"platforms/{module.name}.py needs PLATFORM with name={module.name!r}",
                )
            )
        found[module.name] = platform
    return found
