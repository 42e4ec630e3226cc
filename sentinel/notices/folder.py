"""The files of a notice board, and the order in which they are written.

`{id}/index.html` (the page), `{id}.cap.xml`, `{id}.json` (the notice as data, from
which the rest can be made anew), then what leads to it: `feed.atom`,
`feed.json`, and `index.html` last. So a link never leads nowhere, a notice in
the index is whole, and writing one twice writes the same files.

A notice that is taken down leaves a page that says so, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from sentinel.notices import feeds, pages
from sentinel.notices.cap import cap
from sentinel.notices.notice import Notice, from_json, successors, to_json
from sentinel.notices.turns import together, waiting
from sentinel.wire import ListFiles, PutFile, ReadFile, RemoveFile, Steps, file

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


def data_path(root: str, notice_id: str) -> str:
    """Return where the data of a notice stands: what has it is listed, now or at the next write."""
    return f"{root}/{notice_id}{_DATA}"


def lead_to(root: str, notice: Notice) -> Steps[str]:
    """List a notice whose own files are there, after a crash in between; return the error."""
    return (yield from _lead_to(root, notice))


def listed(root: str) -> Steps[list[str]]:
    """Return the ids of the notices that the index has room for, newest first."""
    return (yield from _ids(root))[:LISTED]


def remove(root: str, notice: Notice) -> Steps[Written]:
    """Take a notice down: its page says so, its files go, and nothing leads to it any more.

    Doing it twice does no harm. What the notice replaced is shown unmarked again.
    """
    if error := (yield from _put(page_path(root, notice.id), pages.withdrawn(notice))):
        return Written(error=error)
    for name in (f"{notice.id}.cap.xml", f"{notice.id}{_DATA}"):
        answer = yield from file(RemoveFile(path=f"{root}/{name}"))
        if answer.error:
            return Written(error=answer.error)
    return Written(error=(yield from _lead_to(root, notice)))


def _dated(notice: Notice, board: Iterable[Notice]) -> Notice:
    """Return the notice with the times that the notices it refers to really carry."""
    sent = {one.id: one.sent for one in board}
    references = tuple((one, sent.get(one, at)) for one, at in notice.references)
    return replace(notice, references=references)


def _lead_to(root: str, notice: Notice) -> Steps[str]:
    """Mark what the notice replaces and write feeds and index; return the first error."""
    return (yield from together(root, notice, lambda group: _lead_to_all(root, group)))


def _lead_to_all(root: str, group: Sequence[Notice]) -> Steps[str]:
    """Lead to several notices at once.

    Others may be written meanwhile, also by other processes. Whoever writes the
    index looks again afterwards, so the last to write has seen them all.
    """
    seen: list[str] = []
    referred = [one for notice in group for one, _ in notice.references]
    for _ in range(_ROUNDS):
        ids = yield from _ids(root)
        if seen and set(ids) ^ set(seen) <= waiting(root):
            break  # nothing new, or only what will be led to in the next turn
        seen = ids
        listed = set(ids)
        board = yield from _read(root, [*ids[:LISTED], *(o for o in referred if o in listed)])
        if error := (yield from _put_all(root, _shared(group, board))):
            return error
    return ""


def _ids(root: str) -> Steps[list[str]]:
    """Return what has data, newest first: ids are UUIDv7, their order is that of time."""
    listing = yield from file(ListFiles(path=root))
    names = (name.removesuffix(_DATA) for name in listing.names if name.endswith(_DATA))
    return sorted(names, reverse=True)


def _shared(group: Sequence[Notice], board: list[Notice]) -> Iterator[tuple[str, bytes]]:
    later, site = successors(board), group[-1].site
    own = {notice.id for notice in group}
    referred = {one for notice in group for one, _ in notice.references}
    for one in board:
        if one.id in referred or (one.id in own and one.id in later):
            yield f"{one.id}/index.html", pages.page(one, later.get(one.id))
    yield "feed.atom", feeds.atom(site, board)
    yield "feed.json", feeds.json_feed(site, board)
    yield "index.html", pages.index(site, board)


def _read(root: str, ids: Iterable[str]) -> Steps[list[Notice]]:
    """Return the notices of these ids; a file that holds none is passed over."""
    board: list[Notice] = []
    for one in dict.fromkeys(ids):
        answer = yield from file(ReadFile(path=f"{root}/{one}{_DATA}"))
        known = _notice_in(answer.content or b"")
        if known is not None and known.id == one:
            board.append(known)
    return board


@lru_cache(maxsize=2 * LISTED)
def _notice_in(content: bytes) -> Notice | None:
    """Return the notice in a file. The same bytes are the same notice: they are read often."""
    return from_json(content)


def _put_all(root: str, files: Iterable[tuple[str, bytes]]) -> Steps[str]:
    for name, content in files:
        if error := (yield from _put(f"{root}/{name}", content)):
            return error
    return ""


def _put(path: str, content: bytes) -> Steps[str]:
    answer = yield from file(PutFile(path=path, content=content, commits=True))
    return answer.error
