"""The catalogue as one value, read off PostgreSQL."""

from typing import Any

from sqlalchemy import Connection, CursorResult

from waystation.adapters.crypto import Cipher
from waystation.adapters.sql.engine import Database
from waystation.adapters.sqlite import catalogue
from waystation.wire.catalogue import Catalogue


def load(database: Database, cipher: Cipher) -> Catalogue:
    """Raises: Misconfigured if a secret does not open, StoreUnavailable."""
    with database.reading() as connection:
        rows: Any = _Rows(connection)
        return catalogue.load(rows, cipher)


class _Rows:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, statement: str) -> CursorResult[Any]:
        return self._connection.exec_driver_sql(statement)
