"""Notices that come at once: one index for all of them, and none is left out."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.cause import Severity
from sentinel.notices import folder
from sentinel.notices.notice import Notice, Site
from sentinel.wire import FileAnswer, ListFiles, PutFile, ReadFile, Step, Steps

SITE = Site(
    organisation="Stadt Musterstadt",
    timezone="Europe/Berlin",
    public_url="https://stadt.example/notices",
)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Disk:
    """A folder in memory; counts how often each file was put."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.puts: list[str] = []
        self.full = False

    def take(self, step: Step) -> FileAnswer | None:
        match step:
            case PutFile(path=path) if self.full and not path.endswith("/index.html"):
                return FileAnswer(error="ENOSPC")
            case PutFile(path=path, content=content):
                self.files[path] = content
                self.puts.append(path)
                return FileAnswer()
            case ReadFile(path=path):
                return FileAnswer(content=self.files.get(path))
            case ListFiles(path=path):
                return FileAnswer(names=tuple(_names(self.files, path)))
            case _:
                return None  # a pause

    def page(self, name: str) -> str:
        return self.files[f"/board/{name}"].decode()


def _names(files: dict[str, bytes], root: str) -> Iterator[str]:
    for path in sorted(files):
        name = path.removeprefix(f"{root}/")
        if "/" not in name:
            yield name


def notice(number: int, replaces: int | None = None) -> Notice:
    return Notice(
        site=SITE,
        id=name(number),
        number=number,
        chain=name(replaces or number),
        severity=Severity.SEVERE,
        language="de",
        headline=f"Hochwasser {number}",
        text="Der Pegel steigt.",
        event="Hochwasser",
        sent=NOON + timedelta(seconds=number),
        expires_at=NOON + timedelta(hours=6),
        references=((name(replaces), NOON),) if replaces else (),
    )


def name(number: int) -> str:
    return f"0192f3a0-0000-7000-8000-{number:012}"


def in_turns(disk: Disk, talks: list[Steps[folder.Written]], order: Iterator[int]) -> list[str]:
    """Let conversations take one step after the other, as `order` says; return their errors."""
    waiting: list[tuple[Steps[folder.Written], FileAnswer | None]] = [(t, None) for t in talks]
    errors: list[str] = []
    while waiting:
        steps, answer = waiting.pop(next(order) % len(waiting))
        try:
            waiting.append((steps, disk.take(steps.send(answer))))
        except StopIteration as end:
            errors.append(end.value.error)
    return errors


def round_about() -> Iterator[int]:
    while True:
        yield 0


def test_many_that_come_at_once_share_one_index() -> None:
    disk = Disk()
    talks = [folder.write("/board", notice(number)) for number in range(1, 21)]

    errors = in_turns(disk, talks, round_about())

    assert errors == [""] * 20
    assert disk.puts.count("/board/index.html") <= 3
    assert all(f"/notices/{name(n)}/" in disk.page("index.html") for n in range(1, 21))
    assert all(f"/notices/{name(n)}/" in disk.page("feed.json") for n in range(1, 21))


@given(st.lists(st.integers(0, 30), max_size=400))
def test_in_whatever_order_their_steps_fall_none_is_left_out(order: list[int]) -> None:
    disk = Disk()
    talks = [folder.write("/board", notice(number)) for number in range(1, 6)]
    talks.append(folder.write("/board", notice(6, replaces=2)))

    errors = in_turns(disk, talks, iter([*order, *[0] * 20_000]))

    assert errors == [""] * 6
    for number in range(1, 7):
        assert f"/notices/{name(number)}/" in disk.page("index.html")
        assert f"/notices/{name(number)}/" in disk.page("feed.atom")
    assert f"/notices/{name(6)}/" in disk.page(f"{name(2)}/index.html")


def test_when_the_disk_is_full_each_of_them_hears_of_it() -> None:
    disk = Disk()
    disk.full = True
    talks = [folder.write("/board", notice(number)) for number in range(1, 6)]

    errors = in_turns(disk, talks, round_about())

    assert errors == ["ENOSPC"] * 5


@pytest.mark.parametrize("steps", [3, 5, 9, 15])
def test_one_that_is_cut_off_in_its_turn_keeps_nobody_waiting(steps: int) -> None:
    disk = Disk()
    first = folder.write("/board", notice(1))
    answer: FileAnswer | None = None
    for _ in range(steps):
        answer = disk.take(first.send(answer))
    first.close()

    errors = in_turns(disk, [folder.write("/board", notice(2))], round_about())

    assert errors == [""]
    assert f"/notices/{name(2)}/" in disk.page("index.html")
