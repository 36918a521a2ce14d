import pytest

from tests.ledger.reconcile.made import call, line
from waystation.ledger.reconcile.groups import REMEMBERED_MAX, by_group
from waystation.ledger.reconcile.words import SHOWN, Difference, Line, OurCall, Tally, Terms
from waystation.wire.errors import Misconfigured
from waystation.wire.usage import Usage

BY_KEY = Terms(by="day,model,key")
DAYS = ("2026-11-29", "2026-11-30", "2026-12-01")


def found(
    lines: list[Line], calls: list[OurCall], terms: Terms = BY_KEY, tally: Tally | None = None
) -> list[Difference]:
    lines = sorted(lines, key=lambda one: one.day or "")
    calls = sorted(calls, key=lambda one: one.day)
    return list(by_group(lines, calls, terms, Tally() if tally is None else tally))


def kinds(lines: list[Line], calls: list[OurCall], terms: Terms = BY_KEY) -> list[str]:
    return [difference.kind for difference in found(lines, calls, terms)]


def two() -> list[OurCall]:
    return [call(), call(call_id="call_2")]


SUM = {"tokens": (2000, 400, None, None), "amount_nanos": 9_000_000}


def test_sums_that_agree() -> None:
    tally = Tally()
    assert found([line(**SUM)], two(), tally=tally) == []
    assert (tally.rows, tally.calls, tally.matched) == (1, 2, 1)
    assert found([line(), line(number=2, amount_nanos=4_500_000)], two()) == []
    assert found([], []) == []


def test_calls_that_are_not_in_the_bill() -> None:
    (difference,) = found([], two())
    assert (difference.kind, difference.calls, difference.call_count) == ("call_not_in_bill", ("call_1", "call_2"), 2)
    assert (difference.day, difference.model, difference.key) == ("2026-11-30", "m-1", "aaaa1111")
    assert found([], [call(due=False)]) == []


def test_rows_without_calls() -> None:
    (difference,) = found([line()], [])
    assert (difference.kind, difference.amount_nanos, difference.rows) == ("row_without_call", 4_500_000, (1,))
    assert found([line(tokens=(0, 0, None, None), amount_nanos=0)], []) == []
    assert found([line(amount_nanos=None, calls=1)], [])[0].amount_nanos is None


def test_a_bill_that_counts_calls_tells_which_side_has_more() -> None:
    (fewer,) = found([line(calls=1)], two())
    assert (fewer.kind, fewer.call_count) == ("call_not_in_bill", 2)
    assert fewer.message.startswith("the bill counts 1 calls, we 2; input_tokens")
    assert kinds([line(calls=3, tokens=(2000, 400, None, None))], two()) == ["row_without_call"]
    assert kinds([line(calls=2, **SUM)], two()) == []


def test_tokens_that_differ() -> None:
    (difference,) = found([line(tokens=(2000, 401, None, None))], two())
    assert difference.kind == "tokens_differ"
    (hinted,) = found([line(tokens=(2000, 401, None, None))], [call(), call(estimated=True)])
    assert hinted.message.endswith("(1 of the calls are estimated)")


def test_one_estimate_gets_its_real_usage() -> None:
    (difference,) = found([line(tokens=(1000, 300, None, None))], [call(estimated=True)])
    assert (difference.kind, difference.usage) == ("estimated", Usage(input_tokens=1000, output_tokens=300))
    assert kinds([line(tokens=(1000, None, 1, None))], [call(estimated=True)]) == ["tokens_differ"]
    tally = Tally()
    assert found([line()], [call(estimated=True)], tally=tally) == []
    assert tally.confirmed == 1


def test_another_price_and_another_currency() -> None:
    assert kinds([line(amount_nanos=1)], [call()]) == ["amount_differs"]
    assert kinds([line(currency="CNY")], [call()]) == ["currency_differs"]
    mixed = [line(), line(number=2, currency="CNY", amount_nanos=3)]
    assert kinds(mixed, two()) == ["currency_differs"]
    assert kinds([line(amount_nanos=1)], [call(), call(amount_nanos=None, tokens=(0, 0, None, None))]) == []


def test_a_row_that_stands_twice() -> None:
    (difference,) = found([line(), line(number=2)], [call()])
    assert (difference.kind, difference.rows, difference.amount_nanos) == ("billed_twice", (1, 2), 4_500_000)
    silent = {"tokens": (None,) * 4}
    assert kinds([line(**silent), line(number=2, **silent)], [call()], Terms(by="day")) == ["billed_twice"]
    assert kinds([line(), line(number=2)], two()) == []
    assert kinds([line(), line(number=2)], [call()], Terms(by="day", rows_add_up=True)) == ["tokens_differ"]


def test_another_model_for_the_same_calls_is_one_difference() -> None:
    (difference,) = found([line(model="m-2")], [call()])
    assert (difference.kind, difference.model, difference.rows, difference.calls) == (
        "model_differs",
        "m-1",
        (1,),
        ("call_1",),
    )
    assert difference.message == "the bill has these calls under 'm-2', we under 'm-1'"


def test_another_key_for_the_same_calls_is_one_difference() -> None:
    (difference,) = found([line(key="bbbb2222")], [call()])
    assert (difference.kind, difference.key) == ("key_differs", "aaaa1111")
    assert kinds([line(key="bbbb2222")], [call()], Terms(by="day,model")) == []


def test_another_model_and_another_key_are_other_calls() -> None:
    assert sorted(kinds([line(model="m-2", key="bbbb2222")], [call()])) == ["call_not_in_bill", "row_without_call"]
    assert sorted(kinds([line(model="m-2", calls=2)], [call()])) == ["call_not_in_bill", "row_without_call"]
    assert sorted(kinds([line(model="m-2", tokens=(7, 7, None, None))], [call()])) == [
        "call_not_in_bill",
        "row_without_call",
    ]


def test_calls_on_the_day_before_are_a_matter_of_the_calendar() -> None:
    ours = [call(day=DAYS[0]), call(day=DAYS[0], call_id="late"), call(day=DAYS[1])]
    bill = [line(day=DAYS[0], calls=1), line(day=DAYS[1], calls=2, number=2, **SUM)]
    (difference,) = found(bill, ours)
    assert (difference.kind, difference.day, difference.rows) == ("day_shifted", DAYS[0], (2,))
    assert found([line(day=DAYS[1])], [call(day=DAYS[0])])[0].message.endswith("right? (0.0045 USD)")


def test_calls_on_the_day_after_are_too() -> None:
    bill = [line(day=DAYS[0], **SUM), line(day=DAYS[1], number=2)]
    ours = [call(day=DAYS[0]), call(day=DAYS[1]), call(day=DAYS[1], call_id="early")]
    (difference,) = found(bill, ours)
    assert (difference.kind, difference.day) == ("day_shifted", DAYS[1])


def test_other_gaps_of_two_days_are_two_differences() -> None:
    bill = [line(day=DAYS[0], tokens=(900, 200, None, None)), line(day=DAYS[1], tokens=(1101, 200, None, None))]
    assert kinds(bill, [call(day=DAYS[0]), call(day=DAYS[1])]) == ["tokens_differ", "tokens_differ"]
    assert kinds([line(day=DAYS[0], amount_nanos=1)], [call(day=DAYS[0]), call(day=DAYS[2])]) == [
        "amount_differs",
        "call_not_in_bill",
    ]


def test_only_some_of_many_calls_are_named() -> None:
    (difference,) = found([], [call(call_id=f"call_{number}") for number in range(SHOWN + 5)])
    assert (len(difference.calls), difference.call_count) == (SHOWN, SHOWN + 5)


def test_so_many_rows_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert REMEMBERED_MAX == 200_000
    monkeypatch.setattr("waystation.ledger.reconcile.groups.REMEMBERED_MAX", 0)
    assert kinds([line(), line(number=2)], [call()]) == ["tokens_differ"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"day": None}, "tells no days"), ({"model": None}, "without a model"), ({"key": None}, "without a key")],
)
def test_rows_without_what_groups_are_told_apart_by_are_refused(changes: dict[str, None], message: str) -> None:
    with pytest.raises(Misconfigured, match=message):
        found([line(**changes)], [])


def test_by_day_alone_needs_no_model() -> None:
    assert found([line(model=None, key=None)], [call(key=None)], Terms(by="day")) == []


def test_an_estimate_that_was_put_right_is_not_told_again() -> None:
    tally = Tally()
    ours = [call(estimated=True, corrected=True)]
    assert found([line(tokens=(1000, 300, None, None))], ours, tally=tally) == []
    assert tally.confirmed == 1
