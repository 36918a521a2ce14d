"""XLSX: one sheet for each table. An amount has two columns: a number to reckon with, and the exact decimal as text."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Self

import xlsxwriter

from waystation.ledger.statement_table import Amount, Cell
from waystation.wire.money import decimal_of

SHEET_ROWS: Final = 1_000_000  # Excel's own bound is 1,048,576


class Workbook:
    """A table that is too long goes on in another sheet. The file is whole or not there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._book = xlsxwriter.Workbook(
            str(self._part), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self._sheets: dict[str, Any] = {}
        self._heads: dict[str, Sequence[str]] = {}
        self._rows: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._book.close()
        if kind is None:
            self._part.replace(self._path)
        else:
            self._part.unlink()

    def table(self, name: str, head: Sequence[str]) -> None:
        """`head` names an amount's column once: its exact text follows it."""
        self._heads[name] = head
        self._rows[name] = 0
        self._begin(name, name)

    def write(self, name: str, cells: Sequence[Cell]) -> None:
        number = self._rows[name]
        if number and number % SHEET_ROWS == 0:
            self._begin(name, f"{name}-{number // SHEET_ROWS + 1}")
        self._rows[name] = number + 1
        self._put(name, number % SHEET_ROWS + 1, cells)

    def _begin(self, name: str, title: str) -> None:
        self._sheets[name] = self._book.add_worksheet(title)
        column = 0
        for text in self._heads[name]:
            self._sheets[name].write_string(0, column, text)
            column += 1
            if text in {"amount", "corrections"}:
                self._sheets[name].write_string(0, column, f"{text}_exact")
                column += 1

    def _put(self, name: str, row: int, cells: Sequence[Cell]) -> None:
        sheet, column = self._sheets[name], 0
        for cell in cells:
            if isinstance(cell, str):
                sheet.write_string(row, column, cell)
            elif isinstance(cell, Amount):
                sheet.write_number(row, column, float(Decimal(cell.nanos) / 10**9))
                column += 1
                sheet.write_string(row, column, decimal_of(cell.nanos))
            else:
                sheet.write_number(row, column, cell)
            column += 1
