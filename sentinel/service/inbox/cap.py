"""CAP 1.2 as control centres write it (OASIS Common Alerting Protocol; facts/platforms-b.md 10).

Strict in what would be published, lenient in what would not: unknown elements of
other vocabularies, polygons, resources and signatures are passed over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sentinel.domain.message import Kind
from sentinel.notices.cap import NAMESPACE
from sentinel.service.inbox.cap_info import Block, block_of, language_of, moment, one
from sentinel.service.inbox.letter import Letter, bounded, quoted, wrong
from sentinel.service.inbox.xml import Element, read_xml

STATUSES = ("Actual", "Exercise", "System", "Test", "Draft")
TYPES = ("Alert", "Update", "Cancel", "Ack", "Error")
SCOPES = ("Public", "Restricted", "Private")

_OTHER_VERSION = ("urn:oasis:names:tc:emergency:cap:", "http://www.incident.com/cap/")
_TRIPLE = 3


def read_cap(data: bytes, *, language: str, at: datetime) -> Letter:
    """Return what the CAP file in `data` wants said.

    Args:
        data: The file's bytes.
        language: The organisation's; the block in it is the message, others are variants.
        at: Now; what takes effect later waits until then.

    Raises:
        InputError: It is no CAP 1.2, or nothing that may be published.
    """
    alert = _alert(read_xml(data))
    token = {name: _token(alert, name) for name in ("identifier", "sender")}
    sent = moment("sent", one(alert, "sent"))
    exercise = _published(alert)
    blocks = [block_of(info) for info in alert.all("info")]
    kind = _kind(alert, blocks, language)
    fields: dict[str, Any] = {"exercise": exercise}
    if blocks or kind is not Kind.ALL_CLEAR:
        fields |= _said(kind, blocks, language, at)
    return Letter(
        kind=kind,
        key=key_of(token["sender"], token["identifier"], sent),
        fields=fields,
        follows=() if kind is Kind.ALERT else tuple(_references(alert)),
        digest=hashlib.sha256(data).hexdigest(),
    )


def key_of(sender: str, identifier: str, sent: datetime) -> str:
    """Return the key of a CAP message: the three things that name it."""
    return bounded(f"cap:{sender},{identifier},{sent.isoformat()}")


def _alert(root: Element) -> Element:
    if root.namespace == NAMESPACE and root.name == "alert":
        return root
    if root.namespace.startswith(_OTHER_VERSION):
        raise wrong(
            "alert",
            de=f"die Datei ist CAP in einer anderen Version; gelesen wird CAP 1.2 ({NAMESPACE})",
            en=f"the file is CAP of another version; CAP 1.2 is read ({NAMESPACE})",
        )
    found = quoted(root.name)
    raise wrong(
        "alert",
        de=f"das äußerste Element ist {found}; richtig wäre alert aus CAP 1.2 ({NAMESPACE})",
        en=f"the outermost element is {found}; it should be alert of CAP 1.2 ({NAMESPACE})",
    )


def _published(alert: Element) -> bool:
    """Return whether it is an exercise; anything but that and the real thing is refused."""
    status = _one_of(alert, "status", STATUSES)
    if status not in {"Actual", "Exercise"}:
        raise wrong(
            "status",
            de=f"status ist {status}; veröffentlicht wird nur Actual, und Exercise als Übung",
            en=f"status is {status}; only Actual is published, and Exercise as an exercise",
        )
    scope = _one_of(alert, "scope", SCOPES)
    if scope != "Public":
        raise wrong(
            "scope",
            de=f"scope ist {scope}; veröffentlicht wird nur Public",
            en=f"scope is {scope}; only Public is published",
        )
    return status == "Exercise"


def _kind(alert: Element, blocks: Sequence[Block], language: str) -> Kind:
    """Return what the file does. An all-clear is one whatever its type says."""
    clears = bool(blocks) and _chosen(blocks, language).all_clear
    match _one_of(alert, "msgType", TYPES):
        case "Alert" if clears:
            raise wrong(
                "msgType",
                de="eine Entwarnung (AllClear) muss sagen, was sie beendet: "
                "msgType Cancel oder Update mit references",
                en="an all-clear (AllClear) must say what it ends: "
                "msgType Cancel or Update with references",
            )
        case "Alert":
            return Kind.ALERT
        case "Update" if not clears:
            return Kind.UPDATE
        case "Update" | "Cancel":
            return Kind.ALL_CLEAR
        case other:
            raise wrong(
                "msgType",
                de=f"msgType ist {other}; gelesen werden Alert, Update und Cancel",
                en=f"msgType is {other}; Alert, Update and Cancel are read",
            )


def _one_of(alert: Element, name: str, known: Sequence[str]) -> str:
    value, words = one(alert, name), ", ".join(known)
    if value not in known:
        raise wrong(
            name,
            de=f"{name} ist {quoted(value)}; möglich sind: {words}",
            en=f"{name} is {quoted(value)}; possible are: {words}",
        )
    return value


def _token(alert: Element, name: str) -> str:
    value = one(alert, name)
    if any(character.isspace() or character in ",<&" for character in value):
        raise wrong(
            name,
            de=f"{name} darf weder Leerzeichen noch Komma, < oder & enthalten",
            en=f"{name} may hold no blank, comma, < or &",
        )
    return value


def _references(alert: Element) -> Iterator[str]:
    """Yield the keys of what the file updates or ends, in its order."""
    triples = [triple.split(",") for triple in one(alert, "references").split()]
    for triple in triples:
        if len(triple) != _TRIPLE:
            raise wrong(
                "references",
                de="references hat die Form sender,identifier,sent; mehrere trennt ein Leerzeichen",
                en="references reads sender,identifier,sent; several are parted by a blank",
            )
        sender, identifier, sent = triple
        yield key_of(sender, identifier, moment("references", sent))


def _said(kind: Kind, blocks: Sequence[Block], language: str, at: datetime) -> dict[str, Any]:
    """Return the fields of the message that the info blocks make."""
    if not blocks:
        raise wrong(
            "info",
            de="die Datei hat keinen info-Block, also nichts zu sagen",
            en="the file has no info block, so it says nothing",
        )
    main = _chosen(blocks, language)
    others = [block for block in blocks if block is not main]
    _once(block.language for block in blocks)
    fields = main.fields(kind, at)
    gravest = min((b.severity for b in blocks if b.severity), key=_rank, default=None)
    if kind is not Kind.ALL_CLEAR and any(block.severity is None for block in blocks):
        raise wrong(
            "info/severity",
            de="severity ist Unknown; nötig ist Extreme, Severe, Moderate oder Minor",
            en="severity is Unknown; it must be Extreme, Severe, Moderate or Minor",
        )
    if gravest is not None:
        fields["severity"] = gravest.lower()
    variants = [variant for block in others if (variant := block.variant(kind)) is not None]
    return fields | ({"variants": variants} if variants else {})


def _rank(severity: str) -> int:
    return ("Extreme", "Severe", "Moderate", "Minor").index(severity)


def _chosen(blocks: Sequence[Block], language: str) -> Block:
    """Return the block in the organisation's language; plain before Leichte Sprache."""
    own = language_of(language)
    exact = [block for block in blocks if block.language == own]
    close = [b for b in blocks if b.language.partition("-")[0] == own.partition("-")[0]]
    plain = [block for block in close if "-x-" not in block.language]
    return next(iter([*exact, *plain, *blocks]))


def _once(languages: Iterable[str]) -> None:
    seen: set[str] = set()
    for language in languages:
        if language in seen:
            raise wrong(
                "info/language",
                de=f"zwei info-Blöcke haben die Sprache {quoted(language)}; eine Datei ist eine "
                "Meldung, bitte für jede eine eigene Datei",
                en=f"two info blocks are in language {quoted(language)}; one file is one message, "
                "please use a file for each",
            )
        seen.add(language)
