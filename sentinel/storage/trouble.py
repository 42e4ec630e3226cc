"""What a database says when it will not, turned into our few errors, which say what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from sentinel.errors import Phrase, StorageBusy, StorageError, StorageNewer, StorageUnwritable

_FULL = "53100"  # PostgreSQL: disk_full
_READ_ONLY = "25006"  # PostgreSQL: read_only_sql_transaction

_UNIQUE = "23505"  # PostgreSQL: unique_violation
# PostgreSQL: deadlock_detected, serialization_failure. Units run at read committed, where the
# second cannot come of them; a server between them and us may still say it.
_GAVE_WAY = frozenset({"40P01", "40001"})

# What SQLite says; its result codes do not come through every layer above it.
_SQLITE: dict[str, Phrase] = {
    "readonly": Phrase(
        de="Die Datenbank ist schreibgeschützt. Bitte Rechte der Datei und ihres Ordners prüfen.",
        en="The database is read-only. Check the permissions of the file and its folder.",
    ),
    "unable to open": Phrase(
        de="Die Datenbank lässt sich nicht öffnen. Bitte prüfen, ob ihr Ordner da und für den "
        "Dienst beschreibbar ist.",
        en="The database cannot be opened. Check that its folder is there and that the service "
        "may write to it.",
    ),
    "is full": Phrase(
        de="Der Datenträger der Datenbank ist voll. Bitte Platz schaffen.",
        en="The database's disk is full. Make room.",
    ),
    "locked": Phrase(
        de="Eine andere Anwendung hält die Datenbank gesperrt. Bitte beenden, was sonst noch in "
        "der Datei arbeitet.",
        en="Another program keeps the database locked. End whatever else works on the file.",
    ),
    "disk i/o error": Phrase(
        de="Der Datenträger der Datenbank meldet Fehler oder ist voll. Bitte Platz und Platte "
        "prüfen.",
        en="The database's disk reports errors or is full. Check its space and its health.",
    ),
    "not a database": Phrase(
        de="Die Datei ist keine SQLite-Datenbank. Bitte storage.url prüfen.",
        en="The file is not an SQLite database. Check storage.url.",
    ),
    "malformed": Phrase(
        de="Die Datenbank ist beschädigt. Bitte eine Sicherung zurückspielen.",
        en="The database is damaged. Restore a backup.",
    ),
}


class AlreadyThere(StorageError):
    """A row that may exist once exists already: somebody else was first. Nothing was written."""


class Deadlocked(StorageError):
    """Two units waited for each other, and this one gave way: nothing was written, try again."""


@contextmanager
def translated() -> Iterator[None]:
    """Raise what the database raises as a `StorageError`."""
    try:
        yield
    except DBAPIError as error:
        raise _translate(error) from error
    except sqlite3.Error as error:
        raise _of_unit(error) from error
    except PoolTimeout as error:
        raise StorageError(_gone()) from error


def of_sqlite(error: sqlite3.Error) -> StorageError:
    """Return what an error of SQLite means."""
    said = str(error).lower()
    for sign, phrase in _SQLITE.items():
        if sign in said:
            return StorageUnwritable(phrase)
    return StorageError(_refused(type(error).__name__, getattr(error, "sqlite_errorname", "-")))


def busy(path: str) -> StorageBusy:
    """Return the error for a database that another daemon holds."""
    return StorageBusy(
        Phrase(
            de=f"Ein anderer Sentinel arbeitet schon mit {path}. Bitte erst diesen beenden.",
            en=f"Another Sentinel already works with {path}. Stop that one first.",
        )
    )


def newer(found: str) -> StorageNewer:
    """Return the error for a database that a newer version wrote."""
    return StorageNewer(
        Phrase(
            de=f"Die Datenbank stammt von einer neueren Version (Stand {found}). Bitte diese "
            "Version einsetzen oder eine ältere Sicherung zurückspielen.",
            en=f"The database was written by a newer version (revision {found}). Install that "
            "version, or restore the backup from before the upgrade.",
        )
    )


def older() -> StorageError:
    """Return the error for reading a database that has no tables yet, or those of an older one."""
    return StorageError(
        Phrase(
            de="Die Datenbank ist leer oder von einer älteren Version. Bitte einmal "
            "„sentinel migrate“ ausführen oder den Dienst starten.",
            en="The database is empty or of an older version. Run 'sentinel migrate' once, or "
            "start the service.",
        )
    )


def unwritable(path: str, error: OSError) -> StorageUnwritable:
    """Return the error for a folder or file that cannot be written."""
    return StorageUnwritable(
        Phrase(
            de=f"{path} ist nicht beschreibbar ({error.strerror}). Bitte Rechte und Platz prüfen.",
            en=f"{path} cannot be written ({error.strerror}). Check permissions and space.",
        )
    )


def missing(path: str) -> StorageError:
    """Return the error for reading a database that is not there."""
    return StorageError(
        Phrase(
            de=f"Es gibt keine Datenbank {path}. Sie entsteht beim ersten Start des Dienstes.",
            en=f"There is no database {path}. The first start of the service makes it.",
        )
    )


def taken_back() -> StorageUnwritable:
    """Return the error for work that the database took back by itself."""
    return StorageUnwritable(_SQLITE["is full"])


def uncertain() -> StorageError:
    """Return the error for work whose commit was cut off by something unforeseen."""
    return StorageError(
        Phrase(
            de="Das Schreiben in die Datenbank brach unerwartet ab. Bitte das Protokoll ansehen.",
            en="Writing to the database broke off unexpectedly. Look at the log.",
        )
    )


def only_reading() -> StorageUnwritable:
    """Return the error for writing through a storage that was opened for looking."""
    return StorageUnwritable(
        Phrase(
            de="Die Datenbank wurde nur zum Lesen geöffnet. Bitte den laufenden Dienst benutzen.",
            en="The database was opened for reading only. Use the running service.",
        )
    )


def no_backup() -> StorageError:
    """Return the error for a backup of PostgreSQL, which has better tools of its own."""
    return StorageError(
        Phrase(
            de="PostgreSQL wird mit seinen eigenen Werkzeugen gesichert, etwa pg_dump.",
            en="PostgreSQL is backed up with its own tools, such as pg_dump.",
        )
    )


def unknown_url() -> StorageError:
    """Return the error for a URL that names neither engine; it does not repeat it."""
    return StorageError(
        Phrase(
            de="storage.url muss mit „sqlite:///“ und einem Pfad oder „postgresql://“ beginnen.",
            en="storage.url must begin with 'sqlite:///' and a path, or with 'postgresql://'.",
        )
    )


def _translate(error: DBAPIError) -> StorageError:
    code = getattr(error.orig, "sqlstate", None)
    if code == _UNIQUE:
        return AlreadyThere(_already_there())
    if code in _GAVE_WAY:
        return Deadlocked(_gave_way())
    if code in _UNWRITABLE:
        return StorageUnwritable(_UNWRITABLE[code]())
    if isinstance(error.orig, sqlite3.Error):
        return _of_unit(error.orig)
    if isinstance(error, OperationalError) and (error.connection_invalidated or code is None):
        return StorageError(_gone())
    return StorageError(_refused(type(error.orig).__name__, str(code or "-")))


def _of_unit(error: sqlite3.Error) -> StorageError:
    if "unique constraint failed" in str(error).lower():
        return AlreadyThere(_already_there())
    return of_sqlite(error)


def _standby() -> Phrase:
    return Phrase(
        de="Der Datenbankserver nimmt nur Lesezugriffe an. Bitte prüfen, ob storage.url den "
        "führenden Server nennt.",
        en="The database server takes reads only. Check that storage.url names the primary.",
    )


_UNWRITABLE: dict[str | None, Callable[[], Phrase]] = {
    _FULL: lambda: _SQLITE["is full"],
    _READ_ONLY: _standby,
}


def _already_there() -> Phrase:
    return Phrase(
        de="Das steht schon in der Datenbank: Jemand war schneller. Bitte neu lesen.",
        en="That is in the database already: somebody was faster. Read it again.",
    )


def _gave_way() -> Phrase:
    return Phrase(
        de="Zwei Vorgänge haben aufeinander gewartet, und dieser gab nach. Bitte noch einmal "
        "versuchen.",
        en="Two pieces of work waited for each other, and this one gave way. Try again.",
    )


def _gone() -> Phrase:
    return Phrase(
        de="Die Datenbank antwortet nicht. Bitte prüfen, ob der Server läuft und erreichbar ist "
        "und storage.url stimmt.",
        en="The database does not answer. Check that its server runs and can be reached, and "
        "that storage.url is right.",
    )


def _refused(kind: str, code: str) -> Phrase:
    return Phrase(
        de=f"Die Datenbank hat abgelehnt ({kind}, {code}). Bitte ihr Protokoll ansehen.",
        en=f"The database refused ({kind}, {code}). Look at its log.",
    )
