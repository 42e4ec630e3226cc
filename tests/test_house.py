"""The house: rules about the code and its papers that no linter knows."""

import ast
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST_FILE = 300
EVENT = re.compile(r"[a-z_]+\.[a-z_]+")
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
DRAWERS = {"utils.py", "util.py", "helpers.py", "misc.py", "common.py"}
REGISTRIES = (  # in two halves, or this file would name them
    "pypi." + "org",
    "pythonhosted." + "org",
    "registry.np" + "mjs.org",
    "registry.yarn" + "pkg.com",
    "registry-1.docker." + "io",
    "proxy.golang." + "org",
)
INSTALLED_AT = {"/opt/sentinel", "/srv/sentinel", "/var/lib/sentinel"}  # the docs may say so


def test_no_file_of_the_code_is_longer_than_a_person_can_hold_in_mind() -> None:
    lengths = {
        named(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files("sentinel", "probes")
    }

    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    assert [named(path) for path in our_files() if path.name in DRAWERS] == []


@pytest.mark.parametrize("folder", ["sentinel", "probes", "tests"])
def test_every_module_says_what_it_is_for(folder: str) -> None:
    silent = [named(path) for path in python_files(folder) if not ast.get_docstring(parsed(path))]

    assert silent == []


def test_every_log_event_has_a_constant_name_noun_dot_past_participle() -> None:
    """So that it can be counted, and found in the docs by whoever reads the log."""
    odd = [
        (where, name.pattern)
        for where, name in first_words(is_log)
        if not EVENT.fullmatch(literal(name))
    ]

    assert odd == []


def test_the_docs_list_every_log_event_and_no_other() -> None:
    in_code = {literal(name) for _, name in first_words(is_log)}

    assert set(documented("Log events")) == in_code


def test_the_docs_list_every_journal_kind() -> None:
    rows = documented("Journal kinds")

    missing = [
        (where, kind.pattern)
        for where, kind in first_words(is_note)
        if not any(kind.fullmatch(row) for row in rows)
    ]

    assert missing == []


def test_the_docs_list_no_journal_kind_that_nothing_writes() -> None:
    kinds = [kind for _, kind in first_words(is_note)]

    stale = [
        row for row in documented("Journal kinds") if not any(kind.fullmatch(row) for kind in kinds)
    ]

    assert stale == []


@pytest.mark.parametrize(
    ("folder", "paper"),
    [("sentinel/platforms", "docs/platforms.md"), ("probes", "docs/probes.md")],
)
def test_every_member_of_a_family_has_a_row_in_the_docs(folder: str, paper: str) -> None:
    files = {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__"}
    members = files | {path.parent.name for path in (ROOT / folder).glob("*/__init__.py")}

    assert sorted(members - rows_of(paper)) == []


def test_the_changelog_has_a_place_for_the_next_change() -> None:
    assert "## [Unreleased]" in read("CHANGELOG.md").splitlines()


def test_every_decision_has_the_four_headings() -> None:
    headings = {
        path.name: re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        for path in sorted((ROOT / "docs/decisions").glob("*.md"))
    }

    assert headings
    assert {name: found for name, found in headings.items() if found != FOUR} == {}


FOUR = ["Situation", "Decision", "Consequences", "What else we looked at"]


def test_every_link_inside_the_papers_leads_somewhere() -> None:
    broken = [
        f"{named(paper)}: {target}"
        for paper in our_files()
        if paper.suffix == ".md"
        for target in links(paper)
        if not (paper.parent / target).exists()
    ]

    assert broken == []


@pytest.mark.parametrize("name", ["dev", "run", "synapse"])
def test_requirements_are_pinned_with_hashes_and_say_nothing_of_where_they_came_from(
    name: str,
) -> None:
    text = read(f"requirements/{name}.txt")

    pins = re.findall(
        r"^[A-Za-z0-9._-]+(?:\[[a-z,]+\])?==\S+.* \\\n +--hash=sha256:", text, re.MULTILINE
    )
    assert len(pins) == len(re.findall(r"^[A-Za-z0-9]", text, re.MULTILINE))
    assert "://" not in text
    assert not re.search(r"^\s*--(?!hash)", text, re.MULTILINE)
    assert not re.search(r"(?:^|[\s(])/\w", text, re.MULTILINE)


def test_no_file_names_a_package_registry() -> None:
    assert [(named(path), host) for host in REGISTRIES for path in holding(host)] == []


def test_no_file_names_the_place_where_this_copy_happens_to_lie() -> None:
    here = str(ROOT)

    assert here in INSTALLED_AT or [named(path) for path in holding(here)] == []


@cache
def our_files() -> tuple[Path, ...]:
    """Return every file that is, or would be, committed."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        listing = subprocess.check_output(
            [git, "-C", str(ROOT), "ls-files", "-coz", "--exclude-standard"], text=True
        )
        found = [ROOT / name for name in listing.split("\0") if name]
    else:  # unpacked from an archive
        found = [path for path in ROOT.rglob("*") if not made_here(path.relative_to(ROOT))]
    return tuple(sorted(path for path in found if path.is_file()))


def made_here(path: Path) -> bool:
    """Return whether a path was made by working in the folder, and is not of the house."""
    hidden = {part for part in path.parts if part.startswith(".")} - {".ci", ".gitignore"}
    return bool(hidden or {"data", "build", "dist", "__pycache__"} & set(path.parts))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def python_files(*folders: str) -> list[Path]:
    return [
        path
        for path in our_files()
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders
    ]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def holding(text: str) -> list[Path]:
    return [path for path in our_files() if text.encode() in path.read_bytes()]


def is_log(call: ast.Call) -> bool:
    """`log.info(…)`, `self._log.info(…)`."""
    match call.func:
        case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=level):
            return level in LEVELS and owner.strip("_") in {"log", "logger"}
        case _:
            return False


def is_note(call: ast.Call) -> bool:
    """`unit.note(…, actor=…)`: an entry for the journal."""
    named_actor = any(keyword.arg == "actor" for keyword in call.keywords)
    return isinstance(call.func, ast.Attribute) and call.func.attr == "note" and named_actor


@cache
def first_words(wanted: Callable[[ast.Call], bool]) -> list[tuple[str, re.Pattern[str]]]:
    """Return where each wanted call stands, and a pattern of what its first argument may be."""
    return [
        (f"{named(path)}:{node.lineno}", re.compile(pattern))
        for path in python_files("sentinel", "probes")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and node.args and wanted(node)
        for pattern in spelt(node.args[0])
    ]


def spelt(word: ast.expr) -> Iterator[str]:
    """Yield a pattern for each way in which an expression can be spelt."""
    match word:
        case ast.Constant(value=str(text)):
            yield re.escape(text)
        case ast.IfExp(body=one, orelse=other):
            yield from spelt(one)
            yield from spelt(other)
        case ast.JoinedStr(values=parts):
            yield "".join(
                re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z_]+"
                for part in parts
            )
        case _:
            yield f"(?!)\\ {ast.unparse(word)}"  # fits nothing: a name must be written out


def literal(pattern: re.Pattern[str]) -> str:
    """Return the text of a pattern made from a plain string; other patterns stay as they are."""
    return pattern.pattern.replace("\\.", ".")


def documented(section: str) -> list[str]:
    """Return the names in the first column of a section's table in docs/events.md."""
    _, _, rest = read("docs/events.md").partition(f"\n## {section}\n")
    body, _, _ = rest.partition("\n## ")
    return re.findall(r"^\| `([^`]+)` \|", body, re.MULTILINE)


def rows_of(paper: str) -> set[str]:
    """Return what stands in the first column of a paper's tables."""
    return set(re.findall(r"^\|\s*`?([a-z][a-z0-9_]*)`?\s*\|", read(paper), re.MULTILINE))


def links(paper: Path) -> list[str]:
    """Return the files that a paper links to, without their anchors."""
    text = re.sub(
        r"^```.*?^```", "", paper.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    return [t.partition("#")[0] for t in targets if not re.match(r"[a-z]+:|#", t)]
