"""Which routes a call tries, in which order: what it can take, what its caller wishes, and its model's strategy."""

from waystation.ports import Clock
from waystation.relay.call import Call
from waystation.relay.offer import Offer
from waystation.relay.tally import Tally
from waystation.relay.wishes import heeded, wish_of
from waystation.routing.order import NO_COSTS, PRICED, Moment
from waystation.routing.route import Served
from waystation.routing.session import session_of
from waystation.routing.strategy import Plan, plan
from waystation.wire.routing import Routing
from waystation.wire.wish import Sort


def planned(call: Call, offer: Offer, tally: Tally, clock: Clock) -> Plan:
    """The call counts on the first one at once: those planned at the same moment must know of each other.

    Raises: NoEndpoint, ContextExceeded, UnsupportedInput if none is left; ModelNotFound as `heeded`.
    """
    served = offer.served
    if call.ask.wish is not None or offer.wish is not None or served.choosy:
        routes = _heeded(call, offer, tally, clock)
    else:
        at = None if served.model.routing is None else _moment(call, served, served.model.routing, clock)
        routes = plan(served, call.codec.dialect, clock.draw, at)
    if call.pin is not None:
        routes = tuple(route for route in routes if route.upstream.id == call.pin.upstream_id)
    if routes and routes[0].load is not None:
        tally.bear(routes[0].load)
    return routes


def _heeded(call: Call, offer: Offer, tally: Tally, clock: Clock) -> Plan:
    """Those that the caller would like of the routes that can take the call."""
    wish = wish_of(call, offer)
    served = heeded(call, offer, wish, tally, clock.monotonic())
    sort = tally.sort = None if wish is None else wish.sort
    routing = served.model.routing or (None if sort is None else Routing())
    at = None if routing is None else _moment(call, offer.served, routing, clock, sort)
    routes = plan(served, call.codec.dialect, clock.draw, at, sort)
    return routes if wish is None or wish.allow_fallbacks or wish.order else routes[:1]


def _moment(call: Call, served: Served, routing: Routing, clock: Clock, sort: Sort | None = None) -> Moment:
    """What the caller's order of the routes, or the model's strategy, rests on. `served` has all of them."""
    how = sort or routing.strategy
    session = session_of(call.body, call.sessions, call.token.id) if how == "sticky" else None
    costs = call.board.costs.of(served, call.at) if how in PRICED else NO_COSTS
    return Moment(clock.draw, clock.monotonic(), session, costs, routing.score)
