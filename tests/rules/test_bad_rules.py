"""A broken rules file: every problem at once, each with its place and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.errors import RulesError
from sentinel.rules import load, read
from tests.rules.families import FAMILIES

ORGANISATION = "version: 1\norganisation: {name: Musterstadt}\n"
CHANNELS = """\
channels:
  m: {platform: mastodon, base_url: https://social.example, credentials: {access_token: "${env:M}"}}
  b: {platform: notice_board, directory: public}
"""
ROUTES = "routes:\n  - {name: all, priority: [m, b]}\n"
GOOD = ORGANISATION + CHANNELS + ROUTES


def refused(text: str, language: str = "en") -> list[str]:
    with pytest.raises(RulesError) as caught:
        read(text, file="rules.yaml", base=Path("/city"), env={}, families=FAMILIES)
    return caught.value.phrase.in_(language).splitlines()


def refused_file(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(RulesError) as caught:
        load(path, env={}, families=FAMILIES)
    return str(caught.value).removeprefix(str(path))


BROKEN = """\
version: 1
organisation: {name: Stadt Musterstadt, timezone: Europe/Berlln}
probing: {recheck_after: 1h, evry: 3s}
channels:
  m: {platform: mastadon}
  n: {platform: mastodon, base_url: http://social.example, credentials: {access_token: "a${env:X}"}}
  o: {platform: x, mode: actve, probes: {listening: {every: 3}}}
  o: {platform: x}
routes:
  - name: a
    priority: [n, m, o, oo, n]
    copies: 9
  - {name: b, needs: [publsh]}
staff:
  levels: [{after: 0s, notify: [presse]}]
"""


def test_every_problem_is_named_with_its_place_in_english() -> None:
    assert refused(BROKEN) == [
        "rules.yaml:2:51: unknown time zone 'Europe/Berlln' (did you mean 'Europe/Berlin'?)",
        "rules.yaml:3:30: unknown key 'evry' (did you mean 'every'?)",
        "rules.yaml:5:17: unknown platform 'mastadon' (did you mean 'mastodon'?)",
        "rules.yaml:6:37: plain http is allowed for loopback only (https://…)",
        (
            "rules.yaml:6:88: the reference cannot be read "
            "(the whole value is ${env:NAME} or ${file:PATH})"
        ),
        "rules.yaml:7:26: unknown value 'actve' (did you mean 'active'?)",
        "rules.yaml:7:61: '3' is not a duration (such as 500ms, 30s, 5m, 24h, 7d)",
        "rules.yaml:8:3: duplicate key 'o' (first in line 7)",
        "rules.yaml:11:25: no channel 'oo' (did you mean 'o'?)",
        "rules.yaml:11:29: channel 'n' stands twice in the route (once is enough)",
        "rules.yaml:12:13: copies is larger than the priority list (at most 5)",
        "rules.yaml:13:23: unknown value 'publsh' (did you mean 'publish'?)",
        "rules.yaml:15:33: no contact 'presse' (there are none yet)",
    ]


def test_every_problem_is_named_with_its_place_in_german() -> None:
    assert refused(BROKEN, "de") == [
        "rules.yaml:2:51: unbekannte Zeitzone 'Europe/Berlln' (meinten Sie 'Europe/Berlin'?)",
        "rules.yaml:3:30: unbekannter Schlüssel 'evry' (meinten Sie 'every'?)",
        "rules.yaml:5:17: unbekannte Plattform 'mastadon' (meinten Sie 'mastodon'?)",
        "rules.yaml:6:37: http ohne Verschlüsselung ist nur für diesen Rechner erlaubt (https://…)",
        (
            "rules.yaml:6:88: der Verweis ist nicht lesbar "
            "(der ganze Wert ist ${env:NAME} oder ${file:PFAD})"
        ),
        "rules.yaml:7:26: unbekannter Wert 'actve' (meinten Sie 'active'?)",
        "rules.yaml:7:61: '3' ist keine Dauer (etwa 500ms, 30s, 5m, 24h, 7d)",
        "rules.yaml:8:3: der Schlüssel 'o' steht doppelt (zuerst in Zeile 7)",
        "rules.yaml:11:25: den Kanal 'oo' gibt es nicht (meinten Sie 'o'?)",
        "rules.yaml:11:29: der Kanal 'n' steht doppelt in der Route (einmal genügt)",
        "rules.yaml:12:13: copies ist größer als die Liste unter priority (höchstens 5)",
        "rules.yaml:13:23: unbekannter Wert 'publsh' (meinten Sie 'publish'?)",
        "rules.yaml:15:33: den Kontakt 'presse' gibt es nicht (es gibt noch keine)",
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            b"",
            ":1:1: the file is empty (at least version, organisation, channels and routes)",
        ),
        (
            b"# only a comment\n",
            ":1:1: the file is empty (at least version, organisation, channels and routes)",
        ),
        (b"\x7fELF\x00\x01", ":1:1: the file is binary"),
        (b"a: \x01\n", ":1:1: the file is binary (a text file in YAML 1.2)"),
        (b"\xff\xfev\x00e\x00r\x00", ":1:1: the file is not text in UTF-8 (save it as UTF-8)"),
        (b"name: M\xfcnster\n", ":1:1: the file is not text in UTF-8 (save it as UTF-8)"),
        (b"x" * 1_048_577, ":1:1: the file is too large (at most 1 MiB)"),
        (b"- 1\n- 2\n", ":1:1: the file holds no keys (lines such as 'version: 1')"),
        (
            b"a: [" + b"[" * 2000 + b"\n",
            (
                ":1:1: the file is nested too deeply or repeats too much "
                "(write out anchors and aliases)"
            ),
        ),
    ],
)
def test_a_file_that_is_no_rules_file_is_refused_at_its_first_line(
    tmp_path: Path, data: bytes, said: str
) -> None:
    assert refused_file(tmp_path / "rules.yaml", data) == said


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RulesError) as caught:
        load(tmp_path / "none.yaml", env={}, families=FAMILIES)

    assert caught.value.problems[0].say("rules.yaml", "en") == (
        "rules.yaml:1:1: the rules file cannot be read (the system says: No such file or directory)"
    )


def test_aliases_that_multiply_are_refused() -> None:
    levels = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 9))

    assert refused("x0: &x0 [a, a, a]\n" + levels) == [
        (
            "rules.yaml:1:1: the file is nested too deeply or repeats too much "
            "(write out anchors and aliases)"
        )
    ]


def test_an_alias_to_itself_is_refused() -> None:
    assert refused("a: &a [*a]\n")[0].startswith("rules.yaml:1:1: the file is nested too deeply")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\tversion: 1", "1:1: not valid YAML (indent with spaces)"),
        ("a: 'x", "1:6: not valid YAML (a closing quote is missing)"),
        ("a: [1", "1:6: not valid YAML (a comma or ] is missing)"),
        ("a: {b", "1:6: not valid YAML (a comma or } is missing)"),
        ("a: @b", "1:4: not valid YAML (quote a value that begins with @, % or `)"),
        ("a: b: c", "1:5: not valid YAML (check the indentation; quote a value with a colon)"),
        ("--- {}\n--- {}", "2:1: not valid YAML (remove the line ---)"),
        ("a: ]", "1:4: not valid YAML (check the indentation and the brackets)"),
    ],
)
def test_broken_yaml_is_refused_with_its_place_and_a_hint(text: str, said: str) -> None:
    assert refused(text) == [f"rules.yaml:{said}"]


def test_broken_yaml_is_refused_without_repeating_what_stands_there() -> None:
    """A password that begins with a star is an alias to the parser."""
    text = "password: *s3cret-canary\n"

    with pytest.raises(RulesError) as caught:
        read(text, file="rules.yaml", base=Path("/city"), env={}, families=FAMILIES)

    assert "canary" not in caught.value.phrase.en + caught.value.phrase.de
    assert caught.value.__cause__ is None


def test_a_tag_cannot_make_an_object() -> None:
    text = GOOD.replace("name: Musterstadt", "name: !!python/object:os.system x")

    assert refused(text) == [
        "rules.yaml:2:22: tags with ! are not allowed (quote a value that begins with !)",
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("version: 1", "version: 2", "1:10: a number is no value (known: 1)"),
        ("version: 1\n", "", "1:1: key 'version' is missing"),
        ("{name: Musterstadt}", "{}", "2:1: key 'name' is missing"),
        ("name: Musterstadt", "name: [a]", "2:22: a list does not fit here (text)"),
        ("name: Musterstadt", "name: ''", "2:22: the text is empty"),
        (
            "name: Musterstadt",
            "name: '${env:N}'",
            (
                "2:22: a reference ${…} is not possible here "
                "(only for credentials, proxy, staff addresses and heartbeat)"
            ),
        ),
        (
            "  b: {",
            "  'b b': {platform: notice_board, directory: c}\n  b: {",
            "5:3: 'b b' is not a name",
        ),
        (", directory: public", "", "5:3: key 'directory' is missing"),
        ("platform: notice_board, ", "", "5:3: key 'platform' is missing"),
        ("b: {platform: notice_board, directory: public}", "b: 3", "5:6: a number does not fit"),
        (
            "base_url: https://social.example, ",
            "",
            "4:3: mastodon needs base_url (the server's address)",
        ),
        (
            'credentials: {access_token: "${env:M}"}',
            "credentials: {}",
            "4:61: mastodon lacks under credentials: access_token",
        ),
        ("access_token:", "acces_token:", "4:75: unknown key 'acces_token' (did you mean"),
        ("directory: public", "directory: public, uplink: mobil", "5:58: no uplink 'mobil'"),
        (
            "directory: public",
            "directory: public, uplink: null",
            "5:58: uplink may not be null (none if the channel does not need our line)",
        ),
        (
            "directory: public",
            "directory: public, probes: {visibilty: off}",
            "5:59: unknown probe 'visibilty' (did you mean 'visibility'?)",
        ),
        (
            "directory: public",
            "directory: public, quota: {posts: {limit: 5, reserve: 6}}",
            "5:85: the reserve is larger than the limit (at most 5)",
        ),
        (
            "directory: public",
            "directory: public, quota: {post: {limit: 5}}",
            "5:58: unknown value 'post' (did you mean 'posts'?)",
        ),
        (
            "directory: public",
            "directory: public, reach: -1",
            "5:57: '-1' is out of range (at least 0)",
        ),
        (
            "directory: public",
            "directory: public, public_url: http://10.0.0.1",
            "5:62: plain http is allowed for loopback only (https://…)",
        ),
        (
            "https://social.example",
            "https://user:pass@social.example",
            "4:37: the address holds credentials (state them under credentials)",
        ),
        ("[m, b]", "[]", "7:5: route 'all' has no channels (state always or priority)"),
        ("[m, b]", "[m, m]", "7:31: channel 'm' stands twice in the route (once is enough)"),
        (
            "priority: [m, b]",
            "priority: [m], always: [m]",
            "7:28: channel 'm' stands twice in the route (once is enough)",
        ),
        (
            "[m, b]",
            "[m, b], copies: 3",
            "7:43: copies is larger than the priority list (at most 2)",
        ),
        ("[m, b]", "[m, b], copies: 0", "7:43: '0' is out of range (at least 1)"),
        ("[m, b]", "[m, b], reroute_after: 9", "7:50: '9' is not a duration"),
        ("[m, b]", "[m, b], reroute_after: 99d", "7:50: the duration 99d is out of range"),
        ("[m, b]", "[m, b], match: {severity: [grave]}", "7:54: unknown value 'grave' (known: "),
        (
            "[m, b]}",
            "[m, b]}\n  - {name: all, priority: [m]}",
            "8:12: duplicate route 'all' (first in line 7)",
        ),
        ("routes:", "notice_link: m\nroutes:", "6:14: channel 'm' is no notice_board (known: b)"),
        ("routes:", "notice_link: c\nroutes:", "6:14: no channel 'c' (known: b)"),
        (
            "routes:",
            "probing: {recheck_after: 40s}\nroutes:",
            "6:26: recheck_after is longer than every (after a failure we check sooner)",
        ),
        (
            "directory: public",
            "directory: public, probing: {every: 1s}",
            "5:67: recheck_after is longer than every (after a failure we check sooner)",
        ),
        (
            "routes:",
            "uplinks: {default: {controls: ['https://a.example'], lost_below: 2}}\nroutes:",
            "6:66: lost_below is larger than the number of controls (at most 1)",
        ),
        (
            "routes:",
            "uplinks: {a: {controls: ['tcp://9.9.9.9']}}\nroutes:",
            "6:26: the address lacks its port (tcp://host:853)",
        ),
        ("routes:", "server: {listen: '8080'}\nroutes:", "6:18: '8080' is not an address to"),
        ("routes:", "server: {tls: {cert: a}}\nroutes:", "6:10: key 'key' is missing"),
        (
            "routes:",
            "server: {trusted_proxies: [proxy]}\nroutes:",
            "6:28: 'proxy' is not a network",
        ),
        ("routes:", "storage: {url: mysql://x}\nroutes:", "6:16: unknown kind of database"),
        ("routes:", "<<: {a: 1}\nroutes:", "6:1: unknown key '<<' (YAML 1.2 has no <<;"),
        (
            "routes:",
            "staff: {contacts: {a: {addresses: []}}}\nroutes:",
            "6:35: 'addresses' is empty",
        ),
    ],
)
def test_one_mistake_is_named_at_its_place(old: str, new: str, said: str) -> None:
    assert old in GOOD

    lines = refused(GOOD.replace(old, new, 1))

    assert [line for line in lines if line.startswith(f"rules.yaml:{said}")] == lines


def test_two_channels_on_one_account_are_refused() -> None:
    text = GOOD.replace("routes:", "  c: {platform: notice_board, directory: public}\nroutes:", 1)

    assert refused(text) == [
        (
            "rules.yaml:6:3: channels 'b' and 'c' are one account "
            "(one account, one channel; the first in line 5)"
        )
    ]


@pytest.mark.parametrize("mode", ["off", "frozen"])
def test_a_priority_list_in_which_nothing_could_ever_publish_is_refused(mode: str) -> None:
    text = GOOD.replace("directory: public", f"directory: public, mode: {mode}")
    text = text.replace("[m, b]", "[b]")

    assert refused(text) == [
        (
            "rules.yaml:7:27: nothing could ever be published here "
            "(at least one channel with mode active or standby)"
        )
    ]


def test_a_route_of_platforms_that_are_not_ready_is_refused() -> None:
    text = GOOD.replace(
        "directory: public}",
        "directory: public}\n"
        "  s: {platform: telegram, chat: '1', credentials: {bot_token: '${env:T}'}}",
    ).replace("[m, b]", "[s]")

    assert refused(text) == [
        (
            "rules.yaml:8:27: no channel under priority is in use yet "
            "(add a channel on a platform that is ready)"
        )
    ]


def test_a_broken_section_does_not_hide_what_is_wrong_in_another() -> None:
    extra = "probing: {fall: x}\nnotice_link: m\nretention: {cheks: 1d}\nroutes:"

    assert refused(GOOD.replace("routes:", extra)) == [
        "rules.yaml:6:17: text does not fit here (a whole number)",
        "rules.yaml:7:14: channel 'm' is no notice_board (known: b)",
        "rules.yaml:8:13: unknown key 'cheks' (did you mean 'checks'?)",
    ]


def test_a_credential_of_the_wrong_kind_is_not_repeated() -> None:
    text = GOOD.replace('"${env:M}"', "[s3cret-canary]")

    assert refused(text) == ["rules.yaml:4:89: a list does not fit here (text)"]
