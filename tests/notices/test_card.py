"""The card: one picture a message, the same bytes each time, whatever stands in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from sentinel.domain.cause import Severity
from sentinel.domain.message import Kind
from sentinel.notices.card import SIZE, Card, jpeg
from sentinel.notices.lines import breaks, wrap

CARD = Card(
    organisation="Stadt Musterstadt",
    number=17,
    kind=Kind.ALERT,
    severity=Severity.EXTREME,
    headline="Kriegsbombenentschärfung in der Südvorstadt",
    text="Verlassen Sie das Gebiet.",
    at=datetime(2026, 11, 20, 12, 3, tzinfo=UTC),
    timezone="Europe/Berlin",
    link="https://warnung.musterstadt.example/notices/17/",
)
BAND = (4, 220)  # a point in the coloured band, and beside the sign


def picture(card: Card) -> Image.Image:
    return Image.open(BytesIO(jpeg(card))).convert("RGB")


def test_it_is_a_jpeg_of_four_to_five_and_small_enough_for_every_platform() -> None:
    image = Image.open(BytesIO(jpeg(CARD)))

    assert (image.format, image.size) == ("JPEG", (1080, 1350))
    assert len(jpeg(CARD)) < 1_000_000


def test_the_same_card_has_the_same_bytes_and_another_has_others() -> None:
    first = jpeg(CARD)
    jpeg.cache_clear()

    assert jpeg(CARD) == first
    assert jpeg(replace(CARD, number=18)) != first


def test_every_gravity_and_the_all_clear_have_a_colour_of_their_own() -> None:
    cards = [replace(CARD, severity=severity) for severity in Severity]
    cards.append(replace(CARD, kind=Kind.ALL_CLEAR))

    colours = {picture(card).getpixel(BAND) for card in cards}

    assert len(colours) == 5


@pytest.mark.parametrize("severity", Severity)
def test_white_on_each_colour_is_read_by_weak_eyes_too(severity: Severity) -> None:
    for card in (replace(CARD, severity=severity), replace(CARD, kind=Kind.ALL_CLEAR)):
        colour = picture(card).getpixel(BAND)
        assert isinstance(colour, tuple)

        assert 1.05 / (luminance(colour) + 0.05) >= 7


def test_an_exercise_has_a_frame_that_no_warning_has() -> None:
    edge = [(x, SIZE[1] - 13) for x in range(0, SIZE[0], 9)]

    plain = {picture(CARD).getpixel(point) for point in edge}
    striped = {picture(replace(CARD, exercise=True)).getpixel(point) for point in edge}

    assert len(plain) == 1
    assert len(striped) > 1


def test_emoji_and_what_no_letter_shows_leave_no_boxes_behind() -> None:
    assert jpeg(replace(CARD, text="Bitte 🚨 gehen\u200d \ufe0f故")) == jpeg(
        replace(CARD, text="Bitte gehen")
    )


odd = st.text(max_size=80) | st.sampled_from(["x" * 400, "Donaudampfschiff " * 60, "", "\n" * 50])


@given(headline=odd, text=odd, instruction=odd, exercise=st.booleans())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_said_there_is_a_picture(
    headline: str, text: str, instruction: str, *, exercise: bool
) -> None:
    card = replace(
        CARD, headline=headline, text=text, instruction=instruction, exercise=exercise, link=text
    )

    assert picture(card).size == SIZE


words = st.lists(st.text("abcdeiouäßsch-", min_size=1, max_size=30), max_size=12).map(" ".join)


@given(text=words, width=st.integers(4, 40))
@settings(max_examples=80, deadline=None)
def test_no_line_is_wider_than_asked_and_no_letter_gets_lost(text: str, width: int) -> None:
    lines = wrap(text, width, len)

    assert all(len(line) <= width for line in lines)
    assert bare("".join(lines)) == bare(text)


@pytest.mark.parametrize(
    ("word", "parted"),
    [
        ("Entschärfung", ["Ent", "schär", "fung"]),
        ("Evakuierung", ["Eva", "kuie", "rung"]),
        ("250-kg-Bombe", ["250-", "kg-", "Bombe"]),
        ("Straßensperrung", ["Stra", "ßens", "per", "rung"]),
        ("Bombe", ["Bombe"]),
        ("Saar", ["Saar"]),
    ],
)
def test_words_are_parted_between_syllables_and_never_within_sch(
    word: str, parted: list[str]
) -> None:
    cuts = [0, *breaks(word), len(word)]

    assert [word[start:end] for start, end in pairwise(cuts)] == parted


def bare(text: str) -> str:
    return text.replace("-", "").replace(" ", "")


def luminance(colour: tuple[int, ...]) -> float:
    """Return the relative luminance (WCAG 2.2)."""
    parts = [each / 255 for each in colour]
    light = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
