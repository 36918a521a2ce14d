"""The databases, for work beside the calls: SQLite's files in the data directory, or one PostgreSQL."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Final, Literal

import pg8000
import sqlalchemy
from sqlalchemy import Connection, Engine, NullPool, create_engine, event

from waystation.adapters.sql.revisions import SCHEMAS, Schema
from waystation.adapters.sql.tables.calls import LOG
from waystation.adapters.sql.tls import tls_of
from waystation.adapters.sql.types import AnyRow
from waystation.adapters.sqlite.connection import CALLS_FILE, LEDGER_FILE, checkpoint, connect, connect_reader
from waystation.adapters.sqlite.schema import FILES
from waystation.wire.errors import Misconfigured, StoreUnavailable

CONNECT_S: Final = 10
ANSWER_S: Final = 3600  # to one statement: a ledger of many millions is verified, and copied, in some
# What says nothing about what was asked. Classes of PostgreSQL's error codes (its appendix A): the connection, a
# transaction rolled back for another's sake, resources, locks, whoever runs the server.
_PASSING: Final = frozenset({"08", "40", "53", "55", "57"})
_PASSING_ON_SQLITE: Final = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN}
)


def _briefly(record: logging.LogRecord) -> bool:
    """One line for a connection that can't be ended in order: it was lost, and who used it is told why."""
    if record.exc_info is not None:
        record.msg, record.args = "connection lost", ()
        record.error = repr(record.exc_info[1])
        record.exc_info = None
    return True


logging.getLogger(f"{NullPool.__module__}.{NullPool.__qualname__}").addFilter(_briefly)


class Database:
    """`writing` and `reading` each give a connection inside one transaction."""

    def __init__(self, engines: dict[Schema, Engine], reader: Engine) -> None:
        self._engines = engines
        self._reader = reader

    @property
    def dialect(self) -> Literal["sqlite", "postgresql"]:
        return "sqlite" if self._reader.dialect.name == "sqlite" else "postgresql"

    @contextmanager
    def writing(self, schema: Schema = "ledger") -> Iterator[Connection]:
        """A write transaction: committed at the end of the block, rolled back if it raises.

        On SQLite it is on that schema's file alone, and nobody else writes there meanwhile. On PostgreSQL others do:
        lock what you read first and write then. Raises: StoreUnavailable if others have kept it locked for too long.
        """
        with _told(f"the {schema} can't be written now"), self._engines[schema].begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One moment of ledger and call log. Nothing can be written. Raises: StoreUnavailable as `writing`."""
        with _told("the database can't be read now"), self._reader.connect() as connection:
            yield connection

    def at_once(self, statement: str) -> AnyRow:
        """The one row that a statement gives, in a transaction of its own: what it locks, no answer has to wait for.

        Raises: StoreUnavailable as `writing`.
        """
        engine = self._engines["ledger"].execution_options(isolation_level="AUTOCOMMIT")
        with _told("the ledger does not answer now"), engine.connect() as connection:
            return connection.exec_driver_sql(statement).one()

    def checkpoint(self, schema: Schema) -> None:
        """On SQLite: copy what was written into the file, as far as others allow. PostgreSQL does so by itself."""
        if self.dialect == "sqlite":
            with closing(self._engines[schema].raw_connection()) as connection:
                file = connection.driver_connection
                assert isinstance(file, sqlite3.Connection)
                checkpoint(file)

    def close(self) -> None:
        for engine in {*self._engines.values(), self._reader}:
            engine.dispose()


def of_files(data_dir: Path) -> Database:
    """Files that are not there yet are made, with nothing in them, by `writing`; `reading` asks for all."""
    engines = {schema: _sqlite(partial(connect, data_dir / name), "BEGIN IMMEDIATE") for schema, name in FILES.items()}
    engines = {schema: engine.execution_options(schema_translate_map={LOG: None}) for schema, engine in engines.items()}
    return Database(engines, _sqlite(lambda: _attached(data_dir), "BEGIN"))


def of_url(url: str) -> Database:
    """`postgresql://user:password@host:port/name?sslmode=…`. Raises: Misconfigured if it is no such address."""
    try:
        address = sqlalchemy.make_url(url)
    except sqlalchemy.exc.ArgumentError as error:
        raise Misconfigured("WAYSTATION_DATABASE_URL is no address such as postgresql://user@host/name") from error
    if address.get_backend_name() not in {"postgresql", "postgres"}:
        raise Misconfigured("WAYSTATION_DATABASE_URL does not begin with postgresql://")
    options = {name: value for name, value in address.query.items() if isinstance(value, str)}
    engine = create_engine(
        address.set(drivername="postgresql+pg8000", query={}),
        poolclass=NullPool,
        pool_reset_on_return=None,  # it is closed then: one that was lost would be told of twice
        connect_args={"timeout": CONNECT_S, "ssl_context": tls_of(options), "application_name": "waystation"},
        execution_options={"schema_translate_map": {LOG: None}},
    )
    event.listen(engine, "connect", lambda connection, _: connection._usock.settimeout(ANSWER_S))  # noqa: SLF001 - it has one timeout for both
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Database(dict.fromkeys(SCHEMAS, engine), reader)


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except sqlalchemy.exc.DBAPIError as error:
        if not _is_passing(error):
            raise
        raise StoreUnavailable(f"{what}: {error.orig}") from error
    except (pg8000.Error, ConnectionError) as error:  # bare when a connection breaks that SQLAlchemy is setting up
        raise StoreUnavailable(f"{what}: {error}") from error


def _is_passing(error: sqlalchemy.exc.DBAPIError) -> bool:
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in _PASSING_ON_SQLITE  # the byte without its details
    if isinstance(error, (sqlalchemy.exc.OperationalError, sqlalchemy.exc.InterfaceError)):
        return True
    said = cause.args[0] if cause is not None and cause.args else None  # pg8000: the fields of the server's message
    return isinstance(said, dict) and said.get("C", "")[:2] in _PASSING


def _sqlite(creator: Callable[[], sqlite3.Connection], begin: str) -> Engine:
    engine = create_engine("sqlite://", creator=creator, poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _attached(data_dir: Path) -> sqlite3.Connection:
    connection = connect_reader(data_dir / LEDGER_FILE)
    connection.execute(f"ATTACH ? AS {LOG}", (str(data_dir / CALLS_FILE),))
    return connection
