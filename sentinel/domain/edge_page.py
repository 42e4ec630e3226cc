"""Whose error page is it? What the headers of an answer say of the edge that it came from.

A content network that stands before a server puts its mark on every answer. So
the mark alone says nothing: it is on the server's own errors too. An edge's own
error is a page for people, in HTML, with a status of 500 or above, whatever the
caller asked for; interfaces answer their own errors in their own format.
Cloudflare besides has statuses that nobody else sends (520 to 530).

Sources: Cloudflare's list of error pages (1xxx and 5xx), its `cf-ray`; Akamai's
`Server: AkamaiGHost` and `Akamai-GRN`; Fastly's `X-Served-By: cache-…`;
CloudFront's `X-Cache: Error from cloudfront`; Myra's `Server: myracloud`;
Bunny's `Server: BunnyCDN-…`; Imperva's `X-Iinfo`; Azure Front Door's
`X-Azure-Ref`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from sentinel.domain.cause import NETWORK, Cause
from sentinel.domain.observation import Finding, Report

Headers = Mapping[str, str]
"""An answer's headers; names in lower case."""

_FAULT = 500
_CLOUDFLARES_OWN = range(520, 531)
_FOR_PEOPLE = ("text/html", "application/xhtml+xml")


def edge_page(status: int, headers: Headers) -> str:
    """Return the name of the edge whose error page an answer is; empty: nobody's.

    The name is the one to write under `depends_on` in the rules.
    """
    if status < _FAULT:
        return ""  # the usual case, asked at every look
    edge = _behind(headers)
    if edge == "cloudflare" and status in _CLOUDFLARES_OWN:
        return edge
    page = headers.get("content-type", "").strip().lower().startswith(_FOR_PEOPLE)
    return edge if page else ""


def edge_name(edge: str) -> str:
    """Return an edge's name as people write it."""
    return edge.replace("-", " ").title() if edge in _EDGES else edge


def with_edge(report: Report, edge: str) -> Report:
    """Return the report whose complaints of the way there name the edge that answered instead."""
    if not edge:
        return report
    named = (_named(finding, edge) for finding in report.findings)
    return replace(report, findings=tuple(named))


def _named(finding: Finding, edge: str) -> Finding:
    of_the_way = finding.cause in NETWORK or finding.cause is Cause.PLATFORM_FAULT
    return replace(finding, edge=edge) if of_the_way and not finding.edge else finding


def _behind(headers: Headers) -> str:
    return next((name for name, marked in _EDGES.items() if marked(headers)), "")


def _server(*starts: str) -> Callable[[Headers], bool]:
    return lambda headers: headers.get("server", "").lower().startswith(starts)


def _has(*names: str) -> Callable[[Headers], bool]:
    return lambda headers: any(name in headers for name in names)


def _says(name: str, *words: str) -> Callable[[Headers], bool]:
    return lambda headers: any(word in headers.get(name, "").lower() for word in words)


def _any(*tests: Callable[[Headers], bool]) -> Callable[[Headers], bool]:
    return lambda headers: any(test(headers) for test in tests)


_EDGES: Mapping[str, Callable[[Headers], bool]] = {
    "cloudflare": _any(_server("cloudflare"), _has("cf-ray")),
    "akamai": _any(
        _server("akamai"),
        _has("akamai-grn", "x-akamai-request-id", "x-akamai-transformed"),
        _says("x-cache", "akamai"),
    ),
    "cloudfront": _any(
        _server("cloudfront"),
        _has("x-amz-cf-id"),
        _says("via", "cloudfront"),
        _says("x-cache", "cloudfront"),
    ),
    "fastly": _any(_has("x-fastly-request-id"), _says("x-served-by", "cache-")),
    "myra": _server("myracloud"),
    "bunny": _server("bunnycdn"),
    "imperva": _any(_has("x-iinfo"), _says("x-cdn", "imperva", "incapsula")),
    "azure-front-door": _has("x-azure-ref"),
}
