"""Places of the simulator, as a drill's rules write them.

`${simulator:x/feuerwehr}` stands for the address of X's API for the account
`feuerwehr`, `${simulator:x/feuerwehr/public}` for where citizens look,
`${simulator:_inbox/presse}` for staff's inbox as an Apprise address,
`${simulator:_site/stadt}` for the city's own web site, which shows the notice
board that has it as its `public_url`, and `${simulator:_control/1}` for a control
of the uplink. `${daemon}` is the HOST:PORT on which the daemon listens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final
from zlib import crc32

from sentinel.errors import Phrase, Problem
from sentinel.rules.near import did_you_mean, quoted
from sentinel.simulator.faces import Face, PortFace, faces
from sentinel.simulator.own import Control, Inbox
from sentinel.simulator.server import Simulator
from sentinel.simulator.site import Site
from sentinel.simulator.status_pages import StatusPages

DAEMON: Final = "${daemon}"
DAEMON_STAND_IN: Final = "127.0.0.1:8080"
PLACE: Final = re.compile(r"\$\{simulator:(\w+)/([\w.-]+)(/public)?\}")
_ANY: Final = re.compile(r"\$\{simulator[^}\n]*\}?")


@dataclass(frozen=True, slots=True)
class Place:
    """A face of the simulator, an account there, and which side of it."""

    platform: str
    account: str
    public: bool


def place_of(found: re.Match[str]) -> Place:
    """Return the place that a match of `PLACE` names."""
    return Place(found[1], found[2], found[3] is not None)


@cache
def known_faces() -> Mapping[str, Face]:
    """Return a face of each kind, to ask what there is; nobody talks to them."""
    own: tuple[Face, ...] = (Control(), Inbox(), Site(), StatusPages())
    return {**faces(), **{face.name: face for face in own}}


async def address(simulator: Simulator, place: Place) -> str:
    """Return a place's address on a running simulator; may open a port."""
    if place.public:
        return simulator.public_address(place.platform, place.account)
    found = await simulator.address(place.platform, place.account)
    return _for_apprise(found) if place.platform == Inbox.name else found


def stand_in(place: Place) -> str:
    """Return an address of the same form, to check rules by before anything runs."""
    if isinstance(known_faces().get(place.platform), PortFace):
        # Each account has its own port: two of them must not look like one.
        return f"smtp://127.0.0.1:{1024 + crc32(place.account.encode()) % 60_000}"
    side = "/public" if place.public else ""
    plain = f"http://127.0.0.1:9/{place.platform}/{place.account}{side}"
    return _for_apprise(plain) if place.platform == Inbox.name else plain


def place_problems(text: str) -> Iterator[Problem]:
    """Yield what is wrong with the places in the text of rules."""
    for number, line in enumerate(text.splitlines(), start=1):
        for written in _ANY.finditer(line):
            found = PLACE.fullmatch(written[0])
            if found is None:
                what = Phrase(
                    de=f"{quoted(written[0])} nennt keinen Ort des Simulators",
                    en=f"{quoted(written[0])} names no place of the simulator",
                )
                hint = Phrase(
                    de="etwa ${simulator:x/stadt} oder ${simulator:x/stadt/public}",
                    en="such as ${simulator:x/stadt} or ${simulator:x/stadt/public}",
                )
            elif found[1] not in known_faces():
                what = Phrase(
                    de=f"die Plattform {quoted(found[1])} wird nicht simuliert",
                    en=f"platform {quoted(found[1])} is not simulated",
                )
                hint = did_you_mean(found[1], known_faces())
            else:
                continue
            yield Problem(line=number, column=written.start() + 1, what=what, hint=hint)


def _for_apprise(address: str) -> str:
    return address.replace("http://", "json://", 1)
