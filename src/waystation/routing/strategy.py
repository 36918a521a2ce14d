"""In what order a call tries its routes: tier by tier, within a tier by the model's strategy."""

from collections.abc import Callable

from waystation.routing.deck import Deck
from waystation.routing.order import ORDERS, Moment
from waystation.routing.route import Route, Served
from waystation.wire.dialect import Dialect

Plan = tuple[Route, ...]


def plan(
    served: Served, dialect: Dialect, draw: Callable[[], float], at: Moment | None = None, how: str | None = None
) -> Plan:
    """The routes that callers of `dialect` can take, in the order to try them. `draw`: a random number in [0, 1).

    `at`: for models with a `routing`; None: at random by weight. `how`: in place of the model's strategy, with an `at`.
    Whoever takes a plan counts the call on its first route, if that has a `load`, before another plan is made.
    """
    if len(served.tiers) == 1 and len(served.tiers[0]) == 1:  # most models have one route
        return served.tiers[0] if dialect in served.tiers[0][0].ways else ()
    routing = served.model.routing
    named = how or ("weighted" if routing is None or at is None else routing.strategy)
    if at is None or named == "weighted":
        return _dealt(served.decks_of(dialect), draw)
    order_of = ORDERS[named]
    order: list[Route] = []
    for tier in served.tiers:
        routes = [route for route in tier if dialect in route.ways]
        if len(routes) < 2:
            order += routes
        else:
            order += order_of(routes, at)
    return tuple(order)


def _dealt(decks: tuple[Deck[Route], ...], draw: Callable[[], float]) -> Plan:
    if len(decks) == 1:
        return decks[0].deal(draw)
    return tuple(route for deck in decks for route in deck.deal(draw))
