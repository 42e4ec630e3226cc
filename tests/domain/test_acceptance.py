"""What may be accepted: each bad input has its own clear error, and names its field."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.acceptance import check, message_of, open_channels, routes_for
from sentinel.domain.cause import Severity
from sentinel.domain.message import Content, Variant
from sentinel.domain.rules import Channel, Mode, Route
from sentinel.errors import InputError
from tests.domain.course import NOON, SECOND

CHANNELS = {"x": object(), "presse-mail": object()}
GOOD = Content(
    headline="Bombe in der Hafenstraße",
    text="Bitte das Gebiet verlassen.\nDie Turnhalle ist offen.",
    severity=Severity.SEVERE,
    short_text="Bitte Gebiet verlassen.",
    instruction="Ruhe bewahren.\nKinder mitnehmen.",
    area="Hafenviertel",
    link="https://stadt.example/bombe",
    tags=("kampfmittel",),
    texts={"x": "Kurz.\nUnd knapp."},
    variants=(Variant(language="de-x-ls", headline="Bombe!", text="Gehen Sie weg."),),
    image="karte.png",
    alt_text="Karte des Gebiets",
    expires_at=NOON + SECOND,
    channels=("presse-mail",),
)


def problem(**changes: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        check(replace(GOOD, **changes), CHANNELS, NOON)
    return caught.value


def test_a_whole_message_is_acceptable() -> None:
    check(GOOD, CHANNELS, NOON)


@pytest.mark.parametrize("blank", ["", " ", "\n\t "])
@pytest.mark.parametrize("field", ["headline", "text"])
def test_headline_and_text_must_say_something(field: str, blank: str) -> None:
    found = problem(**{field: blank})

    assert (found.field, found.status) == (field, 422)
    assert found.phrase.en == f"{field} must not be empty"


@pytest.mark.parametrize(
    ("field", "limit"),
    [("headline", 160), ("text", 20_000), ("short_text", 1_000), ("area", 1_000), ("event", 1_000)],
)
def test_a_text_has_a_longest_length(field: str, limit: int) -> None:
    full: dict[str, Any] = {field: "x" * limit}
    check(replace(GOOD, **full), CHANNELS, NOON)

    found = problem(**{field: "x" * (limit + 1)})

    assert found.field == field
    assert f"{limit + 1} characters, {limit} are allowed" in found.phrase.en


def test_a_variant_is_measured_like_the_message() -> None:
    long = Variant(language="en", headline="x" * 161, text="Please leave.")
    empty = Variant(language="en", headline="Bomb", text=" ")

    assert problem(variants=(long,)).field == "variants.0.headline"
    assert problem(variants=(*GOOD.variants, empty)).field == "variants.1.text"


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u202e", "\u2066"])
@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("headline", {"headline": "Bombe{}!"}),
        ("text", {"text": "Bitte{} gehen."}),
        ("short_text", {"short_text": "Weg{}!"}),
        ("instruction", {"instruction": "Ruhe{}."}),
        ("alt_text", {"alt_text": "Karte{}"}),
        ("event", {"event": "Bombe{}"}),
        ("link", {"link": "https://stadt.example/{}"}),
        ("tags", {"tags": ("kampf{}mittel",)}),
        ("texts.x", {"texts": {"x": "Kurz{}"}}),
        ("variants.0.text", {"variants": (Variant(language="en", headline="B", text="Go{}"),)}),
    ],
)
def test_control_characters_are_refused_wherever_they_hide(
    field: str, changes: dict[str, Any], character: str
) -> None:
    found = problem(**{name: _planted(value, character) for name, value in changes.items()})

    assert found.field == field
    assert f"U+{ord(character):04X}" in found.phrase.en
    assert character not in found.phrase.en


def _planted(value: Any, character: str) -> Any:
    match value:
        case str():
            return value.format(character)
        case tuple():
            return tuple(_planted(one, character) for one in value)
        case dict():
            return {name: _planted(one, character) for name, one in value.items()}
        case _:
            return replace(value, text=value.text.format(character))


@pytest.mark.parametrize("field", ["headline", "area", "event", "link"])
@pytest.mark.parametrize("ending", ["\n", "\r", "\u2028", "\u2029"])
def test_what_stands_on_one_line_holds_no_line_break(field: str, ending: str) -> None:
    """A line break in a headline would be a second header of a mail."""
    assert problem(**{field: f"eins{ending}zwei"}).field == field


def test_a_text_may_have_lines_and_any_script() -> None:
    text = "Zeile\r\nZeile\tEnde\u2028Напишите 🚨 هنا"

    check(replace(GOOD, text=text), CHANNELS, NOON)


@pytest.mark.parametrize("expires_at", [NOON, NOON - timedelta(days=1)])
def test_what_would_never_be_valid_is_refused(expires_at: datetime) -> None:
    assert problem(expires_at=expires_at).field == "expires_at"


def test_what_ends_before_it_begins_is_refused() -> None:
    begin = NOON + timedelta(hours=2)

    assert problem(not_before=begin, expires_at=begin).field == "expires_at"
    assert problem(not_before=begin, expires_at=NOON + SECOND).field == "expires_at"


def test_what_ended_already_is_refused_although_it_began_earlier() -> None:
    hour = timedelta(hours=1)

    assert problem(not_before=NOON - 2 * hour, expires_at=NOON - hour).field == "expires_at"


@pytest.mark.parametrize("field", ["not_before", "expires_at"])
def test_a_time_without_a_zone_is_refused(field: str) -> None:
    naive = (NOON + timedelta(hours=1)).replace(tzinfo=None)

    assert problem(**{field: naive}).field == field


@pytest.mark.parametrize("field", ["not_before", "expires_at"])
@pytest.mark.parametrize(
    "moment",
    [
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-10))),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        NOON + timedelta(days=3653, seconds=1),
    ],
)
def test_a_time_at_the_end_of_the_calendar_is_refused(field: str, moment: datetime) -> None:
    found = problem(**{field: moment})

    assert found.field == field
    assert found.phrase.de == f"{field} ist mehr als zehn Jahre entfernt"
    assert found.phrase.en == f"{field} is more than ten years away"


def test_a_time_ten_years_ahead_is_acceptable() -> None:
    far = NOON + timedelta(days=3653)

    check(replace(GOOD, not_before=far - SECOND, expires_at=far), CHANNELS, NOON)


HOUR = timedelta(hours=1)
ROUTES = (
    Route(name="warnung", priority=("a", "b"), expires_after=24 * HOUR),
    Route(name="presse", always=("b", "c"), expires_after=12 * HOUR),
)
CITY = {
    "a": Channel(name="a", platform="x", operator="x", account="a"),
    "b": Channel(name="b", platform="x", operator="x", account="b", exercises=True),
    "c": Channel(name="c", platform="x", operator="x", account="c", mode=Mode.FROZEN),
}


@pytest.mark.parametrize(
    ("not_before", "ends"),
    [
        (None, NOON + 12 * HOUR),
        (NOON - 48 * HOUR, NOON + 12 * HOUR),  # a start in the past is now
        (NOON + HOUR, NOON + 13 * HOUR),
    ],
)
def test_where_no_end_is_stated_the_shortest_of_its_routes_counts_from_the_start(
    not_before: datetime | None, ends: datetime
) -> None:
    content = replace(GOOD, not_before=not_before, expires_at=None)

    made = message_of(content, ROUTES, message_id="m", number=17, at=NOON)

    assert made.expires_at == made.content.expires_at == ends
    assert (made.routes, made.number, made.accepted_at) == (("warnung", "presse"), 17, NOON)


def test_a_message_may_appear_on_open_channels_of_its_routes_each_once() -> None:
    anywhere = replace(GOOD, channels=())

    assert open_channels(anywhere, ROUTES, CITY) == ("a", "b")
    assert open_channels(replace(anywhere, exercise=True), ROUTES, CITY) == ("b",)
    assert open_channels(replace(anywhere, channels=("a", "c")), ROUTES, CITY) == ("a",)


def test_a_message_that_could_appear_nowhere_is_refused() -> None:
    for_nobody = replace(GOOD, channels=("c",))

    with pytest.raises(InputError) as closed:
        routes_for(for_nobody, ROUTES, CITY)
    with pytest.raises(InputError) as unmatched:
        routes_for(replace(GOOD, channels=()), (), CITY)

    assert (closed.value.field, unmatched.value.field) == ("channels", "severity")


@pytest.mark.parametrize(
    ("field", "changes"), [("channels", {"channels": ("y",)}), ("texts", {"texts": {"y": "Kurz"}})]
)
def test_an_unknown_channel_is_named_beside_the_known_ones(
    field: str, changes: dict[str, Any]
) -> None:
    found = problem(**changes)

    assert found.field == field
    assert found.phrase.en == "unknown channel 'y'; known: presse-mail, x"


@pytest.mark.parametrize("alt_text", [None, "", "  "])
def test_an_image_needs_words_for_those_who_cannot_see_it(alt_text: str | None) -> None:
    assert problem(alt_text=alt_text).field == "alt_text"


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_at_all_is_accepted_or_refused_in_both_languages(headline: str, text: str) -> None:
    content = replace(GOOD, headline=headline, text=text)

    found = _judged(content)

    assert found is None or (found.phrase.de and found.phrase.en)
    assert found is None or found.field in {"headline", "text"}


def _judged(content: Content) -> InputError | None:
    try:
        check(content, CHANNELS, NOON)
    except InputError as found:
        return found
    return None
