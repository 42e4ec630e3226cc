"""`sentinel drill`: finds a drill, plays it, tells what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from sentinel.drills import script as drill_file
from sentinel.drills.course import Course, Scene
from sentinel.drills.interrupt import until_told
from sentinel.drills.judge import Judgement, judge
from sentinel.drills.play import Spectator, play
from sentinel.drills.script import Script, load_script
from sentinel.drills.show import Show
from sentinel.drills.stage import Stage, stage
from sentinel.errors import Phrase, Problem, RulesError, SentinelError
from sentinel.rules.near import did_you_mean, quoted

INCIDENTS: Final = Path(__file__).parent / "incidents"
HELD, NOT_HELD, BAD_FILE = 0, 1, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A drill that was played, and what came of it."""

    course: Course
    scene: Scene
    judgements: tuple[Judgement, ...]

    @property
    def held(self) -> bool:
        """Whether every expectation held."""
        return all(judgement.held for judgement in self.judgements)


@dataclass(frozen=True, slots=True)
class Named:
    """A drill that comes with the package."""

    name: str
    title: Phrase


def names() -> list[Named]:
    """Return the drills that come with the package, by name."""
    return [
        Named(path.stem, _incident(path.stem).drill.title.phrase)
        for path in sorted(INCIDENTS.glob("*.yaml"))
    ]


def schema() -> dict[str, Any]:
    """Return the JSON Schema of drill files."""
    return drill_file.schema()


def find(name_or_path: str) -> Script:
    """Return the drill of that name, or in that file.

    Raises:
        RulesError: There is none, or it cannot be played; carries every problem.
    """
    known = INCIDENTS / f"{name_or_path}.yaml"
    if Path(name_or_path).name == name_or_path and known.is_file():
        return _incident(name_or_path)
    path = Path(name_or_path)
    if path.suffix in {".yaml", ".yml"} or path.exists():
        return load_script(path)
    what = Phrase(
        de=f"es gibt keine Übung {quoted(name_or_path)}",
        en=f"there is no drill {quoted(name_or_path)}",
    )
    hint = did_you_mean(name_or_path, [found.stem for found in INCIDENTS.glob("*.yaml")])
    raise RulesError(name_or_path, [Problem(line=1, column=1, what=what, hint=hint)])


@cache
def _incident(name: str) -> Script:
    """Return a drill of the package, read once: its rules are long, and it does not change."""
    return load_script(INCIDENTS / f"{name}.yaml")


async def rehearse(script: Script, spectator: Spectator, *, env: Mapping[str, str]) -> Rehearsal:
    """Play a drill from beginning to end.

    Raises:
        SentinelError: The daemon did not start, or refused what it was sent.
    """
    async with stage(script, env=env) as built:
        return await perform(built, spectator)


async def perform(built: Stage, spectator: Spectator) -> Rehearsal:
    """Play a drill on a stage that stands, and judge it."""
    course, scene = await play(built, spectator), built.scene
    judgements = tuple(judge(e, course, scene) for e in built.script.drill.expect)
    return Rehearsal(course=course, scene=scene, judgements=judgements)


async def drill(
    name_or_path: str,
    *,
    language: str,
    env: Mapping[str, str],
    console: Console | None = None,
) -> int:
    """Play a drill before the user; 0 if every expectation held, 1 if not, 64 for a bad file."""
    shown = console or Console()
    try:
        script = find(name_or_path)
    except RulesError as error:
        complain(error, language)
        return BAD_FILE
    show = Show(shown, language)
    show.opening(script.drill)
    try:
        async with until_told() as told:
            with show.live():
                rehearsal = await rehearse(script, show, env=env)
    except SentinelError as error:
        complain(error, language)
        return NOT_HELD
    if told.expired():
        show.say(Phrase(de="Abgebrochen", en="Broken off"), "bold red")
        return NOT_HELD
    show.verdict(rehearsal.judgements)
    return HELD if rehearsal.held else NOT_HELD


def complain(error: SentinelError, language: str) -> None:
    """Write what is wrong to standard error."""
    Console(stderr=True).print(Text(error.phrase.in_(language)), soft_wrap=True)
