"""The city's own web site, as citizens see it: `/_site/NAME/…` shows a folder's files.

Which folder, whoever runs the simulator says; a site that was told none is
empty. It is a face like any other, so that the edge in front of it, or the
machine below it, can fail. It reads the files that it shows, and keeps nothing.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from sentinel.simulator.faces import HTML, Answer, Call, HttpFace, Route, page
from sentinel.simulator.kinds import Kind


class Site(HttpFace):
    """A web server that shows what lies in a folder."""

    name = "_site"
    operator = "_site"
    kinds = frozenset(
        {
            Kind.REFUSE_CONNECTION,
            Kind.BLACK_HOLE,
            Kind.SLOW,
            Kind.SERVER_ERROR,
            Kind.HTML_ERROR,
            Kind.EDGE_PAGE,
            Kind.FLAPPING,
        }
    )
    words: ClassVar = {Kind.SERVER_ERROR: page("<title>Internal Server Error</title>", 500)}

    def __init__(self) -> None:
        super().__init__()
        self._folders: dict[str, Path] = {}

    def routes(self) -> Sequence[Route]:
        """Return nothing: which addresses there are, the folder says."""
        return ()

    def show(self, name: str, folder: Path) -> None:
        """Show what lies in `folder`, now and later, as the site `name`."""
        self._folders[name] = folder.resolve()

    def unknown(self, call: Call) -> Answer:
        """Return the file that is asked for; a folder's `index.html`; 404 where there is none."""
        folder = self._folders.get(call.account.name)
        if folder is None or call.method not in {"GET", "HEAD"}:
            return page("<title>404 Not Found</title>", 404)
        file = (folder / call.path.strip("/")).resolve()
        if file.is_dir():
            file = file / "index.html"
        if not file.is_relative_to(folder) or not file.is_file():
            return page("<title>404 Not Found</title>", 404)
        kind, _ = mimetypes.guess_type(file.name)
        return Answer(
            body=file.read_bytes(),
            media_type=HTML if kind in {None, "text/html"} else str(kind),
            headers={"Cache-Control": "max-age=10"},
        )
