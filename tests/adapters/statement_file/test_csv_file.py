"""CSV that Excel opens as it is."""

import csv
from pathlib import Path

import pytest

from waystation.adapters.statement_file import CsvFiles
from waystation.ledger.statement_table import Amount


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_each_table_has_its_file(tmp_path: Path) -> None:
    with CsvFiles(tmp_path / "october.csv") as file:
        file.table("statement", ("name", "amount"))
        file.table("calls", ("name", "count"))
        file.write("calls", ("b", 7))
        file.write("statement", ("研发", Amount(-12_500_000_001)))
    assert read(tmp_path / "october.csv") == [["name", "amount"], ["研发", "-12.500000001"]]
    assert read(tmp_path / "october-calls.csv") == [["name", "count"], ["b", "7"]]
    assert (tmp_path / "october.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert {path.name for path in tmp_path.iterdir()} == {"october.csv", "october-calls.csv"}


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_no_name_is_a_formula(tmp_path: Path, name: str) -> None:
    with CsvFiles(tmp_path / "a.csv") as file:
        file.table("statement", ("name",))
        file.write("statement", (name,))
    assert read(tmp_path / "a.csv")[1] == [f"'{name}"]


def test_what_was_broken_off_leaves_nothing(tmp_path: Path) -> None:
    file = CsvFiles(tmp_path / "a.csv")
    file.table("statement", ("name",))
    with pytest.raises(KeyError), file:
        file.write("none", ("name",))
    assert list(tmp_path.iterdir()) == []
