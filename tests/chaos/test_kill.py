"""`kill -9` between "attempt written" and "outcome written": one post after a restart, not two.

Three moments matter, and each is a failpoint of the code: before the network was
touched, after the platform had the post, and after its answer was heard.
"""

from pathlib import Path

import pytest

from tests.support.aftermath import ALL, assert_honest, carried_by, ended, standing, states
from tests.support.city import Daemon
from tests.support.pds import PASSWORD, Pds
from tests.support.simulated import Simulated

pytestmark = pytest.mark.timeout(500)  # the first to need a real PDS installs it

BEFORE = ("dispatch.attempt_written", "drive.commit")
AFTER = ("drive.committed", "dispatch.outcome_known", "dispatch.settle_before_commit")
HTTP = ("bluesky-stadt", "mastodon-stadt", "threads-stadt")


@pytest.mark.parametrize("channel", HTTP)
@pytest.mark.parametrize("moment", [*BEFORE, *AFTER])
def test_on_a_platform_that_can_be_asked_it_is_posted_once(
    sim: Simulated, tmp_path: Path, channel: str, moment: str
) -> None:
    file = carried_by(tmp_path, sim, channel)

    with Daemon(file, dies_at=moment) as city:
        city.offer("bruch", headline="Deichbruch")
        city.wait_dead()
        stood = standing(sim, file, "Deichbruch")[channel]
        city.start()
        after = ended(city, city.messages()[0])

        assert stood == (0 if moment in BEFORE else 1)
        assert standing(sim, file, "Deichbruch")[channel] == 1
        assert after["state"] == "live"
        assert_honest(after)
        assert city.journal_holds()


@pytest.mark.parametrize("count", [1, 2])
def test_between_a_container_of_threads_and_its_publishing_it_is_posted_once(
    sim: Simulated, tmp_path: Path, count: int
) -> None:
    file = carried_by(tmp_path, sim, "threads-stadt")

    with Daemon(file, dies_at="dispatch.remembered") as city:
        for number in range(count):
            city.offer(f"bruch {number}", headline=f"Deichbruch {number}")
        city.wait_dead()
        stood = sim.posts("threads")
        city.start()
        for number in range(count):
            _, message = city.offer(f"bruch {number}", headline=f"Deichbruch {number}") or (0, {})
            after = ended(city, message)

            assert after["state"] == "live"
            assert standing(sim, file, f"Deichbruch {number}")["threads-stadt"] == 1
        assert stood == []
        assert len(sim.posts("threads")) == count
        assert city.journal_holds()


@pytest.mark.parametrize("moment", ["dispatch.attempt_written", "dispatch.outcome_known"])
def test_the_notice_stands_on_the_board_once(sim: Simulated, tmp_path: Path, moment: str) -> None:
    file = carried_by(tmp_path, sim, "warnseite")

    with Daemon(file, dies_at=moment) as city:
        city.offer("bruch", headline="Deichbruch")
        city.wait_dead()
        city.start()
        after = ended(city, city.messages()[0])

        assert after["state"] == "live"
        assert standing(sim, file, "Deichbruch")["warnseite"] == 1
        pages = sorted((tmp_path / "data" / "public").glob("*/index.html"))
        assert [page.parent.name for page in pages] == [after["id"]]
        assert city.journal_holds()


@pytest.mark.parametrize(
    ("moment", "mails", "state"),
    [
        ("dispatch.attempt_written", 1, "published"),
        ("drive.commit", 0, "unknown"),
        ("drive.committed", 1, "unknown"),
        ("dispatch.remembered", 0, "unknown"),
        ("dispatch.remembered:2", 1, "published"),
        ("dispatch.outcome_known", 1, "published"),
        ("dispatch.settle_before_commit", 1, "published"),
    ],
)
def test_a_mail_goes_out_at_most_once_and_a_doubt_is_shown_as_one(
    sim: Simulated, tmp_path: Path, moment: str, mails: int, state: str
) -> None:
    file = carried_by(tmp_path, sim, "presse-mail")

    with Daemon(file, dies_at=moment) as city:
        city.offer("bruch", headline="Deichbruch")
        city.wait_dead()
        city.start()
        after = ended(city, city.messages()[0])

        assert standing(sim, file, "Deichbruch")["presse-mail"] == mails
        assert states(after) == {"presse-mail": state}
        assert_honest(after)
        assert city.journal_holds()


@pytest.mark.parametrize(
    ("moment", "posts", "state"),
    [
        ("dispatch.attempt_written", 0, "unknown"),
        ("drive.committed", 1, "published"),
        ("dispatch.outcome_known", 1, "published"),
    ],
)
def test_on_x_which_knows_no_key_it_is_found_or_stays_in_doubt(
    sim: Simulated, tmp_path: Path, moment: str, posts: int, state: str
) -> None:
    file = carried_by(tmp_path, sim, "x-stadt")

    with Daemon(file, dies_at=moment) as city:
        city.offer("bruch", headline="Deichbruch")
        city.wait_dead()
        city.start()
        after = ended(city, city.messages()[0])

        assert standing(sim, file, "Deichbruch")["x-stadt"] == posts
        assert states(after) == {"x-stadt": state}
        assert_honest(after)
        assert city.journal_holds()


@pytest.mark.parametrize("moment", ["dispatch.attempt_written", *AFTER])
def test_on_a_real_pds_it_is_one_and_the_same_record(
    sim: Simulated, pds: Pds, tmp_path: Path, moment: str
) -> None:
    handle = f"{moment.replace('.', '-').replace('_', '-')[-16:].strip('-')}.test"
    did = pds.account(handle)
    real = {
        "bluesky-stadt": {
            "base_url": pds.url,
            "credentials": {"identifier": handle, "app_password": "${env:BLUESKY_PASSWORD}"},
            "probes": {"visibility": "off", "listening": "off", "write_path": "off"},
        }
    }
    file = carried_by(tmp_path, sim, "bluesky-stadt", real=real)

    with Daemon(file, {"BLUESKY_PASSWORD": PASSWORD}, dies_at=moment) as city:
        city.offer("bruch", headline="Deichbruch")
        city.wait_dead()
        stood = pds.posts(did)
        city.start()
        after = ended(city, city.messages()[0])

        records = pds.posts(did)
        assert len(stood) == (0 if moment == "dispatch.attempt_written" else 1)
        assert len(records) == 1
        assert "Deichbruch" in records[0]["value"]["text"]
        assert stood in ([], records)  # the same address, the same content hash
        assert after["deliveries"][0]["receipt"]["post_id"] == records[0]["uri"]
        assert after["state"] == "live"
        assert city.journal_holds()


@pytest.mark.parametrize(
    "moment",
    [
        "dispatch.attempt_written:2",
        "dispatch.attempt_written:6",
        "drive.committed:3",
        "dispatch.outcome_known:4",
        "dispatch.settle_before_commit:5",
        "storage.before_commit:9",
        "storage.after_commit:12",
        "planner.decided:4",
    ],
)
def test_with_every_channel_under_way_none_carries_it_twice(
    sim: Simulated, tmp_path: Path, moment: str
) -> None:
    file = carried_by(tmp_path, sim, *ALL)

    with Daemon(file, dies_at=moment) as city:
        city.offer("bruch", headline="Deichbruch")
        city.wait_dead()
        city.start()
        _, message = city.offer("bruch", headline="Deichbruch") or (0, {})
        after = ended(city, message)

        count = standing(sim, file, "Deichbruch")
        assert {name: count[name] for name in (*HTTP, "warnseite")} == {
            "bluesky-stadt": 1,
            "mastodon-stadt": 1,
            "threads-stadt": 1,
            "warnseite": 1,
        }
        assert count["presse-mail"] <= 1
        assert count["x-stadt"] <= 1
        assert_honest(after)
        assert city.journal_holds()
