"""Statements as files, and of closed months."""

from pathlib import Path

import openpyxl
import pytest

from tests.adapters.sql.books import NOW, ORG, Books
from waystation.adapters.sql.engine import of_files
from waystation.adapters.sql.migrate import migrate
from waystation.house.auditing import close_month
from waystation.house.stating import Scope, make_statement, write_statement
from waystation.ledger.errand import Correction
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured

WHOLE: Scope = ("organization", "")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    database = of_files(tmp_path)
    migrate(database)
    books = Books(database)
    books.at = NOW - 400 * 86_400  # 2025-08: over, whenever this runs
    books.set_up()
    books.top_up(1_000)
    posting_id, _ = books.call()
    books.book(Correction(organization_id=ORG, posting_id=posting_id, due_nanos=35))
    database.close()
    return Settings(data_dir=tmp_path)


def test_a_workbook_has_what_was_printed_and_every_call(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "august.xlsx"
    made = write_statement(settings, "acme", "2025-08", WHOLE, path=path, with_calls=True)
    assert made == make_statement(settings, "acme", "2025-08", WHOLE)
    book = openpyxl.load_workbook(path, read_only=True)
    calls = [row[-1].value for row in book["calls"].iter_rows(min_row=2)]
    figures = {row[6].value: row[9].value for row in book["statement"].iter_rows(min_row=2)}
    book.close()
    assert calls == ["0.00000004", "-0.000000005"]
    assert figures == {
        "opening": "0.00", "topup": "0.000001", "usage": "-0.00000004", "correction": "0.000000005",
        "closing": "0.000000965",
    }  # fmt: skip


def test_csv_has_the_same(settings: Settings, tmp_path: Path) -> None:
    write_statement(settings, "acme", "2025-08", ("model", "gpt"), path=tmp_path / "a.csv", with_calls=False)
    lines = (tmp_path / "a-models.csv").read_text("utf-8-sig").splitlines()
    assert lines[1].startswith("gpt,USD,1,0,10,10,")
    assert lines[1].endswith(",0.00000004,-0.000000005")
    assert not (tmp_path / "a-calls.csv").exists()


def test_a_closed_month_stays_what_was_given(settings: Settings, tmp_path: Path) -> None:
    given = make_statement(settings, "acme", "2025-08", WHOLE)
    close_month(settings, "2025-08", by="ann", organization=None)
    assert make_statement(settings, "acme", "2025-08", WHOLE) == given
    assert write_statement(settings, "acme", "2025-08", WHOLE, path=tmp_path / "a.csv", with_calls=True) == given


def test_other_kinds_of_files_are_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="is neither"):
        write_statement(settings, "acme", "2025-08", WHOLE, path=tmp_path / "a.pdf", with_calls=False)
