import pytest

from tests.ledger.reconcile.made import call, line
from waystation.ledger.reconcile.requests import by_request
from waystation.ledger.reconcile.words import Difference, Line, OurCall, Tally, Terms
from waystation.wire.usage import Usage

BY_REQUEST = Terms()


def found(
    lines: list[Line], calls: list[OurCall], terms: Terms = BY_REQUEST, tally: Tally | None = None
) -> list[Difference]:
    lines = sorted(lines, key=lambda one: one.request_id or "")
    calls = sorted(calls, key=lambda one: one.request_id or "")
    return list(by_request(lines, calls, terms, Tally() if tally is None else tally))


def kinds(lines: list[Line], calls: list[OurCall], terms: Terms = BY_REQUEST) -> list[str]:
    return [difference.kind for difference in found(lines, calls, terms)]


def test_what_agrees_is_no_difference() -> None:
    tally = Tally()
    assert found([line()], [call()], tally=tally) == []
    assert (tally.rows, tally.calls, tally.matched) == (1, 1, 1)
    assert tally.theirs == tally.ours == {"USD": 4_500_000}
    assert found([], []) == []


def test_a_call_that_is_not_in_the_bill() -> None:
    (difference,) = found([], [call()])
    assert (difference.kind, difference.calls, difference.request_id) == ("call_not_in_bill", ("call_1",), "req-1")
    (difference,) = found([], [call(request_id=None)])
    assert "gave it no request id" in difference.message


def test_a_call_that_need_not_be_in_the_bill() -> None:
    tally = Tally()
    assert found([line()], [call(due=False), call(request_id="req-2", due=False)], tally=tally) == []
    assert tally.calls == 0


def test_a_row_without_a_call() -> None:
    (difference,) = found([line()], [])
    assert (difference.kind, difference.rows, difference.amount_nanos) == ("row_without_call", (1,), 4_500_000)
    nameless = found([line(request_id=None), line(request_id=None, number=2, amount_nanos=None)], [call()])
    assert [(one.kind, one.rows) for one in nameless] == [
        ("row_without_call", (1,)),
        ("row_without_call", (2,)),
        ("call_not_in_bill", ()),
    ]


def test_tokens_that_differ_are_told_by_bucket() -> None:
    (difference,) = found([line(tokens=(1001, 200, 5, None), amount_nanos=1)], [call()])
    assert difference.kind == "tokens_differ"
    assert difference.message == (
        "input_tokens: the bill has 1001, we have 1000; cache_read_input_tokens: the bill has 5, we have 0"
    )


def test_a_tolerance_is_no_difference() -> None:
    terms = Terms(tokens=1, amount_nanos=10, days=1)
    near = line(tokens=(1001, 199, None, None), amount_nanos=4_500_010, day="2026-12-01")
    assert found([near], [call()], terms) == []
    far = line(tokens=(1001, 199, None, None), amount_nanos=4_500_011, day="2026-12-02")
    assert kinds([far], [call()], terms) == ["day_shifted", "amount_differs"]


def test_another_price_for_the_same_tokens() -> None:
    (difference,) = found([line(amount_nanos=5_000_000)], [call()])
    assert (difference.kind, difference.amount_nanos, difference.currency) == ("amount_differs", 500_000, "USD")
    assert "another price" in difference.message


def test_another_currency() -> None:
    assert kinds([line(currency="CNY")], [call()]) == ["currency_differs"]


def test_an_amount_that_one_side_does_not_know_is_not_compared() -> None:
    tally = Tally()
    assert found([line()], [call(amount_nanos=None, currency=None)], tally=tally) == []
    assert tally.unpriced == 1
    assert kinds([line(amount_nanos=None, currency=None)], [call()]) == []


def test_another_model_explains_another_price() -> None:
    (difference,) = found([line(model="m-2", amount_nanos=9)], [call()])
    assert (difference.kind, difference.model) == ("model_differs", "m-1")
    assert kinds([line(model=None, key=None, day=None)], [call()]) == []


def test_another_key() -> None:
    assert kinds([line(key="bbbb2222")], [call()]) == ["key_differs"]


def test_another_day() -> None:
    (difference,) = found([line(day="2026-12-01")], [call()])
    assert (difference.kind, difference.day) == ("day_shifted", "2026-11-30")


def test_what_is_billed_twice() -> None:
    (difference,) = found([line(), line(number=2)], [call()])
    assert (difference.kind, difference.rows, difference.amount_nanos) == ("billed_twice", (1, 2), 4_500_000)
    silent = {"tokens": (None,) * 4}
    assert kinds([line(**silent), line(number=2, **silent)], [call()]) == ["billed_twice"]
    assert kinds([line(amount_nanos=None), line(number=2, amount_nanos=None)], [call()]) == ["billed_twice"]


def test_rows_for_each_kind_of_token_add_up() -> None:
    rows = [
        line(tokens=(1000, None, None, None), amount_nanos=2_500_000),
        line(number=2, tokens=(None, 200, None, None), amount_nanos=2_000_000),
    ]
    assert found(rows, [call()]) == []


def test_rows_for_the_same_kind_may_be_said_to_add_up() -> None:
    rows = [line(tokens=(500, 100, None, None), amount_nanos=2_250_000, number=number) for number in (1, 2)]
    assert kinds(rows, [call()]) == ["billed_twice", "tokens_differ"]
    assert kinds(rows, [call()], Terms(rows_add_up=True)) == []


def test_an_estimate_gets_its_real_usage() -> None:
    (difference,) = found([line(tokens=(1000, 300, 100, None))], [call(estimated=True)])
    assert difference.kind == "estimated"
    assert difference.usage == Usage(input_tokens=1000, output_tokens=300, cache_read_input_tokens=100)


def test_an_estimate_that_was_right_is_confirmed() -> None:
    tally = Tally()
    assert found([line()], [call(estimated=True)], tally=tally) == []
    assert tally.confirmed == 1


@pytest.mark.parametrize("tokens", [(1001, None, None, None), (10, 200, 11, None), (-1, 200, None, None)])
def test_a_row_that_does_not_tell_all_corrects_no_estimate(tokens: tuple[int | None, ...]) -> None:
    assert kinds([line(tokens=tokens)], [call(estimated=True)]) == ["tokens_differ"]


def test_calls_that_share_a_request_id_are_compared_as_one() -> None:
    ours = [call(), call(call_id="call_2")]
    assert kinds([line(), line(number=2)], ours, Terms(rows_add_up=True)) == []
    (difference,) = [one for one in found([line()], ours) if one.kind == "tokens_differ"]
    assert difference.calls == ("call_1", "call_2")


def test_several_ids_are_taken_in_order() -> None:
    lines = [line(request_id=name, number=number) for number, name in enumerate(("a", "c", "d"))]
    calls = [call(request_id=name) for name in ("a", "b", "d", "e")]
    assert [(one.kind, one.request_id) for one in found(lines, calls)] == [
        ("call_not_in_bill", "b"),
        ("row_without_call", "c"),
        ("call_not_in_bill", "e"),
    ]


def test_an_estimate_that_was_put_right_is_not_told_again() -> None:
    tally = Tally()
    ours = [call(estimated=True, corrected=True)]
    assert found([line(tokens=(1000, 300, None, None))], ours, tally=tally) == []
    assert tally.confirmed == 1
