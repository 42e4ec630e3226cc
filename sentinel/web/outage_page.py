"""*Störungen*: what is broken, who was told, who takes care of it, and what is silenced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from aiohttp import web

from sentinel.domain.escalation import Escalation
from sentinel.domain.silence import Silence
from sentinel.errors import Phrase
from sentinel.service.acknowledge import acknowledge
from sentinel.service.board import Board
from sentinel.service.parts import Parts
from sentinel.service.signed import LinkKind, SignedLink, link_of
from sentinel.service.staff_shapes import silence_state, standing
from sentinel.storage.outages import Outage
from sentinel.web.access import PARTS, STALE, Caller, Scope, need
from sentinel.web.link_pages import PAGES, entry_in
from sentinel.web.outage_words import cause_of, local, names_of, outage_line, what_of, who
from sentinel.web.pages import may_read, page_language
from sentinel.web.problems import Problem

PATH: Final = "/outages"
_RECENT: Final = 50
_MOST: Final = 30  # lines of one group
_FORM_LASTS: Final = timedelta(hours=1)
_COMMENT: Final = 500

_WORDS: Final = {
    "title": Phrase(de="Störungen", en="Outages"),
    "heard": Phrase(de="Stand", en="As of"),
    "other": Phrase(de="English", en="Deutsch"),
    "situation": Phrase(de="Lage", en="Situation"),
    "open": Phrase(de="Offen", en="Open"),
    "none": Phrase(de="keine", en="none"),
    "silences": Phrase(de="Stille und Wartung", en="Silences and maintenance"),
    "recent": Phrase(de="Zuletzt vorbei", en="Over lately"),
    "comment": Phrase(
        de="Was die anderen wissen sollen (freiwillig):",
        en="What the others should know (if you like):",
    ),
    "button": Phrase(de="Ich kümmere mich darum", en="I take care of it"),
}
_SILENCES: Final = {
    "silence": Phrase(de="Stille", en="Silence"),
    "maintenance": Phrase(de="Wartung", en="Maintenance"),
}
_STATES: Final = {
    "planned": Phrase(de="geplant", en="planned"),
    "active": Phrase(de="in Kraft", en="active"),
    "over": Phrase(de="vorbei", en="over"),
}
_EVERYTHING: Final = Phrase(de="alles", en="everything")
_UNTOLD: Final = Phrase(de="Noch niemandem gemeldet.", en="Nobody has been told yet.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Who looks, in which language, and how their buttons are signed."""

    parts: Parts
    language: str
    caller: Caller | None
    keys: Mapping[str, bytes]
    people: Mapping[str, str]

    @property
    def board(self) -> Board:
        return self.parts.board

    @property
    def may_operate(self) -> bool:
        """True for callers who may acknowledge."""
        return self.caller is not None and Scope.OPERATE in self.caller.scopes

    def say(self, phrase: Phrase) -> str:
        return phrase.in_(self.language)

    def proof(self, outage: str) -> str | None:
        """Return what shows that the form of an outage came from us; None for no form."""
        if self.caller is None or not self.may_operate:
            return None
        link = SignedLink(
            kind=LinkKind.FORM,
            subject=outage,
            contact=self.caller.actor.word,
            expires_at=self.board.now() + _FORM_LASTS,
        )
        return link.token(self.keys.__getitem__)


def routes() -> list[web.RouteDef]:
    """Return the page's routes."""
    return [web.get(PATH, _outages), web.post(f"{PATH}/{{id}}/acknowledge", _acknowledge)]


async def _outages(request: web.Request) -> web.Response:
    caller = await may_read(request)
    parts, language = request.app[PARTS], page_language(request)
    board, purpose = parts.board, LinkKind.FORM.purpose
    async with parts.storage.read() as view:
        outages = await view.open_outages()
        climbs = {one.id: one for one in await view.open_escalations()}
        recent = [one for one in (await view.outages(limit=_RECENT)).items if one.closed_at]
        silences = await standing(view, board.now())
        names = await names_of(view, [*outages, *recent])
        keys = {purpose: view.derived_key(purpose)}
        people = await view.people()
    reader = _Reader(parts=parts, language=language, caller=caller, keys=keys, people=people)
    facts = {
        "language": language,
        "t": {name: phrase.in_(language) for name, phrase in _WORDS.items()},
        "organisation": board.rules.organisation,
        "now": local(board.now(), board.zone),
        "now_utc": board.now().isoformat(timespec="seconds"),
        "groups": [
            _group(reader, group, climbs.get(key), names)
            for key, group in _grouped(outages).items()
        ],
        "silences": [_silence(reader, one) for one in silences],
        "recent": [_over(reader, one, names) for one in recent],
        "longest": _COMMENT,
        "login": caller.login if caller else None,
        "reloads": not reader.may_operate,  # nobody types into a page that reloads
    }
    html = PAGES.get_template("outages.html").render(facts)
    return web.Response(text=html, content_type="text/html", headers={"Cache-Control": "no-store"})


def _grouped(outages: Sequence[Outage]) -> dict[str, list[Outage]]:
    """Return what staff are told of together, oldest first."""
    found: dict[str, list[Outage]] = {}
    for outage in outages:
        found.setdefault(outage.escalation_id or outage.id, []).append(outage)
    return found


def _group(
    reader: _Reader, group: Sequence[Outage], climb: Escalation | None, names: Mapping[str, str]
) -> dict[str, Any]:
    first, board = group[0], reader.board
    lines = [reader.say(outage_line(board, one, names)) for one in group[:_MOST]]
    if (more := len(group) - _MOST) > 0:
        lines.append(reader.say(Phrase(de=f"… und {more} weitere", en=f"… and {more} more")))
    owned = climb is not None and climb.acknowledged_at is not None
    return {
        "id": first.id,
        "title": reader.say(_title(group)),
        "lines": lines,
        "grave": climb is not None and climb.grave,
        "owned": owned,
        "told": reader.say(_told(reader, climb)),
        "seen": max((outage.entry or 0 for outage in group), default=0),
        "proof": None if owned else reader.proof(first.id),
    }


def _title(group: Sequence[Outage]) -> Phrase:
    first, many = group[0], len(group)
    what, cause = what_of(first), cause_of(first)
    if many == 1:
        return what
    about = first.operator or what.de
    return Phrase(
        de=f"{about}: {cause.de} ({many} Störungen)", en=f"{about}: {cause.en} ({many} outages)"
    )


def _told(reader: _Reader, climb: Escalation | None) -> Phrase:
    """Return who was told, and who takes care of it."""
    board = reader.board
    if climb is not None and climb.acknowledged_at is not None:
        by, at = who(climb.acknowledged_by, reader.people), local(climb.acknowledged_at, board.zone)
        also = f" „{climb.comment}“" if climb.comment else ""
        return Phrase(
            de=f"Übernommen von {by}, {at}.{also}", en=f"{by} takes care of it, since {at}.{also}"
        )
    if climb is None or not climb.told:
        return _UNTOLD
    names, level = ", ".join(climb.told), climb.level + 1
    levels = max(len(board.rules.staff.levels), 1)
    due = climb.due_at
    then = Phrase(de="", en="")
    if due is not None:
        at = local(due, board.zone)
        then = Phrase(de=f" Als Nächstes: {at}.", en=f" Next: {at}.")
    return Phrase(
        de=f"Gemeldet an {names} (Stufe {level} von {levels}), noch nicht übernommen.{then.de}",
        en=f"Told to {names} (level {level} of {levels}), not acknowledged yet.{then.en}",
    )


def _silence(reader: _Reader, silence: Silence) -> dict[str, str]:
    zone, at = reader.board.zone, reader.board.now()
    named = silence.channel or silence.operator or ", ".join(silence.channels)
    return {
        "kind": reader.say(_SILENCES[silence.kind]),
        "about": named or reader.say(_EVERYTHING),
        "state": reader.say(_STATES[silence_state(silence, at)]),
        "from": local(silence.starts_at, zone),
        "until": local(silence.ends_at, zone),
        "reason": silence.reason,
        "by": who(f"{silence.actor_kind}:{silence.actor_id}", reader.people),
    }


def _over(reader: _Reader, outage: Outage, names: Mapping[str, str]) -> dict[str, str]:
    zone = reader.board.zone
    return {
        "line": reader.say(outage_line(reader.board, outage, names)),
        "closed": local(outage.closed_at, zone),
        "by": who(outage.acknowledged_by, reader.people) if outage.acknowledged_by else "",
    }


async def _acknowledge(request: web.Request) -> web.Response:
    """Take the button's word, if the form that it stands on is ours and the caller's own."""
    caller = await need(request, Scope.OPERATE)
    parts, name, form = request.app[PARTS], request.match_info["id"], await request.post()
    async with parts.storage.read() as view:
        proof = link_of(str(form.get("proof", "")), LinkKind.FORM, view.derived_key)
    asked = (name, caller.actor.word)
    if proof is None or (proof.subject, proof.contact) != asked:
        raise Problem(403, STALE)
    if parts.board.now() >= proof.expires_at:
        raise Problem(403, STALE)
    await acknowledge(
        parts.storage,
        parts.board,
        outage_ids=[name],
        actor=caller.actor,
        comment=str(form.get("comment", "")).strip()[:_COMMENT],
        seen=entry_in(form),
    )
    raise web.HTTPSeeOther(f"{PATH}?lang={page_language(request)}")
