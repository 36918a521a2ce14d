"""Changes of circuit breakers, as lines of the log and as counts."""

import logging
from collections.abc import Callable

from waystation.routing.breaker import Change

log = logging.getLogger(__name__)


class BreakerLog:
    """Hears of every change. `count` is told the upstream, its model and the state, for metrics."""

    __slots__ = ("_count",)

    def __init__(self, count: Callable[[str, str, str], None]) -> None:
        self._count = count

    def tell(self, change: Change) -> None:
        self._count(change.upstream, change.model, change.after)
        told = {
            "upstream": change.upstream,
            "model": change.model,
            "before": change.before,
            "state": change.after,
            "rest_s": round(change.rest_s, 1),
            "cause": change.cause,
        }
        if change.after == "open":
            log.warning("breaker opened", extra=told)
        else:
            log.info("breaker closed" if change.after == "closed" else "breaker probed", extra=told)
