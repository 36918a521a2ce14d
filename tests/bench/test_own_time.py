from math import inf

from waystation.bench.own_time import OwnTime, between

_NAME = "waystation_own_time_seconds_bucket"


def _page(*counts: int, label: str = "") -> str:
    edges = ("0.001", "0.05", "+Inf")
    lines = [f'{_NAME}{{{label}le="{edge}"}} {count}.0' for edge, count in zip(edges, counts, strict=True)]
    return "\n".join(["# TYPE waystation_own_time_seconds histogram", *lines, "waystation_calls_total 7.0"])


def test_only_the_calls_between_the_scrapes_count() -> None:
    assert between(_page(0, 90, 90), _page(97, 189, 190)) == OwnTime(calls=100, p50_s=0.001, p95_s=0.001, p99_s=0.05)


def test_calls_beyond_the_last_edge_are_said_to_be() -> None:
    assert between("", _page(0, 0, 5)) == OwnTime(calls=5, p50_s=inf, p95_s=inf, p99_s=inf)


def test_series_of_other_labels_are_added_up() -> None:
    page = _page(1, 1, 1, label='model="a",') + "\n" + _page(0, 1, 1, label='model="b",')
    assert between("", page) == OwnTime(calls=2, p50_s=0.001, p95_s=0.05, p99_s=0.05)


def test_no_calls_have_no_own_time() -> None:
    assert between(_page(1, 1, 1), _page(1, 1, 1)) is None


def test_a_page_without_the_metric_has_no_own_time() -> None:
    assert between("", '{"id": "a vendor answers anything"}') is None
