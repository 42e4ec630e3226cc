"""What whoever is woken by an outage can do about it, by cause.

Only what a person at the city can really do; where that is nothing, it says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sentinel.domain.cause import CREDENTIAL, Cause
from sentinel.domain.counting import OPERATORS_OWN
from sentinel.domain.family import OWN
from sentinel.errors import Phrase

_PERSONS_WORK: Final = CREDENTIAL | {
    Cause.PERMISSION_MISSING,
    Cause.PLAN_REFUSED,
    Cause.PAYMENT_REQUIRED,
    Cause.API_VERSION_ENDED,
    Cause.ACCOUNT_LOCKED,
    Cause.BAD_CONFIGURATION,
}


def mends_itself(cause: Cause) -> bool:
    """Return whether an outage for this cause usually ends without a person of ours."""
    return cause not in _PERSONS_WORK


def advice(cause: Cause, channel: str, operator: str | None = None) -> Phrase:
    """Return what to do; `channel` is the one to name in a command."""
    said = _OUR_SERVER if operator == OWN and cause in _SERVERS else _ADVICE[cause]
    return Phrase(de=said.de.format(channel=channel), en=said.en.format(channel=channel))


_LOOK: Final = Phrase(
    de="Aus einem anderen Netz nachsehen, ob die Plattform antwortet. Wenn ja: die eigene Leitung, "
    "Firewall und DNS prüfen. Wenn nein: abwarten.",
    en="Look from another network whether the platform answers. If so: check our own line, "
    "firewall and DNS. If not: wait.",
)
_WAIT: Final = Phrase(
    de="Nur abwarten. Reparieren kann das der Betreiber.",
    en="Just wait. Its operator has to mend it.",
)
_OUR_SERVER: Final = Phrase(
    de="Den eigenen Server oder Dienst hinter diesem Kanal prüfen.",
    en="Check our own server or service behind this channel.",
)
_SERVERS: Final = OPERATORS_OWN | {Cause.SLOW}
_LESS: Final = Phrase(
    de="Dort vorerst nichts weniger Wichtiges veröffentlichen, auch nicht von Hand.",
    en="For now, post nothing less important there, not by hand either.",
)
_CREDENTIAL: Final = Phrase(
    de="Neue Zugangsdaten anlegen und eintragen. Wie, steht auf der Seite der Plattform in "
    "docs/platforms.",
    en="Make new credentials and enter them. How is told on the platform's page in docs/platforms.",
)
_CONTRACT: Final = Phrase(
    de="Beim Betreiber Tarif und Rechnung prüfen.",
    en="Check plan and invoice with the operator.",
)
_READERS: Final = Phrase(
    de="Ohne Anmeldung nachsehen, in einem privaten Fenster. Stimmt es, auf anderen Wegen sagen, "
    "wo unsere Warnungen stehen.",
    en="Look without a login, in a private window. If it is so, say on other ways where our "
    "warnings stand.",
)
_NOTHING: Final = Phrase(de="Nichts.", en="Nothing.")

_ADVICE: Final[Mapping[Cause, Phrase]] = {
    Cause.UNREACHABLE: _LOOK,
    Cause.NAME_RESOLUTION: _LOOK,
    Cause.TLS: Phrase(
        de="Die Adresse im Browser öffnen und das Zertifikat ansehen. Stimmt es dort: die Uhr "
        "dieses Servers und den Proxy prüfen.",
        en="Open the address in a browser and look at the certificate. If it is good there: check "
        "this server's clock and the proxy.",
    ),
    Cause.PLATFORM_FAULT: _WAIT,
    Cause.PLATFORM_DEFENDING: _WAIT,
    Cause.RATE_LIMITED: _LESS,
    Cause.QUOTA_EXHAUSTED: _LESS,
    Cause.QUOTA_LOW: _LESS,
    Cause.SLOW: _WAIT,
    Cause.CREDENTIAL_REJECTED: _CREDENTIAL,
    Cause.CREDENTIAL_EXPIRED: _CREDENTIAL,
    Cause.CREDENTIAL_EXPIRING: _CREDENTIAL,
    Cause.PERMISSION_MISSING: Phrase(
        de="Die Berechtigungen unseres Zugangs prüfen. Welche nötig sind, steht auf der Seite der "
        "Plattform in docs/platforms.",
        en="Check the permissions of our access. Which are needed is told on the platform's page "
        "in docs/platforms.",
    ),
    Cause.PLAN_REFUSED: _CONTRACT,
    Cause.PAYMENT_REQUIRED: _CONTRACT,
    Cause.API_VERSION_ENDED: Phrase(
        de="Sentinel auf eine neue Version bringen.", en="Bring Sentinel to a new version."
    ),
    Cause.ACCOUNT_LOCKED: Phrase(
        de="Das Konto beim Betreiber freischalten lassen, dann: sentinel channels release "
        "{channel}",
        en="Have the operator unlock the account, then: sentinel channels release {channel}",
    ),
    Cause.CONTENT_REJECTED: Phrase(
        de="Den Text ansehen und die Meldung anders fassen.",
        en="Look at the text and word the message differently.",
    ),
    Cause.READER_RESTRICTED: _READERS,
    Cause.NOT_VISIBLE: _READERS,
    Cause.BAD_CONFIGURATION: Phrase(
        de="Die Regeln prüfen: sentinel check-rules", en="Check the rules: sentinel check-rules"
    ),
    Cause.UPLINK_LOST: Phrase(
        de="Die eigene Leitung prüfen: Router, Firewall, Anbieter.",
        en="Check our own line: router, firewall, provider.",
    ),
    Cause.STALE: Phrase(
        de="Nachsehen, ob Sentinel läuft und die Leitung steht: sentinel status",
        en="Look whether Sentinel runs and the line stands: sentinel status",
    ),
    Cause.NOT_OBSERVED: _NOTHING,
    Cause.TRUNCATED: Phrase(
        de="Den Beitrag ansehen; nötigenfalls von Hand ergänzen.",
        en="Look at the post; if need be, complete it by hand.",
    ),
}
