"""Bringing the tables up to the code: Alembic's migrations, run when the storage is opened."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from sentinel.storage import trouble

_FOLDER = Path(__file__).with_name("migrations")
_ADVISORY = 0x53656E74  # any number, as long as every node takes the same


def migrate(connection: Connection) -> None:
    """Bring the tables up to this code's revision, in the caller's transaction.

    Raises:
        StorageNewer: A newer version wrote them; nothing is touched.
    """
    if connection.dialect.name == "postgresql":
        # Two nodes that start at once take turns; the second then finds nothing to do.
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _ADVISORY})
    if not _current(connection):
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check(connection: Connection) -> None:
    """Raise unless the tables are of this code's revision.

    Raises:
        StorageNewer: A newer version wrote them.
        StorageError: They are of an older version, or there are none.
    """
    if not _current(connection):
        raise trouble.older()


def _current(connection: Connection) -> bool:
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in _known():
        raise trouble.newer(found)
    return found == _known()[0]


@cache
def _known() -> tuple[str, ...]:
    """Return all revisions of this code, the latest first."""
    script = ScriptDirectory.from_config(_config())
    return tuple(revision.revision for revision in script.walk_revisions())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config
