"""What routes are compared by, as one number for each of them; the lowest is the best."""

from collections.abc import Mapping, Sequence
from typing import Final

from waystation.routing.route import Route
from waystation.wire.routing import ScoreWeights

Costs = Mapping[tuple[str, str], float]  # by an upstream's id and its model; one that is not there is not known

ANSWER_TOKENS: Final = 256  # of the answer whose time is compared: about what a turn of a conversation brings
_DOUBT: Final = 5.0  # attempts that a route is trusted with before its own count: one failure is no verdict
_GOOD_MIN: Final = 0.05  # so that a route of which all fails still has a number


def seconds(routes: Sequence[Route], now: float) -> list[float]:
    """Expected until an answer of ANSWER_TOKENS is there, failures reckoned with."""
    waits = zip(first_chunks(routes), token_times(routes), failures(routes, now), strict=True)
    return [(first + ANSWER_TOKENS * each) / max(1 - failed, _GOOD_MIN) for first, each, failed in waits]


def first_chunks(routes: Sequence[Route]) -> list[float]:
    """Seconds to the first chunk. Who is not known counts as the best of those who are, and so gets known."""
    return _filled([route.statistics.first_chunk_s() for route in routes])


def token_times(routes: Sequence[Route]) -> list[float]:
    """Seconds for each token of an answer, its beginning included. Who is not known: as above."""
    speeds = [route.statistics.tokens_per_s() for route in routes]
    return _filled([None if not speed else 1 / speed for speed in speeds])


def failures(routes: Sequence[Route], now: float) -> list[float]:
    """Shares of attempts that failed, 0 to 1; few attempts, or old ones, weigh little."""
    shares = []
    for route in routes:
        attempts = route.statistics.attempts(now)
        shares.append((route.statistics.failed_share() or 0.0) * attempts / (attempts + _DOUBT))
    return shares


def prices(routes: Sequence[Route], costs: Costs) -> list[float]:
    """What we pay; inf where that is not known."""
    return [costs.get((route.upstream.id, route.model), float("inf")) for route in routes]


def scores(routes: Sequence[Route], weights: ScoreWeights, now: float, costs: Costs) -> list[float]:
    """Each part goes from 0 (the best of these routes, or no failure) towards 1, and is weighed."""
    waits = zip(first_chunks(routes), token_times(routes), strict=True)
    times = _relative([first + ANSWER_TOKENS * each for first, each in waits])
    paid = _relative(prices(routes, costs))
    parts = zip(failures(routes, now), times, paid, strict=True)
    return [weights.errors * failed + weights.speed * slow + weights.price * dear for failed, slow, dear in parts]


def _filled(values: list[float | None]) -> list[float]:
    best = min((value for value in values if value is not None), default=0.0)
    return [best if value is None else value for value in values]


def _relative(values: list[float]) -> list[float]:
    """How much more than the best: twice as much is 0.5. Nobody is known to be better than another: all 0."""
    best = min(values)
    if best == float("inf"):
        return [0.0] * len(values)
    return [1 - best / value if value > best else 0.0 for value in values]
