from pathlib import Path

import pytest

from waystation.house.offline import CallFilter, operations, read_calls, verify_ledger
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured


def test_a_new_folder_is_made_private_and_empty(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "deep" / "data")
    with operations(settings) as catalogue:
        assert catalogue.list_tokens() == []
    assert settings.data_dir.stat().st_mode & 0o777 == 0o700


def test_every_vendor_may_be_named(tmp_path: Path) -> None:
    with operations(Settings(data_dir=tmp_path)) as catalogue:
        assert catalogue.vendors["openai"] == "https://api.openai.com/v1"
        assert catalogue.vendors["openai_compatible"] is None


def test_without_data_there_is_nothing_to_read(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with pytest.raises(Misconfigured):
        list(read_calls(settings, CallFilter()))
    with pytest.raises(Misconfigured):
        verify_ledger(settings)
