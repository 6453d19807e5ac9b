"""One SQLite file that many threads and processes read and write at the same time."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gan_core.errors import RunError

BUSY_SECONDS = 30


class Database:
    """A pool of connections: each is used by one thread at a time and handed on to the next.

    path:   the file; it is created with its folder
    schema: statements that create what is not there yet

    Raises `RunError` when the file cannot be opened or is not a database.
    """

    def __init__(self, path: Path, schema: str):
        self.path = path
        self._idle: deque[sqlite3.Connection] = deque()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self.writing() as connection:
                for statement in filter(str.strip, schema.split(";")):
                    connection.execute(statement)
        except (OSError, sqlite3.OperationalError) as error:
            raise RunError(f"cannot keep runs in {path.parent}: {error}; set GAN_HOME to another folder") from error
        except sqlite3.DatabaseError as error:
            raise RunError(f"{path} is damaged ({error}); move it away to start a new record") from error

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection on which all queries of the block see the same moment."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are kept together when the block ends, or not at all if it raises."""
        # A transaction that starts by reading could not wait for another writer later, so it asks to write at once.
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def close(self) -> None:
        """Close the connections that nobody uses."""
        while self._idle:
            self._idle.pop().close()

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
                connection.execute("ROLLBACK")
            raise
        finally:
            self._idle.append(connection)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")  # a power cut may cost the last moments, never the file
        connection.execute("PRAGMA foreign_keys = ON")
        return connection
