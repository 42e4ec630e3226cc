"""The command beside a running daemon: Mastodon is the simulator's, and X has no keys."""

import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.cli.house import ROOT, House
from tests.support.city import Daemon, free_port, wait_for
from tests.support.simulated import Simulated

GRAVE = ("--headline", "Flood", "--text", "The river rises.", "--severity", "severe")


@dataclass(frozen=True)
class City:
    house: House
    simulated: Simulated
    daemon: Daemon


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("city")
    with Simulated() as simulated:
        simulator = int(simulated.listen.rpartition(":")[2])
        house = House(folder, port=free_port(), simulator=simulator).build()
        with Daemon(house.rules, house.surroundings()) as daemon:
            wait_for(lambda: daemon.ability("masto", "publish")[0] == "up", 20, "a first verdict")
            yield City(house, simulated, daemon)


def test_a_message_is_sent_followed_and_found_again(city: City) -> None:
    sent = city.house.call("send", *GRAVE, "--wait", "20s")

    number = sent.out.split()[2]
    assert sent.code == 0, sent.err
    assert sent.out.startswith("Accepted: Nr. ")
    assert "live" in sent.out
    found = city.house.here("--json", "message", number).json
    assert (found["state"], found["daemon"]) == ("live", True)
    assert {d["channel"] for d in found["deliveries"] if d["state"] == "published"} == {
        "board",
        "masto",
    }
    shown = city.house.here("message", found["id"]).out
    assert shown.startswith(f"Nr. {number}  live  Flood")
    assert "\n  masto (published):\n    Flood\n\n    The river rises.\n" in shown
    assert found["id"] in [m["id"] for m in city.house.here("--json", "messages").json["items"]]
    assert [post for post in city.simulated.posts("mastodon") if "Flood" in str(post)]


def test_a_message_is_updated_and_ended_and_tells_its_chain(city: City) -> None:
    sent = city.house.here("--json", "send", *GRAVE, "--wait", "20s").json
    new = ("--headline", "River falls", "--text", "It falls.", "--severity", "moderate")
    updated = city.house.here("update", sent["id"], *new, "--wait", "20s")
    ended = city.house.here("all-clear", str(sent["number"]), "--wait", "20s")
    shown = city.house.here("message", sent["id"]).out

    numbers = [done.out.split()[2] for done in (updated, ended)]
    assert (updated.code, ended.code) == (0, 0), updated.err + ended.err
    assert "Entwarnung zu Meldung Nr." in ended.out
    assert (
        f"alert; belongs to Nr. {numbers[0]} (update, live), "
        f"Nr. {numbers[1]} (all-clear, live)" in shown
    )
    assert "superseded by a later one" in shown
    refused = city.house.here("approve", sent["id"])
    assert refused.code == 2
    assert "needs no approval" in refused.err
    twice = city.house.here("all-clear", sent["id"])
    assert f"Nr. {numbers[1]}" in twice.err
    assert "over" in twice.err
    unknown = city.house.here("confirm", "masto")
    assert unknown.code == 64
    assert "sentinel message" in unknown.err


def test_a_false_alarm_is_called_off_and_the_key_sends_it_once(city: City) -> None:
    sent = city.house.here("--json", "send", *GRAVE, "--wait", "20s").json
    first = city.house.here("--json", "all-clear", sent["id"], "--false-alarm", "--key", "k-18")
    again = city.house.here("--json", "all-clear", sent["id"], "--false-alarm", "--key", "k-18")

    assert first.json["headline"] == sent["prepared"]["false_alarm"]["headline"]
    assert first.json["id"] == again.json["id"]


def test_withdrawing_lists_what_stays_until_it_is_to_be_deleted(city: City) -> None:
    sent = city.house.here("--json", "send", *GRAVE, "--wait", "20s").json

    kept = city.house.here("withdraw", sent["id"], "--reason", "wrong place")
    gone = city.house.here("withdraw", sent["id"], "--reason", "wrong place", "--delete")

    assert (kept.code, gone.code) == (0, 0)
    assert f"Nr. {sent['number']}  withdrawn  Flood" in kept.out
    assert "masto: published" in kept.out
    assert "--delete takes it down" in kept.err
    assert "masto: being taken down" in gone.out


def test_what_was_posted_by_hand_is_confirmed(city: City) -> None:
    city.house.here("hold", "--reason", "drill")
    try:
        sent = city.house.here("--json", "send", *GRAVE).json
        by_channel = {d["channel"]: d["id"] for d in sent["deliveries"]}
        said = city.house.here(
            "confirm", by_channel["masto"], "--permalink", "https://social.example/1"
        )
        shown = city.house.here("message", sent["id"]).out
    finally:
        city.house.here("resume")

    assert (said.code, said.out) == (0, "masto: confirmed by a person\n")
    assert "https://social.example/1" in shown


def test_status_is_a_monitoring_plugin(city: City) -> None:
    ended = city.house.call("status")
    shape = city.house.here("--json", "status").json

    lines = ended.out.splitlines()
    assert lines[0].startswith("SENTINEL ")
    assert " | channels_up=" in lines[0]
    assert ended.code == {"pass": 0, "warn": 1, "fail": 2}[shape["status"]]
    assert [line.split()[0] for line in lines[2:5]] == ["masto", "x", "board"]
    assert "set up wrongly" in lines[3]
    assert "Our own line default: works" in ended.out
    assert shape["daemon"] is True
    assert "\x1b" not in ended.out


def test_check_runs_every_probe_now_and_shows_the_evidence(city: City) -> None:
    one, broken = city.house.here("--json", "check", "masto"), city.house.here("check", "x")

    assert one.code == 0, one.out
    assert {item["channel"] for item in one.json["items"]} == {"masto"}
    assert {"reachability", "credentials"} <= {item["probe"] for item in one.json["items"]}
    (channel,) = one.json["channels"]
    (first, *_) = channel["abilities"]["publish"]["checks"]
    assert first["vantage"]
    assert channel["abilities"]["publish"]["sentence"]["en"].startswith("masto can publish")
    assert broken.code == 2
    assert broken.out.startswith("SENTINEL CRITICAL - ")
    assert "set up wrongly" in broken.out


def test_check_of_a_channel_that_is_not_there_ends_with_64(city: City) -> None:
    ended = city.house.here("check", "myspace")

    assert ended.code == 64
    assert "there is no channel 'myspace'; known: masto, x, board" in ended.err


def test_the_same_key_sends_once_and_never_for_another_message(city: City) -> None:
    first = city.house.here("--json", "send", *GRAVE, "--key", "k-17")
    again = city.house.here("--json", "send", *GRAVE, "--key", "k-17")
    other = city.house.here("send", *GRAVE, "--tag", "more", "--key", "k-17")

    assert first.json["id"] == again.json["id"]
    assert other.code == 64
    assert "NOT accepted" in other.err


def test_a_message_that_cannot_be_accepted_ends_with_64(city: City) -> None:
    ended = city.house.here("send", "--headline", "H", "--text", "T", "--severity", "minor")

    assert ended.code == 64
    assert "NOT accepted: no route matches" in ended.err
    assert ended.out == ""


def test_preview_shows_each_channels_text(city: City) -> None:
    ended = city.house.here("--json", "preview", *GRAVE)

    assert ended.code == 0
    assert [item["channel"] for item in ended.json["items"]] == ["board", "masto", "x"]
    assert all("The river rises." in item["text"] for item in ended.json["items"])


def test_a_channel_is_frozen_and_released(city: City) -> None:
    frozen = city.house.here("channels", "freeze", "masto", "--reason", "drill")
    listed = city.house.here("channels", "list", "--json").json["items"]
    status = city.house.here("status").out
    released = city.house.here("channels", "release", "masto")
    unknown = city.house.here("channels", "release", "myspace")

    assert (frozen.code, frozen.out) == (0, "masto is frozen\n")
    assert listed[0]["mode"] == "frozen"
    assert listed[0]["frozen"]["reason"] == "drill"
    assert "without usable channel: grave; 1 of 3 channels can publish" in status.splitlines()[0]
    assert f"masto: frozen, by {listed[0]['frozen']['by']}: drill\n" in status
    assert (released.code, released.out) == (0, "masto is released\n")
    assert unknown.code == 64


def test_on_hold_nothing_is_published_until_resume(city: City) -> None:
    held = city.house.here("hold", "--reason", "rumour")
    sent = city.house.here("send", *GRAVE, "--headline", "Held back", "--wait", "2s")
    status, listed = city.house.here("status"), city.house.here("channels", "list")
    resumed = city.house.here("resume")

    assert (held.code, resumed.code) == (0, 0)
    assert sent.code == 1
    assert "held" in sent.out
    assert "ON HOLD" in status.out.splitlines()[0]
    for shown in (status, listed):
        [line] = [line for line in shown.out.splitlines() if line.startswith("ON HOLD since ")]
        assert line.endswith(": rumour")
    number = sent.out.split()[2]
    wait_for(
        lambda: city.house.here("--json", "message", number).json["state"] == "live",
        20,
        "the held message to go out",
    )


def test_a_reason_must_say_something(city: City) -> None:
    assert city.house.here("hold", "--reason", " ").code == 64


def test_the_journal_is_shown_and_holds(city: City) -> None:
    city.house.here("send", *GRAVE)

    all_of_it = city.house.here("--json", "journal").json["items"]
    some = city.house.here("--json", "journal", "--after", "2").json["items"]
    verified = city.house.here("journal", "--verify")

    assert [entry["number"] for entry in all_of_it] == list(range(1, len(all_of_it) + 1))
    assert some[0]["number"] == 3
    assert "message.received" in {entry["kind"] for entry in all_of_it}
    assert verified.code == 0


def test_german_output_is_german_and_names_its_zone_once(city: City) -> None:
    city.house.here("send", *GRAVE)

    said = {
        name: city.house.here("--lang", "de", *words)
        for name, words in {
            "status": ("status",),
            "messages": ("messages",),
            "journal": ("journal",),
            "preview": ("preview", *GRAVE),
        }.items()
    }
    outs = {name: ended.out for name, ended in said.items()}

    assert "falsch eingerichtet" in outs["status"]
    assert outs["status"].count("Europe/Berlin") == 1
    assert outs["messages"].count("Europe/Berlin") == 1
    assert "schwer" in outs["messages"]
    assert "Zeichen" in outs["preview"]
    assert "das zeigt" in outs["journal"]
    assert "showed it" not in outs["journal"]
    assert said["journal"].err.endswith("Zeiten: Europe/Berlin\n")
    for scrap in ("bad_configuration", "severe", "characters", " UTC"):
        assert scrap not in outs["status"] + outs["messages"] + outs["preview"]


def test_outages_are_listed(city: City) -> None:
    ended = city.house.here("--json", "outages", "list")

    assert ended.code == 0
    assert set(ended.json) == {"items", "next", "daemon"}


def test_a_token_of_a_running_daemon_works_over_http_until_revoked(city: City) -> None:
    url = f"http://127.0.0.1:{city.house.port}"
    made = city.house.here("--json", "token", "create", "icinga", "--scope", "read").json

    def asked(*args: str) -> int:
        return city.house.here("--url", url, *args, SENTINEL_TOKEN=made["token"]).code

    assert asked("messages") == 0
    assert asked("hold", "--reason", "R") == 2  # read is not enough for that
    assert city.house.here("token", "revoke", made["id"]).code == 0
    assert asked("messages") == 2
    assert city.house.here("--url", url, "status").code == 3
    log = city.daemon.log.read_text()
    assert made["token"] not in log


def test_a_person_is_added_beside_a_running_daemon_and_no_log_knows_their_password(
    city: City,
) -> None:
    typed = ("--password-stdin",)
    first, second = b"Elbe unter den Bruecken\n", b"Alster ueber den Bruecken\n"
    made = city.house.call("user", "add", "anna", "--may", "read", *typed, stdin=first)
    again = city.house.call("user", "add", "Anna", "--may", "read", *typed, stdin=first)
    changed = city.house.call("--lang", "de", "user", "password", "anna", *typed, stdin=second)

    assert (made.code, again.code, changed.code) == (0, 64, 0), made.err + changed.err
    assert "anna may log in, and may: read" in made.out
    assert "this name is taken" in again.err
    assert "anna hat ein neues Passwort" in changed.out
    assert "anna" in city.house.here("user", "list").out
    log = city.daemon.log.read_text()
    assert "Bruecken" not in log
    assert "argon2" not in log


def test_the_daemon_is_found_with_the_rules_broken_meanwhile(city: City) -> None:
    good = city.house.rules.read_text()
    city.house.rules.write_text(good.replace("version: 1", "version: 99"))
    try:
        assert city.house.here("channels", "list").code == 0
    finally:
        city.house.rules.write_text(good)


def test_on_sighup_good_rules_are_taken_up_and_bad_ones_refused(city: City) -> None:
    good = city.house.rules.read_text()
    assert city.daemon.process is not None

    def reaches(channel: str, reach: int) -> bool:
        return bool(city.daemon.get(f"/api/v1/channels/{channel}")[1]["reach"] == reach)

    city.house.rules.write_text(good.replace("reach: 1900", "reach: 1901"))
    city.daemon.process.send_signal(signal.SIGHUP)
    wait_for(lambda: reaches("masto", 1901), 10, "the new rules")
    city.house.rules.write_text("version: 1\n")
    city.daemon.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "rules.refused" in city.daemon.log.read_text(), 10, "the refusal")

    assert reaches("masto", 1901)
    city.house.rules.write_text(good)
    city.daemon.process.send_signal(signal.SIGHUP)
    wait_for(lambda: reaches("masto", 1900), 10, "the old rules again")


def test_a_second_daemon_on_the_same_database_is_refused(city: City) -> None:
    ended = city.house.call("run", "--listen", f"127.0.0.1:{free_port()}")

    assert ended.code == 2
    assert "Another Sentinel already works with" in ended.err


def test_an_address_that_is_taken_is_said(city: City, tmp_path: Path) -> None:
    other = replace(city.house, folder=tmp_path).build()

    ended = other.call("run")

    assert ended.code == 2
    assert f"cannot listen on 127.0.0.1:{city.house.port}" in ended.err


def test_a_backup_can_be_made_while_the_daemon_works(city: City, tmp_path: Path) -> None:
    ended = city.house.here("backup", str(tmp_path / "copy.db"))

    assert ended.code == 0, ended.err
    assert (tmp_path / "copy.db").stat().st_size > 0


def test_told_to_stop_the_daemon_ends_well(tmp_path: Path) -> None:
    house = House(tmp_path, port=free_port()).build()
    with Daemon(house.rules, house.surroundings()) as daemon:
        assert daemon.process is not None
        began = time.monotonic()

        daemon.process.send_signal(signal.SIGTERM)

        assert daemon.process.wait(20) == 0
        assert time.monotonic() - began < 15
    assert house.here("status").code == 3


def test_the_example_rules_of_the_repository_start_and_warn(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.rules.write_text((ROOT / "failover_rules.yaml").read_text())

    ended = house.here("--lang", "en", "check-rules")

    assert ended.code == 1
    assert "Route katastrophe" in ended.out
