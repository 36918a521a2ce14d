"""How the calls of a model are shared out over its routes, as the operator has set it up."""

from typing import Literal

import msgspec

Strategy = Literal["weighted", "round_robin", "least_in_flight", "fastest", "cheapest", "sticky", "score"]


class ScoreWeights(msgspec.Struct, frozen=True, omit_defaults=True):
    """What counts how much in the strategy `score`: failed attempts, time to an answer, and what we pay for it."""

    errors: float = 2.0
    speed: float = 1.0
    price: float = 1.0


class Routing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A model's. `strategy` is the order within a tier of one priority; `score` belongs to the one of that name.

    `hedge_ms`: after so long without a first byte the next route is asked for a stream as well; None: never.
    """

    strategy: Strategy = "weighted"
    score: ScoreWeights = ScoreWeights()
    hedge_ms: int | None = None


class BreakerSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When the routes to an upstream's model are passed over for a while: an upstream's, for each of its models.

    At least `failed_percent` of the attempts in the last `window_s` seconds, and no fewer than `attempts_min` of them.
    It is tried again by one call after `backoff_s`, twice as long each time in vain, at most `backoff_max_s`.
    """

    enabled: bool = True
    failed_percent: int = 50
    attempts_min: int = 10
    window_s: float = 60.0
    backoff_s: float = 5.0
    backoff_max_s: float = 300.0
