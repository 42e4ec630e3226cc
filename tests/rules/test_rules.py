"""Good rules: every default filled in, every path absolute, every warning with its place."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.cause import Ability, Severity
from sentinel.domain.rules import (
    Address,
    Approval,
    Flapping,
    Heartbeat,
    Level,
    Mode,
    Network,
    OnRecovery,
    ProbeSetting,
    Probing,
    QuotaRule,
    Retention,
    Rules,
    Server,
    Staff,
)
from sentinel.domain.secret import SecretKind, SecretRef
from sentinel.errors import RulesError
from sentinel.rules import Loaded, json_schema, load, read
from sentinel.rules.later import LATER_PLATFORMS, NOT_YET_IN_USE
from sentinel.rules.values import in_words, read_duration
from tests.rules.families import FAMILIES

LEAST = """\
version: 1
organisation: {name: Musterstadt}
channels:
  m: {platform: mastodon, base_url: https://social.example/, CREDENTIALS}
routes:
  - {name: all, priority: [m]}
""".replace("CREDENTIALS", 'credentials: {access_token: "${env:M}"}')
ENV = {"M": "token"}


NOBODY = "rules.yaml:1:1: nobody will be told of trouble (contacts under staff.contacts)"
TELLS = "staff: {contacts: {a: {addresses: [{url: 'mailto://lage.example'}]}}}\n"


def loaded(text: str, env: dict[str, str] | None = None) -> Loaded:
    known = ENV if env is None else env
    city = Path("/city")
    return read(text, file="rules.yaml", base=city, env=known, families=FAMILIES, starting=False)


def rules(text: str) -> Rules:
    return loaded(text).rules


def warned(text: str, env: dict[str, str] | None = None) -> list[str]:
    """Return the warnings, but for the one of rules that name no staff at all."""
    said = [one.say("rules.yaml", "en") for one in loaded(text, env).warnings]
    return [line for line in said if line != NOBODY]


def test_the_least_rules_get_every_default() -> None:
    found = rules(LEAST)

    assert found.organisation == "Musterstadt"
    assert found.language == "de"
    assert found.timezone == "Europe/Berlin"
    assert found.node == ""
    assert found.storage_url == "sqlite:////city/data/sentinel.db"
    assert found.storage_data == "/city/data"
    assert found.server == Server()
    assert found.network == Network()
    assert found.probing == Probing()
    assert found.staff == Staff()
    assert found.retention == Retention()
    assert found.notice_link is None
    assert found.intake_directory is None
    assert found.intake_approval is Approval.FOUR_EYES
    assert found.uplinks["default"].controls == (
        "https://www.bund.de/",
        "https://www.dwd.de/",
        "tcp://9.9.9.9:853",
    )
    assert found.uplinks["default"].lost_below == 2


def test_the_least_route_and_channel_get_every_default() -> None:
    found = rules(LEAST)
    channel, route = found.channels["m"], found.routes[0]

    assert channel.base_url == "https://social.example"
    assert channel.public_url == "https://social.example"
    assert channel.operator == "mastodon"
    assert channel.settings == {"visibility": "public"}
    assert channel.mode is Mode.ACTIVE
    assert channel.uplink == "default"
    assert channel.exercises is False
    assert channel.publish_within == timedelta(seconds=30)
    assert route.needs == {Ability.PUBLISH}
    assert route.copies == 1
    assert route.expires_after == timedelta(hours=24)


def test_nothing_is_odd_about_the_least_rules_but_that_nobody_will_be_told() -> None:
    found = loaded(LEAST).warnings

    assert [one.say("rules.yaml", "en") for one in found] == [NOBODY]
    assert found[0].what.de == "niemand erfährt von Störungen"
    assert loaded(LEAST + TELLS).warnings == ()


def test_the_text_is_kept_as_it_was_read() -> None:
    assert loaded(LEAST).text == LEAST


def test_what_the_file_states_wins_over_the_defaults() -> None:
    found = rules(
        LEAST
        + """\
node: rathaus
probing: {every: 1m, flapping: {changes: 7}}
server: {listen: "[::1]:9000", public_url: "https://warnung.example/"}
retention: {checks: 7d, messages: 1y}
uplinks: {modem: {controls: ["http://127.0.0.1:9/"]}}
network: {proxy: "${env:HTTPS_PROXY}", no_proxy: [localhost], ca_file: tls/ca.pem}
"""
    )

    assert found.node == "rathaus"
    assert found.probing == Probing(every=timedelta(minutes=1), flapping=Flapping(changes=7))
    assert found.server == Server(listen="[::1]:9000", public_url="https://warnung.example")
    assert found.retention == Retention(checks=timedelta(days=7), messages=timedelta(days=365))
    assert found.uplinks["modem"].lost_below == 1
    assert set(found.uplinks) == {"default", "modem"}
    assert found.network == Network(
        proxy=SecretRef(SecretKind.ENV, "HTTPS_PROXY"),
        no_proxy=("localhost",),
        ca_file="/city/tls/ca.pem",
    )


def test_what_a_channel_states_wins_over_the_defaults() -> None:
    found = rules(
        LEAST.replace(
            "routes:",
            """\
  w:
    platform: notice_board
    directory: public
    mode: standby
    reach: 12
    depends_on: [rz]
    uplink: none
    exercises: allow
    quota: {posts: {limit: 5, per: 1h, reserve: 2}}
    probes: {visibility: {every: 2m}, listening: off}
    probing: {every: 20s}
    publish_within: 5s
notice_link: w
probing: {every: 1m, fall: 5}
routes:""",
        )
    )
    channel = found.channels["w"]

    assert channel.mode is Mode.STANDBY
    assert channel.reach == 12
    assert channel.depends_on == ("rz",)
    assert channel.uplink is None
    assert channel.exercises is True
    assert channel.quota == {"posts": QuotaRule(limit=5, per=timedelta(hours=1), reserve=2)}
    assert channel.probes == {
        "visibility": ProbeSetting(every=timedelta(minutes=2)),
        "listening": ProbeSetting(on=False),
    }
    assert channel.probing == Probing(every=timedelta(seconds=20), fall=5)
    assert channel.publish_within == timedelta(seconds=5)
    assert channel.settings == {"directory": "/city/public"}
    assert found.notice_link == "w"


def test_a_notice_board_is_found_below_the_public_address() -> None:
    text = LEAST.replace("routes:", "  w: {platform: notice_board, directory: p}\nroutes:")

    assert rules(text).channels["w"].public_url == "http://127.0.0.1:8080/notices"


def test_a_platform_brings_its_own_address_and_patience() -> None:
    text = LEAST.replace(
        "routes:", '  t: {platform: threads, credentials: {access_token: "${env:M}"}}\nroutes:'
    )
    channel = rules(text).channels["t"]

    assert channel.base_url == "https://graph.threads.example"
    assert channel.publish_within == timedelta(seconds=90)
    assert channel.settings == {"user_id": "me"}


def test_what_a_route_states_wins_over_the_defaults() -> None:
    text = LEAST.replace(
        "priority: [m]",
        "priority: [m], needs: [public], reroute_after: 0s, on_recovery: skip, "
        "approval: four_eyes, match: {severity: [severe], tag: [flood]}",
    )
    route = rules(text).routes[0]

    assert route.needs == {Ability.PUBLISH, Ability.PUBLIC}
    assert route.reroute_after == timedelta(0)
    assert route.on_recovery is OnRecovery.SKIP
    assert route.approval is Approval.FOUR_EYES
    assert route.match.severity == {Severity.SEVERE}
    assert route.match.tag == {"flood"}


def test_a_route_without_a_list_owes_no_copies() -> None:
    assert rules(LEAST.replace("priority", "always")).routes[0].copies == 0


def test_staff_get_the_organisations_language_and_levels_stand_in_order() -> None:
    text = LEAST + (
        "staff:\n"
        "  contacts: {a: {addresses: [{url: '${env:M}', offline: true}]}}\n"
        "  levels: [{after: 5m, notify: [a]}, {after: 0s, notify: [a]}]\n"
        "  heartbeat: {url: '${file:beat}'}\n"
    )
    staff = rules(text).staff

    assert staff.contacts["a"].language == "de"
    assert staff.contacts["a"].addresses == (
        Address(url=SecretRef(SecretKind.ENV, "M"), offline=True),
    )
    assert staff.levels == (
        Level(after=timedelta(0), notify=("a",)),
        Level(after=timedelta(minutes=5), notify=("a",)),
    )
    assert staff.heartbeat == Heartbeat(url=SecretRef(SecretKind.FILE, "/city/beat"))


@pytest.mark.parametrize("written", ["0123", "'0123'", "+49301", "1_000", "0x1f"])
def test_an_account_number_is_kept_as_it_is_written(written: str) -> None:
    text = LEAST.replace("platform: mastodon", f"platform: mastodon, account: {written}")

    assert rules(text).channels["m"].settings["account"] == written.strip("'")


def test_a_recipient_file_is_relative_to_the_rules_and_an_address_is_not() -> None:
    mail = "platform: email, base_url: smtp://mail.example:587, from: a@b.example"
    one = rules(LEAST.replace("routes:", f"  e: {{{mail}, to: list.csv}}\nroutes:"))
    two = rules(LEAST.replace("routes:", f"  e: {{{mail}, to: [a@c.example]}}\nroutes:"))

    assert one.channels["e"].settings["to"] == ("/city/list.csv",)
    assert two.channels["e"].settings["to"] == ("a@c.example",)


class TestAccount:
    """The account is what "at most once" counts by."""

    def test_it_is_named_by_the_platforms_own_key(self) -> None:
        text = LEAST.replace("platform: mastodon", "platform: mastodon, account: stadt")

        assert rules(text).channels["m"].account == "mastodon|https://social.example|stadt"

    def test_else_by_the_references_of_its_credentials(self) -> None:
        assert rules(LEAST).channels["m"].account == "mastodon|https://social.example|${env:M}"

    def test_it_never_holds_a_literal_credential(self) -> None:
        account = rules(LEAST.replace("${env:M}", "s3cret-canary")).channels["m"].account

        assert account.startswith("mastodon|https://social.example|literal:")
        assert "canary" not in account

    def test_it_survives_renaming_the_channel(self) -> None:
        renamed = LEAST.replace("  m:", "  n:").replace("[m]", "[n]")

        assert rules(renamed).channels["n"].account == rules(LEAST).channels["m"].account

    def test_a_channel_that_is_off_may_share_it(self) -> None:
        line = LEAST.splitlines()[3]
        other = line.replace("  m:", "  n:").replace("mastodon,", "mastodon, mode: off,")

        assert set(rules(LEAST.replace(line, f"{line}\n{other}")).channels) == {"m", "n"}


class TestWarnings:
    """A warning stops nothing and is never silent."""

    def test_a_missing_variable_names_channel_and_variable(self) -> None:
        assert warned(LEAST, env={}) == [
            (
                "rules.yaml:4:90: m: variable M is not set "
                "(the channel starts as down (bad_configuration))"
            )
        ]

    def test_an_empty_variable_is_a_missing_one(self) -> None:
        assert len(warned(LEAST, env={"M": ""})) == 1

    def test_a_missing_file_names_channel_and_file(self) -> None:
        assert warned(LEAST.replace("${env:M}", "${file:m.txt}")) == [
            (
                "rules.yaml:4:90: m: file /city/m.txt is empty or cannot be read "
                "(the channel starts as down (bad_configuration))"
            )
        ]

    def test_a_literal_credential_is_named_and_not_repeated(self) -> None:
        assert warned(LEAST.replace("${env:M}", "s3cret-canary")) == [
            "rules.yaml:4:90: a secret stands here literally (${env:NAME} or ${file:PATH})"
        ]

    @pytest.mark.parametrize(
        ("url", "count"),
        [
            ("mailto://lage.example", 0),
            ("json://127.0.0.1:9/", 0),
            ("mailto://user:pass@lage.example", 1),
            ("tgram://123:abc/1", 1),
        ],
    )
    def test_a_literal_staff_address_is_named_where_it_holds_a_secret(
        self, url: str, count: int
    ) -> None:
        text = LEAST + f"staff: {{contacts: {{a: {{addresses: [{{url: '{url}'}}]}}}}}}\n"

        assert len(warned(text)) == count

    def test_what_nothing_uses_yet_is_named_where_it_is_stated(self) -> None:
        least = LEAST.replace("base_url", "quota: {calls: {limit: 9, per: 1h}}, base_url", 1)
        text = least.replace("[m]", "[m], on_recovery: skip, approval: four_eyes") + (
            "server: {public_listen: '127.0.0.1:1', trusted_proxies: [10.0.0.1]}\n"
            "staff:\n"
            "  contacts: {a: {addresses: [{url: 'mailto://b.example'}]}}\n"
            "  repeat_every: 15m\n"
            "  group_wait: 1s\n"
            "  levels: [{after: 10s, notify: [a]}, {after: 1m, notify: [a]}]\n"
        )

        assert [line.partition(": ")[2].partition(" (")[0] for line in warned(text)] == [
            "channels.m.quota.calls is not yet in use",
        ]

    def test_what_is_only_a_default_written_out_is_not_named(self) -> None:
        text = LEAST.replace("[m]", "[m], approval: none") + (
            "intake: {directory: null, approval: four_eyes}\n"
            "server: {public_listen: null, tls: null, trusted_proxies: []}\n"
        )

        assert warned(text) == []

    def test_every_row_of_the_table_is_a_key_that_exists(self) -> None:
        schema = json_schema(FAMILIES)

        for row in NOT_YET_IN_USE:
            here = {"routes": "Route", "channels": "mastodon_channel"}
            section, *inner = [part for part in row.path.split(".") if part[0] not in "[*"]
            model = here.get(section, section.capitalize())
            while inner:
                key, *inner = inner
                if key not in {"reads", "calls", "replies"}:
                    assert key in schema["$defs"][model]["properties"], row
                    model = {"levels": "Level", "contacts": "Contact", "addresses": "Address"}.get(
                        key, model
                    )

    def test_what_nothing_uses_yet_is_named_below_names_of_the_city_too(self) -> None:
        text = LEAST.replace("platform: mastodon", "platform: mastodon, MORE").replace(
            "MORE",
            "quota: {posts: {limit: 1}, reads: {limit: 9}, replies: {limit: 9}, calls: {limit: 9}}",
        ) + (
            "staff:\n"
            "  contacts: {a: {addresses: [{url: 'mailto://b.example', offline: true},"
            " {url: 'mailto://c.example', offline: false}]}}\n"
            "  levels: [{after: 1m, notify: [a]}]\n"
        )

        assert [line.partition(": ")[2].partition(" (")[0] for line in warned(text)] == [
            "channels.m.quota.reads is not yet in use",
            "channels.m.quota.replies is not yet in use",
            "channels.m.quota.calls is not yet in use",
        ]

    def test_a_platform_that_is_not_ready_is_left_out_with_its_place_in_routes(self) -> None:
        line = "  t: {platform: telegram, chat: '@a', credentials: {bot_token: '${env:T}'}}\n"
        text = LEAST.replace("routes:", f"{line}routes:").replace("[m]", "[t, m]")

        assert warned(text) == [
            (
                "rules.yaml:5:17: platform 'telegram' is not yet in use "
                "(the channel is left out, of routes too)"
            )
        ]
        assert set(rules(text).channels) == {"m"}
        assert rules(text).routes[0].priority == ("m",)

    def test_a_platform_that_is_not_ready_is_checked_all_the_same(self) -> None:
        line = "  t: {platform: telegram, chatt: '@a', credentials: {bot_token: '${env:T}'}}\n"

        with pytest.raises(RulesError, match="unknown key 'chatt'"):
            rules(LEAST.replace("routes:", f"{line}routes:"))

    def test_an_always_channel_that_cannot_publish_is_named(self) -> None:
        text = LEAST.replace(
            "routes:", "  w: {platform: notice_board, directory: p, mode: frozen}\nroutes:"
        ).replace("[m]", "[m], always: [w]")

        assert warned(text) == [
            (
                "rules.yaml:5:51: channel 'w' cannot publish and stands under always of all "
                "(every message of that route would be stranded)"
            )
        ]

    def test_controls_that_a_proxy_does_not_pass_are_named(self) -> None:
        text = LEAST + "network: {proxy: 'http://127.0.0.1:3128'}\n"

        assert warned(text) == [
            (
                "rules.yaml:1:1: behind a proxy only https controls count for uplink 'default' "
                "(state controls under uplinks)"
            )
        ]

    def test_a_password_in_the_address_of_the_database_is_named(self) -> None:
        text = LEAST + "storage: {url: 'postgresql://s:s3cret@db/sentinel'}\n"

        assert warned(text) == ["rules.yaml:7:16: a secret stands here literally (~/.pgpass)"]


def test_a_mark_at_the_beginning_of_the_file_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + LEAST.encode())

    found = load(path, env=ENV, families=FAMILIES)

    assert found.rules.storage_data == str(tmp_path / "data")


def test_aliases_may_be_used_like_anywhere() -> None:
    text = LEAST.replace("{access_token:", "&c {access_token:").replace(
        "routes:",
        "  n: {platform: mastodon, base_url: https://other.example, credentials: *c}\nroutes:",
    )

    found = rules(text).channels

    assert found["n"].credentials == found["m"].credentials


@given(st.integers(0, 100_000), st.sampled_from(["ms", "s", "m", "h"]))
def test_a_duration_is_read_as_it_is_said(count: int, unit: str) -> None:
    span = read_duration(f"{count}{unit}")

    assert span is not None
    assert read_duration(in_words(span)) == span


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=200))
def test_nonsense_is_refused_and_never_raises_anything_else(text: str) -> None:
    with pytest.raises(RulesError):
        read(text, file="rules.yaml", base=Path("/city"), env={}, families=FAMILIES)


nonsense = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["platform", "name", "priority", "match", "levels", "default", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from([one.name for one in fields(Rules)]), nonsense))
def test_any_tree_of_values_gives_problems_and_never_raises_anything_else(
    tree: dict[str, object],
) -> None:
    text = json.dumps(tree) if tree else "{}"

    with pytest.raises(RulesError) as caught:
        read(text, file="rules.yaml", base=Path("/city"), env={}, families=FAMILIES)

    assert all(one.line >= 1 and one.column >= 1 for one in caught.value.problems)


def test_the_table_of_later_platforms_holds_platforms_of_the_contract_only() -> None:
    contract = (
        "x threads facebook instagram whatsapp_cloud whatsapp_channel mastodon bluesky telegram "
        "linkedin pinterest youtube matrix email sms wordpress typo3 webhook notice_board by_hand"
    )

    assert set(LATER_PLATFORMS) <= set(contract.split())


def test_a_mail_server_is_no_place_where_citizens_look() -> None:
    mail = (
        "{platform: email, base_url: smtp://mail.example:587, from: a@b.example, to: c@d.example}"
    )

    assert rules(LEAST.replace("routes:", f"  e: {mail}\nroutes:")).channels["e"].public_url is None
