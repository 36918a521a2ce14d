"""Workbooks, read back."""

from pathlib import Path

import openpyxl
import pytest

from waystation.adapters.statement_file import Workbook, workbook
from waystation.ledger.statement_table import Amount


def read(path: Path) -> dict[str, list[tuple[object, ...]]]:
    book = openpyxl.load_workbook(path, read_only=True)
    found: dict[str, list[tuple[object, ...]]] = {
        sheet.title: [tuple(row) for row in sheet.iter_rows(values_only=True)] for sheet in book
    }
    book.close()
    return found


def test_an_amount_is_a_number_and_an_exact_text(tmp_path: Path) -> None:
    with Workbook(tmp_path / "a.xlsx") as book:
        book.table("statement", ("item", "amount", "currency"))
        book.table("models", ("model", "calls"))
        book.write("models", ("=gpt", 3))
        book.write("statement", ("usage", Amount(-123_456_000_000_001), "USD"))
    assert read(tmp_path / "a.xlsx") == {
        "statement": [
            ("item", "amount", "amount_exact", "currency"),
            ("usage", -123456.000000001, "-123456.000000001", "USD"),
        ],
        "models": [("model", "calls"), ("=gpt", 3)],
    }


def test_a_long_table_goes_on_in_another_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "SHEET_ROWS", 2)
    with Workbook(tmp_path / "a.xlsx") as book:
        book.table("calls", ("call",))
        for number in range(5):
            book.write("calls", (number,))
    found = read(tmp_path / "a.xlsx")
    assert found["calls"] == [("call",), (0,), (1,)]
    assert found["calls-3"] == [("call",), (4,)]


def test_what_was_broken_off_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyError), Workbook(tmp_path / "a.xlsx") as book:
        book.write("none", ("name",))
    assert list(tmp_path.iterdir()) == []
