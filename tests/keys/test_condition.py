from math import inf

import pytest

from waystation.keys.condition import Condition, Trouble


def rests(state: Trouble, times: int, told_s: float | None = None) -> list[float]:
    condition = Condition(state)
    now, found = 100.0, []
    for _ in range(times):
        found.append(condition.fail(now, now, told_s, 0.0))
        now = condition.until + 1.0
    return found


def test_the_back_off_grows_with_each_failure_and_has_an_end() -> None:
    assert rests("limited", 9) == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    assert rests("refused", 8) == [60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 3600.0, 3600.0]
    assert rests("broke", 5) == [300.0, 600.0, 1200.0, 2400.0, 3600.0]


def test_it_is_drawn_out_by_chance_and_never_shortened() -> None:
    first, second = Condition("limited"), Condition("limited")
    assert first.fail(0.0, 0.0, None, 0.0) == 1.0
    assert second.fail(0.0, 0.0, None, 0.999) == pytest.approx(1.4995)
    assert Condition("limited").fail(0.0, 0.0, 10.0, 0.999) == pytest.approx(10.999)


def test_the_vendors_own_word_counts_for_more_than_the_back_off() -> None:
    assert rests("limited", 4, told_s=7.0) == [7.0] * 4


def test_a_vendor_that_says_now_again_and_again_is_not_believed() -> None:
    assert rests("limited", 4, told_s=0.0) == [0.0, 2.0, 4.0, 8.0]


def test_calls_that_fail_together_count_once() -> None:
    condition = Condition("limited")
    assert [condition.fail(100.0 + n / 10, 99.0, None, 0.0) for n in range(5)] == [1.0, 1.0, 1.0, 1.0, 1.0]
    assert condition.failures == 1
    assert condition.fail(101.5, 101.4, None, 0.0) == 2.0


def test_a_later_word_of_the_vendor_lengthens_the_rest() -> None:
    condition = Condition("limited")
    condition.fail(100.0, 99.0, None, 0.0)
    assert condition.fail(100.5, 99.0, 30.0, 0.0) == 30.0
    assert condition.told
    assert condition.fail(101.0, 99.0, 5.0, 0.0) == 29.5  # never shortens it


def test_after_the_wait_one_probes_and_the_others_wait_for_it() -> None:
    condition = Condition("limited")
    condition.fail(100.0, 99.0, None, 0.0)
    assert (condition.wait_s(100.25), condition.shown(100.25)) == (0.75, "limited")
    assert (condition.wait_s(101.0), condition.shown(101.0)) == (0.0, "probing")
    condition.probing = True
    assert condition.wait_s(101.0) == inf


def test_while_the_balance_is_asked_for_nobody_probes() -> None:
    condition = Condition("broke")
    condition.fail(100.0, 99.0, None, 0.0)
    condition.checked = True
    assert (condition.wait_s(1_000_000.0), condition.shown(1_000_000.0)) == (inf, "broke")


def test_the_back_off_does_not_overflow() -> None:
    condition = Condition("broke")
    condition.failures = 10_000
    assert condition.fail(0.0, 0.0, None, 0.0) == 3600.0
