from tests.ledger.reconcile.made import call, line
from waystation.ledger.reconcile.compare import added, gaps, of_calls, of_lines, real_usage
from waystation.wire.usage import COUNT_MAX, Usage


def test_what_one_side_says_is_added() -> None:
    assert added((1, None, None, 4), (10, 20, None, None)) == (11, 20, None, 4)


def test_a_gap_is_what_the_bill_has_more() -> None:
    assert gaps((5, None, 3, 0), (7, 1, None, None)) == (-2, None, 3, 0)


def test_sums_know_how_many_told_their_amount() -> None:
    bill = of_lines([line(calls=2), line(calls=3), line(amount_nanos=None)])
    assert (bill.count, bill.calls, bill.told, bill.amount_nanos) == (3, 5, 2, 9_000_000)
    ours = of_calls([call(), call(estimated=True)])
    assert (ours.calls, ours.estimated, ours.currency) == (2, 1, "USD")


def test_real_usage_must_be_possible() -> None:
    assert real_usage((10, 5, 4, 6)) == Usage(
        input_tokens=10, output_tokens=5, cache_read_input_tokens=4, cache_creation_input_tokens=6
    )
    assert real_usage((10, 5, 5, 6)) is None
    assert real_usage((COUNT_MAX + 1, 5, None, None)) is None
