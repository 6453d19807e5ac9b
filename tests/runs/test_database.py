import sqlite3
import threading
import types

import pytest

from gan_core.errors import RunError
from gan_core.runs.database import Database

SCHEMA = "CREATE TABLE IF NOT EXISTS numbers (value INTEGER)"


def values(database: Database) -> list[int]:
    with database.reading() as connection:
        return sorted(row["value"] for row in connection.execute("SELECT value FROM numbers"))


def test_a_block_that_raises_changes_nothing(tmp_path):
    database = Database(tmp_path / "x.sqlite", SCHEMA)

    def write_and_raise():
        with database.writing() as connection:
            connection.execute("INSERT INTO numbers VALUES (1)")
            raise KeyError

    with pytest.raises(KeyError):
        write_and_raise()
    assert values(database) == []


def test_threads_do_not_lose_each_others_changes(tmp_path):
    database = Database(tmp_path / "x.sqlite", SCHEMA)

    def count_up():
        for _ in range(20):
            with database.writing() as connection:
                highest = connection.execute("SELECT COALESCE(MAX(value), 0) FROM numbers").fetchone()[0]
                connection.execute("INSERT INTO numbers VALUES (?)", (highest + 1,))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert values(database) == list(range(1, 81))


def test_several_may_create_it_at_the_same_moment(tmp_path):
    path, start = tmp_path / "x.sqlite", threading.Barrier(6)

    def create_and_write():
        start.wait()
        with Database(path, SCHEMA).writing() as connection:
            connection.execute("INSERT INTO numbers VALUES (1)")

    threads = [threading.Thread(target=create_and_write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert values(Database(path, SCHEMA)) == [1] * 6


def test_creating_it_waits_for_another_writer(tmp_path):
    path = tmp_path / "x.sqlite"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute(SCHEMA)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.2, other.execute, ["COMMIT"])
    release.start()
    database = Database(path, SCHEMA)
    write(database, 1)
    release.join()
    other.close()
    assert values(database) == [1]


def test_a_damaged_file_is_named(tmp_path):
    path = tmp_path / "x.sqlite"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(RunError, match="damaged"):
        Database(path, SCHEMA)


def write(database: Database, value: int) -> None:
    with database.writing() as connection:
        connection.execute("INSERT INTO numbers VALUES (?)", (value,))


def test_looking_makes_nothing(tmp_path):
    database = Database(tmp_path / "folder" / "x.sqlite", SCHEMA)
    assert values(database) == []
    assert list(tmp_path.iterdir()) == []
    write(database, 1)
    assert values(database) == [1]


def test_where_nothing_can_be_written_there_is_nothing_to_read_and_writing_says_so(tmp_path):
    (tmp_path / "file").write_text("in the way")
    database = Database(tmp_path / "file" / "x.sqlite", SCHEMA)
    assert values(database) == []
    with pytest.raises(RunError, match="cannot keep runs in .*file: .*; set GAN_HOME to another folder"):
        write(database, 1)


@pytest.fixture
def no_new_files(monkeypatch):
    """As on a full disk or in the folder of another user: SQLite cannot make the files that it needs beside its own."""

    def connect(place: str, **options):
        connection = sqlite3.connect(place, **options)
        if "immutable" not in place and place != ":memory:":
            connection.execute("PRAGMA query_only = ON")
        return connection

    def refuse() -> None:
        fake = types.SimpleNamespace(**vars(sqlite3) | {"connect": connect})
        monkeypatch.setattr("gan_core.runs.database.sqlite3", fake)

    return refuse


def test_what_was_kept_is_read_where_nothing_can_be_written(tmp_path, no_new_files):
    path = tmp_path / "a %20 name?" / "x.sqlite"
    first = Database(path, SCHEMA)
    write(first, 7)
    first.close()
    no_new_files()
    database = Database(path, SCHEMA)
    assert values(database) == [7]
    with pytest.raises(RunError, match="set GAN_HOME"):
        write(database, 8)
    assert values(database) == [7]


def test_a_file_that_was_removed_begins_anew(tmp_path):
    database = Database(tmp_path / "x.sqlite", SCHEMA)
    write(database, 1)
    for file in tmp_path.iterdir():
        file.unlink()
    assert values(database) == []
    write(database, 2)
    assert values(Database(tmp_path / "x.sqlite", SCHEMA)) == [2]
