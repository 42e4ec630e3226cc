"""The operators' status pages, in every format that operators use: `/_status/PLATFORM/…`.

They stand apart from the platforms, as real ones do, and do not know of the
faults there: a page says "fine" while its platform is down until the fault
`reports_trouble` is put on it (`platform` `_status`, `account` the platform's
name). So a test can have a page that is late, wrong, or gone.
"""

# ruff: noqa: ARG002 - every face keeps one signature, needed or not
from __future__ import annotations

from collections.abc import Sequence
from email.utils import format_datetime
from typing import Any, ClassVar

from sentinel.simulator.faces import TEXT, Answer, Call, HttpFace, Route, say
from sentinel.simulator.kinds import Kind, Role

INCIDENT = "Elevated error rates"


class StatusPages(HttpFace):
    """Statuspage, Instatus, Meta's list, a page in Markdown, RSS and Atom."""

    name = "_status"
    operator = "_status"
    kinds = frozenset(
        {
            Kind.REFUSE_CONNECTION,
            Kind.BLACK_HOLE,
            Kind.SLOW,
            Kind.SERVER_ERROR,
            Kind.HTML_ERROR,
            Kind.FLAPPING,
            Kind.REPORTS_TROUBLE,
        }
    )

    words: ClassVar = {Kind.SERVER_ERROR: say({"error": "broken"}, 500)}

    def routes(self) -> Sequence[Route]:
        """Return what can be read."""
        pages = {
            "/api/v2/summary.json": self._statuspage,
            "/api/v2/status.json": self._statuspage,
            "/summary.json": self._instatus,
            "/data/orgs.json": self._orgs,
            "/status.md": self._markdown,
            "/history.rss": self._rss,
            "/history.atom": self._atom,
        }
        return tuple(
            Route("GET", path, Role.HEALTH, handler, login=False) for path, handler in pages.items()
        )

    def unknown(self, call: Call) -> Answer:
        """Return 404, as a page does for people."""
        return Answer(status=404, body=b"<!DOCTYPE html><title>404</title>", media_type="text/html")

    def _statuspage(self, call: Call) -> Answer:
        bad = _bad(call)
        incident = {"name": INCIDENT, "status": "investigating", "impact": "major"}
        said = ("major", "Partial System Outage") if bad else ("none", "All Systems Operational")
        whole: dict[str, Any] = {
            "page": {"id": "1", "name": call.account.name, "updated_at": call.at.isoformat()},
            "status": {"indicator": said[0], "description": said[1]},
        }
        if call.path.endswith("/summary.json"):
            state = "major_outage" if bad else "operational"
            whole["components"] = [{"id": "api", "name": "API", "status": state}]
            whole["incidents"] = [incident] if bad else []
            whole["scheduled_maintenances"] = []
        return say(whole)

    def _instatus(self, call: Call) -> Answer:
        bad = _bad(call)
        page = {"name": call.account.name, "url": call.base, "status": "HASISSUES" if bad else "UP"}
        incident = {"name": INCIDENT, "status": "INVESTIGATING", "impact": "MAJOROUTAGE"}
        return say({"page": page, "activeIncidents": [incident] if bad else []})

    def _orgs(self, call: Call) -> Answer:
        status = "High disruptions" if _bad(call) else "No known issues"
        at = call.at.isoformat()
        login = {"id": 1, "name": "Facebook Login", "status": status, "time": at}
        ads = {"id": 2, "name": "Ads Manager", "status": "No known issues", "time": at}
        return say(
            [
                {"id": "facebook-login", "name": "Facebook Login", "services": [login]},
                {"id": "ads-manager", "name": "Ads Manager", "services": [ads]},
            ]
        )

    def _markdown(self, call: Call) -> Answer:
        tip = "Degraded performance" if _bad(call) else "Operational"
        return _text(f'# Status\n\n<Card title="API v2"><Tooltip tip="{tip}">?</Tooltip></Card>\n')

    def _rss(self, call: Call) -> Answer:
        when = format_datetime(call.at, usegmt=True)
        item = f"<item><title>{INCIDENT}</title><pubDate>{when}</pubDate></item>"
        inside = f"<title>Status</title>{item if _bad(call) else ''}"
        return _text(f'<?xml version="1.0"?><rss version="2.0"><channel>{inside}</channel></rss>')

    def _atom(self, call: Call) -> Answer:
        when = call.at.isoformat()
        entry = f"<entry><title>{INCIDENT}</title><updated>{when}</updated></entry>"
        inside = f"<title>Status</title>{entry if _bad(call) else ''}"
        return _text(f'<feed xmlns="http://www.w3.org/2005/Atom">{inside}</feed>')


def _bad(call: Call) -> bool:
    return Kind.REPORTS_TROUBLE in call.in_force


def _text(text: str) -> Answer:
    return Answer(body=text.encode(), media_type=TEXT)
