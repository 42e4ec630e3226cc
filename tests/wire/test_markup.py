"""A text becomes HTML in which nothing is a command, and is known again on any page."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.wire.markup import escaped, folded, paragraphs, plain, shows

words = st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace").decode())


def test_each_paragraph_is_one_and_a_line_break_stays_one() -> None:
    assert paragraphs("Eins\nzwei\n\ndrei\n\n\n\nvier") == ["Eins<br />zwei", "drei", "vier"]


def test_nothing_in_a_text_is_markup_or_a_shortcode() -> None:
    assert paragraphs('<script>x</script> & "y" [gallery]') == [
        "&lt;script&gt;x&lt;/script&gt; &amp; &quot;y&quot; &#91;gallery&#93;"
    ]


def test_a_link_can_be_clicked_and_ends_before_the_full_stop() -> None:
    made = paragraphs("Siehe https://a.example/17?a=1&b=2. Danke")

    link = "https://a.example/17?a=1&amp;b=2"
    assert made == [f'Siehe <a href="{link}">{link}</a>. Danke']


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ('Er rief: "Raus!"', "Er rief: &#8220;Raus!&#8221;"),
        ("Das geht's nicht", "Das geht&#8217;s nicht"),
        ("10 - 12 Uhr -- sofort", "10 &#8211; 12 Uhr &#8212; sofort"),
        ("Warten...", "Warten&#8230;"),
        ("3x4 Meter", "3×4 Meter"),
        ("Notfall(tm)", "Notfall&#8482;"),
        ("z. B. 5 km", "z.&nbsp;B. 5&#8239;km"),
        ("Achtung ⚠️", "Achtung ⚠"),
        ("A\u0308rger", "Ärger"),
    ],
)
def test_what_a_site_dresses_up_is_known_again(sent: str, shown: str) -> None:
    assert folded(escaped(sent)) == folded(f"<html><p>{shown}</p></html>")


def test_a_reader_sees_no_comment_no_script_and_no_style() -> None:
    page = "<style>p{}</style><!-- geheim --><p>Wort<SCRIPT>x()</script> für Wort</p>"

    assert plain(page) == "Wort für Wort"


def test_a_mark_is_not_the_beginning_of_a_longer_one() -> None:
    assert shows(folded("Deich (Nr. 17)"), folded("Nr. 17"))
    assert not shows(folded("Deich (Nr. 170)"), folded("Nr. 17"))
    assert not shows("anything", "")


@given(text=words)
@settings(max_examples=60, deadline=None)
def test_any_text_is_read_from_its_html_as_it_was(text: str) -> None:
    seen = "".join(" ".join(paragraphs(text)).split())

    assert folded(seen) == folded(escaped(text))
