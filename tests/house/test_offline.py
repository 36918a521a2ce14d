from pathlib import Path

import pytest

from tests.house.world import applied, manifest
from waystation.adapters.sqlite.connection import CALLS_FILE, LEDGER_FILE
from waystation.house import CallFilter, operations, read_calls, verify_ledger
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured


def test_the_data_directory_is_made_and_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "deep" / "data")
    with operations(settings) as catalogue:
        assert catalogue.list_tokens() == []
    assert settings.data_dir.stat().st_mode & 0o777 == 0o700


def test_what_was_applied_is_there_for_the_next_command(tmp_path: Path) -> None:
    settings = applied(tmp_path, manifest())
    with operations(settings) as catalogue:
        assert [listed.token.name for listed in catalogue.list_tokens()] == ["ci"]


def test_every_vendor_may_be_named(tmp_path: Path) -> None:
    with operations(Settings(data_dir=tmp_path)) as catalogue:
        assert catalogue.vendors["openai"].base_url == "https://api.openai.com/v1"
        assert catalogue.vendors["openai_compatible"].base_url is None


def test_a_data_directory_that_is_a_file_is_told_plainly(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_text("")
    with pytest.raises(Misconfigured, match="can't use"), operations(Settings(data_dir=path)):
        pass


def test_files_that_are_no_databases_are_told_plainly(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    for name in (LEDGER_FILE, CALLS_FILE):
        (tmp_path / name).write_bytes(b"not a database " * 1000)
    with pytest.raises(Misconfigured, match="can't use"), operations(settings):
        pass
    with pytest.raises(Misconfigured, match="can't use"):
        list(read_calls(settings, CallFilter()))
    with pytest.raises(Misconfigured, match="can't use"):
        verify_ledger(settings)


def test_without_data_there_is_nothing_to_read(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with pytest.raises(Misconfigured, match=r"there is no 'ledger\.db'"):
        list(read_calls(settings, CallFilter()))
    with pytest.raises(Misconfigured, match="there is no"):
        verify_ledger(settings)
