"""Every verdict in one sentence, word for word: read `sentences.txt` as a press officer would.

After a wanted change: `python -m tests.domain.test_sentences > tests/domain/sentences.txt`.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sentinel.domain.cause import EFFECTS, Ability, Cause, State
from sentinel.domain.evidence import Evidence
from sentinel.domain.health import Verdict, explain
from sentinel.errors import Phrase

WRITTEN = Path(__file__).with_name("sentences.txt")
AT = datetime(2026, 3, 5, 15, 0, tzinfo=UTC)
RESETS = frozenset({Cause.RATE_LIMITED, Cause.QUOTA_EXHAUSTED})


def verdict(state: State, cause: Cause | None = None, **more: object) -> Verdict:
    until = AT + timedelta(hours=3) if cause in RESETS else None
    given = {"evidence": "", "since": AT, "until": until, **more}
    return Verdict(state=state, cause=cause, **given)  # type: ignore[arg-type] # what each test gives


def check(**more: object) -> Evidence:
    given = {"probe": "write_path", "vantage": "rathaus", "saw": "HTTP 503", "in_a_row": 3, **more}
    return Evidence(at=AT, since=AT, **given)  # type: ignore[arg-type] # what each test gives


SPECIAL = {
    "nothing is wrong": verdict(State.UP),
    "on trial": verdict(State.UP, half_open=True),
    "flapping": verdict(
        State.DOWN, Cause.PLATFORM_FAULT, flaps=True, until=AT + timedelta(minutes=10)
    ),
    "an edge": verdict(State.DOWN, Cause.PLATFORM_FAULT, items=(check(edge="cloudflare"),)),
    "with its evidence": verdict(State.DOWN, Cause.PLATFORM_FAULT, items=(check(),)),
    "good once since": verdict(State.DOWN, Cause.PLATFORM_FAULT, items=(check(good_since=1),)),
    "good twice since": verdict(State.DOWN, Cause.PLATFORM_FAULT, items=(check(good_since=2),)),
    "from two places": verdict(
        State.DOWN, Cause.UNREACHABLE, items=(check(), check(vantage="rechenzentrum"))
    ),
    "our own books": verdict(
        State.DEGRADED, Cause.QUOTA_LOW, items=(check(vantage="", probe="quota", in_a_row=1),)
    ),
    "not seen lately": verdict(State.UNKNOWN, Cause.STALE, items=(check(),)),
}


def sentences() -> Iterator[tuple[str, Phrase]]:
    for cause, effect in EFFECTS.items():
        if effect.state is None:
            continue  # a risk, or what one delivery met: no verdict says it
        for ability in Ability:
            yield (
                f"{cause}, {ability}",
                explain("Stadt-Kanal", ability, verdict(effect.state, cause)),
            )
    for name, one in SPECIAL.items():
        yield name, explain("Stadt-Kanal", Ability.PUBLISH, one)


def as_text() -> str:
    return "\n".join(f"[{name}]\n{said.de}\n{said.en}\n" for name, said in sentences())


def test_every_verdict_is_one_sentence_that_was_read_by_a_person() -> None:
    assert as_text() == WRITTEN.read_text(encoding="utf-8")


def test_a_sentence_is_one_and_has_no_word_of_the_machine_in_it() -> None:
    causes = {cause.value for cause in Cause if "_" in cause}

    for name, said in sentences():
        for text in (said.de, said.en):
            assert text.endswith("."), name
            assert not any(cause in text for cause in causes), name
            assert not re.search(r"HTTP|None|\{|_|  ", text), name


if __name__ == "__main__":
    print(as_text(), end="")
