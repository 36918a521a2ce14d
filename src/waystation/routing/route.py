"""Routes: what one attempt needs to know of where it goes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypedDict, get_args
from urllib.parse import urlsplit

from waystation.ports import Endpoint
from waystation.routing.breaker import Breaker, Breakers
from waystation.routing.deck import Deck
from waystation.routing.load import Load
from waystation.routing.rules import Reckoned, Rules, reckon, rules_of
from waystation.routing.statistics import Statistics
from waystation.vendors.vendor import Vendor
from waystation.wire.catalogue import Catalogue, Modality, Model, ModelRoute, Upstream
from waystation.wire.dialect import Dialect, way_to

# Strategies whose order rests on the calls that are under way.
COUNTING: Final = frozenset({"round_robin", "least_in_flight"})
_ANY: Final = (None, None, None)


@dataclass(frozen=True, slots=True)
class Route:
    """One way to serve a public model: an upstream, and the model's name there.

    `ways`: by the caller's language the one in which this upstream is asked; a language without a way is not there.
    `rules`: what is changed of the requests that go there. What changes of it: `statistics`, how it does; `load`, what
    is under way on it, if its model's strategy asks; `breaker`, whether it is passed over, if the operator wants one.
    `labels`: its upstream's name and its tags, in lower case. `context_length`, `max_output_tokens`, `inputs`: the most
    that it takes and gives, and what it takes; None: not known. `made`: its model's name is of a caller's making.
    `output_tokens`: the bound of a call in a language that demands one.
    """

    upstream: Upstream
    vendor: Vendor
    endpoint: Endpoint
    model: str
    ways: Mapping[Dialect, Dialect]
    rules: Rules | None = None
    statistics: Statistics = field(default_factory=Statistics, compare=False)
    load: Load | None = field(default=None, compare=False)
    breaker: Breaker | None = field(default=None, compare=False)
    labels: frozenset[str] = frozenset()
    context_length: int | None = None
    max_output_tokens: int | None = None
    inputs: frozenset[Modality] | None = None
    output_tokens: int = 16_384
    made: bool = False


@dataclass(frozen=True, slots=True)
class Served:
    """A public model with its routes in tiers: the first tier's priority is the lowest number.

    `reckoned`: what its routes' rules may add to a call. `choosy`: some route is known not to take every call.
    """

    model: Model
    tiers: tuple[tuple[Route, ...], ...]
    reckoned: Reckoned | None = None
    choosy: bool = False
    decks: dict[Dialect, tuple[Deck[Route], ...]] = field(init=False, default_factory=dict, compare=False, repr=False)

    def decks_of(self, dialect: Dialect) -> tuple[Deck[Route], ...]:
        """One for each tier: its routes that callers of the language can take."""
        decks = self.decks.get(dialect)
        if decks is None:
            tiers = ([route for route in tier if dialect in route.ways] for tier in self.tiers)
            decks = tuple(Deck(tier, [route.upstream.weight for route in tier]) for tier in tiers)
            self.decks[dialect] = decks
        return decks


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
    catalogue: Catalogue,
    vendors: Mapping[str, Vendor],
    before: Mapping[str, Served] | None = None,
    breakers: Breakers | None = None,
) -> dict[str, Served]:
    """Every public model of the catalogue, by name. A route that was there `before` keeps its statistics and its load.

    `breakers`: from which routes have theirs; None: they have none.
    """
    known, loads = _statistics(before or {}), _loads(catalogue, before or {})
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
                loads.get((upstream.name, route.model)),
                None if breakers is None else breakers.of(upstream, route.model),
                **_limits(model, route, upstream),
            )
            for route in model.routes
            for upstream in (upstreams[route.upstream],)
            for vendor in (vendors[upstream.vendor],)
        ]
        priorities = sorted({route.upstream.priority for route in routes})
        tiers = (tuple(r for r in routes if r.upstream.priority == priority) for priority in priorities)
        choosy = any((route.context_length, route.max_output_tokens, route.inputs) != _ANY for route in routes)
        served[model.name] = Served(model, tuple(tiers), reckon([route.rules for route in routes]), choosy)
    if breakers is not None:
        breakers.keep((upstreams[one.upstream].id, one.model) for model in catalogue.models for one in model.routes)
    return served


class _Limits(TypedDict):
    labels: frozenset[str]
    context_length: int | None
    max_output_tokens: int | None
    inputs: frozenset[Modality] | None
    output_tokens: int


def _limits(model: Model, route: ModelRoute, upstream: Upstream) -> _Limits:
    inputs = model.inputs if route.inputs is None else route.inputs
    bound = model.max_output_tokens
    return {
        "labels": frozenset(map(str.casefold, (upstream.name, *upstream.tags, *route.tags))),
        "context_length": route.context_length or model.context_length,
        "max_output_tokens": route.max_output_tokens,
        "inputs": None if inputs is None else frozenset(inputs),
        "output_tokens": min(bound, route.max_output_tokens or bound),
    }


def _loads(catalogue: Catalogue, before: Mapping[str, Served]) -> dict[tuple[str, str], Load]:
    """By upstream and its model, of those that some model's strategy asks for: all calls on it count."""
    routes = (route for one in before.values() for tier in one.tiers for route in tier if route.load is not None)
    known = {(route.upstream.id, route.model): route.load for route in routes}
    ids = {upstream.name: upstream.id for upstream in catalogue.upstreams}
    return {
        (route.upstream, route.model): known.get((ids[route.upstream], route.model)) or Load()
        for model in catalogue.models
        if model.routing is not None and model.routing.strategy in COUNTING
        for route in model.routes
    }


def _statistics(served: Mapping[str, Served]) -> dict[tuple[str, str, str], Statistics]:
    """By public model, upstream and the model's name there: as many as the catalogue has routes, no more."""
    return {
        (name, route.upstream.id, route.model): route.statistics
        for name, one in served.items()
        for tier in one.tiers
        for route in tier
    }
