"""Columns that mean the same in SQLite's strict tables and in PostgreSQL."""

import sqlalchemy
from sqlalchemy import BigInteger, Double, Integer, LargeBinary, Text

INTEGER = BigInteger().with_variant(Integer(), "sqlite")
REAL: Double[float] = Double().with_variant(sqlalchemy.REAL(), "sqlite")
TEXT = Text()
BLOB = LargeBinary()
