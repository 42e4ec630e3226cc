"""Notices as CAP 1.2 files (OASIS Common Alerting Protocol; facts/platforms-b.md section 10).

The standard fixes the order of elements, the enumerations, and times with an
offset and without a fraction. What a caller of intake wrote freely (category,
urgency, certainty) is mapped onto the enumerations, so that the file is valid
whatever was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from sentinel.domain.message import Kind, Variant
from sentinel.notices.notice import Notice, clean

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
CATEGORIES = (
    "Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other".split()  # noqa: SIM905 - reads as the standard prints it
)
URGENCIES = ("Immediate", "Expected", "Future", "Past", "Unknown")
CERTAINTIES = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


def cap(notice: Notice) -> bytes:
    """Return the notice as a CAP 1.2 file in UTF-8: an info block for each language."""
    alert = ET.Element("alert", {"xmlns": NAMESPACE})
    for name, value in _head(notice):
        _put(alert, name, value)
    for wording in (_own_words(notice), *notice.variants):
        info = ET.SubElement(alert, "info")
        for name, value in _info(notice, wording):
            _put(info, name, value)
        if notice.area:
            _put(ET.SubElement(info, "area"), "areaDesc", notice.area)
    ET.indent(alert)
    content: bytes = ET.tostring(alert, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def references(notice: Notice) -> str:
    """Return what the notice replaces or ends, as `sender,identifier,sent` parted by blanks."""
    return " ".join(
        f"{_token(notice.site.host)},{_token(replaced)},{notice.site.stamp(sent)}"
        for replaced, sent in notice.references
        if replaced != notice.id
    )


def _head(notice: Notice) -> Iterator[tuple[str, str]]:
    earlier = references(notice)
    yield "identifier", _token(notice.id)
    yield "sender", _token(notice.site.host)
    yield "sent", notice.site.stamp(notice.sent)
    yield "status", "Exercise" if notice.exercise else "Actual"
    yield "msgType", _type(notice, earlier)
    yield "scope", "Public"
    if earlier:
        yield "references", earlier
    yield "incidents", _token(notice.chain)


def _type(notice: Notice, earlier: str) -> str:
    if not earlier:  # nothing to update or cancel: both would be meaningless to a reader
        return "Alert"
    return "Cancel" if notice.kind is Kind.ALL_CLEAR else "Update"


def _info(notice: Notice, wording: Variant) -> Iterator[tuple[str, str]]:
    over = notice.kind is Kind.ALL_CLEAR
    main = wording.language == notice.language
    urgency = _one_of(URGENCIES, notice.urgency, "Unknown")
    yield "language", _language(wording.language)
    yield "category", _one_of(CATEGORIES, notice.category, "Other")
    yield "event", notice.event if main else wording.headline
    if over:
        yield "responseType", "AllClear"
    yield "urgency", "Past" if over else urgency
    yield "severity", notice.severity.value.capitalize()
    yield "certainty", _one_of(CERTAINTIES, notice.certainty, "Unknown")
    yield "effective", notice.site.stamp(notice.sent)
    yield "expires", notice.site.stamp(notice.expires_at)
    yield "senderName", notice.site.organisation
    yield "headline", f"ÜBUNG: {wording.headline}" if notice.exercise else wording.headline
    yield "description", wording.text
    if main and notice.instruction:
        yield "instruction", notice.instruction
    yield "web", notice.url


def _own_words(notice: Notice) -> Variant:
    return Variant(language=notice.language, headline=notice.headline, text=notice.text)


def _put(parent: ET.Element, name: str, value: str) -> None:
    ET.SubElement(parent, name).text = clean(value)


def _token(value: str) -> str:
    return re.sub(r"[\s,<&]", "-", clean(value))


def _one_of(allowed: list[str] | tuple[str, ...], value: str, otherwise: str) -> str:
    return next((word for word in allowed if word.lower() == value.strip().lower()), otherwise)


def _language(language: str) -> str:
    """Return `de-DE` for plain German (readers take a bare or missing code for en-US)."""
    if not _LANGUAGE.fullmatch(language):
        return "und"
    return "de-DE" if language.lower() == "de" else language
