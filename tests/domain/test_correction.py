"""The words that end an alarm: ready with the alarm itself, in its language, and never too long."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sentinel.domain.acceptance import check
from sentinel.domain.correction import Ending, ending, endings
from sentinel.domain.message import Content, Message, Variant
from sentinel.errors import InputError
from tests.domain.course import NOON
from tests.domain.earlier import ALERT, link


def alert(headline: str = "Hochwasser an der Saar", **more: Any) -> Message:
    return link(17, replace(ALERT, headline=headline, **more))


def test_an_alert_has_its_all_clear_and_its_false_alarm_in_german() -> None:
    over, never = ending(alert(), Ending.ALL_CLEAR), ending(alert(), Ending.FALSE_ALARM)

    assert over.headline == "Entwarnung zu Meldung Nr. 17: Hochwasser an der Saar"
    assert over.text == (
        "Die Gefahr ist vorbei. Unsere Meldung Nr. 17 „Hochwasser an der Saar“ gilt nicht mehr."
    )
    assert never.headline == ("Fehlalarm! Meldung Nr. 17 war ein Irrtum: Hochwasser an der Saar")
    assert never.text.startswith("Es besteht keine Gefahr.")


@pytest.mark.parametrize("language", ["en", "en-GB", "fr", "tr"])
def test_any_other_language_gets_english(language: str) -> None:
    over = ending(alert("Flood", language=language), Ending.ALL_CLEAR)

    assert over.headline == "All-clear for message no. 17: Flood"


def test_each_variant_that_we_have_words_for_gets_its_own() -> None:
    variants = (
        Variant(language="en", headline="Flood", text="The river rises."),
        Variant(language="de-x-ls", headline="Hoch-Wasser", text="Das Wasser steigt."),
        Variant(language="tr", headline="Sel", text="Nehir yükseliyor."),
    )

    said = endings(alert(variants=variants), Ending.FALSE_ALARM)

    assert [one.language for one in said] == ["en", "de-x-ls"]
    assert said[0].headline == "False alarm! Message no. 17 was a mistake: Flood"
    assert said[1].headline == "Es gibt keine Gefahr: Hoch-Wasser"


def test_a_long_headline_is_shortened_at_a_word() -> None:
    long = "Überschwemmung " * 10

    said = ending(alert(long.strip()), Ending.ALL_CLEAR).headline

    assert said.endswith("Überschwemmung…")
    assert len(said) <= 160


def test_braces_in_a_headline_stay_what_they_are() -> None:
    assert ending(alert("{number} {about}"), Ending.ALL_CLEAR).headline.endswith("{number} {about}")


@given(
    st.text(min_size=1, max_size=160),
    st.integers(1, 10**9),
    st.sampled_from(["de", "de-x-ls", "en", "uk"]),
    st.sampled_from(Ending),
)
def test_what_ends_an_acceptable_alert_is_acceptable_itself(
    headline: str, number: int, language: str, why: Ending
) -> None:
    """Nobody may find out in an emergency that the prepared words are refused."""
    known = alert(headline, language=language)
    assume(acceptable(known.content))

    words = ending(replace(known, number=number), why)

    assert acceptable(replace(known.content, headline=words.headline, text=words.text))


def acceptable(content: Content) -> bool:
    try:
        check(content, {}, NOON)
    except InputError:
        return False
    return True
