"""What `waystation ledger` does."""

from pathlib import Path

import pytest

from tests.house.world import applied, manifest
from waystation.house.auditing import close_month, closed_months, seal_ledger, verify_ledger
from waystation.settings import Settings
from waystation.wire.errors import NotBooked


def test_an_empty_ledger_has_no_seal(tmp_path: Path) -> None:
    head = seal_ledger(Settings(data_dir=tmp_path))
    assert (head.sealed_now, head.seal, head.hash) == (0, 0, "")


def test_what_was_opened_is_sealed_and_right(tmp_path: Path) -> None:
    settings = applied(tmp_path, manifest())
    head = seal_ledger(settings)
    assert (head.sealed_now, head.seal, head.last_posting, len(head.hash)) == (1, 1, 1, 64)
    assert seal_ledger(settings).sealed_now == 0
    report = verify_ledger(settings)
    assert report.passed
    assert any(head.hash in note for note in report.notes)


def test_months_that_are_over_are_closed(tmp_path: Path) -> None:
    settings = applied(tmp_path, manifest())
    (closed,) = close_month(settings, "2020-01", by="ann", organization=None)
    assert closed.anew
    assert [one.month for one in closed_months(settings, None)] == ["2020-01"]
    with pytest.raises(NotBooked, match="is not over"):
        close_month(settings, "2999-01", by="ann", organization=None)
