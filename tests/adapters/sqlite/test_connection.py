import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.adapters.sqlite.made import make
from waystation.adapters.sqlite.connection import (
    checkpoint,
    connect,
    connect_reader,
    refuse_network,
    transaction,
)
from waystation.wire.errors import Misconfigured


def pragma(connection: sqlite3.Connection, name: str) -> object:
    (value,) = connection.execute(f"PRAGMA {name}").fetchone()
    return value


def test_a_connection_is_set_up_for_money(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "ledger.db", synchronous="FULL")) as connection:
        assert pragma(connection, "journal_mode") == "wal"
        assert pragma(connection, "synchronous") == 2
        assert pragma(connection, "foreign_keys") == 1
        assert pragma(connection, "busy_timeout") == 5000
        assert pragma(connection, "wal_autocheckpoint") == 0
        assert connection.isolation_level is None


def test_the_folder_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        connect(tmp_path / "missing" / "ledger.db")


def test_a_reader_can_not_write(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with closing(connect(path)) as connection:
        make(connection, "ledger")
        with closing(connect_reader(path)) as reader:
            assert reader.execute("SELECT revision FROM catalogue").fetchone() == (0,)
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                reader.execute("UPDATE catalogue SET revision = 1")


def test_a_reader_does_not_make_a_file(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"no 'ledger\.db'"):
        connect_reader(tmp_path / "ledger.db")
    assert list(tmp_path.iterdir()) == []


def make_and_fail(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        connection.execute("CREATE TABLE gone (one INTEGER)")
        connection.execute("no SQL")


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "some.db")) as connection:
        with transaction(connection):
            connection.execute("CREATE TABLE kept (one INTEGER)")
        with pytest.raises(sqlite3.OperationalError):
            make_and_fail(connection)
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
        assert tables == [("kept",)]


def test_a_checkpoint_moves_the_log_into_the_database(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    with closing(connect(path)) as connection:
        connection.execute("CREATE TABLE kept (one INTEGER)")
        before = path.stat().st_size
        checkpoint(connection)
        assert path.stat().st_size > before
        assert pragma(connection, "busy_timeout") == 5000


def test_a_checkpoint_may_leave_the_log_empty_and_tells_if_it_could_not(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    log = path.with_name("some.db-wal")
    with closing(connect(path)) as connection, closing(connect(path)) as reader:
        connection.execute("CREATE TABLE kept (one INTEGER)")
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM kept").fetchall()
        assert not checkpoint(connection, "TRUNCATE")
        assert log.stat().st_size > 0
        reader.execute("ROLLBACK")
        assert checkpoint(connection, "TRUNCATE")
        assert log.stat().st_size == 0


def test_a_checkpoint_does_not_wait_for_a_reader(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    with closing(connect(path)) as connection, closing(connect(path)) as reader:
        connection.execute("CREATE TABLE kept (one INTEGER)")
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM kept").fetchall()
        connection.execute("INSERT INTO kept VALUES (1)")
        checkpoint(connection)
        assert reader.execute("SELECT * FROM kept").fetchall() == []
        reader.execute("ROLLBACK")
        assert reader.execute("SELECT * FROM kept").fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("mounts", "refused"),
    [
        ("/dev/sda / ext4 rw 0 0\n", False),
        ("/dev/sda / ext4 rw 0 0\nserver:/data {folder} nfs4 rw 0 0\n", True),
        ("server:/ / nfs rw 0 0\n/dev/sdb {folder} xfs rw 0 0\n", False),
        ("/dev/sda / ext4 rw 0 0\nserver:/data {folder}/other cifs rw 0 0\n", False),
    ],
)
def test_a_network_file_system_is_refused(tmp_path: Path, mounts: str, *, refused: bool) -> None:
    table = tmp_path / "mounts"
    table.write_text(mounts.format(folder=tmp_path), encoding="utf-8")
    if refused:
        with pytest.raises(Misconfigured, match="network file system"):
            refuse_network(tmp_path / "ledger.db", table)
    else:
        refuse_network(tmp_path / "ledger.db", table)


def test_without_a_table_of_mounts_nothing_is_refused(tmp_path: Path) -> None:
    refuse_network(tmp_path / "ledger.db", tmp_path / "missing")
