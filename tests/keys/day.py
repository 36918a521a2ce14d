"""A day of load on a thousand keys, by a clock of its own: the whole room, with vendors that count for themselves."""

import random
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from heapq import heappop, heappush
from itertools import count
from math import pi, sin

from waystation.keys.book import Book
from waystation.keys.condition import Change
from waystation.keys.pool import Lease, pools_of
from waystation.wire.catalogue import Ceilings, Upstream, UpstreamKey
from waystation.wire.key_state import Verdict

DAY_S = 86_400.0
HOUR_S = 3_600.0
MODELS = ("small", "large", "old")


class Vendor:
    """Counts an account's calls exactly, as they arrive, and refuses what is above its limits."""

    def __init__(self, limits: Ceilings) -> None:
        self.limits = limits
        self.in_flight = 0
        self._arrived: deque[tuple[float, int]] = deque()
        self._tokens = 0

    def takes(self, at: float, tokens: int) -> bool:
        while self._arrived and self._arrived[0][0] <= at - 60.0:
            self._tokens -= self._arrived.popleft()[1]
        limits = self.limits
        if limits.rpm is not None and len(self._arrived) >= limits.rpm:
            return False
        if limits.tpm is not None and self._tokens + tokens > limits.tpm:
            return False
        if limits.concurrency is not None and self.in_flight >= limits.concurrency:
            return False
        self._arrived.append((at, tokens))
        self._tokens += tokens
        self.in_flight += 1
        return True


def upstream(
    name: str, keys: int, limits: Ceilings, *, share: int = 1, known: bool = True, weight: int = 1
) -> Upstream:
    """`share`: how many keys one account has."""
    made = tuple(
        UpstreamKey(f"{name}{n}", f"sk-{name}{n}", f"{name}{n}", None if share == 1 else f"{name}-{n // share}")
        for n in range(keys)
    )
    return Upstream(
        id=name,
        name=name,
        vendor="openai",
        base_url="http://x",
        keys=made,
        key_limits=limits if known else None,
        weight=weight,
    )


# What most calls would like best takes 120 in a minute, which is less than they are by day.
LIKED = "b"
LIMITS = {
    "a": Ceilings(rpm=1),
    "b": Ceilings(rpm=2, tpm=8_000),
    "c": Ceilings(concurrency=1),
    "d": Ceilings(rpm=3, tpm=5_000, concurrency=2),
}


SIZES = {"a": (400, 1), "b": (300, 5), "c": (200, 1), "d": (100, 1)}  # keys, and how many of them share an account


def fleet(*, known: bool, weights: Mapping[str, int] | None = None) -> list[Upstream]:
    """A thousand keys."""
    return [
        upstream(name, keys, LIMITS[name], share=share, known=known, weight=(weights or {}).get(name, 1))
        for name, (keys, share) in SIZES.items()
    ]


Trouble = Callable[[Lease, float], Verdict | None]
Order = Callable[[str], list[str]]


class Day:
    """Or a part of one. `trouble`: what a vendor says instead of counting; None: nothing. `order`: which upstreams the
    calls of a model try, by their ids; left out: most like the same one best.
    """

    def __init__(
        self,
        upstreams: list[Upstream],
        trouble: Trouble | None = None,
        hours: int = 24,
        order: Order | None = None,
    ) -> None:
        self.random = random.Random(5)
        self.changes: list[Change] = []
        self.book = Book(self.random.random, self.changes.append)
        self.pools = pools_of(upstreams, {}, self.book)
        self.end = hours * HOUR_S
        self.vendors: dict[str, Vendor] = {}
        self.served: Counter[str] = Counter()
        self.hours: defaultdict[str, set[int]] = defaultdict(set)
        self.outcomes: Counter[str] = Counter()
        self.refusals: Counter[tuple[str, str]] = Counter()
        self._order = order or self._liked
        self._trouble = trouble or (lambda _lease, _at: None)
        self._ends: list[tuple[float, int, Lease, Vendor, int]] = []
        self._number = count()

    def run(self, calls_per_minute: float) -> None:
        """The load rises and falls by a half over the day."""
        for now in self._arrivals(calls_per_minute):
            while self._ends and self._ends[0][0] <= now:
                _, _, lease, vendor, tokens = heappop(self._ends)
                vendor.in_flight -= 1
                lease.end(tokens)
            self._call(now)

    def _arrivals(self, calls_per_minute: float) -> Iterator[float]:
        now = 0.0
        while now < self.end:
            yield now
            rate = calls_per_minute / 60 * (1 + 0.5 * sin(2 * pi * now / DAY_S))
            now += self.random.expovariate(rate)

    def _call(self, now: float) -> None:
        model = self.random.choice(MODELS)
        sent, brought = self.random.randint(50, 400), self.random.randint(20, 300)
        used: set[str] = set()
        for _ in range(8):
            lease = self._lease(model, now, used, sent)
            if lease is None:
                break
            used.add(lease.key.id)
            if self._attempt(lease, now, sent, brought):
                return
        self.outcomes["turned away"] += 1

    def _lease(self, model: str, now: float, used: set[str], sent: int) -> Lease | None:
        pools = (self.pools[id_] for id_ in self._order(model))
        return next((lease for pool in pools if (lease := pool.lease(model, now, used, sent, 300))), None)

    def _liked(self, _model: str) -> list[str]:
        order = self.random.sample([*self.pools], len(self.pools))
        if self.random.random() < 0.75:
            order.sort(key=lambda id_: id_ != LIKED)
        return order

    def _attempt(self, lease: Lease, now: float, sent: int, brought: int) -> bool:
        account = lease.health.account.name
        vendor = self.vendors.get(account)
        if vendor is None:
            vendor = self.vendors[account] = Vendor(LIMITS[lease.pool.upstream.name])
        trouble = self._trouble(lease, now)
        arrival = now + self.random.random()
        if trouble is None and vendor.takes(arrival, sent + 300):
            lease.succeed(now)
            self.outcomes["answered"] += 1
            self.served[lease.key.id] += 1
            self.hours[lease.key.id].add(int(now / HOUR_S))
            took_s = self.random.uniform(2.0, 20.0)
            heappush(self._ends, (now + took_s, next(self._number), lease, vendor, sent + brought))
            return True
        verdict = trouble or "limited"
        self.outcomes[verdict] += 1
        self.refusals[lease.key.id, lease.model] += 1
        lease.fail(verdict, now, None, "")
        lease.end(0)
        return False
