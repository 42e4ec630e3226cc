"""The files of a notice board, and the order in which they are written.

`{id}/index.html` (the page), `{id}.cap.xml`, `{id}.json` (the notice as data, from
which the rest can be made anew), then what leads to it: `feed.atom`,
`feed.json`, and `index.html` last. So a link never leads nowhere, a notice in
the index is whole, and writing one twice writes the same files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sentinel.notices import feeds, pages
from sentinel.notices.cap import cap
from sentinel.notices.notice import Notice, from_json, successors, to_json
from sentinel.wire import ListFiles, PutFile, ReadFile, Steps, file

LISTED = 200
"""Notices on the board's page, newest first; older pages stay at their address."""

_ROUNDS = 3  # how often the index is made anew when another notice arrives meanwhile
_DATA = ".json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What came of writing. `error` is the system's name for it; `page` says the page is there."""

    error: str = ""
    page: bool = True


def page_path(root: str, notice_id: str) -> str:
    """Return where the page of a notice stands."""
    return f"{root}/{notice_id}/index.html"


def index_path(root: str) -> str:
    """Return where the board's own page stands."""
    return f"{root}/index.html"


def write(root: str, notice: Notice) -> Steps[Written]:
    """Write a notice and everything that leads to it. Every write commits."""
    notice = _dated(notice, (yield from _read(root, [one for one, _ in notice.references])))
    if error := (yield from _put(page_path(root, notice.id), pages.page(notice))):
        return Written(error=error, page=False)
    own = {f"{notice.id}.cap.xml": cap(notice), f"{notice.id}{_DATA}": to_json(notice)}
    error = yield from _put_all(root, own.items())
    return Written(error=error or (yield from _lead_to(root, notice)))


def _dated(notice: Notice, board: Iterable[Notice]) -> Notice:
    """Return the notice with the times that the notices it refers to really carry."""
    sent = {one.id: one.sent for one in board}
    references = tuple((one, sent.get(one, at)) for one, at in notice.references)
    return replace(notice, references=references)


def _lead_to(root: str, notice: Notice) -> Steps[str]:
    """Mark what the notice replaces and write feeds and index; return the first error.

    Two notices may be written at once. Whoever writes the index looks again
    afterwards, so the last to write has seen them all.
    """
    seen: list[str] = []
    for _ in range(_ROUNDS):
        listing = yield from file(ListFiles(path=root))
        ids = sorted(
            (name.removesuffix(_DATA) for name in listing.names if name.endswith(_DATA)),
            reverse=True,
        )
        if ids == seen:
            break
        seen = ids
        # Ids are UUIDv7: their order is the order of time.
        referred = [one for one, _ in notice.references if one in ids]
        board = yield from _read(root, [*ids[:LISTED], *referred])
        if error := (yield from _put_all(root, _shared(notice, board))):
            return error
    return ""


def _shared(notice: Notice, board: list[Notice]) -> Iterator[tuple[str, bytes]]:
    later, site = successors(board), notice.site
    touched = {notice.id, *(one for one, _ in notice.references)}
    for one in board:
        if one.id in touched and one.id in later:
            yield f"{one.id}/index.html", pages.page(one, later[one.id])
    yield "feed.atom", feeds.atom(site, board)
    yield "feed.json", feeds.json_feed(site, board)
    yield "index.html", pages.index(site, board)


def _read(root: str, ids: Iterable[str]) -> Steps[list[Notice]]:
    """Return the notices of these ids; a file that holds none is passed over."""
    board: list[Notice] = []
    for one in dict.fromkeys(ids):
        answer = yield from file(ReadFile(path=f"{root}/{one}{_DATA}"))
        known = from_json(answer.content or b"")
        if known is not None and known.id == one:
            board.append(known)
    return board


def _put_all(root: str, files: Iterable[tuple[str, bytes]]) -> Steps[str]:
    for name, content in files:
        if error := (yield from _put(f"{root}/{name}", content)):
            return error
    return ""


def _put(path: str, content: bytes) -> Steps[str]:
    answer = yield from file(PutFile(path=path, content=content, commits=True))
    return answer.error
