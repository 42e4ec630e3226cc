"""Rotas and the digest in the rules file: what is taken, and what cannot be meant."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from sentinel.domain.digest import Digest
from sentinel.domain.rota import Override, Rota
from sentinel.domain.secret import SecretKind, SecretRef
from sentinel.errors import RulesError
from sentinel.rules import read
from tests.rules.families import FAMILIES

HEAD = """\
version: 1
organisation: {name: Musterstadt}
channels: {b: {platform: notice_board, directory: public}}
routes: [{name: all, priority: [b]}]
staff:
  contacts:
    berg: {addresses: [{url: "mailto://berg.example"}], names: [Anna Berg, anna@berg.example]}
    tal: {addresses: [{url: "mailto://tal.example"}]}
"""


def staff(text: str) -> object:
    found = read(
        HEAD + text, file="r.yaml", base=Path("/city"), env={}, families=FAMILIES, starting=False
    )
    return found.rules.staff


def refused(text: str, head: str = HEAD) -> list[str]:
    with pytest.raises(RulesError) as caught:
        read(head + text, file="r.yaml", base=Path("/city"), env={}, families=FAMILIES)
    return caught.value.phrase.en.splitlines()


@pytest.mark.parametrize(
    ("stated", "kind", "name"),
    [
        ("plan/dienst.ics", SecretKind.LITERAL, "/city/plan/dienst.ics"),
        ("/srv/dienst.ics", SecretKind.LITERAL, "/srv/dienst.ics"),
        ("https://cloud.example/s/1", SecretKind.LITERAL, "https://cloud.example/s/1"),
        ("webcal://cloud.example/s/1", SecretKind.LITERAL, "webcal://cloud.example/s/1"),
        ("${env:ROTA_URL}", SecretKind.ENV, "ROTA_URL"),
        ("${file:rota-url}", SecretKind.FILE, "/city/rota-url"),
    ],
)
def test_a_calendar_is_a_file_from_the_rules_folder_on_or_an_address(
    stated: str, kind: SecretKind, name: str
) -> None:
    found = staff(f'  rotas: {{dienst: {{calendar: "{stated}"}}}}\n')

    assert found.rotas["dienst"] == Rota(name="dienst", calendar=SecretRef(kind, name))  # type: ignore[attr-defined] # staff
    assert name not in repr(found)


def test_an_override_without_a_zone_is_by_the_citys_clock() -> None:
    found = staff(
        "  rotas:\n    dienst:\n      overrides:\n"
        "        - {from: 2026-12-24T18:00, to: 2026-12-25T08:00Z, contact: tal}\n"
        "  levels: [{after: 0s, notify: [dienst, berg]}]\n"
    )

    (one,) = found.rotas["dienst"].overrides  # type: ignore[attr-defined] # staff
    assert one.starts_at.astimezone(UTC) == datetime(2026, 12, 24, 17, tzinfo=UTC)
    assert one.ends_at == datetime(2026, 12, 25, 8, tzinfo=UTC)
    assert isinstance(one, Override)
    assert found.contacts["berg"].names == ("Anna Berg", "anna@berg.example")  # type: ignore[attr-defined] # staff
    assert found.levels[0].after == timedelta()  # type: ignore[attr-defined] # staff


def test_the_digest_has_an_hour_and_somebody_to_read_it() -> None:
    found = staff('  digest: {at: "07:30", notify: [berg]}\n')

    assert found.digest == Digest(at=time(7, 30), notify=("berg",))  # type: ignore[attr-defined] # staff


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "  rotas: {dienst: {calendar: a.ics}}\n  levels: [{after: 0s, notify: [dinst]}]\n",
            "r.yaml:10:33: no contact or rota 'dinst' (did you mean 'dienst'?)",
        ),
        (
            "  rotas: {berg: {calendar: a.ics}}\n",
            (
                "r.yaml:9:11: a contact bears this name already: 'berg' "
                "(levels name both by name only)"
            ),
        ),
        (
            "  rotas: {dienst: {}}\n",
            "r.yaml:9:11: this rota names nobody (calendar: FILE or address)",
        ),
        (
            (
                "  rotas: {d: {overrides: [{from: 2026-12-24T18:00, to: 2026-12-24T18:00, "
                "contact: tal}]}}\n"
            ),
            "r.yaml:9:56: the end is not after the beginning (from before to)",
        ),
        (
            (
                "  rotas: {d: {overrides: [{from: 2026-12-24T18:00, to: 2026-12-25T18:00, "
                "contact: see}]}}\n"
            ),
            "r.yaml:9:83: no contact 'see' (known: berg, tal)",
        ),
        (
            "  rotas: {d: {overrides: [{from: heute, to: 2026-12-25T18:00, contact: tal}]}}\n",
            "r.yaml:9:34: 'heute' is no moment (such as 2026-12-24T18:00 or 2026-12-24T17:00Z)",
        ),
        (
            '  digest: {at: "7:30", notify: [berg]}\n',
            "r.yaml:9:16: '7:30' is no time of day (such as \"07:30\", in quotes)",
        ),
        (
            '  digest: {at: "07:30", notify: [see]}\n',
            "r.yaml:9:34: no contact 'see' (known: berg, tal)",
        ),
    ],
)
def test_what_cannot_be_meant_is_named_with_its_place(text: str, said: str) -> None:
    assert refused(text) == [said]


def test_a_name_that_two_contacts_claim_is_an_error() -> None:
    head = HEAD.replace('"mailto://tal.example"}]', '"mailto://tal.example"}], names: [ANNA BERG]')

    assert refused("", head) == [
        "r.yaml:8:63: contact 'berg' is called this, too (one name for one)"
    ]


def test_a_password_in_a_calendars_address_is_named_as_a_secret() -> None:
    stated = "  rotas: {dienst: {calendar: 'https://stadt:geheim@cloud.example/plan.ics'}}\n"

    found = read(
        HEAD + stated, file="r.yaml", base=Path("/city"), env={}, families=FAMILIES, starting=False
    )

    assert [one.say("r.yaml", "en") for one in found.warnings] == [
        "r.yaml:9:30: a secret stands here literally (${env:NAME} or ${file:PATH})"
    ]
