from bench.bars import Bar, bars
from bench.tables import Outcome


def test_a_bar_is_held_at_its_limit() -> None:
    assert [Bar("x", 3, got).held for got in (3, 3.01, None)] == [True, False, None]


def test_a_lower_bar_is_held_from_its_limit_on() -> None:
    assert [Bar("x", 0.15, got, at_least=True).held for got in (0.15, 0.14)] == [True, False]


def test_nothing_measured_holds_and_misses_nothing() -> None:
    assert {bar.held for bar in bars(Outcome())} == {None}
