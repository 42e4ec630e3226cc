"""`kill -9` around an acceptance: heard means kept; not heard means whole, or not there at all.

That nothing is half there when it is killed before the commit: tests/test_crash.py.
"""

from pathlib import Path

import pytest

from tests.support.aftermath import BOARD, carried_by, ended, standing, states
from tests.support.city import Daemon
from tests.support.simulated import Simulated

CREATED, KNOWN = 201, 200


def test_killed_right_after_the_yes_the_message_is_there_and_goes_out(
    sim: Simulated, tmp_path: Path
) -> None:
    file = carried_by(tmp_path, sim, BOARD, "threads-stadt")

    with Daemon(file) as city:
        message = city.send(headline="Deichbruch")
        city.kill()
        city.start()
        after = ended(city, message)

        assert after["number"] == message["number"]
        assert after["text"] == message["text"]
        assert states(after) == {BOARD: "published", "threads-stadt": "published"}
        assert standing(sim, file, "Deichbruch")["threads-stadt"] == 1
        assert city.journal_holds()


def test_killed_between_the_commit_and_the_yes_the_sender_finds_it_by_its_key(
    sim: Simulated, tmp_path: Path
) -> None:
    file = carried_by(tmp_path, sim, BOARD, "threads-stadt")

    with Daemon(file, dies_at="intake.after_commit") as city:
        heard = city.offer("bruch", headline="Deichbruch")
        city.wait_dead()
        city.start()
        again = city.offer("bruch", headline="Deichbruch")

        assert heard is None
        assert again is not None
        assert (again[0], again[1]["number"]) == (KNOWN, 1)
        assert ended(city, again[1])["state"] == "live"
        assert len(city.messages()) == 1
        assert standing(sim, file, "Deichbruch")["threads-stadt"] == 1
        assert city.journal_holds()


@pytest.mark.parametrize("moment", ["storage.before_commit:40", "storage.after_commit:40"])
def test_killed_beside_any_commit_every_yes_was_true(
    sim: Simulated, tmp_path: Path, moment: str
) -> None:
    file = carried_by(tmp_path, sim, BOARD)

    with Daemon(file, dies_at=moment) as city:
        heard, count = {}, 0
        while (answer := city.offer(f"key {count}", headline=f"Deichbruch {count}")) is not None:
            heard[answer[1]["id"]] = answer[1]["number"]
            count += 1
        city.wait_dead()
        city.start()
        kept = {message["id"]: message["number"] for message in city.messages()}
        last = city.offer(f"key {count}", headline=f"Deichbruch {count}")

        assert heard.items() <= kept.items()
        assert len(kept) - len(heard) in {0, 1}
        assert sorted(kept.values()) == list(range(1, len(kept) + 1))
        assert last is not None
        assert last[0] == (KNOWN if len(kept) > len(heard) else CREATED)
        assert city.journal_holds()
