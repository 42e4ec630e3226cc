"""What people do by hand: the text that they are handed."""

from __future__ import annotations

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import NotSeen, Refused
from sentinel.platforms.by_hand import PLATFORM
from tests.platforms.talk import NOON, account, draft, talk

VAN = account("", "", {}, contacts=("amtsleitung",))


def test_the_text_is_the_whole_message_with_its_number() -> None:
    rendered = PLATFORM.render(draft(instruction="Fenster schließen."), VAN)

    assert rendered.text == (
        "Bombe in der Neustadt\n\nBitte verlassen Sie das Gebiet.\n\nFenster schließen.\n\nNr. 17"
    )
    assert rendered.cut == ()


def test_an_exercise_says_so_first() -> None:
    assert PLATFORM.render(draft(exercise=True), VAN).text.startswith("ÜBUNG: ")


def test_there_is_no_place_to_open() -> None:
    assert PLATFORM.compose_link(VAN, PLATFORM.render(draft(), VAN)) is None


def test_no_machine_does_it_and_none_can_look() -> None:
    rendered = PLATFORM.render(draft(), VAN)

    posted = talk(PLATFORM.publish(VAN, rendered, {}))
    looked = talk(PLATFORM.find(VAN, rendered, {}, NOON))

    assert posted.value == Refused(Cause.BAD_CONFIGURATION, evidence="a person posts here")
    assert looked.value == NotSeen("a person posts here")
    assert posted.steps == looked.steps == []
