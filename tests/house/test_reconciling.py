from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import cluster, fresh
from tests.house.billed import bill_at, mapping_at, row, settings_of
from waystation.house import reconciling
from waystation.ledger.reconcile.words import Terms
from waystation.manifest.mistakes import Rejected
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured

BY_DAY = Terms(by="day")


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    if request.param == "sqlite":
        yield settings_of(tmp_path)
        return
    name = fresh()
    yield settings_of(tmp_path, cluster().url(name))
    cluster().drop(name)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk"])
def test_a_bill_is_loaded_compared_and_told_again(settings: Settings, tmp_path: Path, encoding: str) -> None:
    reconciling.save_mapping(settings, "own", mapping_at(tmp_path), {})
    path = bill_at(tmp_path, row(1), row(2, cost="0.005"), encoding=encoding)
    bill = reconciling.load_bill(settings, path, upstream="main", mapping="own")
    assert reconciling.list_bills(settings) == [bill]
    done = reconciling.run_reconciliation(settings, bill.id, Terms(), (None, None))
    found = list(reconciling.read_differences(settings, done.id))
    assert [one.kind for one in found] == ["amount_differs", "call_not_in_bill"]
    assert reconciling.list_runs(settings) == [reconciling.find_reconciliation(settings, done.id)] == [done]
    assert [call.call_id for call in reconciling.read_calls_behind(settings, done.id, 2)] == ["call_000003"]
    reconciling.drop_bill(settings, bill.id)
    assert reconciling.list_bills(settings) == []


def test_the_hint_of_a_key_is_its_fingerprint(settings: Settings, tmp_path: Path) -> None:
    reconciling.save_mapping(settings, "own", mapping_at(tmp_path), {})
    rows = [row(1), row(2), row(3)]
    bill = reconciling.load_bill(settings, bill_at(tmp_path, *rows), upstream="main", mapping="own")
    done = reconciling.run_reconciliation(settings, bill.id, Terms(by="day,model,key"), (None, None))
    assert done.tally.kinds == {}


def test_a_saved_mapping_stands_before_a_preset(settings: Settings, tmp_path: Path) -> None:
    assert "anthropic-usage" in reconciling.list_mappings(settings)
    saved = reconciling.save_mapping(settings, "anthropic-usage", mapping_at(tmp_path), {})
    assert reconciling.find_mapping(settings, "anthropic-usage") == saved


def test_what_is_not_there_is_told(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="there is no mapping 'own'"):
        reconciling.load_bill(settings, tmp_path / "none.csv", upstream="main", mapping="own")
    with pytest.raises(Misconfigured, match="there is no upstream 'mine': there are 'main'"):
        reconciling.load_bill(settings, tmp_path / "none.csv", upstream="mine", mapping="openai-costs")
    with pytest.raises(Misconfigured, match="No such file"):
        reconciling.load_bill(settings, tmp_path / "none.csv", upstream="main", mapping="openai-costs")
    with pytest.raises(Misconfigured, match="there is no bill"):
        reconciling.run_reconciliation(settings, "bill_0", BY_DAY, (None, None))


def test_a_mapping_that_is_no_yaml_is_told(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    with pytest.raises(Rejected):
        reconciling.save_mapping(settings, "own", mapping_at(tmp_path, "a: [b"), {})
    with pytest.raises(Misconfigured, match="not right"):
        reconciling.save_mapping(settings, "own", mapping_at(tmp_path, "a: b"), {})
