"""`risks`: what may go wrong, for people and for programs, with and without a daemon."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.house import Ended, House

Call = Callable[..., Ended]


@pytest.fixture
def prepared(house: House) -> House:
    """A house with a database, and no daemon."""
    assert house.here("migrate").code == 0
    return house


def test_without_a_daemon_the_register_is_read_from_the_database(prepared: House) -> None:
    ended = prepared.here("risks")

    assert ended.code == 0, ended.err
    assert "no daemon answers" in ended.err
    assert ended.out.startswith("SENTINEL OK - ")
    assert "X charges every post" in ended.out
    assert "Without channel board: no longer fulfilled: grave, light" in ended.out


def test_it_is_told_in_german_too(prepared: House) -> None:
    ended = prepared.here("--lang", "de", "risks")

    assert "Ohne den Kanal board: nicht mehr erfüllt: grave, light" in ended.out
    assert "wissen" in ended.out


def test_programs_get_the_shapes_of_the_api(prepared: House) -> None:
    found = prepared.here("--json", "risks").json

    assert found["daemon"] is False
    assert {"items", "losses", "operators"} <= set(found)
    assert {item["kind"] for item in found["items"]} == {"price", "resilience", "dependence"}
    losses = {(loss["kind"], loss["name"]): loss for loss in found["losses"]}
    assert losses["channel", "masto"]["degraded"] == ["grave"]
    assert losses["channel", "masto"]["reach_lost"] == 1900


def test_without_a_database_it_says_so(call: Call, tmp_path: Path) -> None:
    ended = call("risks")

    assert ended.code == 2
    assert "database" in ended.err
    assert not (tmp_path / "data" / "sentinel.db").exists()
