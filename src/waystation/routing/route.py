"""Routes: what one attempt needs to know of where it goes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args
from urllib.parse import urlsplit

from waystation.ports import Endpoint
from waystation.routing.rules import Reckoned, Rules, reckon, rules_of
from waystation.routing.statistics import Statistics
from waystation.vendors.vendor import Vendor
from waystation.wire.catalogue import Catalogue, Model, Upstream
from waystation.wire.dialect import Dialect, way_to


@dataclass(frozen=True, slots=True)
class Route:
    """One way to serve a public model: an upstream, and the model's name there.

    `ways`: by the caller's language the one in which this upstream is asked; a language without a way is not there.
    `rules`: what is changed of the requests that go there. `statistics`: how it does, the one thing of it that changes.
    """

    upstream: Upstream
    vendor: Vendor
    endpoint: Endpoint
    model: str
    ways: Mapping[Dialect, Dialect]
    rules: Rules | None = None
    statistics: Statistics = field(default_factory=Statistics, compare=False)


@dataclass(frozen=True, slots=True)
class Served:
    """A public model with its routes in tiers: the first tier's priority is the lowest number.

    `reckoned`: what its routes' rules may add to a call.
    """

    model: Model
    tiers: tuple[tuple[Route, ...], ...]
    reckoned: Reckoned | None = None


def endpoint_of(upstream: Upstream) -> Endpoint:
    parts = urlsplit(upstream.base_url)
    return Endpoint(
        scheme=parts.scheme,
        host=parts.hostname or "",
        port=parts.port or (443 if parts.scheme == "https" else 80),
        base_path=parts.path.rstrip("/"),
        proxy=upstream.proxy,
        ca_file=upstream.ca_file,
    )


def ways_of(upstream: Upstream, vendor: Vendor) -> dict[Dialect, Dialect]:
    """By the caller's language, in the languages that the operator named, or those that the vendor is sure to know."""
    named = vendor.paths.keys() - vendor.by_request if upstream.dialects is None else upstream.dialects
    spoken = [dialect for dialect in vendor.paths if dialect in named]
    ways = ((caller, way_to(spoken, caller)) for caller in get_args(Dialect))
    return {caller: way for caller, way in ways if way is not None}


def serve(
    catalogue: Catalogue, vendors: Mapping[str, Vendor], before: Mapping[str, Served] | None = None
) -> dict[str, Served]:
    """Every public model of the catalogue, by name. A route that was there `before` keeps its statistics."""
    known = _statistics(before or {})
    upstreams = {upstream.name: upstream for upstream in catalogue.upstreams}
    endpoints = {name: endpoint_of(upstream) for name, upstream in upstreams.items()}
    served = {}
    for model in catalogue.models:
        routes = [
            Route(
                upstream,
                vendor,
                endpoints[upstream.name],
                route.model,
                ways_of(upstream, vendor),
                rules_of(upstream, route.model, model.max_output_tokens),
                known.get((model.name, upstream.id, route.model)) or Statistics(),
            )
            for route in model.routes
            for upstream in (upstreams[route.upstream],)
            for vendor in (vendors[upstream.vendor],)
        ]
        priorities = sorted({route.upstream.priority for route in routes})
        tiers = (tuple(r for r in routes if r.upstream.priority == priority) for priority in priorities)
        served[model.name] = Served(model, tuple(tiers), reckon([route.rules for route in routes]))
    return served


def _statistics(served: Mapping[str, Served]) -> dict[tuple[str, str, str], Statistics]:
    """By public model, upstream and the model's name there: as many as the catalogue has routes, no more."""
    return {
        (name, route.upstream.id, route.model): route.statistics
        for name, one in served.items()
        for tier in one.tiers
        for route in tier
    }
