"""Stored responses. `sealed` is all of the text, encrypted for this row alone, or NULL if the vendor keeps it.

`size` is its length, so that a sweep can be bounded without reading it. Both stand last: the rest is found without
them.
"""

from sqlalchemy import CheckConstraint, Column, Index, MetaData, Table, text

from waystation.adapters.sql.types import BLOB, INTEGER, REAL, TEXT

RESPONSES = MetaData()

responses = Table(
    "responses",
    RESPONSES,
    Column("organization_id", TEXT, primary_key=True),
    Column("id", TEXT, primary_key=True),
    Column("token_id", TEXT, nullable=False),
    Column("model", TEXT, nullable=False),
    Column("created_at", REAL, nullable=False),
    Column("expires_at", REAL, nullable=False),
    Column("upstream_id", TEXT),
    Column("key_fingerprint", TEXT),
    Column("vendor_response_id", TEXT),
    Column("previous_id", TEXT),
    Column("size", INTEGER, CheckConstraint("size >= 0"), nullable=False),
    Column("sealed", BLOB),
    Index("responses_by_expiry", "expires_at", "size"),
    # For the retention of each organization, which may be lowered after they were kept.
    Index(
        "responses_with_text",
        "organization_id",
        "created_at",
        "size",
        sqlite_where=text("sealed IS NOT NULL"),
        postgresql_where=text("sealed IS NOT NULL"),
    ),
    sqlite_strict=True,
)
