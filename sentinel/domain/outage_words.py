"""The sentences about outages that hold for every channel: what it means, what Sentinel does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sentinel.domain.cause import Ability, State
from sentinel.errors import Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is said of an outage that is not one of a channel."""

    means: Phrase
    done: Phrase
    please: Phrase


NEXT: Final = Phrase(
    de="Meldungen gehen über den nächsten brauchbaren Kanal ihrer Route, wenn sie einen hat.",
    en="Messages go over the next usable channel of their route, if it has one.",
)
ENOUGH: Final = Phrase(
    de="Meldungen gehen über den nächsten brauchbaren Kanal. Soweit bekannt, hat jede Route, die "
    "hierüber geht, noch genug.",
    en="Messages go over the next usable channel. As far as we know, every route through here has "
    "enough left.",
)
ROUTINE: Final = Phrase(
    de="Mittlere und leichte Meldungen gehen über den nächsten Kanal. Extreme und schwere gehen "
    "weiter auch hier hinaus.",
    en="Moderate and minor messages go over the next channel. Extreme and severe ones still go "
    "out here.",
)
FOR_READERS: Final = Phrase(
    de="Wer dort nicht angemeldet ist, liest unsere Warnungen dort nicht. Wo die Route das "
    "verlangt, gehen Meldungen über den nächsten Kanal.",
    en="Whoever has no login there does not read our warnings there. Where the route asks for it, "
    "messages go over the next channel.",
)
FOR_PROOF: Final = Phrase(
    de="Das allein hält keine Meldung auf. Ob unsere Beiträge dort stehen, sieht Sentinel nicht.",
    en="This alone holds up no message. Whether our posts stand there, Sentinel cannot see.",
)
FOR_LISTENING: Final = Phrase(
    de="Das allein hält keine Meldung auf. Was Bürger dort fragen oder melden, sehen wir nicht.",
    en="This alone holds up no message. What citizens ask or report there, we do not see.",
)
CHECKS: Final = Phrase(
    de="Sentinel prüft weiter und sagt Bescheid, wenn es wieder geht.",
    en="Sentinel keeps checking, and tells you when it works again.",
)
CHECKS_ON: Final = Phrase(
    de="Sentinel prüft weiter. Von allein wird das kaum wieder gut.",
    en="Sentinel keeps checking. This will hardly mend by itself.",
)
LEFT_ALONE: Final = Phrase(
    de="Sentinel versucht es dort nicht mehr, bis jemand den Kanal freigibt.",
    en="Sentinel does not try there any more until somebody releases the channel.",
)

OTHERS: Final[Mapping[str, Kind]] = {
    "uplink": Kind(
        means=Phrase(
            de="Extreme und schwere Meldungen gehen über den ersten Kanal, der diese Leitung nicht "
            "braucht, wenn es einen gibt. Alle anderen warten.",
            en="Extreme and severe messages go over the first channel that does not need this "
            "line, if there is one. All others wait.",
        ),
        done=Phrase(
            de="Sentinel prüft die Leitung weiter. Was wartet, geht danach hinaus, solange es "
            "gilt.",
            en="Sentinel keeps checking the line. What waits goes out afterwards, while it still "
            "holds.",
        ),
        please=Phrase(
            de="Die Leitung prüfen: Router, Firewall, Anbieter.",
            en="Check the line: router, firewall, provider.",
        ),
    ),
    "edge": Kind(
        means=NEXT,
        done=CHECKS,
        please=Phrase(
            de="Nur abwarten. Reparieren kann das der Betreiber dieses Dienstes. Steht unsere "
            "eigene Seite dahinter, auf anderen Wegen sagen, wo unsere Warnungen stehen.",
            en="Just wait. The operator of this service has to mend it. If our own page is behind "
            "it, say on other ways where our warnings stand.",
        ),
    ),
    "node": Kind(
        means=Phrase(
            de="Meldungen gehen weiter hinaus: ein anderer Knoten hat die Führung.",
            en="Messages still go out: another node leads.",
        ),
        done=Phrase(
            de="Sentinel arbeitet ohne ihn weiter und sagt Bescheid, wenn er sich wieder meldet.",
            en="Sentinel goes on without it, and tells you when it is heard of again.",
        ),
        please=Phrase(
            de="Den Server dieses Knotens prüfen: systemctl status sentinel",
            en="Look at this node's server: systemctl status sentinel",
        ),
    ),
}
"""By kind of outage."""

WHAT: Final[Mapping[tuple[Ability, State], Phrase]] = {
    (Ability.PUBLISH, State.DOWN): Phrase(
        de="Veröffentlichen geht nicht", en="Publishing does not work"
    ),
    (Ability.READ_BACK, State.DOWN): Phrase(
        de="Eigene Beiträge sind nicht zurückzulesen", en="Our own posts cannot be read back"
    ),
    (Ability.PUBLIC, State.DOWN): Phrase(
        de="Ohne Anmeldung nicht lesbar", en="Cannot be read without a login"
    ),
    (Ability.LISTEN, State.DOWN): Phrase(
        de="Erwähnungen und Antworten sind nicht zu lesen",
        en="Mentions and replies cannot be read",
    ),
    (Ability.PUBLISH, State.DEGRADED): Phrase(
        de="Veröffentlichen geht nur eingeschränkt", en="Publishing works only with limits"
    ),
    (Ability.READ_BACK, State.DEGRADED): Phrase(
        de="Eigene Beiträge sind nur eingeschränkt zurückzulesen",
        en="Our own posts can be read back only with limits",
    ),
    (Ability.PUBLIC, State.DEGRADED): Phrase(
        de="Ohne Anmeldung nur eingeschränkt lesbar",
        en="Can be read without a login only with limits",
    ),
    (Ability.LISTEN, State.DEGRADED): Phrase(
        de="Erwähnungen und Antworten sind nur eingeschränkt zu lesen",
        en="Mentions and replies can be read only with limits",
    ),
}
"""What does not work, as the begin of a list of channels."""
