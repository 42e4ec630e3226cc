"""CAP files as control centres write them, for the tests of the intake folder."""

from typing import Any

CAP = "urn:oasis:names:tc:emergency:cap:1.2"

HEAD = {
    "identifier": "LEITSTELLE.17",
    "sender": "leitstelle@musterstadt.example",
    "sent": "2030-01-01T11:59:00+00:00",
    "status": "Actual",
    "msgType": "Alert",
    "scope": "Public",
}
INFO = {
    "language": "de-DE",
    "category": "Safety",
    "event": "Bombenfund",
    "responseType": "",
    "urgency": "Immediate",
    "severity": "Moderate",
    "certainty": "Observed",
    "headline": "Bombe wird entschärft",
    "description": "Bitte verlassen Sie das Gebiet.",
}


def info(*areas: str, **fields: str) -> str:
    """Return an info block; an empty field is left out."""
    shown = "".join(f"<area><areaDesc>{area}</areaDesc></area>" for area in areas)
    return f"<info>{elements({**INFO, **fields})}{shown}</info>"


def alert(*infos: str, namespace: str = CAP, **fields: str) -> bytes:
    """Return a CAP file; an empty field is left out."""
    blocks = "".join(infos or (info(),))
    head = elements({**HEAD, **fields})
    text = f'<alert xmlns="{namespace}">{head}{blocks}</alert>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def elements(fields: dict[str, Any]) -> str:
    return "".join(f"<{name}>{text}</{name}>" for name, text in fields.items() if text)


def triple(identifier: str = HEAD["identifier"], sent: str = HEAD["sent"]) -> str:
    """Return how a later file refers to one of ours."""
    return f"{HEAD['sender']},{identifier},{sent}"
