from waystation.cli.spent import line, row
from waystation.ledger.budget import Window
from waystation.ledger.spending import Spending
from waystation.wire.catalogue import Budget

BUDGET = Budget(10 * 10**9, "USD", "month", "bud_1")


def test_a_line_tells_what_is_spent_held_transferred_and_left() -> None:
    spending = Spending(
        owner="organization:acme",
        budget=BUDGET,
        window=Window(0, 86_400),
        limit_nanos=12 * 10**9,
        spent_nanos=3 * 10**9,
        held_nanos=10**9,
    )
    assert line(spending) == (
        "10.00 USD a month: 3.00 USD spent, 1.00 USD held, 2.00 USD transferred in, 8.00 left, "
        "until 1970-01-02T00:00:00Z"
    )
    assert row(spending)["window_starts"] == "1970-01-01T00:00:00Z"


def test_a_budget_that_never_resets_and_one_out_of_its_time() -> None:
    spending = Spending(owner="x", budget=BUDGET, window=Window(0, None), limit_nanos=BUDGET.amount_nanos)
    assert line(spending) == "10.00 USD a month: 0.00 USD spent, 10.00 left"
    assert row(spending)["window_resets"] is None
    outside = Spending(owner="x", budget=BUDGET, window=None, limit_nanos=BUDGET.amount_nanos)
    assert line(outside).endswith("left (not now)")
    assert row(outside)["window_starts"] is None
