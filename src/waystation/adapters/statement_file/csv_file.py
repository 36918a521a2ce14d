"""CSV: one file for each table, in UTF-8 with the mark by which Excel knows it, amounts as exact decimals."""

import csv
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Self

from waystation.ledger.statement_table import Amount, Cell
from waystation.wire.money import decimal_of

_FORMULA: Final = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
)  # what a spreadsheet would reckon (owasp.org/www-community/attacks/CSV_Injection)


class CsvFiles:
    """`path` is the first table's; another's has its name before the ending. A file is whole or not there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stack = ExitStack()
        self._parts: list[tuple[Path, Path]] = []
        self._writers: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._stack.close()
        for part, path in self._parts:
            if kind is None:
                part.replace(path)
            else:
                part.unlink()

    def table(self, name: str, head: Sequence[str]) -> None:
        path = self._path if not self._writers else self._path.with_name(f"{self._path.stem}-{name}{self._path.suffix}")
        part = path.with_name(f"{path.name}.part")
        file = self._stack.enter_context(part.open("w", encoding="utf-8-sig", newline=""))
        self._parts.append((part, path))
        self._writers[name] = csv.writer(file)
        self._writers[name].writerow(head)

    def write(self, name: str, cells: Sequence[Cell]) -> None:
        self._writers[name].writerow([_text(cell) for cell in cells])


def _text(cell: Cell) -> str:
    if isinstance(cell, Amount):
        return decimal_of(cell.nanos)
    if isinstance(cell, int):
        return str(cell)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
