"""Columns that mean the same in SQLite's strict tables and in PostgreSQL; and a row of any."""

from typing import Any

import sqlalchemy
from sqlalchemy import BigInteger, Double, Integer, LargeBinary, Row, Text

INTEGER = BigInteger().with_variant(Integer(), "sqlite")
COUNT = Integer()  # of calls, within one hour or day
REAL: Double[float] = Double().with_variant(sqlalchemy.REAL(), "sqlite")
TEXT = Text()
BLOB = LargeBinary()

AnyRow = Row[*tuple[Any, ...]]
