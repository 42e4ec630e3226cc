"""The public notices, straight from the notice board's folder: cacheable, no script, no login.

The folder alone is enough to serve them; this is the same files over HTTP.
"""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from aiohttp import web

from sentinel.errors import Phrase
from sentinel.web.access import PARTS
from sentinel.web.problems import Problem

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".json": "application/feed+json; charset=utf-8",
    ".xml": "application/cap+xml; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".jpg": "image/jpeg",
    ".png": "image/png",
}
_CACHE = "public, max-age=30, stale-if-error=86400"
_STYLE = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'"


def routes() -> list[web.RouteDef]:
    """Return the public routes."""
    return [
        web.get("/notices", _to_folder),
        web.get("/notices/{path:.*}", _notice),
    ]


async def _to_folder(_: web.Request) -> web.Response:
    raise web.HTTPMovedPermanently("/notices/")


async def _notice(request: web.Request) -> web.Response:
    folder = _folder(request)
    wanted = request.match_info["path"]
    content = await asyncio.to_thread(_read, folder, wanted) if folder else None
    if content is None:
        raise Problem(
            404,
            Phrase(
                de="Diesen Hinweis gibt es nicht (mehr)", en="there is no such notice (any more)"
            ),
        )
    body, suffix = content
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": _CACHE, "Content-Security-Policy": _STYLE}
    if _has(request.headers.get("If-None-Match", ""), tag):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers={**headers, "Content-Type": _TYPES[suffix]})


def _has(known: str, tag: str) -> bool:
    """Return whether the caller has this version, by the weak comparison of RFC 9110."""
    return tag in {one.strip().removeprefix("W/") for one in known.split(",")}


def _folder(request: web.Request) -> Path | None:
    """Return the folder of the notice board that `notice_link` names, or of the only one."""
    rules = request.app[PARTS].board.rules
    named = [c for name, c in rules.channels.items() if name == rules.notice_link]
    boards = named or [c for c in rules.channels.values() if "directory" in c.settings]
    return Path(str(boards[0].settings["directory"])) if boards else None


def _read(folder: Path, wanted: str) -> tuple[bytes, str] | None:
    """Return a public file and its suffix; nothing outside the folder, nothing hidden."""
    try:
        base = folder.resolve()
        path = (base / wanted).resolve()
        if path.is_dir():
            path /= "index.html"
        elif wanted.endswith("/"):
            return None
        inside = path.is_relative_to(base) and not any(
            part.startswith(".") for part in path.relative_to(base).parts
        )
        if not inside or path.suffix not in _TYPES or not path.is_file():
            return None
        return path.read_bytes(), path.suffix
    except (OSError, ValueError):  # a name that no file can have
        return None
