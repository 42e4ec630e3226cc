"""The first page of the crisis team: *Lage*. Read only, no script, in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import web

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.chain import out_to_some
from sentinel.domain.delivery import Delivery
from sentinel.domain.evidence import Evidence
from sentinel.domain.health import explain
from sentinel.domain.message import MessageState
from sentinel.domain.operator_word import fresh, quoted
from sentinel.domain.posture import Stance
from sentinel.domain.receipts import surely_out
from sentinel.domain.summary import overall
from sentinel.errors import Phrase
from sentinel.service.budgets import quota_shapes
from sentinel.service.parts import Parts
from sentinel.service.shapes import Shape
from sentinel.storage.outages import Outage
from sentinel.web.access import PARTS, Caller, Scope, from_this_machine, identify
from sentinel.web.link_pages import PAGES
from sentinel.web.problems import Problem, language_of
from sentinel.web.wording import (
    ABILITIES,
    BY_HAND,
    CAUSES,
    CONFIRMED,
    HEADINGS,
    KINDS,
    MODES,
    PARTLY,
    STATES,
    asked_in_words,
    by_person,
)

LOGIN = "/login"
_RECENT = 20


def routes() -> list[web.RouteDef]:
    """Return the pages' routes."""
    return [web.get("/", _situation), web.get("/static/lage.css", _style)]


async def _situation(request: web.Request) -> web.Response:
    caller = await may_read(request)
    language = page_language(request)
    facts = await _facts(request.app[PARTS], language)
    facts["login"] = caller.login if caller else None
    html = PAGES.get_template("lage.html").render(facts)
    return web.Response(text=html, content_type="text/html", headers={"Cache-Control": "no-store"})


def page_language(request: web.Request) -> str:
    """Return the language that the page's link, or else the browser, asks for."""
    wanted = request.query.get("lang")
    return wanted if wanted in {"de", "en"} else language_of(request)


async def _style(_: web.Request) -> web.Response:
    css = PAGES.get_template("lage.css").render()
    return web.Response(
        text=css, content_type="text/css", headers={"Cache-Control": "max-age=3600"}
    )


async def may_read(request: web.Request) -> Caller | None:
    """Return who reads a page; None while nobody can log in, and it is read on this machine.

    Raises:
        HTTPSeeOther: To the login, as soon as there is somebody who could.
        Problem: 403: they may not read, or nobody can log in yet, and they are elsewhere.
    """
    caller = await identify(request)
    if caller is not None and Scope.READ in caller.scopes:
        return caller
    if caller is None:
        async with request.app[PARTS].storage.read() as view:
            somebody = await view.has_users()
        if somebody:
            back = urlencode({"next": request.path, "lang": page_language(request)})
            raise web.HTTPSeeOther(f"{LOGIN}?{back}")
        if from_this_machine(request):
            return None
    raise Problem(
        403,
        Phrase(
            de="Diese Seite ist nur mit der Berechtigung 'read' zu sehen, "
            "oder auf diesem Rechner selbst, solange es keine Benutzer gibt",
            en="this page needs the permission 'read', "
            "or the daemon's own machine as long as there are no users",
        ),
    )


async def _facts(parts: Parts, language: str) -> dict[str, Any]:
    board, now = parts.board, parts.board.now()
    async with parts.storage.read() as view:
        pending = await view.pending_by_channel()
        page = await view.messages(limit=_RECENT)
        states = await view.message_states([message.id for message in page.items])
        deliveries = await view.deliveries_of_many([message.id for message in page.items])
        outages = await view.open_outages()
        stranded = await view.count_messages(MessageState.STRANDED)
        words = {name: fresh(word, now) for name, word in (await view.operator_words()).items()}
        quotas = await quota_shapes(view, board, parts.ledger)
    zone = ZoneInfo(board.rules.timezone)
    word = overall(
        board.views(),
        board.rules.routes,
        parts.works(now),
        stranded=stranded,
        lost_uplinks=board.lost_uplinks,
        on_hold=board.hold is not None,
    )

    def local(at: datetime | None) -> str:
        return at.astimezone(zone).strftime("%d.%m.%Y %H:%M:%S") if at else "–"

    return {
        "language": language,
        "t": {name: phrase.in_(language) for name, phrase in HEADINGS.items()},
        "organisation": board.rules.organisation,
        "status": word,
        "status_text": HEADINGS[f"status_{word.value}"].in_(language),
        "now": local(now),
        "now_utc": now.isoformat(timespec="seconds"),
        "hold": board.hold,
        "crisis": _crisis(board.stance, language, local),
        "uplinks": [
            {"name": name, "lost": name in board.lost_uplinks} for name in board.rules.uplinks
        ],
        "abilities": [ABILITIES[ability].in_(language) for ability in Ability],
        "channels": [
            {
                **_channel(parts, name, pending.get(name, 0), language, local),
                "said": quoted(said).in_(language) if (said := words.get(name)) else None,
                "short": _short(quotas[name], language),
            }
            for name in board.rules.channels
        ],
        "messages": [
            {
                "number": message.number,
                "headline": message.content.headline,
                "state": STATES[states.get(message.id, MessageState.ACCEPTED)].in_(language),
                "state_word": states.get(message.id, MessageState.ACCEPTED),
                "accepted_at": local(message.accepted_at),
                "deliveries": [
                    {
                        "channel": d.channel,
                        "state": (STATES[d.state] if not by_person(d) else CONFIRMED).in_(language),
                        "asked": asked_in_words(d, language, local(d.due_at)),
                        "partly": _partly(d, language),
                        "permalink": d.receipt.permalink if d.receipt else None,
                        "read_back": local(d.read_back_at) if d.read_back_at else None,
                        "public": local(d.public_at) if d.public_at else None,
                        "cause": cause_word(d.cause or d.note, language),
                    }
                    for d in deliveries.get(message.id, ())
                ],
            }
            for message in page.items
        ],
        "outages": [
            {
                "what": outage.channel or _what(outage, language),
                "ability": ABILITIES[outage.ability].in_(language) if outage.ability else "",
                "cause": cause_word(outage.cause, language),
                "since": local(outage.opened_at),
            }
            for outage in outages
        ],
    }


def _crisis(stance: Stance | None, language: str, local: Any) -> dict[str, str] | None:
    if stance is None or not stance.crisis:
        return None
    number = Phrase(de=f"Meldung Nr. {stance.message}", en=f"message no. {stance.message}")
    by_message = stance.message is not None and not stance.reason
    return {
        "since": local(stance.since),
        "why": number.in_(language) if by_message else stance.reason,
    }


def _short(quotas: list[Shape], language: str) -> list[str]:
    """Return a sentence for each limit that is running out."""
    key = "sentence_de" if language.startswith("de") else "sentence_en"
    return [quota[key] for quota in quotas if quota[key] is not None]


def cause_word(cause: str | None, language: str) -> str:
    """Return a cause in a word or two; nothing for none."""
    return CAUSES[cause].in_(language) if cause is not None else ""


def _what(outage: Outage, language: str) -> str:
    kind = KINDS[outage.kind].in_(language)
    return f"{kind} ({outage.operator})" if outage.operator else kind


def _channel(parts: Parts, name: str, pending: int, language: str, local: Any) -> dict[str, Any]:
    board = parts.board
    channel, health = board.rules.channels[name], board.health(name)
    checked = [v.checked_at for v in health.verdicts.values() if v.checked_at is not None]
    freeze = board.freeze(name)
    cells = []
    for ability in Ability:
        verdict, head = health.verdicts.get(ability), ABILITIES[ability].in_(language)
        if verdict is None:
            cells.append(_nothing(head))
            continue
        if verdict.cause is Cause.NOT_OBSERVED and board.by_hand(name):
            by_hand = BY_HAND.in_(language)
            cells.append({**_nothing(head), "word": by_hand})
            continue
        why = explain(name, ability, verdict, board.zone).in_(language)
        cells.append(
            {
                "name": head,
                "state": verdict.state.value,
                "word": STATES[verdict.state].in_(language),
                "why": why,
                "since": local(verdict.since),
                "checks": [_check(item, language, local) for item in verdict.items],
            }
        )
    return {
        "name": name,
        "platform": channel.platform,
        "mode": MODES["frozen" if freeze else channel.mode].in_(language),
        "frozen": freeze.reason if freeze else None,
        "pending": pending,
        "checked": local(max(checked, default=None)),
        "cells": cells,
    }


def _nothing(head: str) -> dict[str, Any]:
    return {"name": head, "state": "none", "word": "–", "why": "", "since": "", "checks": []}


def _partly(delivery: Delivery, language: str) -> str:
    """Return that some recipients have what is not published, or may; nothing for none."""
    if delivery.live or not out_to_some(delivery.memory):
        return ""
    return PARTLY[surely_out(delivery.memory)].in_(language)


def _check(item: Evidence, language: str, local: Any) -> str:
    """Return one check in a line: what looked from where, when, and what it saw."""
    where = f", {item.vantage}" if item.vantage else ""
    cause = f" ({cause_word(item.cause, language)})" if item.cause else ""
    return f"{local(item.at)}, {item.probe}{where}: {item.saw or '–'}{cause}"
