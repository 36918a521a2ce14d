"""The catalogue as a call needs it: indexed, one value per revision. A call sees one board to its end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from waystation.dialects.seal import SEALING
from waystation.identity.standing import Standing, standing_of
from waystation.identity.token import Directory
from waystation.keys.book import Book as KeyBook
from waystation.keys.pool import KeyPool, pools_of
from waystation.ledger.hold import Owned, Payer, ceilings_for
from waystation.ledger.price_book import Book
from waystation.ledger.tariff import tariff_of
from waystation.relay.costs import CostTable
from waystation.relay.offer import Offer, bounds_of
from waystation.routing.breaker import Breakers, Change
from waystation.routing.names import Named, Names, is_callable
from waystation.routing.route import Served, endpoint_of, serve
from waystation.routing.rules import passed_names
from waystation.vendors.balance import balance_at
from waystation.vendors.vendor import Vendor
from waystation.wire.catalogue import Catalogue, Model, Node, Organization, Token
from waystation.wire.dialect import Dialect
from waystation.wire.errors import ModelNotFound
from waystation.wire.limit import Bounds
from waystation.wire.wish import Sort, Wish

OFFERS_MAX: Final = 100_000  # about 50 MB
MADE_MAX: Final = 4_096  # offers of names that callers make up, each with routes of its own: a few kB


@dataclass(frozen=True, slots=True)
class Board:
    """Nothing on it changes but the health of the keys in its `pools` (by upstream id), how its routes do, and what it
    has worked out.

    `crossed`: callers of these languages, whose vendors demand seals, may reach a vendor of another language too.
    `passed`: the callers' headers that some upstream is to see; None if there are none. `costs`: what its routes cost
    us. `sticky`: some model's calls are kept together by session.
    """

    revision: int
    directory: Directory
    organizations: Mapping[str, Organization]
    served: Mapping[str, Served]
    pools: Mapping[str, KeyPool]
    crossed: frozenset[Dialect]
    prices: Book
    keys: KeyBook
    breakers: Breakers
    costs: CostTable
    sticky: bool = False
    nodes: Mapping[str, Node] = field(default_factory=dict)
    passed: tuple[bytes, ...] | None = None
    names: Names = field(default_factory=lambda: Names({}))
    _standings: dict[str, Standing] = field(default_factory=dict)
    _payers: dict[str, Payer] = field(default_factory=dict)
    _offers: dict[tuple[str, str], Offer] = field(default_factory=dict)
    _made: dict[tuple[str, str], Offer] = field(default_factory=dict)
    _bounds: dict[tuple[str, str], Bounds | None] = field(default_factory=dict)

    def standing(self, token: Token) -> Standing:
        """Where the token stands; worked out when it is first asked for."""
        standing = self._standings.get(token.id)
        if standing is None:
            standing = standing_of(token, self.organizations[token.organization_id], self.nodes)
            self._standings[token.id] = standing
        return standing

    def payer(self, token: Token) -> Payer:
        payer = self._payers.get(token.id)
        if payer is None:
            standing = self.standing(token)
            budgets = tuple(Owned(owner, budget) for owner, budget in standing.budgets())
            payer = self._payers[token.id] = Payer(token, standing.organization, budgets)
        return payer

    def offer(self, token: Token, model: str, at: float) -> Offer:
        """What a call that begins now is served, billed and held by; until a price changes or a budget resets.

        Raises: ModelNotFound, PriceMissing, InsufficientQuota if there is a budget that can't cover any call now.
        """
        key = (token.id, model)
        offer = self._offers.get(key)
        if offer is None or not offer.since <= at < offer.until:
            offer = self._made.get(key)
            if offer is None or not offer.since <= at < offer.until:
                return self._learn(key, token, model, at)
        return offer

    def _learn(self, key: tuple[str, str], token: Token, model: str, at: float) -> Offer:
        named = self._named(token, model)
        offer = self._offer(token, named.served, named.sort, at)
        if named.made:
            if len(self._made) >= MADE_MAX:
                self._made.clear()
            self._made[key] = offer
            return offer
        if len(self._offers) >= OFFERS_MAX:
            self._offers.clear()
            self._bounds.clear()
        self._offers[key] = offer
        return offer

    def _offer(self, token: Token, served: Served, sort: Sort | None, at: float) -> Offer:
        organization = self.organizations[token.organization_id]
        tariff = tariff_of(self.prices.price(served.model.name, organization, at))
        ceilings = ceilings_for(self.payer(token), tariff.currency, at)
        priced = self.prices.frozen(served.model.name, organization, at)
        since, until = max(ceilings.since, priced.since), min(ceilings.until, priced.until)
        wish = None if sort is None else Wish(sort=sort)
        return Offer(served, tariff, ceilings.accounts, since, until, self._limits(token, served.model), wish)

    def _limits(self, token: Token, model: Model) -> Bounds | None:
        """One value for all offers: a limiter knows it by its identity."""
        key = (token.id, model.name)
        if key not in self._bounds:
            self._bounds[key] = bounds_of(self.standing(token), model)
        return self._bounds[key]

    def find(self, token: Token, model: str) -> Served:
        """A model by any of its names.

        Raises: ModelNotFound, in the same words whether the model is unknown or not this token's.
        """
        return self._named(token, model).served

    def _named(self, token: Token, model: str) -> Named:
        named = self.names.find(model)
        if named is None or not self.standing(token).may_use(named.served.model.name):
            raise ModelNotFound(
                f"The model {model!r} does not exist or this token may not use it. GET /v1/models lists what it may.",
                param="model",
            )
        return named

    def models(self, token: Token) -> list[Served]:
        """Those that have a name to be called by, not only patterns of names."""
        may_use = self.standing(token).may_use
        return [served for name, served in sorted(self.served.items()) if may_use(name) and is_callable(served)]


def board_of(
    catalogue: Catalogue,
    vendors: Mapping[str, Vendor],
    before: Board | None = None,
    keys: KeyBook | None = None,
    breakers: Breakers | None = None,
) -> Board:
    """The board of a catalogue. What is known of keys stays known: in the book `keys`, or in that of `before`.

    So does what is known of upstreams' models, in `breakers`.
    """
    if keys is None:
        keys = KeyBook(lambda: 0.0) if before is None else before.keys
    if breakers is None:
        breakers = Breakers(lambda: 0.5, _tell_nobody) if before is None else before.breakers
    served = serve(catalogue, vendors, None if before is None else before.served, breakers)
    prices = Book(catalogue.prices, {model.name: model.price for model in catalogue.models})
    asked = {upstream.id for upstream in catalogue.upstreams if balance_at(endpoint_of(upstream).host) is not None}
    return Board(
        revision=catalogue.revision,
        directory=Directory(catalogue.tokens),
        organizations={organization.id: organization for organization in catalogue.organizations},
        served=served,
        pools=pools_of(catalogue.upstreams, {} if before is None else before.pools, keys, asked),
        crossed=_crossed(served),
        passed=passed_names(catalogue.upstreams),
        nodes={node.id: node for node in catalogue.nodes},
        prices=prices,
        keys=keys,
        breakers=breakers,
        names=Names(served),
        costs=CostTable(prices),
        sticky=any(model.routing is not None and model.routing.strategy == "sticky" for model in catalogue.models),
    )


def _tell_nobody(_change: Change) -> None: ...


def _crossed(served: Mapping[str, Served]) -> frozenset[Dialect]:
    routes = (route for model in served.values() for tier in model.tiers for route in tier)
    ways = (way for route in routes for way in route.ways.items())
    return frozenset(here for here, there in ways if here != there and here in SEALING)
