"""What every file in probes/ keeps, met unasked: a row in the docs, a test, and honest findings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import probes
from probes import Aim, Probe
from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Report
from sentinel.wire import Lost, RenewalFailed

ROOT = Path(__file__).parents[2]
PROBES = sorted(probes.probes().items())
ABILITIES = {
    "credentials": Ability.PUBLISH,
    "quota": Ability.PUBLISH,
    "write_path": Ability.PUBLISH,
    "read_back": Ability.READ_BACK,
    "visibility": Ability.PUBLIC,
    "listening": Ability.LISTEN,
}


EVIDENCE_ONLY = {"status_page"}  # brings home what is shown, and nothing to judge by
TALKING = [pair for pair in PROBES if pair[0] in ABILITIES]


def cases(found: list[tuple[str, Probe]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("name", "probe"), found, ids=[name for name, _ in found])


def test_the_folder_is_the_register() -> None:
    assert {name for name, _ in PROBES} == {"reachability", *ABILITIES, *EVIDENCE_ONLY}


@pytest.mark.parametrize("name", EVIDENCE_ONLY)
async def test_what_is_evidence_only_finds_nothing_whatever_the_target_does(
    name: str, aim_at: Callable[..., Aim], table: Any
) -> None:
    said = Lost(Cause.UNREACHABLE, "no answer", sent=True)

    report = await probes.probes()[name].run(aim_at(said), table())

    assert report.findings == ()


@cases(PROBES)
def test_a_probe_that_looks_at_a_post_says_so_and_no_other_has_one_looked_up(
    name: str, probe: Probe
) -> None:
    source = (ROOT / "probes" / f"{name}.py").read_text()

    assert probe.of_posts == ("aim.last" in source)


@cases(PROBES)
def test_a_probe_has_a_row_in_the_docs_with_its_interval(name: str, probe: Probe) -> None:
    docs = (ROOT / "docs" / "probes.md").read_text()

    row = next(line for line in docs.splitlines() if line.startswith(f"| `{name}` |"))

    minutes = "" if probe.every is None else f"{probe.every // timedelta(minutes=1)} min"
    assert (minutes or "`probing.every`") in row


@pytest.mark.parametrize("own", ["uplink", "clock"])
def test_what_measures_ourselves_has_a_row_and_a_test_too(own: str) -> None:
    assert f"| `{own}` |" in (ROOT / "docs" / "probes.md").read_text()
    assert (ROOT / "tests" / "probes" / f"test_{own}.py").exists()


@cases(TALKING)
async def test_a_platform_that_allows_no_such_talk_is_not_checked_so(
    name: str, probe: Probe, aim_at: Callable[..., Aim], table: Any
) -> None:
    aim = aim_at(None)

    assert not probe.applies(aim), name
    assert await probe.run(aim, table()) == Report()


@cases(TALKING)
async def test_a_silent_platform_speaks_against_the_ability(
    name: str, probe: Probe, aim_at: Callable[..., Aim], table: Any
) -> None:
    aim = aim_at(Lost(Cause.UNREACHABLE, "api.example: no answer within 8 s", sent=True))

    report = await probe.run(aim, table())

    assert probe.applies(aim)
    assert [(f.ability, f.cause, f.evidence) for f in report.findings] == [
        (ABILITIES[name], Cause.UNREACHABLE, "api.example: no answer within 8 s")
    ]


@cases(TALKING)
async def test_a_renewal_that_was_refused_speaks_against_publish_and_is_confirmed(
    name: str, probe: Probe, aim_at: Callable[..., Aim], table: Any
) -> None:
    aim = aim_at(RenewalFailed(Cause.CREDENTIAL_EXPIRED, "400 invalid_grant"))

    report = await probe.run(aim, table())

    against = {finding.ability: finding for finding in report.findings}
    assert set(against) == {ABILITIES[name], Ability.PUBLISH}
    assert against[Ability.PUBLISH].cause is Cause.CREDENTIAL_EXPIRED
    assert against[Ability.PUBLISH].confirmed


@cases(TALKING)
async def test_an_answer_without_a_complaint_clears_what_a_loss_said_and_proves_nothing(
    name: str, probe: Probe, aim_at: Callable[..., Aim], table: Any
) -> None:
    report = await probe.run(aim_at(Report(tls_days_left=9)), table())

    assert {finding.ability for finding in report.findings} == {ABILITIES[name], Ability.PUBLISH}
    assert all(finding.cause is None and not finding.proves for finding in report.findings)
    assert report.tls_days_left == 9
