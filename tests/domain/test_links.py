"""Where the web addresses in a text are."""

import pytest

from sentinel.domain.links import links


def found(text: str, *, bare: bool) -> list[str]:
    """Return the addresses themselves."""
    return [text[start:end] for start, end in links(text, bare=bare)]


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("Hi http://test.co", ["http://test.co"]),
        ("(see https://example.com.)", ["https://example.com"]),
        ("https://stadt.de/a?b=1#c und http://x.org", ["https://stadt.de/a?b=1#c", "http://x.org"]),
        ("ftp://files.example.net/resource", []),
        ("http://10.0.0.1/", []),
        ("stadt.de", []),
    ],
)
def test_addresses_with_a_scheme_are_found_whole(text: str, addresses: list[str]) -> None:
    assert found(text, bare=False) == addresses


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("stadt.de informiert", ["stadt.de"]),
        ("Straße gesperrt.Am Montag", ["gesperrt.Am"]),
        ("foo.jp it.so t.co", ["foo.jp", "it.so", "t.co"]),
        ("presse@stadt.de", []),
        ("Ende.Und weiter", []),
        ("z.B. morgen", []),
    ],
)
def test_bare_domains_count_only_with_a_real_top_level(text: str, addresses: list[str]) -> None:
    assert found(text, bare=True) == addresses


def test_no_address_is_found_twice() -> None:
    spans = list(links("https://www.stadt.de/warnung stadt.de", bare=True))

    assert spans == [(0, 28), (29, 37)]
