"""One platform on its face in the simulator, over the real transport."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import Accepted, FindResult, Outcome, Rendered, Unclear
from sentinel.domain.observation import Report, Window
from sentinel.domain.outcome import cause_of
from sentinel.platforms import Account, Draft, Platform, Published, Session, platforms
from sentinel.simulator.server import Simulator
from sentinel.transport.driver import Transport
from sentinel.transport.way import Way
from sentinel.wire import Lost, RenewalFailed, Step, Steps, Withheld, outcome_of_loss
from tests.platforms.member import Ends, Member
from tests.platforms.members import members
from tests.platforms.talk import commits, draft

T = TypeVar("T")

PATIENCE_S = 15.0  # a busy machine is no fault
SHORT_S = 0.7  # where nobody will ever answer
SILENT = frozenset({"black_hole", "accepted_then_timeout", "swallowed"})
BEGAN = datetime(2000, 1, 1, tzinfo=UTC)


class Killed(Exception):
    """The process died here. `committing`: at the door of a step that commits."""

    def __init__(self, *, committing: bool) -> None:
        super().__init__()
        self.committing = committing


@dataclass(kw_only=True)
class Faced:
    """A platform with an account on its face, and all that a delivery there remembers."""

    sim: Simulator
    transport: Transport
    platform: Platform
    member: Member
    account: Account
    memory: dict[str, str] = field(default_factory=dict)
    windows: list[Window] = field(default_factory=list)
    timeout_s: float = PATIENCE_S

    def render(self, message: Draft | None = None) -> Rendered:
        """Return a message as it would be sent, made by a real clock's time."""
        return self.platform.render(message or warning(), self.account)

    def fault(self, kind: str, **options: float) -> None:
        """Break the platform, and wait for answers only as long as one could come."""
        self.sim.faults.put(self.platform.name, kind, options=options)
        self.timeout_s = SHORT_S if kind in SILENT else PATIENCE_S

    def heal(self) -> None:
        """Take every fault down."""
        self.sim.faults.clear()
        self.timeout_s = PATIENCE_S

    async def publish(
        self, rendered: Rendered, wrap: Callable[[Steps[Outcome]], Steps[Outcome]] = lambda s: s
    ) -> Outcome:
        """Try once, as the dispatcher does."""
        steps = wrap(self.platform.publish(self.account, rendered, dict(self.memory)))
        try:
            return await self.drive(steps, keep=True)
        except Lost as lost:
            return outcome_of_loss(lost)

    async def find(self, rendered: Rendered) -> FindResult:
        """Look whether it is there."""
        steps = self.platform.find(self.account, rendered, dict(self.memory), BEGAN)
        return await self.drive(steps, keep=True)

    async def ask(self, steps: Steps[Report] | None) -> Report:
        """Have a check made; a loss is a report of its cause, as the prober makes it."""
        assert steps is not None, "the platform has no such check"
        return await self.drive(steps)

    async def findings(self, live: Published | None) -> list[tuple[str, Cause | None]]:
        """Return what every check of this platform finds now."""
        found: list[tuple[str, Cause | None]] = []
        for about, steps in (
            (Ability.PUBLISH, self.platform.check_credentials(self.account)),
            (Ability.PUBLISH, self.platform.read_quota(self.account)),
            (Ability.LISTEN, self.platform.listen(self.account)),
            (Ability.READ_BACK, self.platform.read_own(self.account, live)),
            (Ability.PUBLIC, self.platform.see_as_citizen(self.account, live)),
        ):
            if steps is None:
                continue
            try:
                report = await self.drive(steps)
            except (Lost, RenewalFailed) as silence:  # as the prober says it
                found.append((str(about), silence.cause))
            else:
                self.windows.extend(report.windows)
                found.extend((str(each.ability), each.cause) for each in report.findings)
        return found

    async def renew(self) -> Session:
        """Obtain a fresh credential and use it from now on."""
        steps = self.platform.refresh_credentials(self.account)
        assert steps is not None
        session = await self.drive(steps)
        self.account = replace(self.account, session=session.keep)
        return session

    async def drive(self, steps: Steps[T], *, keep: bool = False) -> T:
        """Hold a conversation over the network."""

        async def remember(name: str, value: str) -> None:
            self.memory[name] = value

        return await self.transport.drive(
            steps,
            self.account,
            timeout_s=self.timeout_s,
            platform=self.platform,
            keep=remember if keep else None,
        )

    @property
    def posts(self) -> list[dict[str, Any]]:
        """What stands on the platform."""
        return self.sim.posts(self.platform.name)


def published(rendered: Rendered, outcome: Outcome, at: datetime) -> Published:
    """Return what was accepted as what is live."""
    assert isinstance(outcome, Accepted), outcome
    return Published(receipt=outcome.receipt, rendered=rendered, delivery="d", posted_at=at)


def warning(text: str = "Bitte verlassen Sie das Gebiet.", **more: Any) -> Draft:
    """Return a message that is planned now, so that servers do not find it old."""
    return replace(draft("Bombe in der Neustadt", text, **more), at=now())


def now() -> datetime:
    """Return the wall clock's time: the conversations run over real sockets."""
    return datetime.now(UTC)  # noqa: TID251 - the tests run in real time


def ended(outcome: Outcome) -> Ends:
    """Return an outcome as a member states it; of an accepted post, its note."""
    note = outcome.note if isinstance(outcome, Accepted) else cause_of(outcome)
    return type(outcome), note


def losing(steps: Steps[Outcome]) -> Steps[Outcome]:
    """Return the conversation, with every step that commits lost on its way and never arrived."""
    try:
        step = next(steps)
        while True:
            if commits(step):
                return Unclear(Cause.UNREACHABLE, "lost on its way")
            step = yield from _passed_on(steps, step)
    except StopIteration as end:
        value: Outcome = end.value
        return value


def killed_after(count: int, steps: Steps[Outcome]) -> Steps[Outcome]:
    """Return the conversation, dying after `count` steps or before the first that commits."""
    try:
        step = next(steps)
        for _ in range(count):
            if commits(step):
                raise Killed(committing=True)
            step = yield from _passed_on(steps, step)
        raise Killed(committing=commits(step))
    except StopIteration as end:
        value: Outcome = end.value
        return value


def _passed_on(steps: Steps[Outcome], step: Step) -> Steps[Step]:
    try:
        answer = yield step
    except (Lost, RenewalFailed, Withheld) as failure:
        return steps.throw(failure)
    return steps.send(answer)


@asynccontextmanager
async def facing(name: str, folder: Path) -> AsyncIterator[Faced]:
    """Start a simulator and meet the platform there, with its member's credentials."""
    member, platform = members()[name], platforms()[name]
    for file, content in member.files.items():
        (folder / file).write_bytes(content)
    seen: list[Window] = []
    met: list[Faced] = []
    sessions: dict[str, Mapping[str, str]] = {}

    async def renewer(account: Account) -> Mapping[str, str]:
        current = replace(account, session=sessions.get(account.channel, account.session))
        steps = platform.refresh_credentials(current)
        if steps is None:
            raise RenewalFailed(Cause.CREDENTIAL_REJECTED, "the platform knows no renewal")
        session = await transport.drive(steps, current, timeout_s=met[0].timeout_s)
        sessions[account.channel] = session.keep
        return session.keep

    def take(_: Account, windows: Sequence[Window]) -> None:
        seen.extend(windows)

    transport = Transport(way=Way(), renewer=renewer, ledger=take)
    async with Simulator(now=now, pace=1) as sim, transport:
        account = Account(
            channel="kanal",
            base_url=await sim.address(name, "stadt"),
            public_url=sim.public_address(name, "stadt"),
            settings=_defaults(platform) | _placed(member.settings, folder, sim.url),
            credentials=member.credentials,
            board_folder=str(folder) if member.board else "",
            board_url=f"{sim.url}/_control" if member.board else "",
        )
        met.append(
            Faced(
                sim=sim,
                transport=transport,
                platform=platform,
                member=member,
                account=account,
                windows=seen,
            )
        )
        yield met[0]


def _defaults(platform: Platform) -> dict[str, object]:
    known = platform.facts.settings.items()
    return {name: each.default for name, each in known if each.default is not None}


def _placed(settings: Mapping[str, object], folder: Path, url: str) -> dict[str, object]:
    def put(value: object) -> object:
        if isinstance(value, str):
            return value.replace("{folder}", str(folder)).replace("{url}", url)
        return tuple(put(one) for one in value) if isinstance(value, tuple | list) else value

    return {name: put(value) for name, value in settings.items()}
