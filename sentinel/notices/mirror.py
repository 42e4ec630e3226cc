"""Brings one notice into a folder that may lack it: what storage says stands, or is gone.

Each machine has a folder of its own, and a notice is posted once. So the other
machines' folders follow what is written down (`sentinel.service.folders`). What
is there already is left as it is: looking costs three small reads.
"""

from __future__ import annotations

from sentinel.notices import folder
from sentinel.notices.folder import Written
from sentinel.notices.notice import Notice
from sentinel.wire import ReadFile, Steps, file


def stand(root: str, notice: Notice) -> Steps[Written | None]:
    """Write a notice unless it stands here whole; None: nothing was to do. Every write commits."""
    page = yield from _holds(folder.page_path(root, notice.id), notice.mark)
    data = yield from _holds(folder.data_path(root, notice.id), notice.id)
    if not (page and data):
        return (yield from folder.write(root, notice))
    if (yield from _holds(folder.index_path(root), notice.mark)):
        return None
    if notice.id not in (yield from folder.listed(root)):
        return None  # too many came after it: only its page is left
    return Written(error=(yield from folder.lead_to(root, notice)))


def go(root: str, notice: Notice) -> Steps[Written | None]:
    """Take a notice down unless it is gone; None: nothing was to do.

    Where it never stood, a page says that it was withdrawn: people may hold its address.
    """
    page = yield from file(ReadFile(path=folder.page_path(root, notice.id)))
    said = page.content is not None and notice.mark.encode() not in page.content
    data = yield from _holds(folder.data_path(root, notice.id), notice.id)
    shown = yield from _holds(folder.index_path(root), notice.mark)
    if said and not data and not shown:
        return None
    return (yield from folder.remove(root, notice))


def _holds(path: str, mark: str) -> Steps[bool]:
    answer = yield from file(ReadFile(path=path))
    return mark.encode() in (answer.content or b"")
