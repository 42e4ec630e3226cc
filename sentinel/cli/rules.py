"""`check-rules` and `schema`: what is wrong with the rules, and what they survive."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sentinel.cli.context import Command, Context, no_arguments
from sentinel.cli.exits import Exit
from sentinel.cli.parser import Parser
from sentinel.domain.resilience import Loss, losses
from sentinel.domain.rules import Rules
from sentinel.errors import Phrase, Problem, RulesError
from sentinel.rules import Loaded, json_schema

Shape = dict[str, Any]


def check_rules(context: Context, _: Namespace) -> int:
    """Say all that is wrong or odd; then, per route, what its rules survive.

    Ends with 64 on errors, 1 on warnings.
    """
    try:
        loaded = context.load(starting=True)
    except RulesError as error:
        if context.json:
            context.screen.json(_shape(context, error.problems, (), ()))
        context.screen.note(context.say(error.phrase))
        return Exit.USAGE
    lost = losses(loaded.rules)
    warnings = [*loaded.warnings, *_of_rotas(context, loaded)]
    if context.json:
        context.screen.json(_shape(context, (), warnings, lost))
    for problem in warnings:
        context.screen.note(_warning(context, problem))
    if not context.json:
        for line in _survival(context, loaded.rules, lost):
            context.screen.line(line)
    return Exit.WARNING if warnings else Exit.OK


def _of_rotas(context: Context, loaded: Loaded) -> Sequence[Problem]:
    if not loaded.rules.staff.rotas:
        return ()
    # Here because it loads calendars and the database, which most rules do without.
    from sentinel.cli.rota_remarks import rota_remarks  # noqa: PLC0415 - see above

    return rota_remarks(context, loaded)


def _warning(context: Context, problem: Problem) -> str:
    """Return a warning as `FILE:LINE:COL: warning: …`, as compilers write it."""
    word = context.say(Phrase(de="Warnung: ", en="warning: "))
    marked = Problem(
        line=problem.line,
        column=problem.column,
        what=Phrase(de=word + problem.what.de, en=word + problem.what.en),
        hint=problem.hint,
    )
    return marked.say(str(context.rules), context.language)


def _survival(context: Context, rules: Rules, lost: Sequence[Loss]) -> Iterator[str]:
    for route in rules.routes:
        yield f"Route {route.name}"
        deadly = [loss for loss in lost if route.name in loss.stranded]
        for loss in deadly:
            yield f"  {context.say(loss.phrase)}"
        softer = [loss.name for loss in lost if route.name in loss.degraded]
        names = ", ".join(dict.fromkeys(softer))
        if softer:
            phrase = Phrase(
                de=f"  Übersteht den Verlust von: {names}", en=f"  Survives the loss of: {names}"
            )
            yield context.say(phrase)
        if not deadly and softer:
            yield context.say(_SURVIVES)
        if not deadly and not softer:
            yield context.say(_CARRIES_NOTHING)


_SURVIVES: Final = Phrase(
    de="  Übersteht jeden einzelnen Verlust", en="  Survives every single loss"
)
_CARRIES_NOTHING: Final = Phrase(
    de="  Kann schon jetzt nichts tragen", en="  Cannot carry anything even now"
)


def _shape(
    context: Context,
    errors: Sequence[Problem],
    warnings: Sequence[Problem],
    lost: Sequence[Loss],
) -> Shape:
    return {
        "file": str(context.rules),
        "errors": [_problem(context, problem) for problem in errors],
        "warnings": [_problem(context, problem) for problem in warnings],
        "losses": [
            {
                "kind": loss.kind,
                "name": loss.name,
                "stranded": list(loss.stranded),
                "degraded": list(loss.degraded),
                "reach_lost": loss.reach_lost,
                "reach_total": loss.reach_total,
                "sentence": context.say(loss.phrase),
            }
            for loss in lost
        ],
    }


def _problem(context: Context, problem: Problem) -> Shape:
    return {
        "line": problem.line,
        "column": problem.column,
        "what": context.say(problem.what),
        "hint": context.say(problem.hint) if problem.hint else None,
    }


def schema(context: Context, options: Namespace) -> int:
    """Print the JSON Schema of the rules file, or of a drill."""
    if options.drill:
        # Here because drills load the daemon and the simulator, which the rules do without.
        from sentinel.drills.run import schema as drill_schema  # noqa: PLC0415 - see above

        context.screen.json(drill_schema())
    else:
        context.screen.json(json_schema())
    return Exit.OK


def _schema_arguments(parser: Parser, context: Context) -> None:
    parser.add_argument(
        "--drill",
        action="store_true",
        help=context.say(Phrase(de="das Schema der Übungen", en="the schema of drills")),
    )


COMMANDS: Final = {
    "check-rules": Command(no_arguments, check_rules),
    "schema": Command(_schema_arguments, schema),
}
