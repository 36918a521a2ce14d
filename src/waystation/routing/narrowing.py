"""Which of a model's routes are left for a call, in which tiers, and why each of the others is not."""

from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from waystation.routing.route import Route, Served
from waystation.routing.slices import Spread
from waystation.routing.statistics import SAMPLES_MIN
from waystation.wire.catalogue import Modality
from waystation.wire.dialect import Dialect
from waystation.wire.wish import QUANTIZATIONS, Percentiles, Wish

# How much of the likeliest count a text has at least: English prose has 80 percent of it, Chinese with the newest
# vocabularies 75 (`wire.estimate`).
LEAST_PERCENT: Final = 70

Tiers = tuple[tuple[Route, ...], ...]
Cause = Literal["language", "wish", "context", "output", "input"]


class Need(NamedTuple):
    """What a call needs of a route. `output_tokens`: its own bound, 0 if it has none. `inputs`: besides text."""

    dialect: Dialect
    input_tokens: int = 0
    output_tokens: int = 0
    inputs: frozenset[Modality] = frozenset()


class LeftOut(NamedTuple):
    """A route, and why it can't have the call: a word for programs, and words that go on from its upstream's name."""

    route: Route
    cause: Cause
    reason: str


class Narrowed(NamedTuple):
    tiers: Tiers
    left_out: tuple[LeftOut, ...]


def narrow(served: Served, need: Need, wish: Wish | None, now: float) -> Narrowed:
    """`now` is monotonic. If the call is likely too long for all, those that it may just fit into are left."""
    found = _sifted(served, need, wish)
    if not found.tiers and any(one.cause == "context" for one in found.left_out):
        found = _sifted(served, need._replace(input_tokens=need.input_tokens * LEAST_PERCENT // 100), wish)
    return found if wish is None else _arranged(found, wish, now)


def _sifted(served: Served, need: Need, wish: Wish | None) -> Narrowed:
    left_out: list[LeftOut] = []
    tiers = []
    for tier in served.tiers:
        kept = []
        for route in tier:
            objection = next(_objections(route, need, wish), None)
            if objection is None:
                kept.append(route)
            else:
                left_out.append(LeftOut(route, *objection))
        if kept:
            tiers.append(tuple(kept))
    return Narrowed(tuple(tiers), tuple(left_out))


def _objections(route: Route, need: Need, wish: Wish | None) -> Iterator[tuple[Cause, str]]:
    if need.dialect not in route.ways:
        yield "language", f"speaks no language that {need.dialect} can be turned into"
    if wish is not None:
        yield from (("wish", reason) for reason in _unwished(route, need.dialect, wish))
    if route.context_length is not None and need.input_tokens > route.context_length:
        yield "context", f"takes {route.context_length} tokens, and the call has some {need.input_tokens}"
    if route.max_output_tokens is not None and need.output_tokens > route.max_output_tokens:
        yield "output", f"gives {route.max_output_tokens} tokens, and the call asks for up to {need.output_tokens}"
    if route.inputs is not None and (more := sorted(need.inputs - route.inputs)):
        yield "input", f"takes no {' and no '.join(more)}"


def _unwished(route: Route, dialect: Dialect, wish: Wish) -> Iterator[str]:
    if wish.only is not None and route.labels.isdisjoint(wish.only):
        yield "is not in 'only'"
    if not route.labels.isdisjoint(wish.ignore):
        yield "is in 'ignore'"
    for name, tags in wish.needs:
        if route.labels.isdisjoint(tags) and not ("unknown" in tags and route.labels.isdisjoint(QUANTIZATIONS)):
            yield f"has none of the tags for {name!r}: {', '.join(sorted(tags))}"
    if wish.require_parameters and not _keeps_all(route, dialect):
        yield "may lose parameters, which 'require_parameters' forbids"


def _keeps_all(route: Route, dialect: Dialect) -> bool:
    """Whether whatever the caller says arrives as it was said."""
    dropped = route.rules is not None and any(edit.rule.action == "drop" for edit in route.rules.edits)
    return route.ways[dialect] == dialect and not dropped


def _arranged(found: Narrowed, wish: Wish, now: float) -> Narrowed:
    """Those in `order` one after another, the others behind them, and of each those that are too slow last."""
    routes = [route for tier in found.tiers for route in tier]
    firsts: list[list[Route]] = [[] for _ in wish.order]
    others: list[Route] = []
    for route in routes:
        place = next((at for at, label in enumerate(wish.order) if label in route.labels), None)
        (others if place is None else firsts[place]).append(route)
    left_out = found.left_out
    if wish.order and not wish.allow_fallbacks:
        left_out += tuple(LeftOut(one, "wish", "is not in 'order', and 'allow_fallbacks' is false") for one in others)
        rest: Iterable[Iterable[Route]] = ()
    elif wish.sort is not None:  # it is best of all that counts, whatever the operator puts first
        rest = (others,)
    else:
        rest = ((route for route in tier if any(route is one for one in others)) for tier in found.tiers)
    tiers = [tuple(tier) for tier in (*firsts, *rest)]
    return Narrowed(_preferred([tier for tier in tiers if tier], wish, now), left_out)


def _preferred(tiers: list[tuple[Route, ...]], wish: Wish, now: float) -> Tiers:
    if wish.min_throughput is None and wish.max_latency is None:
        return tuple(tiers)
    good = [tuple(route for route in tier if _is_good(route, wish, now)) for tier in tiers]
    poor = [tuple(route for route in tier if not _is_good(route, wish, now)) for tier in tiers]
    return tuple(tier for tier in (*good, *poor) if tier)


def _is_good(route: Route, wish: Wish, now: float) -> bool:
    """So is a route of which too little is known."""
    statistics = route.statistics
    latency, speed = wish.max_latency, wish.min_throughput
    if latency is not None and not _holds(statistics.first_chunks(now), latency, most=True):
        return False
    return speed is None or _holds(statistics.speeds(now), speed, most=False)


def _holds(spread: Spread, bounds: Percentiles, *, most: bool) -> bool:
    if spread.count < SAMPLES_MIN:
        return True
    for percent, bound in ((50, bounds.p50), (75, bounds.p75), (90, bounds.p90), (99, bounds.p99)):
        value = spread.under(percent if most else 100 - percent)
        if bound is not None and value is not None and (value > bound if most else value < bound):
            return False
    return True
