"""A daemon killed in the middle of its work: nothing accepted is lost, nothing is posted twice.

The two moments that matter most; `make chaos` tries the others, and random ones.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.aftermath import assert_honest, carried_by, ended, standing, states
from tests.support.city import Daemon
from tests.support.simulated import Simulated


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulated]:
    with Simulated() as running:
        yield running


def test_killed_between_the_answer_and_its_writing_it_is_posted_once(
    sim: Simulated, tmp_path: Path
) -> None:
    channels = ("warnseite", "bluesky-stadt", "threads-stadt")
    file = carried_by(tmp_path, sim, *channels)

    with Daemon(file, dies_at="dispatch.outcome_known:2") as city:
        city.offer("bruch", headline="Deichbruch")
        city.wait_dead()
        city.start()
        _, message = city.offer("bruch", headline="Deichbruch") or (0, {})
        after = ended(city, message)

        assert states(after) == dict.fromkeys(channels, "published")
        assert_honest(after)
        once = standing(sim, file, "Deichbruch")
        assert {name: once[name] for name in channels} == dict.fromkeys(channels, 1)
        assert city.journal_holds()


def test_killed_before_the_commit_of_an_acceptance_nothing_of_it_is_there(
    sim: Simulated, tmp_path: Path
) -> None:
    file = carried_by(tmp_path, sim, "warnseite")

    with Daemon(file, dies_at="intake.before_commit") as city:
        heard = city.offer("bruch", headline="Deichbruch")
        city.wait_dead()
        city.start()

        assert heard is None
        assert city.messages() == []
        again = city.offer("bruch", headline="Deichbruch")
        assert again is not None
        assert again[0] == 201
        assert again[1]["number"] == 1
        assert city.journal_holds()
