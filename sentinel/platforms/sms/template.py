"""A request written by the city: method, address, headers and body with places to fill in.

```
POST {base_url}/send
Content-Type: application/json

{"to": "{number}", "text": "{text}"}
```

Each value is put in as its place demands: percent-encoded in the address and in
a form, escaped within JSON, on one line in a header, as it is in plain text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote, urlsplit

from sentinel.wire import Request

PLACES = (
    *("base_url", "number", "digits", "text", "from", "key", "coding"),
    *("user", "password", "callback_url"),
)
_PLACE = re.compile(rf"\{{({'|'.join(PLACES)})\}}")
_METHOD = re.compile(r"(GET|POST|PUT)\s+(\S.*)")
_PATH = "$."
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*)")
_FORM, _JSON, _PLAIN = "application/x-www-form-urlencoded", "application/json", "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A request before it is filled in."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""

    def fill(self, values: Mapping[str, str], login: str) -> Request:
        """Return the request. `login`: further headers, a line each, which are secret."""
        base = values.get("base_url", "")
        url = _filled(self.url, values, lambda text: base if text == base else quote(text, safe=""))
        headers = {name: _filled(value, values, _one_line) for name, value in self.headers.items()}
        headers |= headers_in(login)
        if not self.body:
            return Request(method=self.method, url=url, headers=headers)
        kind = next((v for name, v in headers.items() if name.lower() == "content-type"), "")
        if not kind:
            kind = _kind(self.body)
            headers["Content-Type"] = f"{kind}; charset=utf-8" if kind == _PLAIN else kind
        body = _filled(self.body, values, _escaping(kind)).encode("utf-8", "replace")
        return Request(method=self.method, url=url, headers=headers, body=body)


def read(text: str) -> Template | None:
    """Return the template in `text`; None if it holds no address."""
    head, _, body = text.strip().partition("\n\n")
    first, *lines = head.splitlines() or [""]
    found = _METHOD.fullmatch(first.strip())
    method, url = (found[1], found[2]) if found else ("POST", first.strip())
    if not url.startswith(("http://", "https://", "{base_url}")) or " " in url:
        return None
    return Template(method=method, url=url, headers=headers_in("\n".join(lines)), body=body)


def headers_in(text: str) -> dict[str, str]:
    """Return the headers in `text`, a line each."""
    found = (_HEADER.fullmatch(line.strip()) for line in text.splitlines())
    return {each[1]: each[2].strip() for each in found if each}


def safe_address(url: str) -> bool:
    """Return whether an address is encrypted, or does not leave this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(host)
    try:
        return parts.scheme == "http" and (host == "localhost" or ip_address(host).is_loopback)
    except ValueError:
        return False


def pick(what: str, text: str) -> str | None:
    """Return what a path into JSON (`$.messages.0.id`) or a pattern finds; None for nothing.

    A pattern with a group finds the group.
    """
    if what.startswith(_PATH):
        return _at(what.removeprefix(_PATH), text)
    found = re.search(what, text)
    return None if found is None else found[1] if found.re.groups else found[0]


def holds(what: str, text: str) -> bool:
    """Return whether a body holds what is wanted: a path, `PATH=VALUE`, or a pattern."""
    if not what.startswith(_PATH):
        return re.search(what, text) is not None
    path, equal, value = what.partition("=")
    found = _at(path.strip().removeprefix(_PATH), text)
    return found == value.strip() if equal else found not in {None, "", "false", "null"}


def pattern(what: str) -> bool:
    """Return whether `what` is a path or a pattern that makes sense."""
    try:
        re.compile("" if what.startswith(_PATH) else what)
    except re.error:
        return False
    return True


def _at(path: str, text: str) -> str | None:
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    for name in path.split("."):
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value if isinstance(value, str) else json.dumps(value)


def _filled(text: str, values: Mapping[str, str], put: Callable[[str], str]) -> str:
    return _PLACE.sub(lambda place: put(values.get(place[1], "")), text)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _kind(body: str) -> str:
    if body.lstrip().startswith(("{", "[")) and not body.lstrip().startswith(
        tuple(f"{{{place}}}" for place in PLACES)
    ):
        return _JSON
    return _FORM if "=" in body else _PLAIN


def _escaping(kind: str) -> Callable[[str], str]:
    if "json" in kind:
        return lambda text: json.dumps(text, ensure_ascii=False)[1:-1]
    if "urlencoded" in kind:
        return lambda text: quote(text, safe="")
    return lambda text: text
