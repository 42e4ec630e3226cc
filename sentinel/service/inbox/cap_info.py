"""One info block of a CAP file: a message in one language."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sentinel.domain.message import Kind
from sentinel.notices.cap import CATEGORIES, CERTAINTIES, URGENCIES
from sentinel.service.inbox.letter import quoted, wrong
from sentinel.service.inbox.xml import Element

SEVERITIES: Final = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
RESPONSES: Final = (
    "Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None",
)  # fmt: skip

_UNSTATED_LANGUAGE: Final = "en-US"  # what the standard says
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_REGION = re.compile(r"-([a-z]{2}|[0-9]{3})(?=-|$)")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[-+]\d\d:\d\d)", re.ASCII)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_GAP = re.compile(r"\n{3,}")

_ADVICE: Final = {
    "Shelter": {"de": "Suchen Sie Schutz.", "en": "Take shelter."},
    "Evacuate": {"de": "Verlassen Sie das Gebiet.", "en": "Leave the area."},
    "Avoid": {"de": "Meiden Sie das Gebiet.", "en": "Avoid the area."},
    "Prepare": {"de": "Treffen Sie Vorsorge.", "en": "Get prepared."},
    "Monitor": {"de": "Achten Sie auf weitere Meldungen.", "en": "Watch for further messages."},
}
"""Responses in plain words, for blocks that state no instruction; the rest need one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What one info block says. Texts are as a channel may show them."""

    language: str  # without a region: de, en, de-x-ls
    category: str
    event: str
    urgency: str
    severity: str | None  # None: Unknown
    certainty: str
    responses: tuple[str, ...]
    headline: str | None
    description: str | None
    instruction: str | None
    web: str | None
    area: str | None
    effective: datetime | None
    expires: datetime | None

    @property
    def all_clear(self) -> bool:
        """True where it says that the danger is over."""
        return "AllClear" in self.responses

    def fields(self, kind: Kind, at: datetime) -> dict[str, Any]:
        """Return the block as fields of a message that is accepted at `at`.

        `onset` holds nothing back: it says when the danger begins, and a warning
        comes before. `effective` does: it says when the warning begins to hold.
        """
        over = kind is Kind.ALL_CLEAR
        words = {"headline": self.headline, "text": self.description} if over else self._whole()
        fields = words | {
            "instruction": self.instruction or (None if over else self._advice()),
            "area": self.area,
            "category": self.category,
            "urgency": None if over else self.urgency,
            "certainty": self.certainty,
            "event": self.event,
            "language": self.language,
            "link": self.web,
            "not_before": _after(self.effective, at),
            # An all-clear often repeats the alarm's end, which may have passed by then.
            "expires_at": _after(self.expires, at) if over else self.expires,
        }
        return {name: value for name, value in fields.items() if value is not None}

    def variant(self, kind: Kind) -> dict[str, str] | None:
        """Return the block as a variant; None for an all-clear that leaves words to us."""
        if kind is Kind.ALL_CLEAR and not (self.headline and self.description):
            return None
        words = self._whole()
        advice = self.instruction or (None if kind is Kind.ALL_CLEAR else self._advice())
        text = "\n\n".join(part for part in (words["text"], advice) if part)
        return {"language": self.language, "headline": words["headline"] or "", "text": text}

    def _whole(self) -> dict[str, str | None]:
        if self.description is None:
            raise wrong(
                "info/description",
                de="description fehlt: das ist der Text der Meldung",
                en="description is missing: it is the text of the message",
            )
        return {"headline": self.headline or self.event, "text": self.description}

    def _advice(self) -> str | None:
        said = [
            _ADVICE[r].get(self.language.partition("-")[0]) for r in self.responses if r in _ADVICE
        ]
        return " ".join(sentence for sentence in said if sentence) or None


def block_of(info: Element) -> Block:
    """Return what an info element says.

    Raises:
        InputError: Something required is missing, or has no allowed value.
    """
    severity = _word(info, "severity", SEVERITIES)
    return Block(
        language=language_of(optional(info, "language") or _UNSTATED_LANGUAGE),
        category=_words(info, "category", tuple(CATEGORIES), required=True)[0],
        event=line(one(info, "event")),
        urgency=_word(info, "urgency", URGENCIES),
        severity=None if severity == "Unknown" else severity,
        certainty=_word(info, "certainty", CERTAINTIES),
        responses=_words(info, "responseType", RESPONSES),
        headline=line(optional(info, "headline") or "") or None,
        description=_lines(optional(info, "description") or "") or None,
        instruction=_lines(optional(info, "instruction") or "") or None,
        web=optional(info, "web"),
        area=_area(info),
        effective=_moment(info, "effective"),
        expires=_moment(info, "expires"),
    )


def some(parent: Element, name: str) -> list[str]:
    """Return the texts of all children of this name; markup inside them is refused."""
    found = list(parent.all(name))
    for element in found:
        if element.children:
            raise wrong(
                _where(parent, name),
                de=f"{name} enthält das Element {quoted(element.children[0].name)}; "
                "erlaubt ist nur Text",
                en=f"{name} holds the element {quoted(element.children[0].name)}; "
                "only text is allowed",
            )
    return [element.text for element in found]


def optional(parent: Element, name: str) -> str | None:
    """Return the text of the only child of this name; None if it is absent or empty."""
    found = some(parent, name)
    if len(found) > 1:
        raise wrong(
            _where(parent, name),
            de=f"{name} steht {len(found)}-mal da; erlaubt ist einmal",
            en=f"{name} stands there {len(found)} times; once is allowed",
        )
    return (found or [""])[0] or None


def one(parent: Element, name: str) -> str:
    """Return the text of the child of this name, which must be there."""
    text = optional(parent, name)
    if text is None:
        raise wrong(
            _where(parent, name),
            de=f"{name} fehlt oder ist leer; CAP 1.2 verlangt es",
            en=f"{name} is missing or empty; CAP 1.2 requires it",
        )
    return text


def moment(where: str, text: str) -> datetime:
    """Return a time in UTC. The standard forbids `Z` and fractions; both are read."""
    with suppress(ValueError, OverflowError):
        if _MOMENT.fullmatch(text):
            return datetime.fromisoformat(text).astimezone(UTC)
    raise wrong(
        where,
        de=f"{where}: {quoted(text)} ist kein Zeitpunkt (richtig: 2026-07-05T12:00:00+02:00)",
        en=f"{where}: {quoted(text)} is no time (right: 2026-07-05T12:00:00+02:00)",
    )


def line(text: str) -> str:
    """Return `text` on one line."""
    return " ".join(_BREAK.sub(" ", text).split())


def language_of(tag: str) -> str:
    """Return the language without its region: a route for `de` is one for `de-DE`."""
    if not _LANGUAGE.fullmatch(tag):
        raise wrong(
            "info/language",
            de=f"language ist {quoted(tag)}; richtig wäre zum Beispiel de-DE",
            en=f"language is {quoted(tag)}; right would be de-DE, for example",
        )
    main, extra, private = tag.lower().partition("-x-")
    first, dash, rest = main.partition("-")
    return first + _REGION.sub("", dash + rest) + extra + private


def _lines(text: str) -> str:
    """Return `text` without the indentation of the file that it stood in."""
    lines = [part.strip() for part in _BREAK.sub("\n", text).splitlines()]
    return _GAP.sub("\n\n", "\n".join(lines)).strip()


def _after(moment: datetime | None, at: datetime) -> datetime | None:
    return moment if moment is not None and moment > at else None


def _where(parent: Element, name: str) -> str:
    return name if parent.name == "alert" else f"{parent.name}/{name}"


def _moment(info: Element, name: str) -> datetime | None:
    text = optional(info, name)
    return None if text is None else moment(f"info/{name}", text)


def _word(info: Element, name: str, known: tuple[str, ...]) -> str:
    return _known(name, one(info, name), known)


def _words(
    info: Element, name: str, known: tuple[str, ...], *, required: bool = False
) -> tuple[str, ...]:
    if required and not any(some(info, name)):
        one(info, name)
    return tuple(_known(name, text, known) for text in some(info, name))


def _known(name: str, text: str, known: tuple[str, ...]) -> str:
    if text not in known:
        words = ", ".join(known)
        raise wrong(
            f"info/{name}",
            de=f"{name} ist {quoted(text)}; möglich sind: {words}",
            en=f"{name} is {quoted(text)}; possible are: {words}",
        )
    return text


def _area(info: Element) -> str | None:
    names = [line(one(area, "areaDesc")) for area in info.all("area")]
    return ", ".join(dict.fromkeys(names)) or None
