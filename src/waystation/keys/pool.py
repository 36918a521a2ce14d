"""A pool of keys of one upstream: in turn, those that are ready, within their ceilings."""

from collections.abc import Collection, Iterable, Mapping
from math import inf
from typing import Final

import msgspec

from waystation.keys.book import Book, Outcome
from waystation.keys.condition import Condition
from waystation.keys.health import Account, Health
from waystation.keys.lane import UNKNOWN_S, Lane, Seat
from waystation.keys.quota import Quota
from waystation.wire.catalogue import Ceilings, Upstream, UpstreamKey
from waystation.wire.key_state import Verdict

LANES_MAX: Final = 1_000  # models of one upstream; what is known of its keys does not depend on them


class Lease(msgspec.Struct, eq=False):
    """A key on loan to one attempt. What came of it is said by `succeed` or `fail`; then, once, `end`.

    `at` is monotonic. `input_tokens` and `tokens` are what it was counted with in `quotas`, in their slice `tick`.
    """

    key: UpstreamKey
    health: Health
    pool: "KeyPool"
    model: str
    at: float
    probes: tuple[Condition, ...] = ()
    quotas: tuple[Quota, ...] = ()
    tick: int = 0
    input_tokens: int = 0
    tokens: int = 0
    ended: bool = False

    def succeed(self, now: float) -> None:
        health = self.health
        if health.by_model or health.account.by_model:
            self.pool.book.heal(health, self.model, now, self.at)
            self._probed()

    def fail(self, verdict: Verdict, now: float, told_s: float | None, cause: str) -> None:
        """The vendor refused the key, or so it seems."""
        outcome = Outcome(self.model, verdict, now, self.at, told_s, cause)
        self.pool.book.bench(self.health, outcome, checked=self.pool.checked)

    def end(self, tokens: int | None = None) -> None:
        """Nothing more comes by it. `tokens` is what it took in all; None: nothing but what it was counted with."""
        if self.ended:
            return
        self.ended = True
        self._probed()
        for quota in self.quotas:
            quota.end(self.tick, 0 if tokens is None else tokens - self.tokens)
        if tokens and self.quotas:
            self.pool.lane(self.model).learn(self.input_tokens, tokens - self.input_tokens)
        self.health.account.wake()

    def _probed(self) -> None:
        if self.probes:
            probes, self.probes = self.probes, ()
            self.pool.book.end_probes(self.health, probes, self.at)


class KeyPool:
    """`checked`: the vendor can be asked for an account's balance. `counts_tokens`: some ceiling is one of tokens."""

    __slots__ = (
        "_by_fingerprint",
        "_healths",
        "_lanes",
        "_model_quotas",
        "book",
        "checked",
        "counts_tokens",
        "upstream",
    )

    def __init__(self, upstream: Upstream, book: Book, *, checked: bool = False) -> None:
        self.upstream = upstream
        self.book = book
        self.checked = checked
        self._healths = [book.health(key, upstream.name) for key in upstream.keys]
        self._by_fingerprint: dict[str, list[Health]] = {}
        for health in self._healths:
            self._by_fingerprint.setdefault(health.key.fingerprint, []).append(health)
        self._lanes: dict[str, Lane] = {}
        self._model_quotas = {model: book.quota(upstream.id, model, limits) for model, limits in upstream.model_limits}
        limits = [ceilings for _, ceilings in upstream.model_limits]
        limits += [] if upstream.key_limits is None else [upstream.key_limits]
        self.counts_tokens = any(ceilings.tpm is not None for ceilings in limits)

    def lease(
        self,
        model: str,
        now: float,
        used: Collection[str] = (),
        input_tokens: int = 0,
        output_tokens: int | None = None,
        *,
        riding: bool = False,
    ) -> Lease | None:
        """The next key that is ready for the upstream's `model` and not in `used` (ids that this call has tried).

        Tokens are what the call is expected to take; None: nobody said how many it may bring. `riding`: nothing else is
        left, so a key will do whose rate limit another call is probing just now.
        """
        lane = self._lanes.get(model) or self.lane(model)
        tokens = input_tokens + (lane.usual_output if output_tokens is None else output_tokens)
        health = (lane.ride if riding else lane.find)(model, now, used, tokens)
        return None if health is None else self._lend(lane, health, model, now, input_tokens, tokens)

    def lease_of(self, fingerprint: str, model: str, now: float, used: Collection[str] = ()) -> Lease | None:
        """The key with this fingerprint, on the same terms: what it stored at the vendor no other key can see."""
        lane = self.lane(model)
        for health in self._by_fingerprint.get(fingerprint, ()):
            if health.key.id not in used and not self._wait_s(lane, health, model, now):
                return self._lend(lane, health, model, now, 0, lane.usual_output)
        return None

    def ready_in_s(self, model: str, now: float, input_tokens: int = 0, output_tokens: int | None = 0) -> float:
        """Seconds until the first key is ready for a call of so many tokens, as in `lease`; 0 if one is."""
        lane = self.lane(model)
        return lane.ready_in_s(
            model, now, input_tokens + (lane.usual_output if output_tokens is None else output_tokens)
        )

    def pinned_in_s(self, fingerprint: str, model: str, now: float) -> float:
        """Seconds until the key with this fingerprint is ready, as far as that is known; inf: it will not be."""
        lane = self.lane(model)
        keys = [health for health in self._by_fingerprint.get(fingerprint, ()) if not health.key.disabled]
        wait_s = min((self._wait_s(lane, health, model, now) for health in keys), default=inf)
        return UNKNOWN_S if keys and wait_s == inf else wait_s

    def lane(self, model: str) -> Lane:
        lane = self._lanes.get(model)
        if lane is None:
            if len(self._lanes) >= LANES_MAX:
                self._lanes.clear()
            lane = self._lanes[model] = Lane(self._seats(), self._model_quotas.get(model))
        return lane

    def owing(self, now: float) -> list[tuple[Account, Health]]:
        """The accounts that are out of money and whose balance should be asked for now, each with one of its keys."""
        found = {}
        for health in self._healths:
            condition = health.account.by_model.get(None)
            if condition is not None and condition.checked and condition.until <= now and not health.key.disabled:
                found[id(health.account)] = (health.account, health)
        return list(found.values())

    def healths(self) -> dict[str, Health]:
        """By the key's id."""
        return {health.key.id: health for health in self._healths}

    def _wait_s(self, lane: Lane, health: Health, model: str, now: float) -> float:
        """Seconds until a key can be lent; inf: that can't be known, or it is disabled."""
        if health.key.disabled:
            return inf
        account = health.account
        quotas = [one.wait_s(now, lane.usual_output) for one in (account.quota, lane.quota) if one is not None]
        return max(health.wait_s(model, now), account.wait_s(model, now), *quotas)

    def _lend(self, lane: Lane, health: Health, model: str, now: float, input_tokens: int, tokens: int) -> Lease:
        account = health.account
        probes: tuple[Condition, ...] = ()
        if health.by_model or account.by_model:
            probes = self.book.probe(health, model, now)
        quota, lane_quota = account.quota, lane.quota
        if quota is None and lane_quota is None:
            return Lease(health.key, health, self, model, now, probes)
        if quota is None or lane_quota is None:
            one = quota or lane_quota
            assert one is not None
            quotas: tuple[Quota, ...] = (one,)
            tick = one.take(tokens)
        else:
            quotas = (quota, lane_quota)
            quota.take(tokens)
            tick = lane_quota.take(tokens)
        return Lease(health.key, health, self, model, now, probes, quotas, tick, input_tokens, tokens)

    def _seats(self) -> list[Seat]:
        seats: dict[int, tuple[Account, list[Health]]] = {}
        for health in self._healths:
            if not health.key.disabled:
                seats.setdefault(id(health.account), (health.account, []))[1].append(health)
        return [Seat(account, healths) for account, healths in seats.values()]


def pools_of(
    upstreams: Iterable[Upstream], before: Mapping[str, KeyPool], book: Book, checked: Collection[str] = ()
) -> dict[str, KeyPool]:
    """A pool per upstream id. What is known of a key stays known; so does a pool of which nothing has changed.

    `checked`: the ids of upstreams whose vendors can be asked for a balance.
    """
    wanted = tuple(upstreams)
    book.keep(wanted)
    pools = {upstream.id: _pool(upstream, before.get(upstream.id), book, upstream.id in checked) for upstream in wanted}
    for account, ceilings in _ceilings(pools.values()):
        account.limit(ceilings)
    if book.processes > 1:
        book.share_ceilings(book.processes)
    return pools


def _pool(upstream: Upstream, before: KeyPool | None, book: Book, checked: bool) -> KeyPool:
    if (
        before is not None
        and before.book is book
        and before.checked == checked
        and before.upstream.name == upstream.name
        and before.upstream.keys == upstream.keys
        and before.upstream.key_limits == upstream.key_limits
        and before.upstream.model_limits == upstream.model_limits
    ):
        return before
    return KeyPool(upstream, book, checked=checked)


def _ceilings(pools: Iterable[KeyPool]) -> list[tuple[Account, Ceilings | None]]:
    """Of each account. The lower one holds if upstreams that share an account differ."""
    found: dict[int, tuple[Account, Ceilings | None]] = {}
    for pool in pools:
        for health in pool.healths().values():
            account = health.account
            _, so_far = found.get(id(account), (account, None))
            found[id(account)] = (account, _lower(so_far, pool.upstream.key_limits))
    return list(found.values())


def _lower(one: Ceilings | None, other: Ceilings | None) -> Ceilings | None:
    if one is None or other is None:
        return one or other

    def least(first: int | None, second: int | None) -> int | None:
        return second if first is None else first if second is None else min(first, second)

    return Ceilings(least(one.rpm, other.rpm), least(one.tpm, other.tpm), least(one.concurrency, other.concurrency))
