#!/usr/bin/env python3
"""Writes docs/platforms.md from what the platform files declare of themselves.

`scripts/platforms.py` says whether the file is current (exit 1 if not);
`scripts/platforms.py --write`, which `make docs` calls, writes it.
"""

# ruff: noqa: T201 - a script for people
from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from sentinel.domain.cause import Ability  # noqa: E402 - found by the line above
from sentinel.platforms import MATURITY, Platform, platforms  # noqa: E402

PAPER = ROOT / "docs" / "platforms.md"
WORDS = {
    Ability.PUBLISH: "publish",
    Ability.READ_BACK: "read back",
    Ability.PUBLIC: "public",
    Ability.LISTEN: "listen",
}
INTRO = """# Platforms

<!-- Written by `make docs` from the declarations in sentinel/platforms/. Do not edit. -->

One file or folder in `sentinel/platforms/` each; the folder is the register. What a platform
really does, with sources, stands at the top of its file; how to get credentials, its keys and
what a person has to know, on its own page. [How to add one](adding-a-platform.md).

**Repeats** says what a second copy of the same post would do, which decides what the machine may do
after an answer was lost:

- *yes*: the platform's own key makes a copy harmless, so the machine repeats;
- *shown*: only where a look at the server shows that it keeps its word; else a person decides;
- *no*: the machine looks (`find`) but never repeats on its own.
"""
MATURE = """## How far each is

*done*, or the reason why it cannot be. *Posts*: by the machine itself. *Reads back*: it looks at
what is live. *Drops copies*: see "repeats". *Rate limit read*: the platform says what is left.
*Rehearses*: the write path is tried without anything that a citizen could see.
"""
DOWN = """## Taking a post down, and posting by hand

Only a person has a live post taken down (`sentinel withdraw ID --delete`); the machine never does
it by itself. It is tried until the platform says that the post is gone, with pauses that grow to a
minute, also while publishing is on hold. After an hour, and at once where the platform cannot,
staff are told to do it by hand, with the address. "Not found" is believed when reading the post
says so too.

When a message is stranded, the alarm brings for each channel the text in full and, where the
platform has such a page, a link under which the text is ready to be posted.
"""
LIMITS = """## Limits, versions, and what operators say of themselves

The limits are those that each platform documents; headers and your own rules may say less. A status
page is shown and never believed ([probes.md](probes.md)).
"""
REST = """## Images

A picture goes where a platform shows nothing else: such a platform renders the message as a card,
4:5, with its text as alternative text. It is put beside the notices, or under `image_base_url`,
where the platform fetches it. Elsewhere a message's own image is left out unless the table says
otherwise, and `warnings` (in `sentinel preview` and in the answer to a send) says so.

## The account

At most one post per message and account is promised, so Sentinel must know which account a channel
is. It takes the first of the keys named under "account" on the platform's page that is stated,
together with platform and `base_url`. Changing that key, or adding a better one later, makes it
another account for Sentinel: messages still open would be posted again.
"""
CONFIRM = """## To confirm with a real account

What fact sheets know from memory only, or what no test server can show. Each is built so that being
wrong does no harm.
"""


def own(platform: Platform, name: str) -> bool:
    """Return whether the platform's file has a conversation of its own for this."""
    return getattr(type(platform), name) is not getattr(Platform, name)


DONE: dict[str, Callable[[Platform], bool]] = {
    "posts": lambda each: not each.facts.by_hand,
    "reads_back": lambda each: Ability.READ_BACK in each.facts.abilities,
    "drops_copies": lambda each: each.facts.key_drops_copies != "no",
    "rate_limit_read": lambda each: own(each, "windows") or own(each, "read_quota"),
    "rehearses": lambda each: own(each, "rehearse"),
}


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table in Markdown."""
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *map(list, rows)]
    marked = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return marked.replace("| --- ", "|---").replace("|--- |", "|---|") + "\n"


def abilities(platform: Platform) -> str:
    """Return what it can show at all."""
    return ", ".join(word for one, word in WORDS.items() if one in platform.facts.abilities)


def first() -> Iterator[list[str]]:
    """Yield the first table's rows."""
    for name, platform in sorted(platforms().items()):
        facts = platform.facts
        yield [
            f"`{name}`",
            facts.operator,
            f"{facts.text_limit} {facts.unit}",
            f"{facts.key_drops_copies}: {facts.drops_copies_why}",
            abilities(platform),
            "needed" if facts.image_required else "–",
            "by hand" if facts.by_hand else "by the machine",
            f"[{name}.md](platforms/{name}.md)",
        ]


def maturity() -> Iterator[list[str]]:
    """Yield how far each is."""
    for name, platform in sorted(platforms().items()):
        exempt = platform.facts.exempt
        reached = ["done" if DONE[one](platform) else exempt.get(one, "–") for one in MATURITY]
        yield [f"`{name}`", *reached]


def removal() -> Iterator[list[str]]:
    """Yield what can be undone, and helped by hand."""
    for name, platform in sorted(platforms().items()):
        yield [
            f"`{name}`",
            "by the machine, when a person asks" if own(platform, "withdraw") else "cannot",
            "a link" if own(platform, "compose_link") else "the text alone",
            "yes" if own(platform, "receive") else "–",
            "by itself" if own(platform, "refresh_credentials") else "–",
        ]


def limits() -> Iterator[list[str]]:
    """Yield documented limits, API versions and status pages."""
    for name, platform in sorted(platforms().items()):
        facts = platform.facts
        stated = ", ".join(f"{q.limit} {q.name} in {span(q.per)}" for q in facts.quotas)
        ends = ", ".join(f"{version} until {end}" for version, end in facts.api_versions.items())
        pages = ", ".join(f"`{page.removeprefix('https://')}`" for page in facts.status_pages)
        yield [f"`{name}`", stated or "–", ends or "–", span(facts.publish_within), pages or "–"]


def span(length: timedelta) -> str:
    """Return a length of time in the words of the rules."""
    seconds = int(length.total_seconds())
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "m")):
        if seconds > size and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def unconfirmed() -> Iterator[str]:
    """Yield what only a real account can show."""
    for name, platform in sorted(platforms().items()):
        for sentence in platform.facts.to_confirm:
            yield f"- `{name}`: {sentence}"


def paper() -> str:
    """Return the whole file."""
    heads = (
        *("platform", "operator", "text limit", "repeats", "abilities"),
        *("image", "posted", "its page"),
    )
    undo = ("platform", "taking down", "posting by hand", "calls us back", "renews its credential")
    limit = ("platform", "documented limits", "API versions", "a post may take", "status pages")
    parts = [
        INTRO,
        table(heads, first()),
        MATURE,
        table(("platform", *(one.replace("_", " ") for one in MATURITY)), maturity()),
        DOWN,
        table(undo, removal()),
        LIMITS,
        table(limit, limits()),
        REST,
        CONFIRM,
        "\n".join(unconfirmed()) or "Nothing.",
    ]
    return "\n".join(parts).rstrip() + "\n"


def main(arguments: list[str]) -> int:
    """Write the file, or say whether it is current."""
    if "--write" in arguments:
        PAPER.write_text(paper(), encoding="utf-8")
        return 0
    if PAPER.read_text(encoding="utf-8") == paper():
        return 0
    print("docs/platforms.md is not current: run make docs", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
