from waystation.ledger.reconcile.report import COLUMNS, as_dict, row, text, verdict
from waystation.ledger.reconcile.words import Difference, Tally

DIFFERENCE = Difference(
    kind="amount_differs",
    message="another price",
    day="2026-11-30",
    model="m-1",
    key="aaaa1111",
    request_id="req-1",
    rows=(1, 2),
    calls=("call_1", "call_2", "call_3", "call_4"),
    row_count=2,
    call_count=9,
    amount_nanos=-1_500_000_000,
    currency="USD",
)


def test_a_bill_that_agrees_says_so() -> None:
    lines = list(text(Tally(rows=2, calls=2, matched=2), []))
    assert lines == ["2 rows, 2 calls, 2 matched.", "The bill: no amounts. Our cost: no amounts.", "The bill agrees."]


def test_every_difference_is_told_with_its_calls() -> None:
    tally = Tally(
        rows=1, calls=2, confirmed=3, unpriced=4, theirs={"USD": 5}, kinds={"amount_differs": 1, "estimated": 1}
    )
    lines = list(text(tally, [DIFFERENCE, Difference(kind="estimated", message="off")]))
    assert lines == [
        "1  amount_differs  2026-11-30 m-1 aaaa1111 req-1: another price",
        "   calls: call_1, call_2, call_3 and 6 more",
        "2  estimated  somewhere: off",
        "1 rows, 2 calls, 0 matched.",
        "The bill: 0.000000005 USD. Our cost: no amounts.",
        "3 estimates were right, or were put right before.",
        "note: 4 calls have no upstream price, so their amounts were not compared",
        "2 differences: 1 amount_differs, 1 estimated.",
    ]
    few = Difference(kind="estimated", message="off", calls=("call_1",), call_count=1)
    assert next(line for line in text(Tally(), [few]) if "calls:" in line) == "   calls: call_1"


def test_a_difference_is_a_row_of_a_table() -> None:
    cells = dict(zip(COLUMNS, row(7, DIFFERENCE), strict=True))
    assert (cells["number"], cells["amount"], cells["rows"], cells["call_count"]) == ("7", "-1.50", "1 2", "9")
    assert row(1, Difference(kind="estimated", message=""))[2:8] == ("",) * 6


def test_the_tally_is_an_object_for_programs() -> None:
    assert as_dict(Tally(rows=1))["passed"] is True
    assert as_dict(Tally(kinds={"estimated": 1}))["passed"] is False
    assert verdict(Tally()) == "The bill agrees."
