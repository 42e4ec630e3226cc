"""Receivers that are no people: the dead man's switch, and alerting chains that are there."""

from datetime import timedelta
from pathlib import Path

import pytest

from sentinel.domain.output import Output, OutputKind
from sentinel.domain.rules import Heartbeat, Staff
from sentinel.domain.secret import SecretKind, SecretRef
from sentinel.errors import RulesError
from sentinel.rules import load

LEAST = """\
version: 1
organisation: {name: Stadt}
channels: {w: {platform: notice_board, directory: public}}
routes: [{name: alle, always: [w]}]
staff:
  contacts: {a: {addresses: [{url: 'mailto://a.example'}]}}
"""


def staff(folder: Path, more: str, **env: str) -> tuple[Staff, list[str]]:
    """Return the staff of rules that hold `more`, and the warnings."""
    file = folder / "rules.yaml"
    file.write_text(LEAST + more)
    loaded = load(file, env=env)
    return loaded.rules.staff, [problem.what.en for problem in loaded.warnings]


def refused(folder: Path, more: str) -> list[str]:
    with pytest.raises(RulesError) as caught:
        staff(folder, more)
    return [f"{one.line}: {one.what.en}" for one in caught.value.problems]


def test_a_heartbeat_is_a_get_every_minute_unless_they_say_otherwise(tmp_path: Path) -> None:
    url = SecretRef(SecretKind.ENV, "BEAT")

    least, said = staff(tmp_path, "  heartbeat: {url: '${env:BEAT}'}\n", BEAT="https://a.example")
    other, _ = staff(tmp_path, "  heartbeat: {url: '${env:BEAT}', every: 5m, method: POST}\n")

    assert least.heartbeat == Heartbeat(url=url, every=timedelta(seconds=60), method="GET")
    assert other.heartbeat == Heartbeat(url=url, every=timedelta(minutes=5), method="POST")
    assert said == []


def test_an_output_bears_the_name_of_its_kind_or_one_of_its_own(tmp_path: Path) -> None:
    found, said = staff(
        tmp_path,
        "  outputs:\n"
        "    - {kind: alertmanager, url: 'http://127.0.0.1:9093'}\n"
        "    - {kind: webhook, name: leitstelle, url: '${env:U}', secret: '${env:S}'}\n",
        U="https://leitstelle.example/hook",
        S="geheim",
    )

    assert found.outputs == (
        Output(
            name="alertmanager",
            kind=OutputKind.ALERTMANAGER,
            url=SecretRef(SecretKind.LITERAL, "http://127.0.0.1:9093"),
        ),
        Output(
            name="leitstelle",
            kind=OutputKind.WEBHOOK,
            url=SecretRef(SecretKind.ENV, "U"),
            secret=SecretRef(SecretKind.ENV, "S"),
        ),
    )
    assert said == []


def test_what_an_output_needs_and_is_not_there_or_stands_literally_is_a_warning(
    tmp_path: Path,
) -> None:
    _, said = staff(
        tmp_path,
        "  outputs: [{kind: webhook, url: '${env:NONE}', secret: geheim, "
        "authorization: 'Bearer abc'}]\n",
    )

    assert len([line for line in said if "NONE" in line]) == 1
    assert said.count("a secret stands here literally") == 2


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("  heartbeat: {url: 'https://a.example', every: 999ms}\n", "no sign of life can come"),
        ("  heartbeat: {url: 'mailto://a.example'}\n", "this is no web address"),
        ("  outputs: [{kind: alertmanager, url: '127.0.0.1:9093'}]\n", "this is no web address"),
        ("  outputs: [{kind: pager, url: 'https://a.example'}]\n", "pager"),
        (
            "  outputs: [{kind: alertmanager, url: 'https://a.example', secret: '${env:S}'}]\n",
            "Alertmanager checks no signature",
        ),
        (
            "  outputs: [{kind: webhook, url: 'http://a'}, {kind: webhook, url: 'http://b'}]\n",
            "two receivers are called 'webhook'",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_where_it_stands(
    tmp_path: Path, more: str, problem: str
) -> None:
    (found,) = refused(tmp_path, more)

    assert found.startswith("7:")
    assert problem in found
