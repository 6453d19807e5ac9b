"""One SQLite file that many threads and processes read and write at the same time."""

from __future__ import annotations

import os
import sqlite3
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from gan_core.errors import RunError
from gan_core.runs.errors import StorageError, storage_errors

BUSY_SECONDS = 30
NOT_ALLOWED = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}
# SQLite wants files beside the database even to read it. What it says where there can be none.
CANNOT_WRITE = {*NOT_ALLOWED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}


class Database:
    """A pool of connections: each is used by one thread at a time and handed on to the next.

    Where nothing can be written, what is there can be read.

    Args:
        path: The file; it is created with its folder when something is first written. Until then it reads as empty.
        schema: Statements that create what is not there yet.

    Raises:
        RunError: The file is not a database.
    """

    def __init__(self, path: Path, schema: str):
        self.path = path
        self._statements = [statement for statement in schema.split(";") if statement.strip()]
        self._is_complete = False  # whether the file is there with the whole schema
        self._idle: deque[sqlite3.Connection] = deque()
        with self.reading():
            pass

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection on which all queries of the block see the same moment."""
        if not os.path.isfile(self.path):
            with self._passing(":memory:") as connection:
                self._complete(connection)
                yield connection
            return
        try:
            self._ensure_complete()
        except sqlite3.OperationalError as error:
            if _code(error) not in CANNOT_WRITE:
                raise
            # As of the last time that SQLite tidied up. Not kept: it would not see what is written later.
            with self._passing(f"file:{quote(str(self.path))}?mode=ro&immutable=1", uri=True) as connection:
                yield connection
            return
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are kept together when the block ends, or not at all if it raises.

        Raises:
            StorageError: Nothing can be written, or the disk is full.
        """
        with storage_errors(), self._allowed():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._ensure_complete()
            # A transaction that starts by reading could not wait for another writer later, so it asks to write at once.
            with self._transaction("BEGIN IMMEDIATE") as connection:
                yield connection

    def close(self) -> None:
        """Close the connections that nobody uses."""
        while self._idle:
            self._idle.pop().close()

    def _ensure_complete(self) -> None:
        """Create what is not there yet. Raises `sqlite3.OperationalError` where that cannot be written."""
        if self._is_complete and os.path.isfile(self.path):
            return
        self.close()  # of a file that somebody has removed
        try:
            with self._transaction("BEGIN IMMEDIATE") as connection:
                self._complete(connection)
        except sqlite3.OperationalError:
            self.close()
            raise
        except sqlite3.DatabaseError as error:
            raise RunError(
                "{path} is damaged ({error}); move it away to start a new record", path=self.path, error=error
            ) from error
        self._is_complete = True

    @contextmanager
    def _allowed(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.OperationalError) as error:
            if isinstance(error, OSError) or _code(error) in NOT_ALLOWED:
                folder = self.path.parent
                raise StorageError(
                    "cannot keep runs in {folder}: {error}; set GAN_HOME to another folder",
                    folder=folder,
                    error=error,
                ) from error
            raise

    def _complete(self, connection: sqlite3.Connection) -> None:
        for statement in self._statements:
            connection.execute(statement)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            connection.execute(begin)
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
            raise
        finally:
            self._idle.append(connection)

    def _connect(self) -> sqlite3.Connection:
        connection = _open(str(self.path))
        try:
            _use_write_ahead_log(connection)
            connection.execute("PRAGMA synchronous = NORMAL")  # a power cut may cost the last moments, never the file
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def _passing(self, place: str, **options: bool) -> Iterator[sqlite3.Connection]:
        """A connection for this once."""
        connection = _open(place, **options)
        try:
            yield connection
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            raise RunError(
                "{path} is damaged ({error}); move it away to start a new record", path=self.path, error=error
            ) from error
        finally:
            connection.close()


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch a new file over. While another connection writes, SQLite refuses that at once instead of waiting."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def _code(error: sqlite3.Error) -> int:
    """The primary one of SQLite's result codes."""
    return error.sqlite_errorcode & 0xFF


def _open(place: str, **options: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(place, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, **options)
    connection.row_factory = sqlite3.Row
    return connection
