"""File steps: whole or not at all, and what the system says as a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.platforms import Account
from sentinel.transport.driver import Transport
from sentinel.wire import (
    FileAnswer,
    FileStep,
    ListFiles,
    Lost,
    PutFile,
    ReadFile,
    RemoveFile,
    Request,
    Steps,
    Withheld,
    ask,
    file,
)


def names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


async def take(transport: Transport, account: Account, step: FileStep) -> FileAnswer:
    return await transport.drive(file(step), account, timeout_s=5)


async def test_a_file_that_was_put_can_be_read_by_the_web_server(
    transport: Transport, account: Account, tmp_path: Path
) -> None:
    path = tmp_path / "notices" / "17" / "index.html"

    put = await take(transport, account, PutFile(path=str(path), content=b"<h1>"))

    assert put == FileAnswer()
    assert path.read_bytes() == b"<h1>"
    assert path.stat().st_mode & 0o444 == 0o444


async def test_a_file_is_replaced_whole_and_nothing_unfinished_stays(
    transport: Transport, account: Account, tmp_path: Path
) -> None:
    path = tmp_path / "feed.atom"
    path.write_bytes(b"old and much longer")

    await take(transport, account, PutFile(path=str(path), content=b"new"))

    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["feed.atom"]


async def test_a_file_that_cannot_be_put_leaves_the_old_one_and_nothing_unfinished(
    transport: Transport, account: Account, tmp_path: Path
) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "inside").touch()

    put = await take(transport, account, PutFile(path=str(tmp_path / "taken"), content=b"x"))

    assert put.error == "EISDIR"
    assert names(tmp_path) == ["taken"]


async def test_what_the_system_refuses_is_an_answer(
    transport: Transport, account: Account, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()

    inside_a_file = PutFile(path=str(tmp_path / "file" / "x"), content=b"")
    with_a_nul = ReadFile(path="a\0b")

    assert (await take(transport, account, inside_a_file)).error in {"ENOTDIR", "EEXIST"}
    assert (await take(transport, account, with_a_nul)).error == "EINVAL"
    assert (await take(transport, account, ReadFile(path=str(tmp_path)))).error == "EISDIR"


async def test_what_is_missing_is_nothing_and_no_error(
    transport: Transport, account: Account, tmp_path: Path
) -> None:
    missing = str(tmp_path / "missing")

    assert await take(transport, account, ReadFile(path=missing)) == FileAnswer()
    assert await take(transport, account, ListFiles(path=missing)) == FileAnswer()
    assert await take(transport, account, RemoveFile(path=missing)) == FileAnswer()


async def test_names_are_listed_in_order_without_unfinished_ones(
    transport: Transport, account: Account, tmp_path: Path
) -> None:
    for name in ("b.xml", "a.html", ".unfinished-0011"):
        (tmp_path / name).touch()

    listed = await take(transport, account, ListFiles(path=str(tmp_path)))
    await take(transport, account, RemoveFile(path=str(tmp_path / "a.html")))

    assert listed.names == ("a.html", "b.xml")
    assert (await take(transport, account, ListFiles(path=str(tmp_path)))).names == ("b.xml",)


async def test_a_file_in_place_is_committed_and_a_refused_one_is_not(
    transport: Transport, account: Account, tmp_path: Path
) -> None:
    def put_then_lose(path: Path) -> Steps[str]:
        answer = yield from file(PutFile(path=str(path), content=b"x", commits=True))
        yield from ask(Request(method="GET", url="no address"))
        return answer.error

    async def committed(path: Path) -> bool:
        try:
            await transport.drive(put_then_lose(path), account, timeout_s=5)
        except Lost as lost:
            return lost.committed
        return False

    assert await committed(tmp_path / "index.html")
    assert not await committed(tmp_path)


async def test_what_has_begun_to_be_public_is_finished_and_what_has_not_is_not_begun(
    transport: Transport, account: Account, tmp_path: Path
) -> None:
    asked: list[bool] = []

    def board(folder: Path) -> Steps[str]:
        for name in ("page.html", "feed.atom", "index.html"):
            yield from file(PutFile(path=str(folder / name), content=b"x", commits=True))
        return "all"

    def once() -> bool:
        asked.append(not asked)
        return asked[-1]

    whole = await transport.drive(board(tmp_path), account, timeout_s=5, may_commit=once)
    with pytest.raises(Withheld):
        await transport.drive(
            board(tmp_path / "late"), account, timeout_s=5, may_commit=lambda: False
        )

    assert whole == "all"
    assert sorted(names(tmp_path)) == ["feed.atom", "index.html", "page.html"]
