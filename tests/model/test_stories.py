"""Stories that the search found, each with a promise that was broken in it before."""

from collections.abc import Iterator

import pytest

from sentinel.domain.rules import FailOverWhen, Mode, OnRecovery
from tests.model.machine import Anything
from tests.model.world import Mood


@pytest.fixture
def town() -> Iterator[Anything]:
    """One daemon in a town where all is well; at the end everything heals, and is judged."""
    story = Anything()
    story.begin(copies=1, on_recovery=OnRecovery.BACKFILL, notice=False, nodes=1)
    yield story
    story.teardown()


def state(story: Anything, number: int, account: str) -> str:
    """Return where a message stands on an account, by the outbox."""
    kept = story.town.before
    mine = kept.of(kept.number(number))
    return next(delivery.state for delivery in mine if delivery.account == account)


def test_the_all_clear_goes_where_a_hidden_post_was_to_be_sent_again(town: Anything) -> None:
    town.change_mood(account="a-konto", mood=Mood.SWALLOWS, late=400.0)
    town.alarm()
    town.hold()
    town.wait(seconds=45)

    town.give_the_all_clear()
    town.resume()
    town.wait(seconds=70)

    assert state(town, 1, "a-konto") == "unknown"  # it will not be sent again, so it is looked for
    assert "a-konto" in town.town.world.standing(1) & town.town.world.standing(2)


def test_what_was_to_be_sent_again_and_was_not_is_followed_all_the_same(town: Anything) -> None:
    town.change_mood(account="a-konto", mood=Mood.SWALLOWS, late=400.0)
    town.alarm()
    town.hold()
    town.wait(seconds=60)

    town.change_mood(account="a-konto", mood=Mood.TAKES, late=0.0)
    town.give_the_all_clear()
    town.resume()

    assert "a-konto" in town.town.world.standing(1) & town.town.world.standing(2)


def test_a_post_whose_channel_gets_another_name_meanwhile_comes_to_its_end(town: Anything) -> None:
    town.change_mood(account="a-konto", mood=Mood.DAWDLES, late=0.0)
    town.alarm()

    town.change_rules(
        what="renamed",
        name="a",
        mode=Mode.ACTIVE,
        copies=1,
        how=(FailOverWhen.DOWN, OnRecovery.BACKFILL, False),
    )
    town.decide(pick=0, mood=Mood.TAKES)

    assert state(town, 1, "a-konto") == "published"
