"""A drill file is checked whole before anything runs, and every problem names its place."""

from pathlib import Path

import pytest

from sentinel.drills.run import INCIDENTS, find, names, schema
from sentinel.drills.script import load_script, read_script
from sentinel.drills.shape import ACTIONS, CLAIMS
from sentinel.errors import RulesError
from tests.drills.small import SMALL, changed

SEND = "    send: {headline: Sturm, text: Bleiben Sie im Haus., severity: severe}\n"
EXPECT = "on: {message: sturm, channel: mastodon-stadt}"


def said(text: str) -> str:
    with pytest.raises(RulesError) as caught:
        read_script(text, file="uebung.yaml")
    return caught.value.phrase.en


def test_the_small_drill_has_nothing_wrong() -> None:
    script = read_script(SMALL, file="uebung.yaml")

    assert script.drill.title.de == "Klein"
    assert list(script.rules.channels) == ["mastodon-stadt"]


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("    send:", "    sned:", "28:5: unknown key 'sned' (did you mean 'send'?)"),
        (SEND, "", "a step does exactly one thing, here is none"),
        (SEND, SEND + "    clear: {}\n", "a step does exactly one thing, here are send, clear"),
        (SEND, "    acknowledge: {outage: x}\n", "28:19: unknown key 'outage'"),
        (SEND, "    acknowledge: {comment: Bin da}\n", "one thing is acknowledged, here is none"),
        (SEND, "    acknowledge: {contact: rathaus}\n", "28:28: unknown contact: 'rathaus'"),
        (SEND, "    acknowledge: {channel: fax}\n", "28:28: unknown channel: 'fax'"),
        (SEND, "    confirm: {delivery: x}\n", "28:15: unknown key 'delivery'"),
        (
            SEND,
            "    confirm: {message: regen, channel: mastodon-stadt}\n",
            "28:24: unknown message: 'regen'",
        ),
        (
            SEND,
            SEND + "  - {at: 1s, confirm: {message: sturm, channel: fax}}\n",
            "29:49: unknown channel: 'fax'",
        ),
        (SEND, "    clock: {}\n", "key 'ahead' is missing"),
        (EXPECT, "tries: {platform: mastodon}", "without a number this says nothing"),
        (EXPECT, "text: {message: sturm, channel: mastodon-stadt}", "without words this says"),
        (EXPECT, "delivery: {message: sturm, channel: fax, state: live}", "unknown value 'live'"),
        (EXPECT, "not_notified: {contact: rathaus}", "unknown contact: 'rathaus'"),
        (EXPECT, "outages: {channel: fax, count: 0}", "unknown channel: 'fax'"),
        ("at: 0s", "at: bald", "26:9: 'bald' is not a duration"),
        ("at: 0s", "at: 31m", "26:9: a drill lasts 30m at most"),
        ("severity: severe}\n", "severity: schlimm}\n", "unknown value 'schlimm'"),
        ("headline: Sturm, ", "", "key 'headline' is missing"),
        (
            SEND,
            "    fault: {platform: mastodon, kind: kaputt}\n",
            "28:39: kind: no kind 'kaputt'",
        ),
        (
            SEND,
            "    fault: {platform: mastadon, kind: slow}\n",
            "28:23: platform: no platform 'mastadon'",
        ),
        (
            SEND,
            "    fault: {platform: mastodon, kind: slow, for: ewig}\n",
            "for: null, or a duration such as",
        ),
        (EXPECT, "auf: {}", "unknown key 'auf'"),
        (", " + EXPECT, "", "an expectation says exactly one thing, here is none"),
        (EXPECT, "on: {message: sturn, channel: mastodon-stadt}", "did you mean 'sturm'?"),
        (EXPECT, "on: {message: sturm, channel: x-stadt}", "unknown channel: 'x-stadt'"),
        (EXPECT, "notified: {contact: presse, times: 0}", "'0' is out of range (at least 1)"),
        (EXPECT, "notified: {contact: rathaus}", "unknown contact: 'rathaus'"),
        (EXPECT, "posts: {platform: fax, count: 1}", "unknown platform: 'fax'"),
        ("from: sturm", "from: stumm", "30:24: unknown step: 'stumm' (did you mean 'sturm'?)"),
        ("  version: 1\n", "", "key 'version' is missing"),
        ("priority: [mastodon-stadt]", "priority: [mastodon]", "21:31:"),
        (
            "${simulator:mastodon/stadt}",
            "${simulator:mastadon/stadt}",
            "17:17: platform 'mastadon' is not simulated (did you mean 'mastodon'?)",
        ),
        ("${simulator:mastodon/stadt}", "${simulator}", "names no place of the simulator"),
        ("title: {de: Klein, en: Small}\n", "", "1:1: key 'title' is missing"),
        ('  dates: ["2026-01-01"]\n', "", "key 'dates' is missing"),
        ("title:", "title: {de: Groß, en: Big}\ntitle:", "2:1: duplicate key 'title'"),
    ],
)
def test_what_is_wrong_is_named(before: str, after: str, problem: str) -> None:
    assert before in SMALL

    assert problem in said(changed((before, after)))


def test_every_problem_is_told_and_not_only_the_first() -> None:
    text = changed(("at: 0s", "at: bald"), ("version: 1", "version: 2"), ("from: sturm", "vom: a"))

    assert len(said(text).splitlines()) >= 3


def test_steps_stand_in_order_of_time() -> None:
    early = "  - {at: 0s, clear: {}}\nexpect:"

    problem = said(changed(("at: 0s", "at: 5s"), ("expect:", early)))

    assert "the step comes before the one above it" in problem


def test_two_messages_that_could_be_taken_for_each_other_are_refused() -> None:
    other = "  - {at: 1s, send: {headline: Sturmflut, text: Hinauf., severity: severe}}\nexpect:"

    assert "the headline stands in step 2 too" in said(changed(("expect:", other)))


def test_rules_on_one_line_are_refused_with_advice() -> None:
    assert "write them below it, indented" in said("rules: {version: 1}\n")


@pytest.mark.parametrize("text", ["", "\0", "- 1", "{", "a: b: c", "# nur ein Kommentar\n"])
def test_what_is_no_drill_at_all_is_refused_in_one_line(text: str) -> None:
    assert len(said(text).splitlines()) == 1


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bild.yaml"
    path.write_bytes(b"\xff\xfe\xfa")

    with pytest.raises(RulesError, match="not text in UTF-8"):
        load_script(path)


def test_a_name_that_nobody_gave_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(RulesError, match="did you mean 'hamburg-2023'"):
        find("hamburg-2032")


def test_every_incident_of_the_package_can_be_played_and_has_a_title() -> None:
    listed = names()

    assert {"hamburg-2023", "x-rate-limited", "dresden-2025"} <= {drill.name for drill in listed}
    assert all(drill.title.de and drill.title.en for drill in listed)


def test_every_incident_says_when_it_was_and_where_that_is_known_from() -> None:
    for path in INCIDENTS.glob("*.yaml"):
        after = find(path.stem).drill.after

        assert after.dates
        assert after.sources


def test_the_demonstration_can_be_played_and_has_every_kind_of_channel_there_is() -> None:
    script = load_script(INCIDENTS.parent / "demo.yaml")

    platforms = {channel.platform for channel in script.rules.channels.values()}
    assert platforms == {"x", "threads", "mastodon", "bluesky", "email", "notice_board"}


def test_the_schema_names_every_key_that_a_step_and_an_expectation_may_have() -> None:
    shape = schema()

    assert set(shape["$defs"]["Step"]["properties"]) == {*("at", "name", "say", *ACTIONS)}
    assert set(shape["$defs"]["Expectation"]["properties"]) == {*("within", "from", *CLAIMS)}


def test_its_rules_are_a_file_that_begins_at_its_first_line_and_column() -> None:
    script = load_script(INCIDENTS.parent / "demo.yaml")

    text = script.rules_at(lambda _: "http://127.0.0.1:9900", daemon="127.0.0.1:8080")

    assert text.startswith("version: 1\n")
    assert '\nserver: {listen: "127.0.0.1:8080"' in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
