"""Counting text as the fact sheets say, on their own examples."""

from __future__ import annotations

import pytest

from sentinel.simulator.text import graphemes, links, threads_length, weight, with_short_links

FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "weighted"),
    [
        ("Hi http://test.co", 26),
        ("ÁB", 2),
        ("A\u0301B", 2),
        (f"H🐱☺{FAMILY}", 7),
        ("😷👾😡🔥💩", 10),
        ("https://www.twitter.com/aloha " * 10, 240),
        ("漢" * 160, 320),
        ("5 €", 4),
        ("… ", 3),
        ("z.\u202fB.", 6),
        ("„Straße“ – 20 °C", 16),
    ],
)
def test_x_weighs(text: str, weighted: int) -> None:
    assert weight(text) == weighted


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("ä" * 500, 500),
        ("🚨", 4),
        ("⚠️", 6),
        ("🇩🇪", 8),
        ("1️⃣", 7),
        ("👩🏽‍🚒", 15),
        (FAMILY, 25),
        ("🚨" * 126, 504),
    ],
)
def test_threads_counts_an_emoji_as_its_bytes(text: str, length: int) -> None:
    assert threads_length(text) == length


@pytest.mark.parametrize(
    ("text", "count"),
    [("Hello!", 6), (f"{FAMILY}🔥 good!✅", 9), ("⚠️ Warnung", 9), ("a\r\nb", 3), ("🇪🇪🇩🇪", 2)],
)
def test_a_grapheme_is_what_a_reader_takes_for_one(text: str, count: int) -> None:
    assert graphemes(text) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("check http://example.com and https://example.org/page?x=1#frag", 57),
        ("ftp://files.example.net/resource", 32),
        ("(see https://example.com.)", 30),
    ],
)
def test_mastodon_counts_a_link_as_23(text: str, count: int) -> None:
    assert graphemes(with_short_links(text)) == count


def test_a_full_stop_after_a_link_is_not_part_of_it() -> None:
    assert links("Mehr: https://stadt.example/w/17. Bitte teilen.") == [
        "https://stadt.example/w/17"
    ]
