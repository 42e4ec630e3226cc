"""What does the operator say of its own platform? Evidence for people, never a verdict.

The report of this probe has no finding, whatever the page says and whether or
not it answers: status pages are late, and gone when the platform is. Where the
address comes from:

- the platform's facts name its operator's pages; the first that we can read speaks.
  What stands behind `#` names the parts of a page that concern us, with commas.
  An address without a file's name is a page's front door, of which the usual
  places for machines are tried;
- a server that is run by somebody else (Mastodon) is asked where its page is;
- they are the operator's, so a channel with another `base_url` has none, except
  on loopback, where a test server stands in: there they lie under its own
  `/_status/PLATFORM`, and nothing outside is asked.
"""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from probes import Aim, Probe, Tools
from sentinel.domain.observation import Report
from sentinel.domain.operator_word import OperatorWord
from sentinel.domain.status_formats import read
from sentinel.wire import Lost, RenewalFailed

FRONT_DOORS = ("/api/v2/summary.json", "/summary.json")
"""Where Statuspage and its likes, and Instatus, have what machines read."""

_GOOD = range(200, 300)


class StatusPage(Probe):
    """Reads the operator's status page."""

    name = "status_page"
    every = timedelta(minutes=5)

    def applies(self, aim: Aim) -> bool:
        """Return whether there is a page, or somebody to ask for one."""
        return bool(_known(aim)) or aim.platform.ask_status_page(aim.account) is not None

    async def run(self, aim: Aim, tools: Tools) -> Report:
        """Return what the first page says that can be read; silence says nothing at all."""
        for page in _known(aim) or await _asked(aim, tools):
            for address in _places(page):
                word = await _word(address, tools)
                if word is not None:
                    return Report(heard=word)
        return Report()


async def _word(address: str, tools: Tools) -> OperatorWord | None:
    page, _, names = address.partition("#")
    try:
        answer = await tools.fetch(page)
    except Lost:
        return None
    said = read(answer.body, tools.now(), [name for name in names.split(",") if name])
    if answer.status not in _GOOD or said is None:
        return None
    host = urlsplit(page).hostname or ""
    return OperatorWord(says=said[0], text=said[1], source=host, at=tools.now())


def _known(aim: Aim) -> tuple[str, ...]:
    facts, base = aim.platform.facts, aim.account.base_url
    if _is_loopback(base):
        return tuple(_stand_in(page, aim) for page in facts.status_pages)
    return facts.status_pages if facts.base_url in {None, base} else ()


async def _asked(aim: Aim, tools: Tools) -> tuple[str, ...]:
    steps = aim.platform.ask_status_page(aim.account)
    if steps is None:
        return ()
    try:
        page = await tools.converse(steps, aim.account)
    except (Lost, RenewalFailed):
        return ()
    if page is None:
        return ()
    # A foreign server names the address: it must not lead into our own network by its number.
    outside = page.startswith("https://") and not _is_number(page)
    return (page,) if outside or _is_loopback(aim.account.base_url) else ()


def _stand_in(page: str, aim: Aim) -> str:
    there, parts = urlsplit(aim.account.base_url), urlsplit(page)
    behind = f"#{parts.fragment}" if parts.fragment else ""
    return f"{there.scheme}://{there.netloc}/_status/{aim.platform.name}{parts.path}{behind}"


def _places(page: str) -> tuple[str, ...]:
    address, _, names = page.partition("#")
    if "." in urlsplit(address).path.rpartition("/")[2]:
        return (page,)
    behind = f"#{names}" if names else ""
    return tuple(f"{address.rstrip('/')}{path}{behind}" for path in FRONT_DOORS)


def _is_loopback(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    return host == "localhost" or (_is_number(address) and ip_address(host).is_loopback)


def _is_number(address: str) -> bool:
    try:
        ip_address(urlsplit(address).hostname or "")
    except ValueError:
        return False
    return True


PROBE = StatusPage()
