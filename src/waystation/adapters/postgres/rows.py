"""Rows as PostgreSQL's statements want them: by column, so that one statement has its text and plan for any number."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def placeholders(count: int) -> str:
    return ", ".join(f"${number}" for number in range(1, count + 1))


def columns(fields: Mapping[str, Any], names: Sequence[str]) -> tuple[Any, ...]:
    """The fields in the order of the names."""
    return tuple(fields[name] for name in names)


def turned(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Rows by column, for `unnest`."""
    return [list(column) for column in zip(*rows, strict=True)]
