"""How SMS are packed: every worked example of the fact sheet (platforms-b.md section 9.1)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.message import Variant
from sentinel.domain.packing import Packed, in_gsm, packed, sms_safe
from sentinel.platforms import Account
from sentinel.platforms.sms import PLATFORM
from tests.platforms.talk import account, draft

BARE = account("", "", {}, **{"from": "Stadt"})
LINK = "https://stadt.example/w/17"
PLAIN = (
    f"WARNUNG Stadt: Trinkwasser in Mitte abkochen. Grund: Verunreinigung. "
    f"Gilt ab sofort. Infos: {LINK}"
)
QUOTED = f"WARNUNG Stadt: „Trinkwasser“ in Mitte abkochen – Gilt ab sofort. Infos: {LINK}"


@pytest.mark.parametrize(
    ("text", "gsm", "units", "parts"),
    [
        ("A" * 160, True, 160, 1),
        ("A" * 161, True, 161, 2),
        ("A" * 306, True, 306, 2),
        ("A" * 307, True, 307, 3),
        ("ä" * 160, True, 160, 1),
        ("€" * 80, True, 160, 1),
        ("€" * 81, True, 162, 2),
        ("€" * 152, True, 304, 2),
        ("€" * 153, True, 306, 3),
        ("A" * 152 + "€" + "A" * 8, True, 162, 2),
        ("–" * 70, False, 70, 1),
        ("–" * 71, False, 71, 2),
        ("🚨" * 35, False, 70, 1),
        ("🚨" * 36, False, 72, 2),
        ("🚨" * 67, False, 134, 3),
        (PLAIN, True, 118, 1),
        (QUOTED, False, 98, 2),
        ("", True, 0, 0),
    ],
)
def test_a_text_takes_as_many_sms_as_the_sheet_says(
    text: str, *, gsm: bool, units: int, parts: int
) -> None:
    assert packed(text) == Packed(gsm, units, parts)
    assert PLATFORM.length(text) == units


@pytest.mark.parametrize("letter", "„“”‚–—…•çáíóúêẞ\u00a0🚨")
def test_what_the_sheet_names_as_missing_is_not_in_the_sms_alphabet(letter: str) -> None:
    assert not in_gsm(letter)


@pytest.mark.parametrize("letter", "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà^{}\\[~]|€\n")
def test_what_the_sheet_lists_is_in_it(letter: str) -> None:
    assert in_gsm(letter)


def test_typography_becomes_plain_and_halves_the_price() -> None:
    safe = sms_safe(QUOTED)

    assert safe == f'WARNUNG Stadt: "Trinkwasser" in Mitte abkochen - Gilt ab sofort. Infos: {LINK}'
    assert packed(safe).parts == 1
    assert sms_safe("Fünf …") == "Fünf ..."
    assert (
        sms_safe("Größe: GROẞ,\u00a0Café – Čeština, 5\u202fm")
        == "Größe: GROSS, Café - Cestina, 5 m"
    )


def test_an_address_is_never_rewritten() -> None:
    text = "Mehr: https://stadt.example/a–b"

    assert sms_safe(text) == text


@pytest.mark.parametrize("text", ["„Тревога“ – мост", "🚨 „Alarm“ – Brücke", "警報 – 橋"])
def test_what_stays_outside_the_alphabet_anyway_is_left_as_it_is(text: str) -> None:
    assert sms_safe(text) == text


@given(st.text(max_size=400))
def test_no_part_is_ever_fuller_than_it_may_be(text: str) -> None:
    pack = packed(text)
    single, each = (160, 153) if pack.gsm else (70, 67)

    assert pack.units <= (single if pack.parts <= 1 else each * pack.parts)
    assert pack.parts <= 1 or pack.units > single
    assert packed(sms_safe(text)).parts <= max(pack.parts, 1) * 2


@given(st.text(max_size=80))
def test_making_it_safe_twice_changes_nothing_more(text: str) -> None:
    assert sms_safe(sms_safe(text)) == sms_safe(text)


def test_a_warning_is_cut_to_four_sms_at_a_sentence_and_keeps_its_mark() -> None:
    long = "Verlassen Sie das Gebiet. " * 60

    rendered = PLATFORM.render(draft("Bombe", long), BARE)

    assert packed(rendered.text).parts == 4
    assert rendered.parts == ("part 1", "part 2", "part 3", "part 4")
    assert rendered.limit == 612
    assert rendered.text.endswith("Nr. 17")
    assert rendered.cut == ("text",)
    assert rendered.warnings == ("each recipient costs 4 SMS",)


@pytest.mark.parametrize(("parts", "limit"), [("1", 160), ("2", 306), ("9", 1377), ("0", 612)])
def test_the_city_says_how_many_sms_a_message_may_take(parts: str, limit: int) -> None:
    bounded = replace(BARE, settings={**BARE.settings, "max_parts": parts})

    rendered = PLATFORM.render(draft("Bombe", "Gehen Sie weg. " * 200), bounded)

    assert rendered.limit == limit
    assert rendered.length <= limit


def test_an_emoji_is_told_of_before_it_is_paid_for() -> None:
    rendered = PLATFORM.render(draft("🚨 Bombe", "Gehen Sie – sofort."), BARE)

    assert "–" in rendered.text
    assert rendered.limit == 268
    assert rendered.warnings == (
        "a letter outside the SMS alphabet: an SMS holds 70 letters instead of 160",
    )


def test_typography_may_be_kept() -> None:
    kept = replace(BARE, settings={"transliterate": "off"})

    assert "–" in PLATFORM.render(draft("Bombe – jetzt"), kept).text
    assert "–" not in PLATFORM.render(draft("Bombe – jetzt"), BARE).text


def test_other_languages_are_ready_for_those_who_read_them() -> None:
    english = Variant(language="en", headline="Bomb found", text="Leave the area.")

    rendered = PLATFORM.render(draft("Bombe", variants=(english,)), BARE)

    assert rendered.payload == {"texts": {"en": "Bomb found\n\nLeave the area.\n\nNr. 17"}}


def test_the_text_opens_in_a_phone() -> None:
    rendered = PLATFORM.render(draft("Bombe", "Weg!"), BARE)

    assert PLATFORM.compose_link(BARE, rendered) == "sms:?body=Bombe%0A%0AWeg%21%0A%0ANr.%2017"


def test_a_message_has_no_key_but_its_delivery() -> None:
    bare: Account = BARE

    assert PLATFORM.render(draft("Bombe"), bare).key == draft("Bombe").delivery_id
