"""Many nodes on one PostgreSQL, simulated: what a measured curve of one node's batches comes to for a hundred.

Each worker keeps one batch of holds and postings in flight, of all that has come meanwhile. A batch locks the wallets
that it touches, waits for a core of the database, takes the processor time that the curve says for its size, and
commits; then its wallets are free. Calls come at random.
Left out: the way over a network (add it to the times), checkpoints, autovacuum, and what calls cost the gateways.
"""

import random
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import accumulate
from typing import Final

from bench.curve import Curve

CALL_S: Final = 0.3  # from a call's hold to its posting
WARM_UP: Final = 0.25  # of the simulated time, which is not looked at
BATCH_MAX: Final = 256  # as the writer's
NODES: Final = (1, 2, 5, 10, 20, 50, 100)
ORGANIZATIONS: Final = ((1, 0.0), (100, 1.0), (10_000, 1.0), (10_000, 0.0))  # how many, and how unlike

Order = tuple[float, int, bool]  # when it comes, whose it is, whether it is a hold


@dataclass(frozen=True, slots=True)
class Town:
    """What is simulated. `rate`: calls per second of each node; `skew`: 1.0 by Zipf's law, 0.0 all alike."""

    nodes: int
    workers: int
    rate: float
    organizations: int
    cores: int
    skew: float = 1.0
    seconds: float = 4.0


@dataclass(frozen=True, slots=True)
class Seen:
    """`carried`: calls held and posted per second; `busy`: of the database's cores; times in seconds."""

    offered: float
    carried: float
    busy: float
    p50_s: float
    p99_s: float
    orders: float


class Cost:
    """The curve, between and beyond its points."""

    def __init__(self, curve: Curve) -> None:
        points = sorted(curve.points, key=lambda point: point.orders)
        self._sizes = [point.orders for point in points]
        self._cpu = [point.database_s for point in points]
        # The least that a batch waits beside the processor's work: the commit, above all.
        self.commit_s = max(0.0, min(point.batch_s - point.database_s for point in points))

    def cpu_s(self, orders: int) -> float:
        """Of a batch; beyond the largest that was measured each order costs what it costs there."""
        sizes, cpu = self._sizes, self._cpu
        if orders <= sizes[0]:
            return cpu[0]
        if orders >= sizes[-1]:
            return cpu[-1] * orders / sizes[-1]
        right = bisect_left(sizes, orders)
        share = (orders - sizes[right - 1]) / (sizes[right] - sizes[right - 1])
        return cpu[right - 1] + share * (cpu[right] - cpu[right - 1])


def simulate(town: Town, cost: Cost, seed: int = 1) -> Seen:
    """The same for the same seed."""
    draw = random.Random(seed)
    weights = list(accumulate(rank**-town.skew for rank in range(1, town.organizations + 1)))
    run = _Run(town, cost, [_orders(town, draw, weights) for _ in range(town.nodes * town.workers)])
    run.to_the_end()
    return run.seen()


def _orders(town: Town, draw: random.Random, weights: list[float]) -> list[Order]:
    """One worker's, in the order of time."""
    at = 0.0
    orders: list[Order] = []
    while (at := at + draw.expovariate(town.rate / town.workers)) < town.seconds:
        whose = bisect_left(weights, draw.random() * weights[-1])
        orders += [(at, whose, True), (at + draw.expovariate(1 / CALL_S), whose, False)]
    return sorted(order for order in orders if order[0] < town.seconds)


@dataclass(slots=True)
class _Worker:
    orders: list[Order]
    sent: int = 0


@dataclass(slots=True, eq=False)
class _Batch:
    worker: _Worker
    orders: list[Order]
    wallets: frozenset[int]
    lacking: int = 0  # wallets that another batch has


class _Run:
    """Events in the order of time: a worker sends, a batch is computed, a batch is committed."""

    def __init__(self, town: Town, cost: Cost, queues: list[list[Order]]) -> None:
        self.town, self.cost, self.now = town, cost, 0.0
        self.waits: list[float] = []
        self.worked_s = 0.0
        self.batches = self.orders = self.posted = 0
        self._events: list[tuple[float, int, str, object]] = []
        self._number = 0
        self._wallets: dict[int, deque[_Batch]] = {}
        self._free_cores = town.cores
        self._for_a_core: deque[_Batch] = deque()
        for queue in queues:
            if queue:
                self._at(queue[0][0], "send", _Worker(queue))

    def to_the_end(self) -> None:
        while self._events:
            self.now, _, what, whom = heappop(self._events)
            if self.now >= self.town.seconds:
                return
            match whom:
                case _Worker():
                    self._send(whom)
                case _Batch() if what == "computed":
                    self._computed(whom)
                case _Batch():
                    self._committed(whom)

    def seen(self) -> Seen:
        looked_at_s = self.town.seconds * (1 - WARM_UP)
        waits = sorted(self.waits) or [float("nan")]
        return Seen(
            offered=self.town.nodes * self.town.rate,
            carried=self.posted / looked_at_s,
            busy=self.worked_s / looked_at_s,
            p50_s=waits[len(waits) // 2],
            p99_s=waits[len(waits) * 99 // 100],
            orders=self.orders / max(1, self.batches),
        )

    def _at(self, when: float, what: str, whom: object) -> None:
        self._number += 1
        heappush(self._events, (when, self._number, what, whom))

    def _send(self, worker: _Worker) -> None:
        """All that has come by now. It stands in line for each of its wallets."""
        orders = worker.orders
        first = last = worker.sent
        while last < len(orders) and orders[last][0] <= self.now and last - first < BATCH_MAX:
            last += 1
        worker.sent = last
        batch = _Batch(worker, orders[first:last], frozenset(whose for _, whose, _ in orders[first:last]))
        for wallet in batch.wallets:
            line = self._wallets.setdefault(wallet, deque())
            line.append(batch)
            batch.lacking += len(line) > 1
        if not batch.lacking:
            self._locked(batch)

    def _locked(self, batch: _Batch) -> None:
        if self._free_cores:
            self._free_cores -= 1
            self._compute(batch)
        else:
            self._for_a_core.append(batch)

    def _compute(self, batch: _Batch) -> None:
        cpu_s = self.cost.cpu_s(len(batch.orders))
        if self.now >= self.town.seconds * WARM_UP:
            self.worked_s += min(cpu_s, self.town.seconds - self.now)
        self._at(self.now + cpu_s, "computed", batch)

    def _computed(self, batch: _Batch) -> None:
        if self._for_a_core:
            self._compute(self._for_a_core.popleft())
        else:
            self._free_cores += 1
        self._at(self.now + self.cost.commit_s, "committed", batch)

    def _committed(self, batch: _Batch) -> None:
        self._note(batch)
        for wallet in batch.wallets:
            line = self._wallets[wallet]
            line.popleft()
            if line:
                line[0].lacking -= 1
                if not line[0].lacking:
                    self._locked(line[0])
        worker = batch.worker
        if worker.sent < len(worker.orders):
            self._at(max(self.now, worker.orders[worker.sent][0]), "send", worker)

    def _note(self, batch: _Batch) -> None:
        if self.now < self.town.seconds * WARM_UP:
            return
        self.batches += 1
        self.orders += len(batch.orders)
        self.waits += [self.now - came for came, _, is_hold in batch.orders if is_hold]
        self.posted += sum(not is_hold for _, _, is_hold in batch.orders)


def show(curve: Curve, *, cores: int, rate: float, workers: int) -> None:
    """Print what becomes of more and more nodes."""
    cost = Cost(curve)
    print(f"Measured on {curve.machine}, {curve.at}:")
    print(f"{'orders in a batch':>20}{'database us/order':>20}{'batch ms':>12}")
    for point in curve.points:
        us = point.database_s / point.orders * 1e6
        print(f"{point.orders:>20.1f}{us:>20.1f}{point.batch_s * 1e3:>12.2f}")
    heads = f"{'nodes':>6}{'offered/s':>12}{'carried/s':>12}{'cores busy':>12}{'p50 ms':>10}{'p99 ms':>10}{'orders':>8}"
    for organizations, skew in ORGANIZATIONS:
        unlike = "by Zipf's law" if skew else "all alike"
        print(f"\nSimulated from that: {organizations:,} organizations, {unlike}; a database of {cores} cores;")
        print(f"nodes of {workers} workers with {rate:,.0f} calls/s each\n{heads}")
        for nodes in NODES:
            print(_row(nodes, simulate(Town(nodes, workers, rate, organizations, cores, skew), cost)), flush=True)


def _row(nodes: int, seen: Seen) -> str:
    return (
        f"{nodes:>6}{seen.offered:>12,.0f}{seen.carried:>12,.0f}{seen.busy:>12.1f}"
        f"{seen.p50_s * 1e3:>10.1f}{seen.p99_s * 1e3:>10.1f}{seen.orders:>8.1f}"
    )
