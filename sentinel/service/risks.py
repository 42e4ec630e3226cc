"""The risk register, gathered from what is on disk and in the rules, for those who show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from sentinel.domain.resilience import Loss, losses
from sentinel.domain.risks import Exposure, Hold, Risk, holds, register
from sentinel.domain.rota_risks import rota_risks
from sentinel.domain.rules import Channel
from sentinel.platforms import Facts
from sentinel.service.board import Board
from sentinel.service.certificates import certificate_ends
from sentinel.service.ledger import Ledger
from sentinel.service.rooms import budgets_of, used
from sentinel.service.shapes import Shape, stamp
from sentinel.storage.view import View


async def risks_shape(view: View, board: Board, ledger: Ledger) -> Shape:
    """Return `GET /api/v1/risks`: the risks, what each loss would do, and what hangs on whom."""
    found = await risks_of(view, board, ledger)
    return {
        "items": [risk_shape(risk) for risk in found],
        "losses": [loss_shape(loss) for loss in losses(board.rules)],
        "operators": [_hold_shape(hold) for hold in holds(board.rules)],
        "next": None,
    }


async def risks_of(view: View, board: Board, ledger: Ledger) -> tuple[Risk, ...]:
    """Return every risk that is known now, the gravest first."""
    at, zone = board.now(), board.zone
    exposures = await _exposures(view, board, ledger, at)
    rotas = rota_risks(board.rules.staff, board.rosters, at, zone=zone)
    ahead = board.clock_ahead
    return register(board.rules, exposures, at, clock_ahead=ahead, zone=zone, further=rotas)


def risk_shape(risk: Risk) -> Shape:
    """Return one risk."""
    return {
        "kind": risk.kind,
        "gravity": risk.gravity,
        "subject": risk.subject,
        "due_at": stamp(risk.due_at),
        "routes": list(risk.routes),
        "sentence_de": risk.phrase.de,
        "sentence_en": risk.phrase.en,
    }


def loss_shape(loss: Loss) -> Shape:
    """Return what one loss would do."""
    return {
        "kind": loss.kind,
        "name": loss.name,
        "stranded": list(loss.stranded),
        "degraded": list(loss.degraded),
        "reach_lost": loss.reach_lost,
        "reach_total": loss.reach_total,
        "sentence_de": loss.phrase.de,
        "sentence_en": loss.phrase.en,
    }


def _hold_shape(hold: Hold) -> Shape:
    return {
        "operator": hold.operator,
        "channels": list(hold.channels),
        "reach": hold.reach,
        "share": round(hold.share, 4),
    }


async def _exposures(view: View, board: Board, ledger: Ledger, at: datetime) -> Iterable[Exposure]:
    expiries, certificates = await view.credential_expiries(), await certificate_ends(view)
    posts = await used(view, board, board.rules.channels.values(), at)
    found = []
    for name, channel in board.rules.channels.items():
        facts = board.platform(name).facts
        found.append(
            Exposure(
                channel=channel,
                verdicts=board.health(name).verdicts,
                credential_expires_at=expiries.get(channel.account),
                certificate_ends_at=certificates.get(name),
                api_versions=versions_of(facts, channel),
                quotas=budgets_of(board, ledger, channel, posts[name], at),
                price=facts.price,
            )
        )
    return found


def versions_of(facts: Facts, channel: Channel) -> Mapping[str, date]:
    """Return the versions of the API that a channel speaks, with the days on which they end.

    A platform whose version the city may choose lists several; only the chosen one counts.
    """
    chosen = channel.settings.get("api_version")
    return {name: day for name, day in facts.api_versions.items() if chosen in {None, name}}
