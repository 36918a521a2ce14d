"""Lots: what is left of gifts."""

from hypothesis import given as drawn
from hypothesis import strategies as st

from waystation.ledger.lot import Lot, consume, given, lapsed

LOTS = (Lot(1, 50), Lot(2, 30, 200.0), Lot(3, 20, 100.0))


def left(lots: tuple[Lot, ...]) -> dict[int, int]:
    return {lot.posting_id: lot.remaining for lot in lots}


def test_the_soonest_to_expire_is_used_first() -> None:
    assert left(consume(LOTS, 25)) == {3: 0, 2: 25, 1: 50}
    assert left(consume(LOTS, 60)) == {3: 0, 2: 0, 1: 40}
    assert left(consume(LOTS, 1_000)) == {3: 0, 2: 0, 1: 0}


def test_what_has_expired_is_taken_back_as_far_as_it_is_free() -> None:
    assert lapsed(LOTS, 99.0, 100) == ()
    assert lapsed(LOTS, 100.0, 100) == ((LOTS[2], 20),)
    assert lapsed(LOTS, 200.0, 25) == ((LOTS[2], 20), (LOTS[1], 5))
    assert lapsed(LOTS, 200.0, 20) == ((LOTS[2], 20),)
    assert lapsed(LOTS, 200.0, -1) == ()


@drawn(st.lists(st.integers(0, 100), max_size=9))
def test_debits_one_by_one_or_together_leave_the_same(debits: list[int]) -> None:
    lots = consume(LOTS, 0)
    for nanos in debits:
        lots = consume(lots, nanos)
    assert lots == consume(LOTS, sum(debits))
    assert given(lots) == max(given(LOTS) - sum(debits), 0)
