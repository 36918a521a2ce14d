"""Call records, found and read."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from sqlalchemy import Cast, ColumnElement, Connection, Row, cast, exists, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import JSONB

from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.tables.calls import calls as log
from waystation.wire.record import CallRecord, Outcome

PAGE: Final = 2000
_decode: Final = msgspec.json.Decoder(CallRecord).decode


class CallFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which calls to list. None is any; `since` and `until` are Unix seconds, `until` itself is left out.

    `model` is the name that was asked or the public model's, `before` the id of the call after which an earlier list
    ended.
    """

    since: float | None = None
    until: float | None = None
    organization_id: str | None = None
    department_id: str | None = None
    project_id: str | None = None
    member_id: str | None = None
    token_id: str | None = None
    tag: str | None = None
    model: str | None = None
    upstream: str | None = None
    outcome: Outcome | None = None
    before: str | None = None
    limit: int = 100


def list_calls(database: Database, wanted: CallFilter) -> Iterator[CallRecord]:
    """Newest first, as of one moment; a page at a time, so that no list is too long."""
    left = wanted.limit
    with database.reading() as connection:
        statement = select(log).where(*_conditions(wanted, connection)).order_by(log.c.at.desc(), log.c.call_id.desc())
        after: ColumnElement[bool] | None = None
        while left > 0:
            page = statement if after is None else statement.where(after)
            rows = connection.execute(page.limit(min(left, PAGE))).all()
            yield from map(record_of, rows)
            if len(rows) < min(left, PAGE):
                return
            left -= len(rows)
            after = tuple_(log.c.at, log.c.call_id) < tuple_(rows[-1].at, rows[-1].call_id)


def find_call(database: Database, call_id: str) -> CallRecord | None:
    with database.reading() as connection:
        row = connection.execute(select(log).where(log.c.call_id == call_id)).one_or_none()
    return None if row is None else record_of(row)


def record_of(row: Row[Any]) -> CallRecord:
    """The record in a row; its amount is the column's, which follows the postings."""
    return msgspec.structs.replace(_decode(row.record), amount_nanos=row.amount_nanos)


def _conditions(wanted: CallFilter, connection: Connection) -> list[ColumnElement[bool]]:
    plain: tuple[tuple[ColumnElement[Any], object], ...] = (
        (log.c.organization_id, wanted.organization_id),
        (log.c.token_id, wanted.token_id),
        (log.c.upstream, wanted.upstream),
        (log.c.outcome, wanted.outcome),
    )
    found = [each == value for each, value in plain if value is not None]
    if wanted.since is not None:
        found.append(log.c.at >= wanted.since)
    if wanted.until is not None:
        found.append(log.c.at < wanted.until)
    if wanted.before is not None:
        place = select(log.c.at, log.c.call_id).where(log.c.call_id == wanted.before).scalar_subquery()
        found.append(tuple_(log.c.at, log.c.call_id) < place)
    is_sqlite = connection.dialect.name == "sqlite"
    if wanted.model is not None:
        billed = _in_record("model", is_sqlite=is_sqlite) == wanted.model
        found.append(or_(log.c.request_model == wanted.model, billed))
    inside = {
        "department_id": wanted.department_id,
        "project_id": wanted.project_id,
        "member_id": wanted.member_id,
    }
    found += [_in_record(name, is_sqlite=is_sqlite) == value for name, value in inside.items() if value is not None]
    if wanted.tag is not None:
        found.append(_is_tagged(wanted.tag, is_sqlite=is_sqlite))
    return found


def _in_record(name: str, *, is_sqlite: bool) -> ColumnElement[Any]:
    found: ColumnElement[Any] = func.json_extract(log.c.record, f"$.{name}") if is_sqlite else _as_jsonb()[name].astext
    return found


def _is_tagged(tag: str, *, is_sqlite: bool) -> ColumnElement[bool]:
    if is_sqlite:
        tags = func.json_each(log.c.record, "$.tags").table_valued("value")
        return exists(select(1).select_from(tags).where(tags.c.value == tag))
    return func.jsonb_exists(_as_jsonb()["tags"], tag)


def _as_jsonb() -> Cast[Any]:
    """The name of a tool may hold a NUL, which jsonb does not know."""
    return cast(func.replace(log.c.record, r"\u0000", r"\ufffd"), JSONB)
