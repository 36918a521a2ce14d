from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.sql.bills import AT, record
from tests.adapters.sql.books import Books
from tests.cluster import cluster, fresh
from tests.house.billed import KEY, bill_at, mapping_at, row, settings_of
from waystation.house import reconciling
from waystation.house.database import opened
from waystation.identity.token import fingerprint
from waystation.ledger.reconcile.words import Terms
from waystation.manifest.mistakes import Rejected
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured
from waystation.wire.usage import Usage

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


@pytest.fixture
def estimated(settings: Settings, tmp_path: Path) -> str:
    """The run of a bill that tells what two estimated calls really used: one was paid for, one cannot be."""
    with opened(settings) as database:
        books = Books(database)
        books.set_up(name="other")
        books.top_up(1_000)
        facts: dict[str, Any] = {"upstream": "main", "estimated": True, "attempts": record(1).attempts, "at": AT}
        for number in (11, 12):
            used = Usage(input_tokens=100, output_tokens=50)
            books.call(
                used,
                **facts,
                call_id=f"call_{number}",
                key_fingerprint=fingerprint(KEY),
                vendor_request_id=f"req-{number}",
            )
    reconciling.save_mapping(settings, "own", mapping_at(tmp_path), {})
    rows = [row(number) for number in (1, 2, 3)]
    rows += [row(11, tokens_in=100, tokens_out=20), row(12, tokens_in=100_000, tokens_out=50)]
    bill = reconciling.load_bill(settings, bill_at(tmp_path, *rows), upstream="main", mapping="own")
    done = reconciling.run_reconciliation(settings, bill.id, Terms(), (None, None))
    assert done.tally.kinds == {"estimated": 2}
    return done.id


def test_an_estimate_is_put_right_once(settings: Settings, estimated: str) -> None:
    planned = list(reconciling.correct_estimates(settings, estimated, dry_run=True))
    assert [(put.estimate.booked_nanos, put.estimate.due_nanos, put.why) for put in planned] == [
        (250, 160, "not asked to"),
        (250, 100_150, "not asked to"),
    ]
    first, second = reconciling.correct_estimates(settings, estimated)
    assert (first.posting_id is not None, first.why, first.failed) == (True, None, False)
    assert (second.posting_id, second.failed) == (None, True)
    again, _ = reconciling.correct_estimates(settings, estimated)
    assert again == first
    with opened(settings) as database:
        books = Books(database)
        assert books.wallet().available == 1_000 - 160 - 250
        (correction,) = books.postings("correction")
        assert (correction.amount, estimated in correction.memo) == (90, True)
        assert books.amount_of("call_11") == 160


def test_what_was_put_right_is_not_told_by_the_next_run(settings: Settings, estimated: str) -> None:
    list(reconciling.correct_estimates(settings, estimated))
    bill_id = reconciling.find_reconciliation(settings, estimated).bill_id
    again = reconciling.run_reconciliation(settings, bill_id, Terms(), (None, None))
    assert (again.tally.kinds, again.tally.confirmed) == ({"estimated": 1}, 1)


def test_a_run_that_is_not_there_has_nothing_to_correct(settings: Settings) -> None:
    with pytest.raises(Misconfigured, match="there is no run"):
        list(reconciling.correct_estimates(settings, "run_0"))
