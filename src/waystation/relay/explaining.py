"""Where a call would go now, and why: what `waystation route explain` prints. Nothing is changed by asking."""

from collections import Counter
from dataclasses import replace
from math import ceil, inf
from typing import Final

import msgspec

from waystation.keys.health import Benched, Health
from waystation.keys.pool import KeyPool
from waystation.ports import Clock
from waystation.relay.board import Board
from waystation.routing.narrowing import Need, narrow
from waystation.routing.order import Moment
from waystation.routing.route import Route, Served
from waystation.routing.session import session_of
from waystation.routing.strategy import plan
from waystation.wire.catalogue import Token
from waystation.wire.dialect import Dialect
from waystation.wire.errors import ModelNotFound
from waystation.wire.routing import Routing, Strategy
from waystation.wire.wish import Sort, Wish

BENCHED_MAX: Final = 5  # keys that are told one by one; the others are counted


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of a call. `token_id` None: whoever may use the model. `session`: as a caller would name it."""

    model: str
    token_id: str | None = None
    dialect: Dialect = "openai.chat"
    session: str | None = None


class KeyTold(msgspec.Struct, frozen=True):
    """A key that can't be lent now. `wait_s` None: nobody knows until when."""

    fingerprint: str
    state: str
    wait_s: float | None
    cause: str


class BreakerTold(msgspec.Struct, frozen=True):
    """`wait_s`: until it may be probed."""

    state: str
    wait_s: float
    cause: str


class RouteTold(msgspec.Struct, frozen=True, kw_only=True):
    """`place`: when it is tried, from 1 on; None: never, by this language. `why`: what stands in its way, if anything.

    `ready_in_s`: until one of its keys is; 0 if one is now. `cost` is what the upstream asks for a usual call, in nanos
    of a currency that all of the routes have in common.
    """

    upstream: str
    model: str
    priority: int
    weight: int
    place: int | None
    why: str | None
    ready_in_s: float
    keys: dict[str, int]
    benched: tuple[KeyTold, ...]
    breaker: BreakerTold | None
    first_chunk_s: float | None
    tokens_per_s: float | None
    failed_share: float | None
    in_flight: int | None
    cost: float | None


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """The routes in the order of `place`. `live`: by a running gateway, with what it knows of keys and routes.

    `drawn`: chance has a part in the order, so the next call may find another one. `session`: a named one's calls stay
    together.
    """

    model: str
    strategy: Strategy | Sort
    drawn: bool
    session: bool
    revision: int
    live: bool
    routes: tuple[RouteTold, ...]


def explain(board: Board, clock: Clock, question: Question, *, live: bool) -> Explanation:
    """Raises: ModelNotFound, also for a token that there is not or that may not use the model."""
    served, sort, token = _served(board, question)
    routing = served.model.routing or Routing()
    at = _moment(board, clock, served, question, token)
    if sort is not None:  # it counts for more than tiers
        served = replace(served, tiers=narrow(served, Need(question.dialect), Wish(sort=sort), at.now).tiers)
    chosen = plan(served, question.dialect, clock.draw, at, sort)
    ordered = sorted(chosen, key=lambda route: _hindrance(board, route, at.now)[0])
    places = {(route.upstream.id, route.model): number for number, route in enumerate(ordered, 1)}
    others = [route for tier in served.tiers for route in tier if (route.upstream.id, route.model) not in places]
    told = [_told(board, route, at, places.get((route.upstream.id, route.model))) for route in (*ordered, *others)]
    return Explanation(
        model=served.model.name,
        strategy=sort or routing.strategy,
        drawn=_drawn(served, sort or routing.strategy, at),
        session=at.session is not None,
        revision=board.revision,
        live=live,
        routes=tuple(told),
    )


def _served(board: Board, question: Question) -> tuple[Served, Sort | None, Token | None]:
    named = board.names.find(question.model)
    if named is None:
        raise ModelNotFound(f"There is no model {question.model!r} in the catalogue.", param="model")
    if question.token_id is None:
        return named.served, named.sort, None
    token = board.directory.by_id(question.token_id)
    if token is None:
        raise ModelNotFound("The gateway does not know this token.", param="token")
    return board.find(token, question.model), named.sort, token


def _moment(board: Board, clock: Clock, served: Served, question: Question, token: Token | None) -> Moment:
    session = None
    if question.session is not None:
        named = question.session.encode()
        session = session_of(b"{}", (named, None), "" if token is None else token.id)
    costs = board.costs.of(served, clock.now())
    weights = (served.model.routing or Routing()).score
    return Moment(clock.draw, clock.monotonic(), session, costs, weights, explores=False)


def _drawn(served: Served, strategy: Strategy | Sort, at: Moment) -> bool:
    if all(len(tier) == 1 for tier in served.tiers) or strategy == "round_robin":
        return False
    return strategy != "sticky" or at.session is None


def _hindrance(board: Board, route: Route, now: float) -> tuple[int, str | None]:
    """How late the route is tried, and why: those without a key are not tried at all, but when one is back they are."""
    breaker = route.breaker
    if breaker is not None and not breaker.closed and not breaker.due(now):
        return 1, "its breaker is open, so it comes after all others"
    wait_s = board.pools[route.upstream.id].ready_in_s(route.model, now)
    if wait_s:
        return 0, f"no key of its is ready for another {ceil(wait_s)} s"
    if breaker is not None and not breaker.closed:
        return 0, "its breaker is open, and one call will find out whether it works again"
    return 0, None


def _told(board: Board, route: Route, at: Moment, place: int | None) -> RouteTold:
    now, statistics, breaker = at.now, route.statistics, route.breaker
    pool = board.pools[route.upstream.id]
    counts = Counter[str](health.state(route.model, now) for health in pool.healths().values())
    why = "it does not speak the caller's language" if place is None else _hindrance(board, route, now)[1]
    return RouteTold(
        upstream=route.upstream.name,
        model=route.model,
        priority=route.upstream.priority,
        weight=route.upstream.weight,
        place=place,
        why=why,
        ready_in_s=pool.ready_in_s(route.model, now),
        keys=dict(counts),
        benched=_benched(pool, route.model, now),
        breaker=None
        if breaker is None or breaker.state == "closed"
        else BreakerTold(breaker.state, max(breaker.until - now, 0.0), breaker.cause),
        first_chunk_s=statistics.first_chunk_s(),
        tokens_per_s=statistics.tokens_per_s(),
        failed_share=statistics.failed_share(),
        in_flight=None if route.load is None else route.load.in_flight,
        cost=at.costs.get((route.upstream.id, route.model)),
    )


def _benched(pool: KeyPool, model: str, now: float) -> tuple[KeyTold, ...]:
    """Those that are back first."""
    found = [_key(health, model, now) for health in pool.healths().values() if health.state(model, now) != "ready"]
    found.sort(key=lambda key: (inf if key.wait_s is None else key.wait_s, key.fingerprint))
    return tuple(found[:BENCHED_MAX])


def _key(health: Health, model: str, now: float) -> KeyTold:
    both: tuple[Benched, Benched] = (health, health.account)
    wait_s = max(one.wait_s(model, now) for one in both)
    causes = [condition.cause for one in both for _, condition in one.of(model)]
    cause = "disabled by hand" if health.key.disabled else "; ".join(dict.fromkeys(causes))
    unknown = wait_s == inf or health.key.disabled
    return KeyTold(health.key.fingerprint, health.state(model, now), None if unknown else wait_s, cause)
