import pytest

from tests.adapters.sql.bills import AT, DAY, MAPPING, bill, line, log, record
from waystation.adapters.sql.bills import load
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.reconcile import Run, calls_behind, differences, find_run, reconcile, runs
from waystation.ledger.reconcile.mapping import mapping_of
from waystation.ledger.reconcile.words import SHOWN, Difference, Terms
from waystation.wire.errors import Misconfigured
from waystation.wire.usage import Usage

BY_MODEL = Terms(by="day,model")


def run(database: Database, terms: Terms, *days: str | None, run_id: str = "run_1") -> Run:
    first, last = days or (None, None)
    return reconcile(database, "bill_1", run_id, terms, (first, last), at=AT)


def found(database: Database, run_id: str = "run_1") -> list[Difference]:
    return list(differences(database, run_id))


def test_calls_and_rows_are_matched_by_request(database: Database) -> None:
    log(database, [record(number) for number in range(1, 2001)])
    load(database, bill(), [line(number) for number in range(2000, 0, -1)])
    done = run(database, Terms())
    assert (done.tally.rows, done.tally.calls, done.tally.matched, done.tally.kinds) == (2000, 2000, 2000, {})
    assert done.tally.ours == done.tally.theirs == {"USD": 9_000_000_000}
    assert found(database) == []


def test_what_a_run_found_can_be_read_again(database: Database) -> None:
    log(database, [record(1), record(2, estimated=True), record(3), record(4, vendor_request_id=None)])
    load(database, bill(), [line(1, model="m-2"), line(2, tokens=(1000, 300, None, None)), line(5)])
    done = run(database, Terms(tokens=1))
    assert [one.kind for one in found(database)] == [
        "call_not_in_bill",
        "model_differs",
        "estimated",
        "call_not_in_bill",
        "row_without_call",
    ]
    assert found(database)[2].usage == Usage(input_tokens=1000, output_tokens=300)
    assert find_run(database, "run_1") == done
    assert runs(database) == [done]


def test_only_calls_of_the_upstream_that_were_answered_must_be_in_the_bill(database: Database) -> None:
    log(
        database,
        [
            record(1, upstream="another"),
            record(2, upstream=None, attempts=(), usage=None, outcome="failed"),
            record(3, usage=None, outcome="failed"),
            record(4, at=AT + 86_400.0),
            record(5, at=AT - 86_400.0),
            record(6, at=AT + 10 * 86_400.0),
        ],
    )
    load(database, bill(), [line(4)])
    run(database, Terms(days=1))
    assert found(database) == []


def test_the_days_may_be_given(database: Database) -> None:
    log(database, [record(1), record(2, at=AT + 86_400.0)])
    load(database, bill(), [line(1, day=None), line(2, day=None)])
    done = run(database, Terms(), DAY, "2026-12-01")
    assert (done.first_day, done.last_day, done.tally.calls) == (DAY, "2026-12-01", 2)
    with pytest.raises(Misconfigured, match="tells no days"):
        run(database, Terms(), DAY, None, run_id="run_2")


def test_sums_follow_the_vendors_calendar(database: Database) -> None:
    evening = AT + 5 * 3600.0  # 2026-12-01 in Shanghai
    log(database, [record(1), record(2, at=evening)])
    document = {
        "time": {"column": "day"},
        "days": "Asia/Shanghai",
        "model": {"column": "model"},
        "tokens": {"input_tokens": {"columns": ["in"]}},
    }
    lines = [line(1), line(2, day="2026-12-01")]
    load(database, bill(read_by=mapping_of(document)), lines)
    assert run(database, BY_MODEL).tally.matched == 2
    assert found(database) == []


def test_the_calls_behind_a_sum_are_all_found(database: Database) -> None:
    count = SHOWN + 20
    log(database, [record(number) for number in range(1, count + 1)] + [record(999, key_fingerprint="bbbb2222")])
    load(database, bill(), [line(1, key="bbbb2222")])
    run(database, Terms(by="day,model,key"))
    (missing,) = found(database)
    assert (missing.kind, missing.call_count, len(missing.calls)) == ("call_not_in_bill", count, SHOWN)
    assert [call.call_id for call in calls_behind(database, "run_1", 1)][-1] == f"call_{count:06d}"
    assert len(list(calls_behind(database, "run_1", 1))) == count
    with pytest.raises(Misconfigured, match="no difference 2"):
        list(calls_behind(database, "run_1", 2))


def test_the_call_behind_a_row_is_found(database: Database) -> None:
    log(database, [record(1), record(2)])
    load(database, bill(), [line(1), line(2, amount_nanos=1)])
    run(database, Terms())
    assert [call.call_id for call in calls_behind(database, "run_1", 1)] == ["call_000002"]


def test_rows_add_up_if_the_mapping_or_the_run_says_so(database: Database) -> None:
    log(database, [record(1)])
    halves = [
        line(number, request_id="req-1", tokens=(500, 100, None, None), amount_nanos=2_250_000) for number in (1, 2)
    ]
    load(database, bill(read_by=MAPPING), halves)
    assert run(database, Terms(rows_add_up=True)).tally.kinds == {}
    assert run(database, Terms(), run_id="run_2").tally.kinds == {"billed_twice": 1, "tokens_differ": 1}


def test_a_bill_of_another_account_is_not_listed_row_by_row(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("waystation.adapters.sql.reconcile.DIFFERENCES_MAX", 3)
    load(database, bill(), [line(number) for number in range(1, 6)])
    with pytest.raises(Misconfigured, match="over 3 differences"):
        run(database, Terms())
    assert runs(database) == []
    with pytest.raises(Misconfigured, match="there is no run 'run_1'"):
        find_run(database, "run_1")


def test_a_bill_that_is_not_there(database: Database) -> None:
    with pytest.raises(Misconfigured, match="there is no bill 'bill_1'"):
        run(database, Terms())
