"""Every platform as the conformance suite meets it: its accounts, its checks, its outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sentinel.domain.delivery import Accepted, Unclear
from sentinel.domain.observation import Report
from sentinel.platforms import Account, Platform, Published
from sentinel.wire import Request, Step, Steps, outcome_of_loss
from tests.platforms.member import BIRD, Well
from tests.platforms.members import members
from tests.platforms.nonsense import GENEROUS, Bundle, Ended
from tests.platforms.nonsense import hold as hold_with
from tests.platforms.talk import draft

WARNING = draft(f"{BIRD} entflogen", f"Der {BIRD} ist gelb. Bitte Fenster schließen.")


def well_of(platform: Platform) -> Well:
    """Return what a server of this platform says when all is well."""
    return members()[platform.name].well


def hold(
    platform: Platform, steps: Steps[Any], script: list[Bundle], lose: int | None = None
) -> Ended:
    """Hold a conversation with this platform, as `nonsense.hold` does."""
    return hold_with(steps, script, lose, well=well_of(platform))


def outcome(ended: Ended) -> object:
    """Return the outcome, made of a loss by the driver's one rule."""
    return outcome_of_loss(ended.lost) if ended.lost else ended.value


def accounts(platform: Platform) -> Iterator[Account]:
    """Yield an account for each way of being configured: credentials, and kind of address."""
    facts = platform.facts
    samples: Mapping[str, object] = {
        "text": "stadt@example.org",
        "url": "https://a.example",
        "path": "/srv/notices",
        "choice": None,
        "list": ("a@example.org", "b@example.org"),
        "duration": None,
    }
    own = {
        name: setting.default or samples.get(setting.kind)
        for name, setting in facts.settings.items()
    } | dict(members()[platform.name].samples)
    sets = {*facts.credential_sets, facts.optional_credentials}
    bases = [facts.base_url] if facts.base_url else ["https://a.example", "smtp://a.example:587"]
    for names in sorted(sets, key=sorted):
        for base in bases:
            yield Account(
                channel="kanal",
                base_url=base,
                public_url=facts.public_url or "https://public.example",
                settings=own,
                board_folder="/srv/notices",
                board_url="https://notices.example",
                credentials={name: f"s3cret.{BIRD}.{name}" for name in names},
            )


def usable(platform: Platform) -> list[Account]:
    """Return the accounts that a well-meaning server lets post; one at least, or a person does."""
    able = [
        account
        for account in accounts(platform)
        if isinstance(
            outcome(hold(platform, publishing(platform, account), [GENEROUS])), Accepted | Unclear
        )
    ]
    assert able or platform.facts.by_hand  # there a person posts
    return able


def publishing(platform: Platform, account: Account) -> Steps[Any]:
    """Return the conversation that posts the warning."""
    return platform.publish(account, platform.render(WARNING, account), {})


def checks(
    platform: Platform, account: Account, live: Published | None
) -> Iterator[tuple[str, Steps[Report]]]:
    """Yield every check that the platform has, by name."""
    plain: tuple[Callable[[Account], Steps[Report] | None], ...] = (
        platform.check_credentials,
        platform.read_quota,
        platform.rehearse,
        platform.listen,
    )
    for check in plain:
        if (steps := check(account)) is not None:
            yield check.__name__, steps
    for look in (platform.read_own, platform.see_as_citizen):
        if (steps := look(account, live)) is not None:
            yield look.__name__, steps


def bare(step: Step) -> Step:
    """Return the step without what is signed anew each time."""
    if not isinstance(step, Request):
        return step
    headers = {
        name: value
        for name, value in step.headers.items()
        if name.lower() not in {"authorization", "dpop"}
    }
    return replace(step, headers=headers)
