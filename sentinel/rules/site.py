"""What the machine must hold so that the daemon can start: files of certificates, the way out.

Judged where a daemon starts or takes new rules, and by `check-rules`. Other
commands run for people who may neither read the key nor know the proxy.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path

from sentinel.domain.rules import Rules
from sentinel.errors import Phrase, Problem, SecretError
from sentinel.rules.document import Document
from sentinel.rules.document import Path as Place
from sentinel.rules.secrets import resolve_secret


def site_problems(document: Document, rules: Rules, *, env: Mapping[str, str]) -> Iterator[Problem]:
    """Find what would keep the daemon from starting here, or from going out."""
    yield from _proxy(document, rules, env)
    yield from _authorities(document, rules)
    yield from _own_pages(document, rules)


def _proxy(document: Document, rules: Rules, env: Mapping[str, str]) -> Iterator[Problem]:
    proxy = rules.network.proxy
    if proxy is None:
        return
    try:
        resolve_secret(proxy, env)
    except SecretError as error:
        yield document.problem(
            document.at("network", "proxy"),
            f"proxy: {error.phrase.de}",
            f"proxy: {error.phrase.en}",
            Phrase(
                de="ohne ihn geht nichts hinaus; null: kein Proxy",
                en="without it nothing goes out; null: no proxy",
            ),
        )


def _authorities(document: Document, rules: Rules) -> Iterator[Problem]:
    name = rules.network.ca_file
    if name is None:
        return
    place: Place = ("network", "ca_file")
    if (problem := _unreadable(document, place, name)) is not None:
        yield problem
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=name)
    except OSError:  # what ssl raises for a file without certificates is one, too
        yield document.problem(
            document.at(*place),
            f"{name} enthält kein Zertifikat",
            f"{name} holds no certificate",
            Phrase(de="eine Datei im Format PEM", en="a file in PEM format"),
        )


def _own_pages(document: Document, rules: Rules) -> Iterator[Problem]:
    cert, key = rules.server.tls_cert, rules.server.tls_key
    if cert is None or key is None:
        return
    stated = (("cert", cert), ("key", key))
    found = [_unreadable(document, ("server", "tls", part), name) for part, name in stated]
    problems = [problem for problem in found if problem is not None]
    yield from problems
    if problems:
        return
    try:
        # An empty password: a key that needs one would make the daemon ask at its terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password="")
    except OSError:
        yield document.problem(
            document.at("server", "tls", "cert"),
            "Zertifikat und Schlüssel sind nicht zu gebrauchen",
            "certificate and key cannot be used",
            Phrase(
                de="beide im Format PEM, zueinander passend, der Schlüssel ohne Passwort",
                en="both in PEM format, belonging together, the key without a password",
            ),
        )


def _unreadable(document: Document, place: Place, name: str) -> Problem | None:
    try:
        with Path(name).open("rb") as stream:
            stream.read(1)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or type(error).__name__
        return document.problem(
            document.at(*place),
            f"die Datei {name} ist nicht lesbar",
            f"file {name} cannot be read",
            Phrase(de=f"vom Betriebssystem: {said}", en=f"the system says: {said}"),
        )
    return None
