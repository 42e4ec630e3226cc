"""Making a message fit a channel."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.cause import Severity
from sentinel.domain.message import Content
from sentinel.domain.text import Fitted, fit, graphemes

LINK = "https://stadt.example/n/17"
TEXT = "In Wilhelmsburg liegt eine Bombe. Die Reichsstr. ist gesperrt! Busse fahren ab 14 Uhr."


def warning(
    *,
    headline: str = "Bombe gefunden",
    text: str = TEXT,
    short_text: str | None = None,
    texts: dict[str, str] | None = None,
    instruction: str | None = "Bleiben Sie weg.",
    exercise: bool = False,
) -> Content:
    return Content(
        headline=headline,
        text=text,
        severity=Severity.SEVERE,
        short_text=short_text,
        texts=texts or {},
        instruction=instruction,
        exercise=exercise,
    )


def fitted(content: Content, limit: int, *, link: str | None = LINK, mark: str = LINK) -> Fitted:
    return fit(content, channel="x-stadt", mark=mark, link=link, limit=limit, length=len)


def test_what_fits_is_said_whole() -> None:
    assert fitted(warning(), 500) == Fitted(
        text=f"Bombe gefunden\n\n{TEXT}\n\nBleiben Sie weg.\n\n{LINK}", length=148
    )


def test_the_text_is_cut_at_a_sentence_and_the_rest_stays_whole() -> None:
    short = fitted(warning(), 147)

    assert short.cut == ("text",)
    assert short.text == (
        "Bombe gefunden\n\nIn Wilhelmsburg liegt eine Bombe. Die Reichsstr. ist gesperrt!\n\n"
        f"Bleiben Sie weg.\n\n{LINK}"
    )


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Radius ca. 500 m um den Hafen. Bitte gehen Sie jetzt alle sofort weg.", "Radius ca. 500"),
        ("Ab dem 5. Juli gesperrt. Bitte gehen Sie jetzt alle sofort weg.", "Ab dem 5. Juli"),
        ("Türen, z. B. Keller, zu. Bitte gehen Sie jetzt alle sofort weg.", "Türen, z. B. Keller"),
        ("Die Hafenstr.  ist zu. Bitte gehen Sie jetzt alle sofort weg.", "Die Hafenstr.  ist zu"),
        ("Auf St. Pauli brennt es. Bitte gehen Sie jetzt alle sofort weg.", "Auf St. Pauli brennt"),
    ],
)
def test_a_sentence_does_not_end_at_an_abbreviation(text: str, kept: str) -> None:
    content = warning(text=text, instruction=None)
    whole = fitted(content, 500).length

    cut = fitted(content, whole - 1)

    assert cut.text.startswith(f"Bombe gefunden\n\n{kept}")
    assert cut.cut == ("text",)


def test_the_instruction_outlives_the_text() -> None:
    assert fitted(warning(), 60).text == f"Bombe gefunden\n\nBleiben Sie weg.\n\n{LINK}"


def test_where_even_that_is_too_long_the_short_text_goes_out() -> None:
    short = fitted(warning(short_text="Bombe! Weg!"), 59)

    assert short.text == f"Bombe! Weg!\n\n{LINK}"
    assert short.cut == ("headline", "text", "instruction")


def test_without_a_short_text_headline_and_link_go_out() -> None:
    assert fitted(warning(), 59).text == f"Bombe gefunden\n\n{LINK}"


def test_a_headline_too_long_is_cut_before_the_link_is() -> None:
    assert fitted(warning(), 36).text == f"Bombe g…\n\n{LINK}"


def test_a_channels_own_text_goes_before_all_others() -> None:
    content = warning(texts={"x-stadt": "Weg vom Hafen! Sofort."})

    assert fitted(content, 500).text == f"Weg vom Hafen! Sofort.\n\n{LINK}"
    assert fitted(content, 49) == Fitted(
        text=f"Weg vom Hafen!\n\n{LINK}", length=42, cut=("texts.x-stadt",)
    )


def test_a_mark_that_is_not_in_the_link_stands_after_it() -> None:
    assert fitted(warning(), 500, mark="Nr. 17").text.endswith(f"\n\n{LINK} (Nr. 17)")
    assert fitted(warning(), 500, mark="Nr. 17", link=None).text.endswith("\n\nNr. 17")


def test_a_character_is_what_a_person_sees() -> None:
    assert graphemes("Zu\u0308ge 👩‍🚒🇩🇪") == 7


words = st.text(alphabet="abc ÄÖ.!?\n👩‍🚒…", max_size=120)
contents = st.builds(
    warning,
    headline=st.text(alphabet="abc ÄÖ👩‍🚒", min_size=1, max_size=60),
    text=words,
    short_text=st.none() | words,
    instruction=st.none() | words,
    texts=st.just({}) | words.map(lambda text: {"x-stadt": text}),
    exercise=st.booleans(),
)


@settings(max_examples=80)
@given(contents, st.integers(0, 300), st.sampled_from([LINK, None]))
def test_nothing_is_ever_too_long_and_its_length_is_true(
    content: Content, limit: int, link: str | None
) -> None:
    short = fitted(content, limit, link=link, mark="Nr. 17")

    assert short.length == len(short.text) <= limit


@settings(max_examples=80)
@given(contents, st.integers(40, 300))
def test_every_text_carries_its_mark_and_an_exercise_says_so(content: Content, limit: int) -> None:
    short = fitted(content, limit)

    assert short.text.endswith(LINK)
    assert short.text.startswith("ÜBUNG" if content.exercise and limit > 60 else "")


@settings(max_examples=60)
@given(contents, st.integers(40, 300))
def test_more_room_never_means_less_text(content: Content, limit: int) -> None:
    """Among texts of the same kind: with nothing written just for the channel or for tight ones."""
    plain = warning(headline=content.headline, text=content.text, instruction=content.instruction)

    assert fitted(plain, limit).length <= fitted(plain, limit + 10).length
