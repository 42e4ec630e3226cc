"""A real mail server as a city's relay is one: Postfix, an instance of its own.

It is a package of Debian (`apt-get install postfix`) and is not installed by the
tests. A machine without it, or without root, skips them, saying why.
"""

from __future__ import annotations

import email
import email.policy
import grp
import json
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from tests.support.city import free_port, wait_for

HERE = "stadt.test"
"""The domain that Postfix delivers to mailboxes on this machine."""

AFAR = "fern.test"
"""The domain that Postfix hands on to another server, which may be away."""

LARGEST = 100_000
"""Bytes of a mail that it takes."""

_PEOPLE = ("anna", "bernd", "carla")
_START_S = 30
_STOP_S = 15
_LIBRARY = Path("/usr/lib/postfix/sbin")
_SERVICES = Path("/usr/share/postfix/master.cf.dist")


class Postfix:
    """One instance on free ports of this machine. Its queue outlives a kill."""

    def __init__(self, certificate: tuple[Path, Path] | None = None) -> None:
        """Take a `certificate` (chain, key) to offer STARTTLS."""
        self._needed()
        self._certificate = certificate
        self._port, self.next_port = free_port(), free_port()
        self._root = Path()
        self._running: subprocess.Popen[bytes] | None = None
        self.url = f"smtp://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        # Not in the test's own folder: Postfix's user has to get in, and sockets need short names.
        self._root = Path(tempfile.mkdtemp(prefix="sentinel-postfix-"))
        try:
            self._lay_out()
            self.revive()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        shutil.rmtree(self._root, ignore_errors=True)

    def stop(self) -> None:
        """Stop it as its administrator would."""
        if self._running is not None and self._running.poll() is None:
            self._running.terminate()
            try:
                self._running.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """Kill it with all its processes, as a power cut would."""
        if self._running is not None and self._running.poll() is None:
            os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait(_STOP_S)

    def revive(self) -> None:
        """Start it on the queue that it has, unless it runs."""
        if self._running is not None and self._running.poll() is None:
            return
        out = self._root / "master.out"
        with out.open("ab") as log:
            process = subprocess.Popen(
                [str(_LIBRARY / "master"), "-s", "-c", str(self._settings)],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._running = process

        def greets() -> bool:
            assert process.poll() is None, f"Postfix fell: {out.read_text()}{self.log}"[-2000:]
            try:
                with socket.create_connection(("127.0.0.1", self._port), timeout=5) as line:
                    return line.recv(4) == b"220 "
            except OSError:
                return False

        wait_for(greets, _START_S, "Postfix to greet")

    def mails(self, about: str, of: str | None = None) -> list[EmailMessage]:
        """Return the mails in the mailboxes (or in `of` alone) whose subject is `about`."""
        found = []
        for name in [of] if of else _PEOPLE:
            for file in sorted((self._root / "mail" / name / "new").glob("*")):
                mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
                if mail["Subject"] == about:
                    found.append(mail)
        return found

    def holders(self, about: str) -> dict[str, int]:
        """Return how many mails about something each person has who has any."""
        counted = {name: len(self.mails(about, name)) for name in _PEOPLE}
        return {name: count for name, count in counted.items() if count}

    def queue(self) -> list[dict[str, Any]]:
        """Return what waits in the queue, as Postfix itself lists it."""
        said = self._ask("postqueue", "-j")
        return [json.loads(line) for line in said.splitlines()]

    def flush(self) -> None:
        """Have it try now whatever waits."""
        self._ask("postqueue", "-f")

    def files(self) -> set[Path]:
        """Return all mails in its folders, whole or begun: half of one stays there after a kill."""
        spool = self._root / "spool"
        queues = ("maildrop", "incoming", "active", "deferred", "hold", "corrupt")
        return {
            Path(folder, name)
            for queue in queues
            for folder, _, names in os.walk(spool / queue)
            for name in names
        }

    def whole(self) -> set[Path]:
        """Return the mails that are still to be delivered: Postfix marks what it has to the end."""
        found = set()
        for path in self.files():
            try:
                if path.stat().st_mode & stat.S_IXUSR:
                    found.add(path)
            except FileNotFoundError:  # delivered meanwhile, or moved to the next queue
                found.add(path)
        return found

    @property
    def log(self) -> str:
        """What it wrote into its log."""
        path = self._root / "mail.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    @property
    def _settings(self) -> Path:
        return self._root / "etc"

    def _ask(self, program: str, *words: str) -> str:
        place = shutil.which(program, path="/usr/sbin:/usr/bin")
        asked = subprocess.run(
            [str(place), "-c", str(self._settings), *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=_STOP_S,
        )
        assert asked.returncode == 0, asked.stderr
        return asked.stdout

    def _lay_out(self) -> None:
        root, postfix, nobody = self._root, pwd.getpwnam("postfix"), pwd.getpwnam("nobody")
        root.chmod(0o755)
        for name in ("etc", "spool", "data", "mail", "spool/pid"):
            (root / name).mkdir()
        queues = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming")
        for name in (*queues, "private", "saved", "trace"):
            (root / "spool" / name).mkdir(mode=0o700)
            os.chown(root / "spool" / name, postfix.pw_uid, -1)
        for name, mode in (("maildrop", 0o730), ("public", 0o710)):
            (root / "spool" / name).mkdir()
            os.chown(root / "spool" / name, postfix.pw_uid, grp.getgrnam("postdrop").gr_gid)
            (root / "spool" / name).chmod(mode)
        os.chown(root / "data", postfix.pw_uid, -1)
        os.chown(root / "mail", nobody.pw_uid, -1)
        (root / "etc" / "main.cf").write_text(self._configuration(nobody))
        (root / "etc" / "master.cf").write_text(self._services())

    def _services(self) -> str:
        """Return Debian's services, ours on a port of loopback, and none in a cage."""
        lines = []
        for line in _SERVICES.read_text().splitlines():
            words = line.split()
            if len(words) == 8 and not line.startswith(("#", " ")):
                if words[0] == "smtp" and words[1] == "inet":
                    words[0] = f"127.0.0.1:{self._port}"
                words[4] = "n"
                line = " ".join(words)  # noqa: PLW2901 - the line as it is to be
            lines.append(line)
        if not any(line.startswith("postlog") for line in lines):
            lines.append("postlog unix-dgram n - n - 1 postlogd")
        return "\n".join(lines) + "\n"

    def _configuration(self, nobody: pwd.struct_passwd) -> str:
        root = self._root
        boxes = ", ".join(f"{name}@{HERE}={name}/" for name in _PEOPLE)
        tls = ""
        if self._certificate is not None:
            chain, key = self._certificate
            tls = (
                "smtpd_tls_security_level = may\nsmtpd_tls_session_cache_database =\n"
                f"smtpd_tls_cert_file = {chain}\nsmtpd_tls_key_file = {key}\n"
            )
        return f"""
compatibility_level = 3.6
queue_directory = {root}/spool
data_directory = {root}/data
command_directory = /usr/sbin
daemon_directory = {_LIBRARY}
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.{HERE}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = reject_unauth_destination
virtual_mailbox_domains = {HERE}
virtual_mailbox_base = {root}/mail
virtual_mailbox_maps = inline:{{ {boxes} }}
virtual_minimum_uid = 1
virtual_uid_maps = static:{nobody.pw_uid}
virtual_gid_maps = static:{nobody.pw_gid}
relay_domains = {AFAR}
transport_maps = inline:{{ {AFAR}=smtp:[127.0.0.1]:{self.next_port} }}
disable_dns_lookups = yes
smtp_host_lookup = native
minimal_backoff_time = 5s
maximal_backoff_time = 10s
queue_run_delay = 5s
maillog_file = {root}/mail.log
maillog_file_prefixes = {root}
alias_maps =
message_size_limit = {LARGEST}
{tls}"""

    @staticmethod
    def _needed() -> None:
        """Skip the test where Postfix cannot be run."""
        if not (_LIBRARY / "master").exists() or not _SERVICES.exists():
            pytest.skip("NO REAL POSTFIX: not found (apt-get install postfix)")
        if os.geteuid() != 0:
            pytest.skip("NO REAL POSTFIX: only root may start it")
