"""The routes' means as gauges: what a choice between them goes by. There are as many as routes that were tried."""

from collections.abc import Iterator, Mapping
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric

from waystation.routing.route import Route, Served

_LABELS: Final = ("gen_ai_request_model", "upstream", "upstream_model")


def route_families(served: Mapping[str, Served]) -> Iterator[Metric]:
    """Percentiles and windows are left to Prometheus and to the page of a model's endpoints."""
    routes = [(name, route) for name, one in sorted(served.items()) for tier in one.tiers for route in tier]
    yield _family(
        "waystation_route_time_to_first_chunk_seconds",
        "Recent mean of streams, from the beginning of the attempt",
        [(name, route, route.statistics.first_chunk_s()) for name, route in routes],
    )
    yield _family(
        "waystation_route_output_tokens_per_second",
        "Recent mean of whole answers",
        [(name, route, route.statistics.tokens_per_s()) for name, route in routes],
    )
    yield _family(
        "waystation_route_failed_ratio",
        "Recent share of attempts that failed, rate limits left out",
        [(name, route, route.statistics.failed_share()) for name, route in routes],
    )
    yield _family(
        "waystation_route_breaker_open",
        "Whether the route is passed over by its circuit breaker",
        [(name, route, float(not route.breaker.closed)) for name, route in routes if route.breaker is not None],
    )


def _family(name: str, text: str, values: list[tuple[str, Route, float | None]]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=_LABELS)
    for model, route, value in values:
        if value is not None:
            family.add_metric((model, route.upstream.name, route.model), value)
    return family
