"""Whose error page an answer is: told by its headers, never by its words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.edge_page import edge_page

HTML = {"content-type": "text/html; charset=UTF-8"}
MARKS = {
    "cloudflare": [{"server": "cloudflare", "cf-ray": "8e1f-FRA"}, {"cf-ray": "8e1f-FRA"}],
    "akamai": [{"server": "AkamaiGHost"}, {"akamai-grn": "0.4c3e"}],
    "cloudfront": [
        {"server": "CloudFront"},
        {"x-cache": "Error from cloudfront"},
        {"via": "1.1 0a1b.cloudfront.net (CloudFront)"},
    ],
    "fastly": [
        {"server": "Varnish", "x-served-by": "cache-fra-eddf8230123-FRA"},
        {"x-fastly-request-id": "77e4"},
    ],
    "myra": [{"server": "myracloud"}],
    "bunny": [{"server": "BunnyCDN-DE1-1049"}],
    "imperva": [{"x-iinfo": "9-1234"}, {"x-cdn": "Imperva"}],
    "azure-front-door": [{"x-azure-ref": "20251118T112000Z"}],
}
CASES = [(name, mark) for name, marks in MARKS.items() for mark in marks]


@pytest.mark.parametrize(("name", "mark"), CASES)
def test_a_page_for_people_with_a_servers_fault_and_an_edges_mark_is_that_edges(
    name: str, mark: dict[str, str]
) -> None:
    assert edge_page(503, {**HTML, **mark}) == name


@pytest.mark.parametrize(("name", "mark"), CASES)
def test_the_interfaces_own_error_behind_an_edge_is_the_platforms(
    name: str, mark: dict[str, str]
) -> None:
    assert edge_page(503, {"content-type": "application/json", **mark}) == "", name


@pytest.mark.parametrize("status", [520, 521, 522, 523, 524, 525, 526, 530])
def test_a_status_that_only_cloudflare_sends_needs_no_page(status: int) -> None:
    assert edge_page(status, {"server": "cloudflare", "content-type": "text/plain"}) == "cloudflare"


@pytest.mark.parametrize("status", [200, 301, 403, 404, 429])
def test_a_page_that_says_no_or_yes_is_no_fault_of_the_edge(status: int) -> None:
    assert edge_page(status, {**HTML, "server": "cloudflare"}) == ""


def test_a_page_without_a_mark_is_nobodys() -> None:
    assert edge_page(502, {**HTML, "server": "nginx"}) == ""


@given(st.integers(100, 599), st.dictionaries(st.text(), st.text()))
def test_whatever_a_server_sends_has_an_answer(status: int, headers: dict[str, str]) -> None:
    assert edge_page(status, headers) in {"", *MARKS}
