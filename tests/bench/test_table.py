import json

import msgspec

from waystation.bench import Quantiles, Report, as_json, as_table
from waystation.bench.own_time import OwnTime

_TIMES = Quantiles(p50_s=0.001, p95_s=0.002, p99_s=0.0035, max_s=0.25)
_REPORT = Report(
    url="http://relay.test/v1",
    model="gpt-4o",
    stream=False,
    rate=None,
    concurrency=16,
    calls=100,
    errors={},
    elapsed_s=2.0,
    calls_per_s=50.0,
    latency=_TIMES,
    first_chunk=None,
    gap=None,
    late=None,
    arrivals=0,
    received_bytes=400,
    own_time=None,
)


def test_a_plain_test_prints_what_was_measured_and_no_more() -> None:
    assert as_table(_REPORT).splitlines() == [
        "100 plain calls of gpt-4o in 2.0 s, closed loop of 16: 50.0 calls/s, 0 failed",
        "",
        "milliseconds                 p50       p95       p99       max",
        "latency                     1.00      2.00      3.50    250.00",
    ]


def test_failures_are_printed_by_reason() -> None:
    report = msgspec.structs.replace(_REPORT, errors={"status 429": 3, "timed out": 1}, rate=20.0, late=_TIMES)
    lines = as_table(report).splitlines()
    assert lines[0].endswith("open loop at 20/s: 50.0 calls/s, 4 failed")
    assert lines[-2:] == ["failed: 3 x status 429", "failed: 1 x timed out"]


def test_own_time_is_printed_as_bounds() -> None:
    own = OwnTime(calls=100, p50_s=0.001, p95_s=0.05, p99_s=float("inf"))
    line = as_table(msgspec.structs.replace(_REPORT, own_time=own)).splitlines()[-1]
    assert line.split() == ["own", "time", "(/metrics)", "<=1", "<=50", "beyond"]


def test_a_test_without_answers_still_prints() -> None:
    report = msgspec.structs.replace(_REPORT, calls=0, latency=None, errors={"connect: refused": 100})
    assert as_table(report).splitlines()[-1] == "failed: 100 x connect: refused"


def test_json_has_every_figure_in_seconds() -> None:
    got = json.loads(as_json(_REPORT))
    assert (got["calls"], got["latency"]["p99_s"], got["own_time"]) == (100, 0.0035, None)
