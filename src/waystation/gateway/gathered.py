"""One page of metrics for a node, whatever the number of its workers: what each has counted, added up.

What counts goes on counting when its worker is gone, as Prometheus expects of a counter. Gauges of a worker's own, such
as its open calls, add up as well, while it lives. What all workers see for themselves, such as the states of keys and
the means of routes, is the mean of what they see.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec
from prometheus_client import generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

_Labels = tuple[tuple[str, str], ...]


class Family(msgspec.Struct, frozen=True, array_like=True):
    """A metric with its series, by name and labels. `rule`: `count`, `sum` or `mean`."""

    name: str
    text: str
    kind: str
    rule: str
    series: list[tuple[str, _Labels, float]]


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(list[Family]).decode


def counts_of(metrics: Iterable[Metric], own: Iterable[str]) -> bytes:
    """What a worker says; `own` are the names of gauges that add up."""
    added = frozenset(own)
    return _encode([_family(metric, added) for metric in metrics])


def page_of(counts: bytes) -> bytes:
    """In Prometheus' words."""
    return generate_latest(_registry(_decode(counts)))


class Gathered:
    """What a node's workers have counted. `leave` keeps what one has counted that is gone."""

    def __init__(self) -> None:
        self._past: list[Family] = []

    def leave(self, counts: bytes) -> None:
        lasting = [family for family in _decode(counts) if family.rule == "count"]
        self._past = list(_merged([self._past, lasting]))

    def of(self, living: Sequence[bytes], *, ready: int, died: int) -> bytes:
        """All of it, with how many workers are ready and how many have died."""
        families = list(_merged([self._past, *map(_decode, living)]))
        families.append(_single("waystation_workers", "Workers that take calls", "gauge", ready))
        families.append(_single("waystation_worker_deaths", "Workers that died", "counter", died))
        return _encode(families)


def _family(metric: Metric, added: frozenset[str]) -> Family:
    rule = "count" if metric.type != "gauge" else "sum" if metric.name in added else "mean"
    series = [(sample.name, tuple(sorted(sample.labels.items())), float(sample.value)) for sample in metric.samples]
    return Family(metric.name, metric.documentation, metric.type, rule, series)


def _merged(all_of_them: Sequence[Sequence[Family]]) -> Iterator[Family]:
    """In the order of the first who has a family. Of a family, series stay in their order: buckets rise."""
    by_name: dict[str, list[Family]] = {}
    for families in all_of_them:
        for family in families:
            by_name.setdefault(family.name, []).append(family)
    for likes in by_name.values():
        yield msgspec.structs.replace(likes[-1], series=_joined(likes))


def _joined(likes: list[Family]) -> list[tuple[str, _Labels, float]]:
    values: dict[tuple[str, _Labels], list[float]] = {}
    for family in likes:
        for name, labels, value in family.series:
            values.setdefault((name, labels), []).append(value)
    mean = likes[-1].rule == "mean"
    return [(name, labels, sum(found) / len(found) if mean else sum(found)) for (name, labels), found in values.items()]


def _single(name: str, text: str, kind: str, value: float) -> Family:
    return Family(name, text, kind, "sum", [(name + "_total" if kind == "counter" else name, (), value)])


def _registry(families: list[Family]) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Given(families))
    return registry


class _Given(Collector):
    def __init__(self, families: list[Family]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        for family in self._families:
            metric = Metric(family.name, family.text, family.kind)
            for name, labels, value in family.series:
                metric.add_sample(name, dict(labels), value)
            yield metric
