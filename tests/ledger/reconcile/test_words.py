from tests.ledger.reconcile.made import call, line
from waystation.ledger.reconcile.words import Difference, Tally


def test_a_tally_adds_up_by_currency_and_kind() -> None:
    tally = Tally()
    tally.saw_line(line())
    tally.saw_line(line(currency=None))
    tally.saw_line(line(amount_nanos=None))
    tally.saw_call(call())
    tally.saw_call(call(currency=None))
    tally.saw_call(call(amount_nanos=None))
    tally.saw_call(call(due=False))
    tally.saw(Difference(kind="estimated", message=""))
    assert (tally.rows, tally.calls, tally.unpriced) == (3, 3, 1)
    assert tally.theirs == tally.ours == {"USD": 4_500_000, "?": 4_500_000}
    assert tally.kinds == {"estimated": 1}
