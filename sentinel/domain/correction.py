"""The words that end an alarm, ready before anybody needs them.

On 13 January 2018 Hawaii warned of a missile that did not exist; the correction
took 38 minutes, among other things because nobody had one to send. So every
alert carries its all-clear and its "false alarm" from the moment it is accepted,
in its own language and in those of its variants that we have words for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sentinel.domain.message import HEADLINE_LIMIT, Message, Variant

_ELLIPSIS = "…"
_EASY_GERMAN = "de-x-ls"  # Leichte Sprache


class Ending(StrEnum):
    """Why an alarm ends."""

    ALL_CLEAR = "all_clear"  # the danger is over
    FALSE_ALARM = "false_alarm"  # there was none


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Headline and text of a message."""

    headline: str
    text: str


# `{number}` is the alert's, `{about}` its headline.
_TEMPLATES: Mapping[tuple[Ending, str], Words] = {
    (Ending.ALL_CLEAR, "de"): Words(
        headline="Entwarnung zu Meldung Nr. {number}: {about}",
        text="Die Gefahr ist vorbei. Unsere Meldung Nr. {number} „{about}“ gilt nicht mehr.",
    ),
    (Ending.ALL_CLEAR, "en"): Words(
        headline="All-clear for message no. {number}: {about}",
        text="The danger is over. Our message no. {number} “{about}” no longer applies.",
    ),
    (Ending.ALL_CLEAR, _EASY_GERMAN): Words(
        headline="Die Gefahr ist vorbei: {about}",
        text="Es gab eine Warnung. Die Warnung hatte die Nummer {number}. "
        "Die Gefahr ist jetzt vorbei. Die Warnung gilt nicht mehr.",
    ),
    (Ending.FALSE_ALARM, "de"): Words(
        headline="Fehlalarm! Meldung Nr. {number} war ein Irrtum: {about}",
        text="Es besteht keine Gefahr. Unsere Meldung Nr. {number} „{about}“ war ein Irrtum und "
        "gilt nicht. Bitte sagen Sie das allen weiter, die sie bekommen haben.",
    ),
    (Ending.FALSE_ALARM, "en"): Words(
        headline="False alarm! Message no. {number} was a mistake: {about}",
        text="There is no danger. Our message no. {number} “{about}” was a mistake and does not "
        "apply. Please tell everybody who received it.",
    ),
    (Ending.FALSE_ALARM, _EASY_GERMAN): Words(
        headline="Es gibt keine Gefahr: {about}",
        text="Es gab eine Warnung. Die Warnung hatte die Nummer {number}. "
        "Die Warnung war ein Fehler. Es gibt keine Gefahr. Bitte sagen Sie das weiter.",
    ),
}


def ending(alert: Message, why: Ending, language: str | None = None) -> Words:
    """Return what ends `alert`, in `language` (None: its own): German for any `de…`, else English.

    The headline is never longer than a headline may be; the alert's own is
    shortened in it at a word.
    """
    spoken = alert.content.language if language is None else language
    return _said(alert, why, spoken, alert.content.headline)


def endings(alert: Message, why: Ending) -> tuple[Variant, ...]:
    """Return the same for those of the alert's variants whose language we have words in."""
    return tuple(
        Variant(language=variant.language, headline=words.headline, text=words.text)
        for variant in alert.content.variants
        if variant.language.partition("-")[0] in {"de", "en"}
        for words in (_said(alert, why, variant.language, variant.headline),)
    )


def _said(alert: Message, why: Ending, language: str, about: str) -> Words:
    template = _TEMPLATES[why, _spoken(language)]
    return Words(
        headline=_fitted(template.headline, alert.number, about),
        text=template.text.format(number=alert.number, about=about),
    )


def _spoken(language: str) -> str:
    if language.lower() == _EASY_GERMAN:
        return _EASY_GERMAN
    return "de" if language.lower().partition("-")[0] == "de" else "en"


def _fitted(template: str, number: int, about: str) -> str:
    """Return the headline with as much of `about` as there is room for."""
    room = HEADLINE_LIMIT - len(template.format(number=number, about=""))
    if len(about) > room:
        cut = about[: room - len(_ELLIPSIS)]
        about = (cut.rpartition(" ")[0] or cut).rstrip(" .,:;–-") + _ELLIPSIS
    return template.format(number=number, about=about)
