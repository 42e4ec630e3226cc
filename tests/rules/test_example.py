"""The example at the root and the docs: complete, true, and the same as the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from sentinel.domain.rules import (
    Flapping,
    Heartbeat,
    Probing,
    QuotaRule,
    Retention,
    Route,
    Server,
    Staff,
)
from sentinel.domain.secret import SecretKind, SecretRef
from sentinel.rules import json_schema, load
from sentinel.rules.families import Families
from sentinel.rules.values import in_words, read_duration
from tests.rules.families import FAMILIES

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "failover_rules.yaml"
CONTRACT = (
    "bluesky by_hand email facebook instagram linkedin mastodon matrix notice_board pinterest sms "
    "telegram threads typo3 webhook whatsapp_channel whatsapp_cloud wordpress x youtube"
)


def test_the_example_has_a_channel_for_every_platform_of_the_contract() -> None:
    named = re.findall(r"^    platform: (\w+)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)

    assert " ".join(sorted(named)) == CONTRACT


def test_the_example_names_its_schema_in_the_first_line() -> None:
    assert EXAMPLE.read_text(encoding="utf-8").splitlines()[0] == (
        "# yaml-language-server: $schema=failover_rules.schema.json"
    )


def test_the_example_runs_without_a_single_variable() -> None:
    found = load(EXAMPLE, env={}, families=FAMILIES)

    assert found.rules.organisation == "Stadt Musterstadt"
    assert found.rules.notice_link == "warnseite"
    assert [route.name for route in found.rules.routes] == ["katastrophe", "allgemein"]
    assert {one.platform for one in found.rules.channels.values()} == set(FAMILIES.platforms)


def test_the_example_holds_no_secret() -> None:
    found = load(EXAMPLE, env={}, families=FAMILIES)

    assert not [one for one in found.warnings if "literally" in one.what.en]
    assert {
        ref.kind for one in found.rules.channels.values() for ref in one.credentials.values()
    } == {SecretKind.ENV}


def test_the_example_is_good_for_the_platforms_that_are_really_there() -> None:
    found = load(EXAMPLE, env={})

    assert len(found.rules.channels) >= 6


def test_the_schema_describes_every_key() -> None:
    schema = json_schema(FAMILIES)
    silent = [
        f"{title}.{key}"
        for title, model in {**schema["$defs"], "Rules": schema}.items()
        if not title.endswith("_credentials")
        for key, one in model.get("properties", {}).items()
        if "description" not in one and "$ref" not in one
    ]

    assert silent == []


def test_the_schema_knows_each_platforms_own_keys() -> None:
    schema = json_schema(FAMILIES)

    assert "visibility" in schema["$defs"]["mastodon_channel"]["properties"]
    assert "directory" in schema["$defs"]["notice_board_channel"]["required"]


DEFAULTS: dict[str, object] = {
    "Server": Server(),
    "Probing": Probing(),
    "Flapping": Flapping(),
    "Route": Route(name="a"),
    "Staff": Staff(),
    "Heartbeat": Heartbeat(url=SecretRef(SecretKind.ENV, "A")),
    "Quota": QuotaRule(),
    "Retention": Retention(),
}


@pytest.mark.parametrize("title", sorted(DEFAULTS))
def test_the_defaults_that_the_schema_shows_are_the_domains(title: str) -> None:
    properties: dict[str, Any] = json_schema(FAMILIES)["$defs"][title]["properties"]
    shown = {key: one["default"] for key, one in properties.items() if one.get("default")}

    assert shown
    for key, default in shown.items():
        span = read_duration(default) if isinstance(default, str) else None
        real = getattr(DEFAULTS[title], key)
        wanted = frozenset(default) if isinstance(default, list) else span or default
        assert real == wanted, key


def test_the_docs_have_a_row_for_every_key() -> None:
    rows = set(
        re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/rules.md").read_text("utf-8"), re.MULTILINE)
    )
    schema = json_schema(Families(platforms={}, later=FAMILIES.platforms))
    own = {
        key
        for facts in FAMILIES.platforms.values()
        for key in (*facts.settings, *facts.optional_credentials, *_credentials(facts))
    }
    inside = {"cert", "key", "on"}  # stand in the row of the key above them
    keys = {
        key for model in (*schema["$defs"].values(), schema) for key in model.get("properties", {})
    }

    assert keys - own - inside - rows == set()


def test_the_docs_name_the_defaults_of_the_domain() -> None:
    text = (ROOT / "docs/rules.md").read_text("utf-8")

    for key in ("every", "timeout", "recheck_after", "slow_above"):
        default = in_words(getattr(Probing(), key))
        assert re.search(rf"^\| `{key}` \|.*\| `{default}` \|$", text, re.MULTILINE), key


def _credentials(facts: Any) -> frozenset[str]:
    return frozenset().union(*facts.credential_sets)
