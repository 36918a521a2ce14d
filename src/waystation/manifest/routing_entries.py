"""How calls are shared out, as a file says it, read and written."""

from typing import Annotated, Final, get_args

from waystation.manifest.entry import Entry
from waystation.manifest.fields import Field, Seconds, one_of, whole, yes_or_no
from waystation.manifest.mistakes import Loc, Report
from waystation.wire.routing import BreakerSettings, Routing, ScoreWeights, Strategy

_WEIGHT_MAX: Final = 1000


def _weight(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= _WEIGHT_MAX:
        raise ValueError
    return float(value)


StrategyName = Annotated[Strategy, Field(", ".join(get_args(Strategy)), one_of(*get_args(Strategy)))]
ScoreWeight = Annotated[float, Field(f"a number from 0 to {_WEIGHT_MAX}", _weight)]
Percent = Annotated[int, Field("a percentage, an integer from 1 to 100", whole(1, 100))]
AttemptsMin = Annotated[int, Field("how many attempts, an integer from 1 to 1000000", whole(1, 1_000_000))]
HedgeMs = Annotated[int, Field("milliseconds, an integer from 10 to 600000", whole(10, 600_000))]
Enabled = Annotated[bool, Field("true or false", yes_or_no)]


class ScoreEntry(Entry):
    """What counts how much; 0 is nothing."""

    errors: ScoreWeight = ScoreWeights().errors
    speed: ScoreWeight = ScoreWeights().speed
    price: ScoreWeight = ScoreWeights().price


class RoutingEntry(Entry):
    """See `wire.routing.Routing`."""

    strategy: StrategyName = "weighted"
    score: ScoreEntry | None = None
    hedge_ms: HedgeMs | None = None


class BreakerEntry(Entry):
    """See `wire.routing.BreakerSettings`; seconds."""

    enabled: Enabled = True
    failed_percent: Percent = BreakerSettings().failed_percent
    attempts: AttemptsMin = BreakerSettings().attempts_min
    window: Seconds = BreakerSettings().window_s
    backoff: Seconds = BreakerSettings().backoff_s
    backoff_max: Seconds = BreakerSettings().backoff_max_s


def routing_of(loc: Loc, entry: RoutingEntry | None, report: Report) -> Routing | None:
    """None for what is so by default."""
    if entry is None:
        return None
    if entry.score is not None and entry.strategy != "score":
        report.add((*loc, "score"), f"given with the strategy {entry.strategy!r}: it belongs to the strategy 'score'")
    score = entry.score or ScoreEntry()
    if not (score.errors or score.speed or score.price):
        report.add((*loc, "score"), "every weight is 0, so no route is better than another")
    weights = ScoreWeights(score.errors, score.speed, score.price)
    routing = Routing(strategy=entry.strategy, score=weights, hedge_ms=entry.hedge_ms)
    return None if routing == Routing() else routing


def breaker_of(loc: Loc, entry: BreakerEntry | None, report: Report) -> BreakerSettings | None:
    """None for what is so by default."""
    if entry is None:
        return None
    if entry.backoff_max < entry.backoff:
        report.add((*loc, "backoff_max"), f"below backoff, which is {entry.backoff:g}")
    settings = BreakerSettings(
        enabled=entry.enabled,
        failed_percent=entry.failed_percent,
        attempts_min=entry.attempts,
        window_s=entry.window,
        backoff_s=entry.backoff,
        backoff_max_s=entry.backoff_max,
    )
    return None if settings == BreakerSettings() else settings


def routing_fields(routing: Routing) -> dict[str, object]:
    """As a file says it."""
    fields: dict[str, object] = {"strategy": routing.strategy}
    if routing.score != ScoreWeights():
        score = routing.score
        fields["score"] = {"errors": score.errors, "speed": score.speed, "price": score.price}
    if routing.hedge_ms is not None:
        fields["hedge_ms"] = routing.hedge_ms
    return fields


def breaker_fields(settings: BreakerSettings) -> dict[str, object]:
    """As a file says it."""
    return {
        "enabled": settings.enabled,
        "failed_percent": settings.failed_percent,
        "attempts": settings.attempts_min,
        "window": settings.window_s,
        "backoff": settings.backoff_s,
        "backoff_max": settings.backoff_max_s,
    }


def routing_text(routing: Routing) -> str:
    """In words, for plans."""
    score, hedged = routing.score, "" if routing.hedge_ms is None else f"; streams hedged after {routing.hedge_ms} ms"
    if routing.strategy != "score":
        return routing.strategy + hedged
    return f"score: errors {score.errors:g}, speed {score.speed:g}, price {score.price:g}{hedged}"


def breaker_text(settings: BreakerSettings) -> str:
    """In words, for plans."""
    if not settings.enabled:
        return "off"
    return (
        f"at {settings.failed_percent} % of {settings.attempts_min} or more in {settings.window_s:g} s, "
        f"for {settings.backoff_s:g} to {settings.backoff_max_s:g} s"
    )
