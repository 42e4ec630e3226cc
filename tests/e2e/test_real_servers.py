"""The main job on real servers: X takes nothing more, and the message is out all the same.

The PDS is the one that Bluesky runs, the mail server speaks STARTTLS and wants a
login; both are asked by the tests themselves. X, Threads and Mastodon are simulated.
"""

import json
import urllib.request
from typing import Any

import feedparser
import pytest

from tests.e2e.conftest import City
from tests.support.city import wait_for

pytestmark = pytest.mark.timeout(500)  # the first test installs the PDS

SECRETS = ("BLUESKY_PASSWORD", "SMTP_PASSWORD", "X_SECRET", "X_TOKEN_SECRET", "THREADS_TOKEN")


def test_when_x_takes_no_more_it_is_on_the_pds_in_the_mail_and_on_the_notice_board(
    city: City,
) -> None:
    city.sim.fault("x", "rate_limited")

    sent = city.send("Deichbruch")

    assert sent.code == 0, sent.err
    message = sent.shape
    assert message["state"] == "live"
    carried = {name: state for name, state in on(message).items() if name != "x-stadt"}
    assert carried == dict.fromkeys(("warnseite", "presse-mail", "bluesky-stadt"), "published")
    assert on(message).get("x-stadt") in {None, "moved"}  # passed over, or tried and left
    assert ("x-stadt", "rate_limited") in reasons(message)
    assert city.sim.posts("x") == city.sim.posts("threads") == city.sim.posts("mastodon") == []


def test_what_is_on_the_pds_is_the_message_with_a_link_to_its_page(city: City) -> None:
    city.sim.fault("x", "rate_limited")

    message = city.send("Deichbruch").shape

    receipt = delivery(message, "bluesky-stadt")["receipt"]
    record = city.pds.post(receipt["post_id"])["value"]
    page = delivery(message, "warnseite")["receipt"]["permalink"]
    link = record["facets"][0]
    start, end = link["index"]["byteStart"], link["index"]["byteEnd"]
    assert city.pds.posts(city.did)[0]["uri"] == receipt["post_id"]
    assert record["langs"] == ["de"]
    assert record["text"].startswith("Deichbruch\n\nDer Deich ist gebrochen.")
    assert record["text"].encode()[start:end].decode() == page
    assert link["features"][0]["uri"] == page


def test_what_is_in_the_mailbox_came_encrypted_after_a_login(city: City) -> None:
    message = city.send("Deichbruch").shape

    mails = city.mailbox.about("Deichbruch")
    assert len(mails) == 1
    assert mails[0].sender == "warnung@musterstadt.example"
    assert mails[0].recipients == ("presse@musterstadt.example",)
    assert (mails[0].encrypted, mails[0].user) == (True, "warnung")
    assert mails[0].message["Message-ID"] == delivery(message, "presse-mail")["receipt"]["post_id"]
    assert "Der Deich ist gebrochen." in mails[0].text
    assert delivery(message, "warnseite")["receipt"]["permalink"] in mails[0].text


def test_what_is_on_the_notice_board_can_be_read_as_files_and_over_http(city: City) -> None:
    message = city.send("Deichbruch").shape

    notice = message["id"]
    folder = city.file.parent / "data" / "public"
    files = ("index.html", f"{notice}/index.html", f"{notice}.cap.xml", "feed.atom", "feed.json")
    for name in files:
        assert "Deichbruch" in (folder / name).read_text()
        assert fetched(city, f"/notices/{name}") == (folder / name).read_bytes()
    assert b"Deichbruch" in fetched(city, "/notices/")
    assert b"Deichbruch" in fetched(city, f"/notices/{notice}/")
    assert [entry.title for entry in feedparser.parse(folder / "feed.atom").entries] == [
        "Deichbruch"
    ]


def test_stopping_the_pds_moves_the_next_message_on_and_reviving_it_brings_it_back(
    city: City,
) -> None:
    city.sim.fault("x", "rate_limited")
    assert city.send("Deichbruch 1").code == 0

    city.pds.stop()
    second = city.send("Deichbruch 2")
    city.pds.revive()
    wait_for(lambda: city.daemon.ability("bluesky-stadt", "publish")[0] == "up", 60, "the PDS")
    third = city.send("Deichbruch 3")

    assert (second.code, third.code) == (0, 0)
    assert on(second.shape)["threads-stadt"] == "published"
    assert [post["text"].split("\n")[0] for post in city.sim.posts("threads")] == ["Deichbruch 2"]
    assert len(city.posts("Deichbruch 1")) == 1
    assert len(city.posts("Deichbruch 3")) == 1
    for headline in ("Deichbruch 1", "Deichbruch 2", "Deichbruch 3"):
        assert len(city.mailbox.about(headline)) == 1
    assert city.daemon.journal_holds()


def test_when_every_channel_of_the_list_is_down_it_is_stranded_and_goes_out_when_one_is_back(
    city: City,
) -> None:
    for platform in ("x", "threads", "mastodon"):
        city.sim.fault(platform, "server_error")
    city.pds.stop()

    sent = city.send("Deichbruch", "--wait", "5s")
    city.pds.revive()

    assert sent.code == 1
    assert sent.shape["state"] == "stranded"
    assert on(sent.shape)["presse-mail"] == "published"
    wait_for(lambda: city.daemon.message(sent.shape)["state"] == "live", 60, "it to be live")
    assert len(city.posts("Deichbruch")) == 1
    assert len(city.mailbox.about("Deichbruch")) == 1


def test_the_same_key_sends_the_same_message_once(city: City) -> None:
    first = city.send("Deichbruch", "--key", "deich-7")
    again = city.send("Deichbruch", "--key", "deich-7")
    other = city.send("Etwas anderes", "--key", "deich-7")

    assert (first.code, again.code, other.code) == (0, 0, 64)
    assert first.shape["id"] == again.shape["id"]
    assert "NOT accepted" in other.err
    assert len(city.mailbox.mails) == 1


def test_on_hold_nothing_goes_out_until_a_person_lets_it(city: City) -> None:
    assert city.sentinel("hold", "--reason", "Fehlalarm?").code == 0

    sent = city.send("Deichbruch", "--wait", "2s")
    before = (len(city.mailbox.mails), city.sim.posts("x"), city.posts("Deichbruch"))
    assert city.sentinel("resume").code == 0

    assert (sent.code, sent.shape["state"]) == (1, "held")
    assert before == (0, [], [])
    wait_for(lambda: city.daemon.message(sent.shape)["state"] == "live", 30, "it to be live")
    assert len(city.mailbox.about("Deichbruch")) == 1


def test_without_a_daemon_the_texts_are_printed_to_be_posted_by_hand(city: City) -> None:
    city.daemon.stop()

    sent = city.sentinel(
        "send", "--headline", "Deichbruch", "--text", "Hinaus!", "--severity", "severe"
    )

    assert sent.code == 2
    assert "NOT accepted" in sent.out
    for channel in ("warnseite", "presse-mail", "x-stadt", "bluesky-stadt", "threads-stadt"):
        assert f"=== {channel} (" in sent.out
    assert city.mailbox.mails == []


@pytest.mark.parametrize(
    "words",
    [
        ("--headline", "Deichbruch", "--text", "Hinaus!", "--severity", "grave"),
        ("--headline", "Deichbruch", "--text", "Hinaus!", "--severity", "minor"),  # no such route
        ("--headline", "D" * 161, "--text", "Hinaus!", "--severity", "severe"),
        ("--text", "Hinaus!", "--severity", "severe"),
    ],
)
def test_what_cannot_be_accepted_ends_with_64_and_nothing_is_kept(
    city: City, words: tuple[str, ...]
) -> None:
    sent = city.sentinel("send", *words)

    assert sent.code == 64, sent
    assert city.daemon.messages() == []


def test_no_secret_is_in_the_log_the_journal_or_what_staff_were_told(city: City) -> None:
    city.sim.fault("x", "rate_limited")
    city.send("Deichbruch")
    city.pds.stop()
    city.send("Deichbruch 2")

    journal = city.sentinel("--json", "journal").out
    told = json.dumps(city.sim.inbox())
    log = city.daemon.log.read_text()
    assert len(told) > 100
    for name in SECRETS:
        assert city.daemon.env[name] not in journal + told + log, name


def on(message: dict[str, Any]) -> dict[str, str]:
    """Return where a message is, or not, and how."""
    return {one["channel"]: one["state"] for one in message["deliveries"]}


def delivery(message: dict[str, Any], channel: str) -> dict[str, Any]:
    """Return one delivery of a message."""
    found: dict[str, Any]
    (found,) = (one for one in message["deliveries"] if one["channel"] == channel)
    return found


def reasons(message: dict[str, Any]) -> set[tuple[str, str | None]]:
    """Return the channels that were passed over or left, and the causes."""
    notes = {(note["channel"], note["cause"]) for note in message["explanations"]}
    return notes | {(one["channel"], one["cause"]) for one in message["deliveries"]}


def fetched(city: City, path: str) -> bytes:
    """Return a public page as a citizen gets it: over TCP, without a login."""
    address = city.file.read_text().partition("public_url: http://")[2].partition("\n")[0]
    with urllib.request.urlopen(f"http://127.0.0.1:{address.rpartition(':')[2]}{path}") as answer:
        body: bytes = answer.read()
    return body
