from pathlib import Path

import pytest

from tests.manifest.test_by_hand import LIMITED
from waystation.house.limits import OwnedLimit, read_limits
from waystation.house.offline import by_hand, operations
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured
from waystation.wire.limit import Limit


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a house with limits at several levels."""
    made = Settings(data_dir=tmp_path / "data")
    (tmp_path / "f.yaml").write_text(LIMITED)
    with operations(made) as catalogue:
        catalogue.apply_file(tmp_path / "f.yaml", environ={})
    with by_hand(made) as hand:
        for path in ("acme", "acme/研发/平台", "acme/ci", "model:m"):
            hand.set_limit(path, {"rpm": 5})
    return made


def owners(settings: Settings, path: str | None = None) -> list[str]:
    return [owned.owner for owned in read_limits(settings, path)]


def test_limits_are_read_from_the_top_and_those_of_models_last(settings: Settings) -> None:
    assert owners(settings) == ["organization:acme", "department:acme/研发/平台", "token:acme/ci", "model:m"]


def test_a_part_is_read_by_its_path(settings: Settings) -> None:
    assert owners(settings, "acme/研发") == ["department:acme/研发/平台", "token:acme/ci"]
    assert owners(settings, "acme/销售") == ["token:acme/ci"]
    assert owners(settings, "acme/site") == []
    assert read_limits(settings, "model:m") == [OwnedLimit("model:m", Limit(rpm=5))]
    with pytest.raises(Misconfigured, match="there is no model 'n'"):
        read_limits(settings, "model:n")
