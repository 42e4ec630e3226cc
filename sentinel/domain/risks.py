"""The risk register: what will become an outage if nobody acts, and what an outage would cost.

Judged from what is known anyway; nothing here diverts a message. A risk says
what, how soon, and what to do, in both languages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum

from sentinel.domain.cause import Ability, Cause, State
from sentinel.domain.health import Verdict
from sentinel.domain.resilience import OWN, LossKind, losses
from sentinel.domain.rules import Channel, Mode, Rules
from sentinel.domain.shortage import Budget, explain_shortage
from sentinel.errors import Phrase

CREDENTIAL_WARNING = timedelta(days=14)
CREDENTIAL_NOTICE = timedelta(days=30)
CERTIFICATE_WARNING = timedelta(days=14)
VERSION_WARNING = timedelta(days=30)
VERSION_NOTICE = timedelta(days=180)
CLOCK_TOLERANCE = timedelta(seconds=10)
"""OAuth 1.0a refuses at minutes, pages appear too late from seconds on."""

DEPENDENCE = 0.5
"""An operator with more than this share of all followers is a dependence."""

_LOGIN_WALL = frozenset({Cause.READER_RESTRICTED})


class RiskKind(StrEnum):
    """What kind of risk it is."""

    CREDENTIAL = "credential"  # it expires
    CERTIFICATE = "certificate"  # of an address: it ends, and then browsers refuse the page
    API_VERSION = "api_version"  # it ends
    QUOTA = "quota"  # little is left, or it runs out
    LOGIN_WALL = "login_wall"  # citizens cannot read without login
    PRICE = "price"  # the operator may charge more, or refuse
    CLOCK = "clock"  # ours is wrong
    DEPENDENCE = "dependence"  # too much of the reach hangs on one operator
    RESILIENCE = "resilience"  # after one loss a route cannot be fulfilled
    ROTA = "rota"  # somebody on call is missing, or a calendar cannot be read


class Gravity(StrEnum):
    """How much it presses; the first is the gravest."""

    ACT = "act"  # now, or within days
    PLAN = "plan"  # soon
    KNOW = "know"  # lasting: to be known, and accepted or changed

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return list(Gravity).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """One risk. `subject` is what it is about: a channel, an operator, a dependency, our clock."""

    kind: RiskKind
    gravity: Gravity
    subject: str
    phrase: Phrase
    due_at: datetime | None = None  # when it bites, if that is known
    routes: tuple[str, ...] = ()  # those that could no longer be fulfilled


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What is known of one channel."""

    channel: Channel
    verdicts: Mapping[Ability, Verdict] = field(default_factory=dict)
    credential_expires_at: datetime | None = None
    certificate_ends_at: datetime | None = None
    api_versions: Mapping[str, date] = field(default_factory=dict)
    quotas: Sequence[Budget] = ()
    price: Phrase | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What hangs on one operator. `share` is of all followers, from 0 to 1; 0 if none is stated."""

    operator: str
    channels: tuple[str, ...]
    reach: int
    share: float


def register(
    rules: Rules,
    exposures: Iterable[Exposure],
    at: datetime,
    *,
    clock_ahead: timedelta | None = None,
    zone: tzinfo = UTC,
    further: Iterable[Risk] = (),
) -> tuple[Risk, ...]:
    """Return every risk that is known at `at`: the gravest first, then the soonest.

    Clock times in sentences are those of `zone`.
    """
    found = [*further, *(risk for one in exposures for risk in _of_channel(one, at, zone))]
    found += _clock(clock_ahead)
    found += _dependences(rules)
    found += _weak_points(rules)
    return tuple(sorted(found, key=_order))


def holds(rules: Rules) -> tuple[Hold, ...]:
    """Return what hangs on each operator, the greatest reach first; the city's own among them."""
    speaking = [c for c in rules.channels.values() if c.mode in {Mode.ACTIVE, Mode.STANDBY}]
    total = sum(channel.reach or 0 for channel in speaking)
    found = []
    for operator in dict.fromkeys(channel.operator for channel in speaking):
        mine = [channel for channel in speaking if channel.operator == operator]
        reach = sum(channel.reach or 0 for channel in mine)
        names = tuple(channel.name for channel in mine)
        share = reach / total if total else 0.0
        found.append(Hold(operator=operator, channels=names, reach=reach, share=share))
    return tuple(sorted(found, key=lambda hold: -hold.reach))


def _order(risk: Risk) -> tuple[int, bool, float, str, str]:
    due = risk.due_at
    soon = due.timestamp() if due is not None else 0.0
    return risk.gravity.rank, due is None, soon, risk.kind.value, risk.subject


def _of_channel(one: Exposure, at: datetime, zone: tzinfo) -> Iterator[Risk]:
    if one.channel.mode is Mode.OFF:
        return
    yield from _credential(one, at)
    yield from _certificate(one, at)
    yield from _versions(one, at)
    yield from _quotas(one, at, zone)
    yield from _login_wall(one)
    if one.price is not None:
        name = one.channel.name
        yield Risk(
            kind=RiskKind.PRICE,
            gravity=Gravity.KNOW,
            subject=name,
            phrase=Phrase(de=f"{name}: {one.price.de}.", en=f"{name}: {one.price.en}."),
        )


def _credential(one: Exposure, at: datetime) -> Iterator[Risk]:
    ends, name = one.credential_expires_at, one.channel.name
    if ends is None or ends - at > CREDENTIAL_NOTICE:
        return
    over = ends <= at
    yield Risk(
        kind=RiskKind.CREDENTIAL,
        gravity=Gravity.ACT if ends - at <= CREDENTIAL_WARNING else Gravity.PLAN,
        subject=name,
        due_at=ends,
        phrase=Phrase(
            de=f"Die Zugangsdaten von {name} sind seit dem {ends:%d.%m.%Y} abgelaufen."
            if over
            else f"Die Zugangsdaten von {name} laufen am {ends:%d.%m.%Y} ab; bitte erneuern.",
            en=f"The credentials of {name} expired on {ends:%d %b %Y}."
            if over
            else f"The credentials of {name} expire on {ends:%d %b %Y}; please renew them.",
        ),
    )


def _certificate(one: Exposure, at: datetime) -> Iterator[Risk]:
    """A platform renews its own certificates; ours are for us to renew."""
    ends, name = one.certificate_ends_at, one.channel.name
    if ends is None or ends - at > CERTIFICATE_WARNING:
        return
    ours = one.channel.operator == OWN
    de = f"Das Zertifikat der Adresse von {name} gilt nur bis zum {ends:%d.%m.%Y}"
    en = f"The certificate of the address of {name} is good only until {ends:%d %b %Y}"
    todo = Phrase(de="bitte erneuern", en="please renew it")
    theirs = Phrase(de="erneuern muss es der Betreiber", en="its operator has to renew it")
    who = todo if ours else theirs
    yield Risk(
        kind=RiskKind.CERTIFICATE,
        gravity=Gravity.ACT if ours else Gravity.KNOW,
        subject=name,
        due_at=ends,
        phrase=Phrase(de=f"{de}; {who.de}.", en=f"{en}; {who.en}."),
    )


def _versions(one: Exposure, at: datetime) -> Iterator[Risk]:
    name = one.channel.name
    for version, day in one.api_versions.items():
        ends = datetime(day.year, day.month, day.day, tzinfo=at.tzinfo)
        if ends - at > VERSION_NOTICE:
            continue
        yield Risk(
            kind=RiskKind.API_VERSION,
            gravity=Gravity.ACT if ends - at <= VERSION_WARNING else Gravity.PLAN,
            subject=name,
            due_at=ends,
            phrase=Phrase(
                de=f"Die Schnittstelle {version} von {name} endet am {day:%d.%m.%Y}; bitte vorher "
                "auf eine neue Version von Sentinel wechseln.",
                en=f"The interface {version} of {name} ends on {day:%d %b %Y}; change to a new "
                "version of Sentinel before.",
            ),
        )


def _quotas(one: Exposure, at: datetime, zone: tzinfo) -> Iterator[Risk]:
    """A limit of which much is left after a few posts is no risk, however fast these came."""
    name = one.channel.name
    for quota in one.quotas:
        phrase = explain_shortage(name, quota, zone)
        if phrase is None:
            continue
        ends = quota.forecast.exhausted
        due = ends.earliest if quota.presses else ends.likely
        yield Risk(
            kind=RiskKind.QUOTA,
            gravity=Gravity.ACT if quota.presses else Gravity.PLAN,
            subject=name,
            due_at=due if due is not None and due > at else None,
            phrase=phrase,
        )


def _login_wall(one: Exposure) -> Iterator[Risk]:
    verdict, name = one.verdicts.get(Ability.PUBLIC), one.channel.name
    walled = verdict is not None and verdict.state is State.DOWN and verdict.cause in _LOGIN_WALL
    if walled:
        yield Risk(
            kind=RiskKind.LOGIN_WALL,
            gravity=Gravity.ACT,
            subject=name,
            phrase=Phrase(
                de=f"Ohne Anmeldung ist {name} nicht für alle lesbar: Bürgerinnen und Bürger "
                "auf die eigene Seite hinweisen.",
                en=f"Not everybody can read {name} without a login: point citizens to the "
                "city's own page.",
            ),
        )


def _clock(ahead: timedelta | None) -> Iterator[Risk]:
    if ahead is None or abs(ahead) <= CLOCK_TOLERANCE:
        return
    seconds = round(abs(ahead.total_seconds()))
    fast = ahead > timedelta()
    yield Risk(
        kind=RiskKind.CLOCK,
        gravity=Gravity.ACT,
        subject="clock",
        phrase=Phrase(
            de=f"Die Uhr dieses Rechners geht {seconds} s {'vor' if fast else 'nach'}: Anmeldungen "
            "können scheitern, Seiten zu spät erscheinen. Bitte die Zeitsynchronisierung prüfen.",
            en=f"This machine's clock is {seconds} s {'fast' if fast else 'slow'}: logins may fail "
            "and pages appear too late. Please check its time synchronisation.",
        ),
    )


def _dependences(rules: Rules) -> Iterator[Risk]:
    held = holds(rules)
    total = sum(hold.reach for hold in held)
    for hold in held:
        if hold.operator != OWN and hold.share > DEPENDENCE:
            operator, reach, percent = hold.operator, hold.reach, int(100 * hold.share)
            yield Risk(
                kind=RiskKind.DEPENDENCE,
                gravity=Gravity.KNOW,
                subject=operator,
                phrase=Phrase(
                    de=f"{percent} % der Reichweite hängen an einem Betreiber: {operator} "
                    f"({reach} von {total}).",
                    en=f"{percent} % of the reach hangs on one operator: {operator} "
                    f"({reach} of {total}).",
                ),
            )


def _weak_points(rules: Rules) -> Iterator[Risk]:
    """A loss after which a route is not fulfilled; a channel that must always speak is a choice."""
    for loss in losses(rules):
        if loss.stranded:
            shared = loss.kind is not LossKind.CHANNEL
            yield Risk(
                kind=RiskKind.RESILIENCE,
                gravity=Gravity.PLAN if shared else Gravity.KNOW,
                subject=loss.name,
                routes=loss.stranded,
                phrase=loss.phrase,
            )
