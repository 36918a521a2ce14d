import pytest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from tests.contract.store import call_record
from waystation.gateway.gathered import Gathered, counts_of, page_of
from waystation.gateway.metrics import Metrics


def worker(calls: dict[str, float], *, open_: float = 0, mean: float | None = None) -> bytes:
    """What one has counted: calls by model, its open ones, and what it takes for the mean of a route."""
    counter = CounterMetricFamily("calls", "Calls", labels=["model"])
    histogram = HistogramMetricFamily("seconds", "Seconds", labels=["model"])
    for model, count in calls.items():
        counter.add_metric([model], count)
        histogram.add_metric([model], buckets=[("0.5", count), ("+Inf", 2 * count)], sum_value=count)
    own = GaugeMetricFamily("open", "Open", open_)
    route = GaugeMetricFamily("route", "Mean", labels=["upstream"])
    if mean is not None:
        route.add_metric(["main"], mean)
    metrics: list[Metric] = [counter, histogram, own, route]
    return counts_of(metrics, {"open"})


def lines(gathered: Gathered, *living: bytes) -> dict[str, float]:
    page = page_of(gathered.of(living, ready=len(living), died=0)).decode()
    rows = (line.rsplit(" ", 1) for line in page.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in rows}


def test_what_counts_and_what_is_open_adds_up_and_what_all_see_is_their_mean() -> None:
    told = lines(Gathered(), worker({"m": 3, "n": 1}, open_=2, mean=0.5), worker({"m": 4}, open_=5, mean=1.5))
    assert told == {
        'calls_total{model="m"}': 7.0,
        'calls_total{model="n"}': 1.0,
        'seconds_bucket{le="0.5",model="m"}': 7.0,
        'seconds_bucket{le="+Inf",model="m"}': 14.0,
        'seconds_count{model="m"}': 14.0,
        'seconds_sum{model="m"}': 7.0,
        'seconds_bucket{le="0.5",model="n"}': 1.0,
        'seconds_bucket{le="+Inf",model="n"}': 2.0,
        'seconds_count{model="n"}': 2.0,
        'seconds_sum{model="n"}': 1.0,
        "open": 7.0,
        'route{upstream="main"}': 1.0,
        "waystation_workers": 2.0,
        "waystation_worker_deaths_total": 0.0,
    }


def test_of_a_worker_that_is_gone_what_it_counted_stays_and_what_was_open_does_not() -> None:
    gathered = Gathered()
    gathered.leave(worker({"m": 3}, open_=2, mean=9.0))
    gathered.leave(worker({"m": 1, "old": 5}))
    told = lines(gathered, worker({"m": 4}, open_=1))
    assert (told['calls_total{model="m"}'], told['calls_total{model="old"}'], told["open"]) == (8.0, 5.0, 1.0)
    assert 'route{upstream="main"}' not in told
    assert told['seconds_bucket{le="+Inf",model="m"}'] == 16.0


def test_before_anybody_has_counted_there_is_a_page() -> None:
    assert lines(Gathered()) == {"waystation_workers": 0.0, "waystation_worker_deaths_total": 0.0}


@pytest.mark.parametrize("count", [1, 3])
def test_one_worker_s_page_is_the_same_however_it_is_made(count: int) -> None:
    metrics = Metrics({"waystation_calls_open": ("Calls under way", lambda: 4.0)})
    for _ in range(count):
        metrics.observe(call_record())
    metrics.refuse("invalid_api_key")
    gathered = page_of(Gathered().of([metrics.counts()], ready=1, died=0))
    assert gathered.startswith(metrics.page())
