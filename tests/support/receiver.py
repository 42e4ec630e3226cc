"""Somebody who is called over HTTP and writes down each call: heartbeats, webhooks, alerts.

It runs in a thread of its own: what it hears does not hang on the test's loop.
"""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call, and when it came by the clock that nobody sets."""

    method: str
    path: str
    headers: Mapping[str, str]  # names in small letters
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        """What the body says."""
        return json.loads(self.body)


class Receiver:
    """A recording HTTP server on a free port. `with Receiver() as receiver`."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.status = 200  # what it answers
        self.room: int | None = None  # bytes of a body that it takes; more is too large for it
        self.silent = threading.Event()  # it takes calls and never answers
        self._over = threading.Event()

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _take(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                too_large = receiver.room is not None and length > receiver.room
                receiver.calls.append(
                    Call(
                        method=self.command,
                        path=self.path,
                        headers={name.lower(): value for name, value in self.headers.items()},
                        body=self.rfile.read(length),
                        at=time.monotonic(),
                    )
                )
                while receiver.silent.is_set() and not receiver._over.wait(0.05):
                    pass
                self.send_response(413 if too_large else receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST = do_HEAD = _take  # noqa: N815 - the library's names

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def on(self, path: str) -> list[Call]:
        """Return the calls of one path, in order."""
        return [call for call in tuple(self.calls) if call.path.partition("?")[0] == path]
