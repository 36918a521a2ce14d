"""Changes of keys' states, as lines of the log and as counts."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable

from waystation.keys.condition import Change
from waystation.keys.pool import KeyPool

log = logging.getLogger(__name__)


class KeyLog:
    """Hears of every change. `count` is told the upstream and the state, for metrics."""

    __slots__ = ("_count",)

    def __init__(self, count: Callable[[str, str], None]) -> None:
        self._count = count

    def tell(self, change: Change) -> None:
        self._count(change.upstream, change.after)
        told = {
            "upstream": change.upstream,
            "account": change.account,
            "key": change.key or "all of the account",
            "model": change.model or "all",
            "before": change.before,
            "state": change.after,
            "rest_s": round(change.rest_s, 1),
            "cause": change.cause,
        }
        if change.after == "ready":
            log.info("key is back", extra=told)
        elif change.after == "probing":
            log.info("key probed", extra=told)
        else:
            log.warning("key benched", extra=told)


def key_states(pools: Iterable[KeyPool], now: float) -> Counter[tuple[str, str]]:
    """How many keys of each upstream are in each state, counted by what is worst of them for any model."""
    return Counter((pool.upstream.name, health.worst(now)) for pool in pools for health in pool.healths().values())
