"""Quiet hours and maintenance in the rules file: what is taken, and what cannot be meant."""

from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from sentinel.domain.quiet import Maintenance, QuietHours
from sentinel.domain.rules import Staff
from sentinel.errors import RulesError
from sentinel.rules import read
from tests.rules.families import FAMILIES

HEAD = """\
version: 1
organisation: {name: Musterstadt}
channels: {brett: {platform: notice_board, directory: public}}
routes: [{name: all, priority: [brett]}]
staff:
"""
WORK = "from: 2026-12-01T18:00, to: 2026-12-01T20:00, reason: Umzug"


def staff(text: str) -> Staff:
    found = read(
        HEAD + text, file="r.yaml", base=Path("/city"), env={}, families=FAMILIES, starting=False
    )
    return found.rules.staff


def refused(text: str) -> str:
    with pytest.raises(RulesError) as caught:
        staff(text)
    return caught.value.phrase.en


def test_quiet_hours_are_for_all_or_for_one() -> None:
    found = staff(
        '  quiet_hours: {from: "22:00", to: "06:00"}\n'
        "  contacts:\n"
        '    a: {addresses: [{url: "mailto://a.example"}],'
        ' quiet_hours: {from: "13:00", to: "14:00"}}\n'
    )

    assert found.quiet_hours == QuietHours(start=time(22), end=time(6))
    assert found.contacts["a"].quiet_hours == QuietHours(start=time(13), end=time(14))


def test_maintenance_is_by_the_citys_clock_and_of_all_unless_it_names_channels() -> None:
    found = staff(f"  maintenance: [{{channels: [brett], {WORK}}}, {{{WORK}}}]\n")

    evening = datetime(2026, 12, 1, 17, tzinfo=UTC), datetime(2026, 12, 1, 19, tzinfo=UTC)
    assert found.maintenance == tuple(
        Maintenance(channels=names, starts_at=evening[0], ends_at=evening[1], reason="Umzug")
        for names in (("brett",), ())
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('  quiet_hours: {from: "22:00", to: "22:00"}\n', "these quiet hours would be the whole"),
        ('  quiet_hours: {from: "25:00", to: "06:00"}\n', "is no time of day"),
        (f"  maintenance: [{{channels: [bret], {WORK}}}]\n", "no channel 'bret'"),
        (
            "  maintenance: [{from: 2026-12-01T18:00, to: 2026-12-01T17:00, reason: Umzug}]\n",
            "the end is not after the beginning",
        ),
        ("  maintenance: [{from: 2026-12-01T18:00, to: 2026-12-01T20:00}]\n", "reason"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, said: str) -> None:
    assert said in refused(text)
