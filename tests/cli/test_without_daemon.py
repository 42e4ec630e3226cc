"""What the command still does when no daemon answers."""

import socket
import sqlite3
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.cli.house import Ended, House

Call = Callable[..., Ended]

MESSAGE = ("--headline", "Flood", "--text", "The river rises.", "--severity", "severe")


def hang_up(listening: socket.socket, *, times: int) -> None:
    for _ in range(times):
        line, _address = listening.accept()
        line.recv(65536)
        line.close()


def test_send_says_not_accepted_and_prints_every_text_for_posting_by_hand(call: Call) -> None:
    ended = call("send", *MESSAGE)

    assert ended.code == 2
    assert "NOT accepted: no daemon answers" in ended.err
    assert ended.out == (
        "NOT accepted. Texts for posting by hand:\n"
        "\n=== board (23/20000 characters) ===\nFlood\n\nThe river rises.\n"
        "\n=== masto (23/500 characters, links as 23) ===\nFlood\n\nThe river rises.\n"
        "\n=== x (23/280 weighted characters) ===\nFlood\n\nThe river rises.\n"
    )


def test_send_says_so_in_german_too(call: Call) -> None:
    ended = call("--lang", "de", "send", *MESSAGE)

    assert ended.code == 2
    assert "NICHT angenommen: Es antwortet kein Dienst" in ended.err
    assert "Texte zum Veröffentlichen von Hand" in ended.out


def test_send_gives_the_texts_to_programs_too(call: Call) -> None:
    ended = call("--json", "send", *MESSAGE, "--channel", "board", "--channel", "x")

    assert ended.code == 2
    assert ended.json["accepted"] is False
    assert [text["channel"] for text in ended.json["by_hand"]] == ["board", "x"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--headline", "H" * 161, "--text", "T", "--severity", "severe"), "161 characters"),
        (("--headline", "H\x07", "--text", "T", "--severity", "severe"), "U+0007"),
        (("--headline", "H", "--text", "T" * 20_001, "--severity", "severe"), "20001 characters"),
        (("--headline", " ", "--text", "T", "--severity", "severe"), "must not be empty"),
        (("--headline", "H", "--text", "T", "--severity", "minor"), "no route matches"),
        ((*MESSAGE, "--expires-at", "2020-01-01T00:00Z"), "before the start"),
        ((*MESSAGE, "--channel", "myspace"), "unknown channel 'myspace'"),
        ((*MESSAGE, "--category", "Love"), "category"),
        ((*MESSAGE, "--link", "ftp://x"), "link"),
        ((*MESSAGE, "--image", "missing.png", "--alt-text", "A"), "missing.png cannot be read"),
        (("--headline", "H", "--severity", "severe", "--text-file", "none.txt"), "cannot be read"),
    ],
)
def test_a_message_that_nobody_could_accept_ends_with_64(
    call: Call, given: tuple[str, ...], said: str
) -> None:
    ended = call("send", *given)

    assert ended.code == 64
    assert said in ended.err


def test_preview_is_worked_out_from_the_rules(call: Call) -> None:
    ended = call("--json", "preview", *MESSAGE, "--expires-in", "2h")

    assert ended.code == 0
    assert "from" not in ended.out
    assert ended.json["items"][1] == {
        "channel": "masto",
        "text": "Flood\n\nThe river rises.",
        "length": 23,
        "limit": 500,
        "unit": "characters, links as 23",
        "parts": 0,
        "cut": [],
        "warnings": [],
    }


def test_the_text_may_come_from_standard_input(house: House) -> None:
    given = ("--headline", "Flood", "--severity", "severe", "-")

    ended = house.call("preview", *given, stdin="Über die Ufer.".encode())

    assert ended.code == 0
    assert "Flood\n\nÜber die Ufer." in ended.out


def test_standard_input_that_is_no_text_ends_with_64(house: House) -> None:
    ended = house.call("preview", "--headline", "F", "--severity", "severe", "-", stdin=b"\xff\xfe")

    assert ended.code == 64
    assert "- is not text in UTF-8" in ended.err


@pytest.mark.parametrize(
    "args",
    [
        ("hold", "--reason", "R"),
        ("resume",),
        ("channels", "freeze", "masto", "--reason", "R"),
        ("channels", "release", "masto"),
    ],
)
def test_what_only_the_daemon_may_do_is_not_done(call: Call, args: tuple[str, ...]) -> None:
    ended = call(*args)

    assert ended.code == 2
    assert "Nothing was done" in ended.err
    assert ended.out == ""


def test_check_needs_the_daemon_and_says_so_to_monitoring(call: Call) -> None:
    ended = call("check")

    assert ended.code == 3
    assert ended.out.startswith("SENTINEL UNKNOWN - no daemon answers")
    assert "sentinel run" in ended.out


def test_status_without_daemon_and_database_is_unknown(call: Call) -> None:
    ended = call("status")

    assert ended.code == 3
    assert ended.out.startswith("SENTINEL UNKNOWN - There is no database")


@pytest.mark.parametrize("command", [("messages",), ("journal",), ("outages",), ("message", "1")])
def test_reading_without_daemon_and_database_ends_with_2(
    call: Call, command: tuple[str, ...]
) -> None:
    ended = call(*command)

    assert ended.code == 2
    assert "There is no database" in ended.err


def test_reading_commands_read_the_storage_and_say_so(call: Call) -> None:
    assert call("migrate").code == 0

    status, listed = call("status"), call("--json", "messages")
    channels, journal = call("--json", "channels", "list"), call("journal", "--verify")

    assert status.code == 3
    assert "0 of 3 channels can publish" in status.out.splitlines()[0]
    assert [line.split()[0] for line in status.out.splitlines()[2:]] == ["masto", "x", "board"]
    assert (listed.code, listed.json) == (0, {"items": [], "next": None, "daemon": False})
    assert [channel["id"] for channel in channels.json["items"]] == ["masto", "x", "board"]
    assert (journal.code, journal.out) == (0, "the chain holds: 0 entries\n")
    assert "What follows is the last state, from the database" in status.err


def test_a_message_that_does_not_exist_ends_with_64(call: Call) -> None:
    call("migrate")

    ended = call("message", "17")

    assert ended.code == 64
    assert "there is no '17'" in ended.err


def test_a_token_can_be_made_before_the_first_start(house: House, call: Call) -> None:
    made = call("--json", "token", "create", "icinga", "--scope", "send", "--scope", "read")
    listed = call("--json", "token", "list")
    revoked = call("token", "revoke", made.json["id"])
    again = call("token", "revoke", made.json["id"])
    journal = call("--json", "journal")

    token = made.json["token"]
    assert list(made.json) == ["id", "name", "token", "scopes", "expires_at"]
    assert made.json["scopes"] == ["read", "send"]
    assert listed.json["items"][0]["name"] == "icinga"
    assert (revoked.code, again.code) == (0, 64)
    kinds = [entry["kind"] for entry in journal.json["items"]]
    assert kinds == ["token.created", "token.revoked"]
    assert token not in listed.out + journal.out
    database = b"".join(file.read_bytes() for file in (house.folder / "data").iterdir())
    assert token.encode() not in database


def test_a_journal_that_was_tampered_with_ends_with_2(house: House, call: Call) -> None:
    call("token", "create", "icinga", "--scope", "read")
    database = sqlite3.connect(house.folder / "data/sentinel.db")
    with database:
        database.execute("UPDATE journal SET subject = 'somebody else'")
    database.close()

    ended = call("journal", "--verify")

    assert ended.code == 2
    assert "THE CHAIN IS BROKEN: entry 1" in ended.out


def test_a_backup_is_a_whole_new_file_for_its_owner_only(call: Call, tmp_path: Path) -> None:
    call("token", "create", "icinga", "--scope", "read")
    copy = tmp_path / "copy.db"

    first, second = call("backup", str(copy)), call("backup", str(copy))

    assert (first.code, second.code) == (0, 2)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    database = sqlite3.connect(copy)
    assert database.execute("SELECT name FROM tokens").fetchall() == [("icinga",)]
    database.close()


def test_a_database_of_a_newer_version_ends_with_64(house: House, call: Call) -> None:
    call("migrate")
    database = sqlite3.connect(house.folder / "data/sentinel.db")
    with database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()

    for ended in (house.call("run"), call("migrate"), call("messages")):
        assert ended.code == 64
        assert "newer version" in ended.err


def test_a_file_that_is_no_database_ends_with_2(house: House) -> None:
    (house.folder / "data").mkdir()
    (house.folder / "data/sentinel.db").write_text("not a database at all, " * 100)

    ended = house.call("run")

    assert ended.code == 2
    assert "not an SQLite database" in ended.err


def test_a_key_that_others_may_read_ends_with_2(house: House, call: Call) -> None:
    call("migrate")
    (house.folder / "data/storage.key").chmod(0o644)

    ended = house.call("run")

    assert ended.code == 2
    assert "chmod 600" in ended.err


def test_a_data_folder_that_cannot_be_made_ends_with_2(house: House) -> None:
    (house.folder / "data").write_text("a file where the folder should be")

    ended = house.call("run")

    assert ended.code == 2
    assert "Traceback" not in ended.err


def test_a_daemon_that_does_not_answer_leaves_it_open_whether_it_was_accepted(
    house: House, call: Call
) -> None:
    """Somebody listens, takes the message, and hangs up without a word."""
    (house.folder / "data").mkdir()
    silent = socket.socket(socket.AF_UNIX)
    silent.bind(str(house.folder / "data/sentinel.sock"))
    silent.listen()
    with ThreadPoolExecutor() as aside:
        hung_up = aside.submit(hang_up, silent, times=2)

        ended = call("send", *MESSAGE, "--key", "k-1")

        hung_up.result(timeout=10)
    silent.close()

    assert ended.code == 2
    assert "is NOT known" in ended.err
    assert "--key k-1" in ended.err
    assert ended.out == ""


@pytest.mark.parametrize(
    ("url", "code"),
    [("ftp://x", 64), ("http://sentinel.example", 64), ("http://127.0.0.1:9", 3)],
)
def test_an_address_that_is_none_or_where_nobody_is(call: Call, url: str, code: int) -> None:
    ended = call("--url", url, "messages")

    assert ended.code == code
    assert ended.err


def test_a_daemon_that_falls_silent_in_mid_check_is_unknown_to_monitoring(call: Call) -> None:
    with HTTPServer(("127.0.0.1", 0), FallsSilent) as server, ThreadPoolExecutor() as aside:
        aside.submit(server.serve_forever, 0.05)

        ended = call("--url", f"http://127.0.0.1:{server.server_port}", "check")

        server.shutdown()

    assert ended.code == 3
    assert ended.out.startswith("SENTINEL UNKNOWN - the daemon was asked but gives no answer")


class FallsSilent(BaseHTTPRequestHandler):
    """Lists two channels, and hangs up when asked for anything else."""

    def do_GET(self) -> None:
        body = b'{"items": [{"id": "a", "mode": "active"}, {"id": "b", "mode": "active"}]}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Keep the tests' output quiet."""


def test_without_a_database_no_last_state_is_announced(call: Call) -> None:
    shown, status = call("messages"), call("status")

    for ended in (shown, status):
        assert "What follows" not in ended.err
        assert "no daemon answers" in ended.err
    assert "There is no database" in shown.err
    assert "There is no database" in status.out
