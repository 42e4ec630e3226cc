"""What `check-rules` says of the rotas: gaps in the next days, calendars that cannot be read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from sentinel.app.clock import utc_now
from sentinel.cli.context import Context
from sentinel.cli.kept import board_of, opened
from sentinel.domain.rota_risks import rota_risks
from sentinel.domain.rules import Rules
from sentinel.errors import Problem, StorageError
from sentinel.rules import Loaded
from sentinel.rules.document import parse
from sentinel.service.rosters import Unread, place_of, rosters_now
from sentinel.storage.calendars import Copy


def rota_remarks(context: Context, loaded: Loaded) -> Sequence[Problem]:
    """Return what is amiss with the rotas, each at its place in the rules file.

    A calendar behind an address is judged by the copy that a daemon keeps;
    without one nothing is said of it here.
    """
    rules = loaded.rules
    board = board_of(context, rules)
    at, zone = utc_now(), board.zone
    copies = asyncio.run(_copies(rules)) if _remote(rules, context.env) else {}
    rosters = rosters_now(rules, context.env, copies, zone, at)
    document = parse(loaded.text, str(context.rules))
    return [
        document.problem(
            document.at_key("staff", "rotas", risk.subject),
            risk.phrase.de.rstrip("."),
            risk.phrase.en.rstrip("."),
        )
        for risk in rota_risks(rules.staff, rosters, at, zone=zone)
    ]


def _remote(rules: Rules, env: Mapping[str, str]) -> bool:
    for rota in rules.staff.rotas.values():
        try:
            if "://" in place_of(rota, env):
                return True
        except Unread:
            continue
    return False


async def _copies(rules: Rules) -> Mapping[str, Copy]:
    try:
        async with opened(rules, read_only=True) as storage, storage.read() as view:
            return await view.calendars()
    except StorageError:
        return {}  # no daemon has run here yet, or whoever asks may not read its data
