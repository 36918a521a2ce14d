"""Prometheus metrics. Calls are counted some at once; families are built when somebody asks.

Names follow the OpenTelemetry GenAI conventions (development status, read 2026-11) in Prometheus' spelling; ours are
`waystation_*`. No token, person or key is a label.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from waystation.gateway.counted import Counted, Histogram
from waystation.gateway.gathered import counts_of
from waystation.gateway.route_metrics import route_families
from waystation.routing.route import Served
from waystation.wire.limit import Limited
from waystation.wire.record import CallRecord

AT_ONCE: Final = 64  # calls: one by one they would cost twice as much, since each finds the processor's caches cold
_OWN_SECONDS: Final = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0)
NANOS_PER_UNIT: Final = 1_000_000_000

_Labels = tuple[str, str, str | None, str, str | None]  # dialect, model, upstream, outcome, currency
_Counts = dict[tuple[str, ...], int]  # by labels; collections.Counter would be slower to add to


class Metrics(Collector):
    """`gauges` are asked at scrape time: name and help text to a function. So are `key_states`, keys by upstream and
    state, and the routes of what is `served`.
    """

    def __init__(
        self,
        gauges: dict[str, tuple[str, Callable[[], float]]],
        key_states: Callable[[], Mapping[tuple[str, str], int]] = dict,
        served: Callable[[], Mapping[str, Served]] = dict,
    ) -> None:
        self._gauges = gauges
        self._key_states = key_states
        self._served = served
        self._key_changes: _Counts = defaultdict(int)
        self._new: list[CallRecord] = []  # not counted yet
        self._calls: dict[_Labels, Counted] = defaultdict(Counted)
        self._attempts: _Counts = defaultdict(int)
        self._refusals: _Counts = defaultdict(int)
        self._alerts: _Counts = defaultdict(int)
        self._limited: _Counts = defaultdict(int)
        self._breaker_changes: _Counts = defaultdict(int)
        self._lost_records = 0
        self._unlimited = 0
        self._replays = 0
        self._own = Histogram(_OWN_SECONDS)
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def observe(self, call: CallRecord) -> None:
        self._new.append(call)
        if len(self._new) == AT_ONCE:
            self._count()

    def refuse(self, code: str) -> None:
        """Count a request that never became a call: no token, no such path, not JSON."""
        self._refusals[code,] += 1

    def key_change(self, upstream: str, state: str) -> None:
        """Count a key, or an account with its keys, that came into a state, for one model or for all."""
        self._key_changes[upstream, state] += 1

    def breaker_change(self, upstream: str, model: str, state: str) -> None:
        """Count a circuit breaker that came into a state."""
        self._breaker_changes[upstream, model, state] += 1

    def alert(self, threshold: int) -> None:
        """Count a budget that has come to so many percents."""
        self._alerts[str(threshold),] += 1

    def limit(self, limited: Limited) -> None:
        """Count a call that a limit has not let in, by whose it is and what it counts."""
        self._limited[limited.bound.scope, limited.kind] += 1

    def miss(self) -> None:
        """Count a call whose limits nobody could be asked for."""
        self._unlimited += 1

    def lose(self, _call: CallRecord) -> None:
        """Count a call record that the store did not take; it is rebuilt from its posting, if it has one."""
        self._lost_records += 1

    def replay(self) -> None:
        """Count an answer that was given again, to a call that was made before."""
        self._replays += 1

    def page(self) -> bytes:
        return generate_latest(self._registry)

    def counts(self) -> bytes:
        """All of it as one of several workers tells it."""
        return counts_of(self.collect(), self._gauges)

    def collect(self) -> Iterator[Metric]:
        self._count()
        yield from self._of_calls()
        yield _counter("waystation_attempts", "Attempts at upstreams", ("upstream", "fault"), self._attempts)
        yield _counter("waystation_refusals", "Requests refused before they were calls", ("code",), self._refusals)
        yield _counter("waystation_budget_alerts", "Budgets come to a threshold", ("percent",), self._alerts)
        yield _counter("waystation_ratelimited", "Calls that a limit refused", ("scope", "kind"), self._limited)
        unlimited: dict[tuple[str, ...], int] = {(): self._unlimited}
        yield _counter("waystation_limiter_lost", "Calls while the limiter could not be asked", (), unlimited)
        lost: dict[tuple[str, ...], int] = {(): self._lost_records}
        yield _counter("waystation_call_records_lost", "Call records that the store did not take", (), lost)
        replays: dict[tuple[str, ...], int] = {(): self._replays}
        yield _counter("waystation_replays", "Answers given again to calls with an idempotency key", (), replays)
        yield _histograms("waystation_own_time_seconds", "Time that the gateway itself took", {(): self._own})
        changes = ("upstream", "state")
        yield _counter("waystation_key_changes", "Changes of the state of a key", changes, self._key_changes)
        states = GaugeMetricFamily("waystation_keys", "Keys by what is worst of them for any model", labels=changes)
        for labels, count in sorted(self._key_states().items()):
            states.add_metric(labels, count)
        yield states
        yield _counter(
            "waystation_breaker_changes",
            "Changes of the state of a circuit breaker",
            ("upstream", "model", "state"),
            self._breaker_changes,
        )
        yield from route_families(self._served())
        for name, (text, value) in self._gauges.items():
            yield GaugeMetricFamily(name, text, value())

    def _count(self) -> None:
        for call in self._new:
            model = call.public_model if call.price is not None else "unknown"  # callers must not make labels up
            self._calls[call.dialect, model, call.upstream, call.outcome, call.currency].add(call)
            for attempt in call.attempts:
                self._attempts[attempt.upstream, attempt.fault or "ok"] += 1
            self._own.add(call.own_time_us / 1_000_000)
        self._new.clear()

    def _of_calls(self) -> Iterator[Metric]:
        calls, tokens, spent = (defaultdict[tuple[str, ...], int](int) for _ in range(3))
        durations, first_chunks = (defaultdict[tuple[str, ...], Histogram](Histogram) for _ in range(2))
        for (dialect, model, upstream, outcome, currency), counted in self._calls.items():
            calls[dialect, model, upstream or "", outcome] += counted.count
            if counted.heard:
                tokens[model, "input"] += counted.input_tokens
                tokens[model, "output"] += counted.output_tokens
            if currency is not None:
                spent[currency,] += counted.nanos
            durations[model,].merge(counted.durations)
            first_chunks[model,].merge(counted.first_chunks)
        yield _counter("waystation_calls", "Calls", ("dialect", "model", "upstream", "outcome"), calls)
        yield _counter("gen_ai_client_token_usage", "Billed tokens", ("gen_ai_request_model", "token_type"), tokens)
        money = {labels: nanos / NANOS_PER_UNIT for labels, nanos in spent.items()}
        yield _counter("waystation_cost", "Money posted", ("currency",), money)
        yield _histograms("gen_ai_client_operation_duration_seconds", "Whole calls", durations)
        yield _histograms("gen_ai_client_operation_time_to_first_chunk_seconds", "First chunk", first_chunks)


def _counter(name: str, text: str, labels: tuple[str, ...], counts: Mapping[tuple[str, ...], float]) -> Metric:
    family = CounterMetricFamily(name, text, labels=labels)
    for values, count in sorted(counts.items()):
        family.add_metric(values, count)
    return family


def _histograms(name: str, text: str, histograms: dict[tuple[str, ...], Histogram]) -> Metric:
    labels = ("gen_ai_request_model",) if () not in histograms else ()
    family = HistogramMetricFamily(name, text, labels=labels)
    for values, histogram in histograms.items():
        buckets, total = histogram.buckets()
        family.add_metric(values, buckets=buckets, sum_value=total)
    return family
