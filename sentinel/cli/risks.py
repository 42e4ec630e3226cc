"""`risks`: what may become an outage if nobody acts, and what each loss would cost."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sentinel.cli.context import Command, Context, no_arguments
from sentinel.cli.exits import Exit
from sentinel.cli.screen import Cell, Row, Tone
from sentinel.cli.source import Source, read
from sentinel.cli.status import headline
from sentinel.errors import Phrase

Shape = dict[str, Any]

_GRAVITIES: Final = {
    "act": (Phrase(de="handeln", en="act"), Tone.BAD),
    "plan": (Phrase(de="planen", en="plan"), Tone.WORRY),
    "know": (Phrase(de="wissen", en="know"), Tone.QUIET),
}
_KINDS: Final = {
    "channel": Phrase(de="Kanal", en="channel"),
    "operator": Phrase(de="Betreiber", en="operator"),
    "dependency": Phrase(de="Abhängigkeit", en="dependency"),
    "uplink": Phrase(de="Leitung", en="uplink"),
}


def risks(context: Context, _: Namespace) -> int:
    """Show the risk register; 1 if somebody has to act, else 0."""
    found, alive = asyncio.run(read(context, _ask))
    pressing = sum(item["gravity"] == "act" for item in found["items"])
    code = Exit.WARNING if pressing else Exit.OK
    if context.json:
        context.screen.json({**found, "daemon": alive})
        return code
    many = len(found["items"])
    said = Phrase(de=f"{many} Risiken, {pressing} drängen", en=f"{many} risks, {pressing} press")
    numbers = [("risks", many, None), ("act", pressing, many)]
    context.screen.line(headline(code, context.say(said), numbers))
    _risks(context, found["items"])
    _losses(context, found["losses"])
    return code


async def _ask(source: Source) -> Shape:
    return await source.risks()


def _risks(context: Context, items: Sequence[Shape]) -> None:
    if not items:
        context.screen.line(context.say(Phrase(de="Keine Risiken bekannt", en="No known risks")))
        return
    headings = [
        context.say(Phrase(de="Stufe", en="Grade")),
        context.say(Phrase(de="Bis", en="Due")),
        context.say(Phrase(de="Risiko", en="Risk")),
    ]
    rows: list[Row] = []
    for item in items:
        word, tone = _GRAVITIES[item["gravity"]]
        rows.append(
            [Cell(context.say(word), tone), context.when(item["due_at"]), _said(context, item)]
        )
    context.screen.table(headings, rows)


def _losses(context: Context, losses: Sequence[Shape]) -> None:
    """Show what each loss would do, for those that would do anything."""
    felt = [loss for loss in losses if loss["stranded"] or loss["degraded"]]
    if not felt:
        return
    context.screen.line()
    headings = [
        context.say(Phrase(de="Fällt aus", en="Lost")),
        context.say(Phrase(de="Name", en="Name")),
        context.say(Phrase(de="Nicht mehr erfüllt", en="No longer fulfilled")),
        context.say(Phrase(de="Weniger Auswahl für", en="Less choice for")),
        context.say(Phrase(de="Reichweite", en="Reach")),
    ]
    context.screen.table(headings, [_loss(context, loss) for loss in felt])


def _loss(context: Context, loss: Mapping[str, Any]) -> list[str | Cell]:
    stranded = ", ".join(loss["stranded"])
    reach = f"-{loss['reach_lost']}/{loss['reach_total']}" if loss["reach_total"] else "–"
    return [
        context.say(_KINDS[loss["kind"]]),
        loss["name"],
        Cell(stranded, Tone.BAD) if stranded else "–",
        ", ".join(loss["degraded"]) or "–",
        reach,
    ]


def _said(context: Context, item: Mapping[str, Any]) -> str:
    return str(item["sentence_de" if context.language == "de" else "sentence_en"])


COMMANDS: Final = {"risks": Command(no_arguments, risks)}
