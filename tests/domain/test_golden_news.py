"""Every notification, word for word: read `golden/` as somebody who was woken by it.

One file for each language and shape. After a wanted change:
`python -m tests.domain.test_golden_news` writes them anew.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.cause import Cause
from sentinel.domain.leads import Lead
from sentinel.domain.letter import DETAILS_ROOM, SUBJECT_ROOM, TEXT_ROOM, Link
from sentinel.domain.medium import Medium, shaped
from sentinel.domain.news import KINDS, news_of
from sentinel.domain.news_item import News
from sentinel.domain.packing import in_gsm, packed
from sentinel.domain.parcel import ROOM, Parcel
from sentinel.domain.plan import Reason
from sentinel.errors import Phrase
from sentinel.service.letters import Written, written
from tests.domain.staff_news import (
    AT,
    OUTAGES,
    ZONE,
    Sample,
    by_hand,
    late,
    outage,
    samples,
)

GOLDEN = Path(__file__).with_name("golden")
LANGUAGES = ("de", "en")
SHAPES = ("text", "html", "short")
EDGES = 1_500  # characters of one letter besides its blocks: link, lead, what was left out
REPEAT = "[Wiederholung] (+12 weitere) "


@cache
def everything(language: str) -> Mapping[str, Written]:
    found = {one.name: letter_of(one, language) for one in samples()}
    assert len(found) == len(list(samples())), "two samples of one name"
    return found


def letter_of(one: Sample, language: str) -> Written:
    return written(one.news, language=language, zone=ZONE, link=one.link, lead=one.lead)


@cache
def besides(language: str) -> Mapping[str, Parcel]:
    """What is put into words or together elsewhere, as it goes out."""
    names = ("outage.opened, unreachable", "posture.opened", "message.stranded, bare")
    told = [everything(language)[name] for name in names]
    parcels = [
        Parcel(
            subject=one.subject,
            text=one.text,
            html=one.html,
            short=one.short,
            grave=one.alarm,
            due_at=AT,
        )
        for one in told
    ]
    return by_hand(language) | late(language, parcels)


def as_file(language: str, shape: str) -> str:
    found: dict[str, Written | Parcel] = {**everything(language), **besides(language)}
    if shape == "html":
        found = {name: one for name, one in found.items() if one.html is not None}
    pieces = [f"##### {name}\n{_shown(one, shape)}\n" for name, one in found.items()]
    return "\n".join(pieces)


def _shown(one: Written | Parcel, shape: str) -> str:
    if shape == "short" and one.short is not None:
        pack = packed(one.short)
        return f"{one.short}\n({pack.units} units, {pack.parts} parts)"
    return f"Subject: {one.subject}\n\n{one.text if shape == 'text' else one.html}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_notification_was_read_by_a_person(language: str, shape: str) -> None:
    file = GOLDEN / f"{language}.{shape}.txt"

    assert as_file(language, shape) == file.read_text(encoding="utf-8")


def test_there_is_a_sample_of_everything_that_may_be_news() -> None:
    names = {one.name.partition(",")[0] for one in samples()}

    assert KINDS - names == set()


def test_every_cause_is_there_for_an_outage_and_for_a_rerouting() -> None:
    names = {one.name for one in samples()}

    assert {f"outage.opened, {cause}" for cause in OUTAGES} <= names
    assert {f"message.rerouted, {cause}" for cause in Cause} <= names


@pytest.mark.parametrize("cause", OUTAGES)
def test_an_outage_that_changes_is_told_like_one_that_opens_for_that_cause(cause: Cause) -> None:
    opened, changed = (
        written([outage(f"outage.{kind}", cause=cause)], language="de", zone=ZONE)
        for kind in ("opened", "changed")
    )

    assert changed == opened


@pytest.mark.parametrize("cause", OUTAGES)
def test_the_end_of_an_outage_is_told_the_same_for_every_cause(cause: Cause) -> None:
    end = written([outage("outage.closed", cause=cause)], language="de", zone=ZONE)

    assert end.subject == "Wieder in Ordnung: x-stadt"
    assert "Dauer: 05.03. 03:12 bis 04:40 MEZ" in end.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_none_is_longer_than_its_medium_allows(language: str) -> None:
    for name, one in everything(language).items():
        sample = next(found for found in samples() if found.name == name)
        long = [found.details.in_(language) for found in sample.news if found.details]

        assert packed(REPEAT + one.short).parts <= 2, name
        assert len(one.subject) <= SUBJECT_ROOM, name
        assert "\n" not in one.subject, name
        assert len(one.text) <= TEXT_ROOM + EDGES + sum(map(len, long)), name
        assert sum(map(len, long)) <= DETAILS_ROOM, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_comes_again_or_late_or_is_work_by_hand_fits_too(language: str) -> None:
    for name, one in besides(language).items():
        sent = shaped(one, Medium.SMS, room=1_000).body

        assert packed(sent).parts <= 2, name
        assert ("https://" in sent) == ("https://" in one.text), name
        assert len(one.text) <= ROOM, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_has_its_link_in_every_shape_and_only_one(language: str) -> None:
    for sample in samples():
        one = everything(language)[sample.name]
        if sample.link is None:
            continue

        assert one.text.count(sample.link.url) == 1, sample.name
        assert one.short.endswith(sample.link.url), sample.name
        assert one.html.count(f'href="{sample.link.url}"') == 1, sample.name


def test_no_word_of_the_machine_is_in_what_people_read() -> None:
    machine = [word.value for word in (*Cause, *Reason) if "_" in word]

    for language in LANGUAGES:
        for name, one in everything(language).items():
            assert not any(word in one.text for word in [*machine, "None", "Phrase("]), name


def test_an_exercise_is_marked_first_in_every_shape() -> None:
    german, english = (everything(one)["an exercise alone"] for one in LANGUAGES)

    assert german.exercise
    assert german.subject.startswith("ÜBUNG: Erinnerung 1: ALARM: ")
    assert german.text.startswith("ÜBUNG: ")
    assert german.short.startswith("ÜBUNG: ")
    assert english.subject.startswith("EXERCISE: ")
    assert english.text.startswith("EXERCISE: ")
    assert english.short.startswith("EXERCISE: ")
    assert ">ÜBUNG: " not in german.html.partition("<b>")[0]
    assert "<b>ÜBUNG: " in german.html


def test_what_is_real_comes_before_an_exercise_and_takes_no_mark_from_it() -> None:
    one = everything("de")["an exercise, and something real"]

    assert not one.exercise
    assert one.subject == "Störung: x-stadt (+1)"
    assert one.text.index("* Störung: x-stadt") < one.text.index("* ÜBUNG: ALARM: ")
    assert not one.short.startswith("ÜBUNG")


def test_five_hundred_outages_are_one_letter_that_can_be_read() -> None:
    one = everything("de")["500 channels"]

    assert one.subject == "Störung: 500 Kanäle von 20 Betreibern"
    assert "weitere" in one.text


def test_names_and_headlines_from_elsewhere_stay_words_in_html() -> None:
    evil = "<script>alert(1)</script>"
    news = News(subject=same(evil), text=same(evil), about=evil)

    one = written([news], language="de", zone=ZONE, link=Link(url='https://x.example/"><b>'))

    assert "<script" not in one.html
    assert 'x.example/">' not in one.html


def same(text: str) -> Phrase:
    return Phrase(de=text, en=text)


words = st.text(min_size=0, max_size=400)
phrases = st.builds(same, words)


@given(
    st.builds(
        News,
        subject=phrases,
        text=phrases,
        please=phrases,
        alarm=st.booleans(),
        exercise=st.booleans(),
    ),
    st.sampled_from(LANGUAGES),
)
def test_whatever_is_told_fits_into_two_text_messages(news: News, language: str) -> None:
    url = "https://sentinel.stadt.example/a/" + "x" * 60

    one = written([news], language=language, zone=ZONE, link=Link(url=url, acknowledges=1))

    assert packed(REPEAT + one.short).parts <= 2
    assert len(one.subject) <= SUBJECT_ROOM
    assert "\n" not in one.subject
    assert one.short.endswith(url) or not in_gsm(one.short)
    assert one.text.count(url) == 1


@given(st.lists(words, min_size=1, max_size=60), st.sampled_from(LANGUAGES))
def test_however_much_comes_together_the_text_stays_within_its_room(
    said: list[str], language: str
) -> None:
    news = [
        News(subject=same(f"{number} {one}"), text=same(one)) for number, one in enumerate(said)
    ]
    lead = Lead(prefix=same("Stufe 2: "), text=same("Bisher hat niemand übernommen."))

    one = written(news, language=language, zone=ZONE, lead=lead)

    assert len(one.text) <= TEXT_ROOM + 20 * SUBJECT_ROOM + EDGES
    assert len(one.subject) <= SUBJECT_ROOM


def test_a_kind_that_nobody_knows_is_no_news() -> None:
    assert news_of("something.else", "subject", {}) is None


if __name__ == "__main__":
    for one_language in LANGUAGES:
        for one_shape in SHAPES:
            made = as_file(one_language, one_shape)
            (GOLDEN / f"{one_language}.{one_shape}.txt").write_text(made, encoding="utf-8")
