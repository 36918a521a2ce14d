import pytest
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

from waystation.adapters.sql.types import BLOB, INTEGER, REAL, TEXT


@pytest.mark.parametrize(
    ("column", "on_sqlite", "on_postgresql"),
    [
        (INTEGER, "INTEGER", "BIGINT"),
        (REAL, "REAL", "DOUBLE PRECISION"),
        (TEXT, "TEXT", "TEXT"),
        (BLOB, "BLOB", "BYTEA"),
    ],
)
def test_each_type_has_a_name_in_both(column: TypeEngine[object], on_sqlite: str, on_postgresql: str) -> None:
    assert column.compile(sqlite.dialect()) == on_sqlite
    assert column.compile(postgresql.dialect()) == on_postgresql  # type: ignore[no-untyped-call]
