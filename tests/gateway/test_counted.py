from tests.gateway.test_metrics import record
from waystation.gateway.counted import Counted, Histogram


def test_buckets_are_cumulative_and_keep_the_sum() -> None:
    histogram = Histogram((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 9.0):
        histogram.add(value)
    assert histogram.buckets() == ([("1.0", 2.0), ("2.0", 3.0), ("+Inf", 4.0)], 12.0)


def test_merged_ones_tell_of_both() -> None:
    one, other = Histogram((1.0, 2.0)), Histogram((1.0, 2.0))
    one.add(0.5)
    other.add(1.5)
    one.merge(other)
    assert one.buckets() == ([("1.0", 1.0), ("2.0", 2.0), ("+Inf", 2.0)], 2.0)


def test_calls_are_added_up() -> None:
    counted = Counted()
    for _ in range(2):
        counted.add(record())
    assert (counted.count, counted.input_tokens, counted.output_tokens) == (2, 6, 8)
    assert (counted.nanos, counted.heard) == (3_000_000_000, True)
    assert counted.durations.buckets()[1] == 0.04
