import time

from waystation.adapters.clock import SystemClock


def test_ids_are_unique_and_sort_by_time() -> None:
    clock = SystemClock()
    first = clock.new_id("call")
    many = {clock.new_id("call") for _ in range(10_000)}
    time.sleep(0.002)
    assert len(many) == 10_000
    assert first.startswith("call_")
    assert clock.new_id("call") > first


def test_two_clocks_do_not_make_the_same_ids() -> None:
    assert SystemClock().new_id("call")[16:] != SystemClock().new_id("call")[16:]


def test_time_is_unix_time_and_chance_is_a_share() -> None:
    clock = SystemClock()
    assert abs(clock.now() - time.time()) < 5
    assert clock.monotonic() <= clock.monotonic()
    assert 0.0 <= clock.draw() < 1.0
