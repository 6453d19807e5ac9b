import threading

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


def test_a_damaged_file_is_named(tmp_path):
    path = tmp_path / "x.sqlite"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(RunError, match="damaged"):
        Database(path, SCHEMA)


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match="GAN_HOME"):
        Database(tmp_path / "file" / "x.sqlite", SCHEMA)
