"""From the lines of a vendor's CSV to rows of its bill, one at a time, however long the file is."""

import csv
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import chain, islice
from typing import Final
from zoneinfo import ZoneInfo

from waystation.ledger.reconcile.cells import count_of, decimal_in, moment_in, nanos_of
from waystation.ledger.reconcile.mapping import Amount, Count, Kinds, Mapping, Name, columns_of
from waystation.ledger.reconcile.words import BUCKETS, SILENT, Line, Tokens
from waystation.wire.errors import Misconfigured

DELIMITERS: Final = (",", ";", "\t", "|")
_Row = dict[str, str]


def lines_of(text: Iterable[str], mapping: Mapping, key_of: Callable[[str], str] = str) -> Iterator[Line]:
    """The rows that count. `text` is the file's lines as they are; `key_of` turns a vendor's name of a key into ours.

    Raises: Misconfigured for a column that is not there, or a cell that does not read, with the row's number.
    """
    reader = _Reader(mapping, key_of)
    for number, row in enumerate(_rows(text, mapping), start=1):
        try:
            line = reader.line(number, row)
        except (ValueError, OverflowError) as error:
            raise Misconfigured(f"row {number} of the bill can't be read: {error}") from error
        if line is not None:
            yield line


def delimiter_of(heading: str, wanted: Iterable[str]) -> str:
    """The delimiter by which the heading has the most of the columns that are wanted."""
    columns = set(wanted)
    return max(DELIMITERS, key=lambda mark: len(columns & set(_names(next(csv.reader([heading], delimiter=mark), [])))))


def _rows(text: Iterable[str], mapping: Mapping) -> Iterator[_Row]:
    lines = iter(text)
    heading = next(islice(lines, mapping.heading - 1, None), None)
    if heading is None:
        raise Misconfigured("the bill has no heading: is the file empty?")
    wanted = columns_of(mapping)
    mark = mapping.delimiter or delimiter_of(heading, wanted)
    rows = csv.reader(chain([heading], lines), delimiter=mark)
    try:
        names = _names(next(rows))
        missing = sorted(wanted - set(names))
        if missing:
            raise Misconfigured(f"the bill has no column {missing[0]!r}, only {', '.join(map(repr, names))}")
        for cells in rows:
            if any(cells):
                yield dict(zip(names, cells, strict=False))
    except csv.Error as error:
        raise Misconfigured(f"line {rows.line_num} of the bill is no CSV: {error}") from error


def _names(cells: list[str]) -> list[str]:
    return [cell.strip().removeprefix("\ufeff").strip('"') for cell in cells]


class _Reader:
    """A mapping, made ready for a million rows."""

    def __init__(self, mapping: Mapping, key_of: Callable[[str], str]) -> None:
        self._mapping = mapping
        self._key_of = key_of
        self._zone = ZoneInfo(mapping.time.zone) if mapping.time else ZoneInfo("UTC")
        self._days = ZoneInfo(mapping.days)
        self._comma = mapping.decimal == ","
        self._read_days: dict[str, str] = {}

    def line(self, number: int, row: _Row) -> Line | None:
        mapping = self._mapping
        if not self._counts(row):
            return None
        tokens, calls = self._counted(row)
        if tokens is None:
            return None
        amount_nanos, currency = (None, None) if mapping.amount is None else self._amount(row, mapping.amount)
        key = _named(row, mapping.key)
        return Line(
            number=number,
            day=self._day(row),
            model=_named(row, mapping.model),
            key=key if key is None or mapping.key is None or key in mapping.key.aliases.values() else self._key_of(key),
            request_id=_named(row, mapping.request_id),
            calls=calls,
            tokens=tokens,
            amount_nanos=amount_nanos,
            currency=currency,
        )

    def _counts(self, row: _Row) -> bool:
        for only in self._mapping.only:
            value = row.get(only.column, "").strip()
            if value in only.but or (only.values is not None and value not in only.values):
                return False
        return True

    def _day(self, row: _Row) -> str | None:
        """Days repeat: each spelling is read once."""
        time = self._mapping.time
        if time is None:
            return None
        text = row.get(time.column, "")
        day = self._read_days.get(text)
        if day is None:
            if len(self._read_days) > 10_000:  # a bill with a time of its own in each row
                self._read_days.clear()
            day = moment_in(text, time.format, self._zone).astimezone(self._days).date().isoformat()
            self._read_days[text] = day
        return day

    def _counted(self, row: _Row) -> tuple[Tokens | None, int | None]:
        """Tokens and calls; None for a kind of row that does not count."""
        mapping = self._mapping
        calls = None if mapping.calls is None else self._sum(row, mapping.calls)
        if mapping.kinds is not None:
            return self._of_kind(row, mapping.kinds, calls)
        if not mapping.tokens:
            return SILENT, calls
        first, second, third, fourth = (
            self._sum(row, mapping.tokens[bucket]) if bucket in mapping.tokens else None for bucket in BUCKETS
        )
        return (first, second, third, fourth), calls

    def _of_kind(self, row: _Row, kinds: Kinds, calls: int | None) -> tuple[Tokens | None, int | None]:
        kind = row.get(kinds.column, "").strip()
        targets = kinds.values.get(kind)
        if targets is None:
            if kinds.others == "skip":
                return None, None
            raise ValueError(f"the mapping does not know {kinds.column} {kind!r}")
        quantity = count_of((self._number(row, kinds.quantity) or Decimal(0)) * kinds.times)
        first, second, third, fourth = (quantity if bucket in targets else None for bucket in BUCKETS)
        return (first, second, third, fourth), quantity if "calls" in targets else calls

    def _sum(self, row: _Row, count: Count) -> int | None:
        said = [number for column in count.columns if (number := self._number(row, column)) is not None]
        return count_of(sum(said, Decimal(0)) * count.times) if said else None

    def _amount(self, row: _Row, amount: Amount) -> tuple[int | None, str | None]:
        product = Decimal(1)
        for column in amount.columns:
            number = self._number(row, column)
            if number is None:
                return None, None
            product *= number
        currency = amount.currency or row.get(amount.currency_column or "", "").strip().upper()
        return nanos_of(product), currency

    def _number(self, row: _Row, column: str) -> Decimal | None:
        return decimal_in(row.get(column, ""), comma=self._comma)


def _named(row: _Row, name: Name | None) -> str | None:
    if name is None:
        return None
    text = row.get(name.column, "").strip()
    return name.aliases.get(text, text) or None
