"""Routes: what one attempt needs to know of where it goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from waystation.ports import Endpoint
from waystation.vendors.vendor import Vendor
from waystation.wire.catalogue import Catalogue, Model, Upstream


@dataclass(frozen=True, slots=True)
class Route:
    """One way to serve a public model: an upstream, and the model's name there."""

    upstream: Upstream
    vendor: Vendor
    endpoint: Endpoint
    model: str


@dataclass(frozen=True, slots=True)
class Served:
    """A public model with its routes in tiers: the first tier's priority is the lowest number."""

    model: Model
    tiers: tuple[tuple[Route, ...], ...]


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


def serve(catalogue: Catalogue, vendors: Mapping[str, Vendor]) -> dict[str, Served]:
    """Every public model of the catalogue, by name."""
    upstreams = {upstream.name: upstream for upstream in catalogue.upstreams}
    endpoints = {name: endpoint_of(upstream) for name, upstream in upstreams.items()}
    served = {}
    for model in catalogue.models:
        routes = [
            Route(upstream, vendors[upstream.vendor], endpoints[upstream.name], route.model)
            for route in model.routes
            for upstream in (upstreams[route.upstream],)
        ]
        priorities = sorted({route.upstream.priority for route in routes})
        tiers = (tuple(r for r in routes if r.upstream.priority == priority) for priority in priorities)
        served[model.name] = Served(model, tuple(tiers))
    return served
