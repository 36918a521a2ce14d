import time

from waystation.adapters.clock import SystemClock


def test_ids_are_unique_and_sort_by_time() -> None:
    clock = SystemClock()
    first = [clock.new_id("call") for _ in range(1000)]
    time.sleep(0.002)
    later = clock.new_id("call")
    assert len(set(first)) == 1000
    assert max(first) < later
    assert later.startswith("call_")


def test_two_processes_do_not_count_alike() -> None:
    drawn = {SystemClock().new_id("call")[-16:] for _ in range(10)}
    assert len(drawn) == 10


def test_times_are_seconds_and_draws_are_below_one() -> None:
    clock = SystemClock()
    assert abs(clock.now() - time.time()) < 60
    assert clock.monotonic() <= clock.monotonic()
    assert all(0.0 <= clock.draw() < 1.0 for _ in range(100))
