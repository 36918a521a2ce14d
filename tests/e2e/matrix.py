"""A gateway on which every fault strikes at once, each a model of its own."""

from collections.abc import Iterator
from typing import Final, get_args

from rigs.chaos.faults import ALL, CLOSED, LATE, ODD, OF_KEYS, OF_STREAMS, OF_UPSTREAMS
from waystation.demo.upstream import DemoUpstream
from waystation.wire.routing import Strategy

STRATEGIES: Final[tuple[Strategy, ...]] = get_args(Strategy)
TOKEN: Final = "matrix-token-0123456789-abcdefgh"

_QUICK: Final = "{connect: 2, first_byte: 1, idle: 1, total: 30}"
_CALM: Final = "{connect: 30, first_byte: 60, idle: 60, total: 120}"


def model_of(fault: str) -> str:
    return fault.partition("=")[0]


def manifest(strategy: Strategy, bad: DemoUpstream, good: DemoUpstream, closed: str) -> str:
    """A model for each fault, with three upstreams that it is to be shared out over: only the last key of the last one
    is healthy. Faults of keys strike two upstreams and a key of the third, others two upstreams.
    """
    upstreams = "\n".join(line for fault in ALL for line in _upstreams(fault, bad, good, closed))
    models = "\n".join(_model(fault, strategy) for fault in ALL)
    return f"""
upstreams:
{upstreams}
models:
{models}
organizations:
  - name: acme
    opening_credit: "1000 USD"
    tokens: [{{name: matrix, secret: "{TOKEN}"}}]
"""


def strike(bad: DemoUpstream) -> None:
    """From now on every fault strikes."""
    for fault in OF_KEYS:
        for key in ("a", "b", "c"):
            bad.set_fault(fault, key=_key(fault, key))
    for fault in (*OF_UPSTREAMS, *OF_STREAMS, *LATE, *ODD):
        if fault != CLOSED:
            bad.set_fault(fault, model=f"bad-{model_of(fault)}")


def _upstreams(fault: str, bad: DemoUpstream, good: DemoUpstream, closed: str) -> Iterator[str]:
    name = model_of(fault)
    if fault in OF_KEYS:
        yield _upstream(f"{name}-1", bad, [_key(fault, "a")], _CALM)
        yield _upstream(f"{name}-2", bad, [_key(fault, "b")], _CALM)
        yield _upstream(f"{name}-3", bad, [_key(fault, "c"), _key(fault, "good")], _CALM)
        return
    timeouts = _CALM if fault in ODD else _QUICK
    address = closed if fault == CLOSED else bad
    yield _upstream(f"{name}-1", address, [_key(fault, "a")], timeouts)
    yield _upstream(f"{name}-2", address, [_key(fault, "b")], timeouts)
    yield _upstream(f"{name}-3", good, [_key(fault, "good")], _CALM)


def _upstream(name: str, at: DemoUpstream | str, keys: list[str], timeouts: str) -> str:
    url = at if isinstance(at, str) else at.base_url
    return f'  - {{name: "{name}", vendor: openai_compatible, base_url: "{url}", keys: {keys!r}, timeouts: {timeouts}}}'


def _model(fault: str, strategy: Strategy) -> str:
    name = model_of(fault)
    here, there = (f"bad-{name}", f"bad-{name}" if fault in OF_KEYS else f"good-{name}")
    routes = f'[{{upstream: "{name}-1", model: "{here}"}}, {{upstream: "{name}-2", model: "{here}"}}, '
    routes += f'{{upstream: "{name}-3", model: "{there}"}}]'
    price = '{currency: USD, input: "2.50", output: "10.00"}'
    return (
        f'  - {{name: "{name}", routing: {{strategy: {strategy}}}, routes: {routes}, price: {price}, '
        "max_output_tokens: 1000}"
    )


def _key(fault: str, name: str) -> str:
    return f"sk-{model_of(fault)}-{name}"
