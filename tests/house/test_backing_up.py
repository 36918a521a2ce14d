"""`waystation backup`: the copy is checked."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.house.world import applied, manifest
from waystation.house.backing_up import back_up
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured


def test_the_copy_is_checked(tmp_path: Path) -> None:
    settings = applied(tmp_path, manifest())
    made = back_up(settings, tmp_path / "copy", check=True)
    assert made.books is not None
    assert made.books.passed
    assert str(tmp_path / "copy" / "ledger.db") in made.files
    assert back_up(settings, tmp_path / "other", check=False).books is None


def test_what_can_not_be_copied_is_told(tmp_path: Path) -> None:
    for name in ("ledger.db", "calls.db", "responses.db"):
        (tmp_path / name).write_bytes(b"not a database " * 1000)
    with pytest.raises(Misconfigured, match="can't copy"):
        back_up(Settings(data_dir=tmp_path), tmp_path / "copy", check=False)
    with pytest.raises(Misconfigured, match="pg_dump"):
        back_up(Settings(database_url=SecretStr("postgresql://x@y/z")), tmp_path / "copy", check=False)
