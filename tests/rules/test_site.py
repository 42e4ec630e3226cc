"""What the daemon needs on its machine: whatever is not there is named before it starts."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from sentinel.errors import RulesError
from sentinel.rules import Loaded, read
from tests.rules.families import FAMILIES

GOOD = """\
version: 1
organisation: {name: Musterstadt}
channels:
  b: {platform: notice_board, directory: public}
routes:
  - {name: all, priority: [b]}
"""
TLS = "server:\n  tls:\n    cert: cert.pem\n    key: key.pem\n"
CA = "network: {ca_file: ca.pem}\n"


def loaded(text: str, base: Path, *, starting: bool = True, **env: str) -> Loaded:
    return read(
        GOOD + text, file="rules.yaml", base=base, env=env, families=FAMILIES, starting=starting
    )


def refused(text: str, base: Path, language: str = "en") -> list[str]:
    with pytest.raises(RulesError) as caught:
        loaded(text, base)
    return caught.value.phrase.in_(language).splitlines()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def city(tmp_path: Path, authority: trustme.CA) -> Path:
    """A folder with every file that the rules name, all of them good."""
    own = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    own.private_key_pem.write_to_path(tmp_path / "key.pem")
    for part in own.cert_chain_pems:
        part.write_to_path(tmp_path / "cert.pem", append=True)
    return tmp_path


def test_with_every_file_and_variable_there_it_may_start(city: Path) -> None:
    proxy = 'network: {proxy: "${env:PROXY}", ca_file: ca.pem}\n'

    assert loaded(TLS + proxy, city, PROXY="http://127.0.0.1:3128").rules.network.proxy


def test_a_file_of_authorities_that_is_not_there_is_named(city: Path) -> None:
    (city / "ca.pem").unlink()

    assert refused(CA, city) == [
        (
            f"rules.yaml:7:20: file {city}/ca.pem cannot be read "
            "(the system says: No such file or directory)"
        )
    ]
    assert "ist nicht lesbar" in refused(CA, city, "de")[0]


def test_a_file_of_authorities_without_a_certificate_is_named(city: Path) -> None:
    (city / "ca.pem").write_text("no certificate")

    assert refused(CA, city) == [
        f"rules.yaml:7:20: {city}/ca.pem holds no certificate (a file in PEM format)"
    ]
    assert "enthält kein Zertifikat" in refused(CA, city, "de")[0]


def test_both_files_of_the_own_pages_are_named(city: Path) -> None:
    (city / "cert.pem").unlink()
    (city / "key.pem").unlink()

    found = refused(TLS, city)

    assert [line.partition(": file")[0] for line in found] == [
        "rules.yaml:9:11",
        "rules.yaml:10:10",
    ]


def test_a_key_of_another_certificate_is_named(city: Path, authority: trustme.CA) -> None:
    authority.issue_cert("other").private_key_pem.write_to_path(city / "key.pem")

    found = refused(TLS, city), refused(TLS, city, "de")

    assert found[0][0].startswith("rules.yaml:9:11: certificate and key cannot be used (both in")
    assert found[1][0].startswith("rules.yaml:9:11: Zertifikat und Schlüssel sind nicht zu")


def test_a_proxy_that_is_not_known_is_named(city: Path) -> None:
    assert refused('network: {proxy: "${env:PROXY}"}\n', city) == [
        (
            "rules.yaml:7:18: proxy: variable PROXY is not set "
            "(without it nothing goes out; null: no proxy)"
        )
    ]


def test_all_that_is_missing_is_told_at_once(city: Path) -> None:
    (city / "key.pem").unlink()

    assert len(refused(TLS + 'network: {proxy: "${env:PROXY}", ca_file: none.pem}\n', city)) == 3


def test_whoever_does_not_start_it_may_read_the_rules_without_all_this(tmp_path: Path) -> None:
    text = TLS + 'network: {proxy: "${env:PROXY}", ca_file: none.pem}\n'

    found = loaded(text, tmp_path, starting=False)

    assert found.rules.network.ca_file == str(tmp_path / "none.pem")
    assert any("variable PROXY is not set" in one.what.en for one in found.warnings)
