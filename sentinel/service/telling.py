"""Makes notifications: what happened in words, folded into one text for each contact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any, Final
from urllib.parse import urlsplit

import structlog

from sentinel.domain import leads
from sentinel.domain.escalation import Escalation, Telling, Word
from sentinel.domain.leads import Lead
from sentinel.domain.letter import Link
from sentinel.domain.news_item import News
from sentinel.domain.rules import Contact
from sentinel.errors import Phrase
from sentinel.rules.addresses import is_loopback
from sentinel.service.board import Board
from sentinel.service.compose import Told, told_of
from sentinel.service.letters import Written, written
from sentinel.service.troubles import Scene
from sentinel.storage.notifications import Notification
from sentinel.storage.outages import Outage
from sentinel.storage.view import View

log = structlog.get_logger()

_BARE: Final = Phrase(
    de="Sentinel: etwas ist geschehen und lässt sich nicht in Worte fassen",
    en="Sentinel: something happened and cannot be put into words",
)
_BARE_TEXT: Final = Phrase(
    de="Was es ist, steht in der Übersicht und im Journal; warum die Worte fehlen, im Log.",
    en="What it is stands in the overview and in the journal; why words are missing, in the log.",
)


class Teller:
    """Puts news into words and words into letters."""

    def __init__(self, board: Board) -> None:
        self._board = board

    async def words(
        self, view: View, outages: Sequence[Outage], scene: Scene
    ) -> Mapping[str, Told]:
        """Return each outage in words, or its end if it is over, by its id."""
        numbers = {outage.id: _entry(outage) for outage in outages}
        entries = await view.entries_with([n for n in numbers.values() if n is not None])
        channels = {outage.channel for outage in outages if outage.channel}
        waiting = await view.waiting_by_channel(channels)
        found: dict[str, Told] = {}
        for outage in outages:
            entry = entries.get(numbers[outage.id] or 0)
            if entry is None:
                continue
            payload = {**(entry.payload or {}), **_facts(outage, scene)}
            payload |= {"waiting": waiting.get(outage.channel or "", ())}
            told = await told_of(view, self._board, replace(entry, payload=payload))
            if told is not None:
                found[outage.id] = told
        return found

    def lead(
        self, telling: Telling, climb: Escalation, told: Sequence[str], owner: str | None
    ) -> Lead | None:
        """Return what stands above the news; None: they speak for themselves.

        `told` is who was told before, `owner` who had taken it on.
        """
        zone, since = self._board.zone, climb.opened_at
        match telling.word:
            case Word.CALLED if owner is not None:
                return leads.anew(owner if owner in self._board.rules.staff.contacts else None)
            case Word.CALLED:
                return leads.called(telling.levels[0], since, told, zone)
            case Word.REPEATED:
                return leads.repeated(climb.rounds, since, told, zone)
            case Word.ADDED:
                return leads.added()
            case Word.ENDED:
                return None

    def letter(
        self,
        contact: Contact,
        news: Iterable[Told],
        lead: Lead | None = None,
        climb: Escalation | None = None,
        link: Link | None = None,
    ) -> Notification:
        """Fold what came at the same time into one: nobody reads ten mails at three.

        An alarm among it gives the subject, whatever else came before it.
        """
        at, told = self._board.now(), sorted(dict(news).items())
        link = link or self._page(of_outage=any(found.outage for _, found in told))
        made = self._written(contact, [found for _, found in told], lead, link)
        return Notification(
            id=self._board.new_id(),
            outage_id=made.outage,
            escalation_id=climb.id if climb else None,
            journal_number=told[-1][0],
            contact=contact.name,
            due_at=at,
            attempts=0,
            subject=made.subject,
            text=made.text,
            html=made.html,
            short=made.short,
            grave=made.alarm,
            exercise=made.exercise,
            created_at=at,
        )

    def _written(
        self, contact: Contact, news: Sequence[News], lead: Lead | None, link: Link | None
    ) -> Written:
        """Return a letter's words, or few and always the same: one must not block all others."""
        try:
            return written(
                news, language=contact.language, zone=self._board.zone, link=link, lead=lead
            )
        except Exception:
            log.exception("notification.unworded", contact=contact.name)
            return _bare(contact.language, link)

    def _page(self, *, of_outage: bool) -> Link | None:
        """Return the page that shows more; no phone reaches one that only this machine can open."""
        public = self._board.rules.server.public_url.rstrip("/")
        host = urlsplit(public).hostname or "localhost"
        return None if is_loopback(host) else Link(url=f"{public}/{'outages' if of_outage else ''}")


def _bare(language: str, link: Link | None) -> Written:
    """Return the words for what has none; as an alarm, because it may be one."""
    url = link.url if link else ""
    subject, text = _BARE.in_(language), _BARE_TEXT.in_(language)
    return Written(
        subject=subject,
        text=f"{text}\n{url}".rstrip(),
        html=f"<p>{escape(text)}</p>"
        + (f'<p><a href="{escape(url)}">{escape(url)}</a></p>' * bool(url)),
        short=f"{subject} {url}".rstrip(),
        alarm=True,
        exercise=False,
        outage=None,
    )


def _entry(outage: Outage) -> int | None:
    return outage.entry if outage.closed_at is None else outage.end_entry


def _facts(outage: Outage, scene: Scene) -> dict[str, Any]:
    """Return what the entry does not say and whoever reads it wants to know."""
    return {
        "kind": outage.kind,
        "operator": outage.operator,
        "since": outage.opened_at.isoformat(),
        "without": scene.bare_of(outage.channel),
    }
