"""The same with twenty upstreams for each model, 500 keys, and every limit that there is. None is ever reached here."""

from collections.abc import Iterator
from typing import Final

from bench.gateways.gateway import Gateway, Running
from bench.gateways.waystation import TOKEN, start_on
from bench.stage import UPSTREAM_KEY, Stage
from bench.tables import LIMITED

UPSTREAMS: Final = 20
KEYS_EACH: Final = 25
LIMIT: Final = "{rpm: 10000000, tpm: 1000000000, concurrency: 10000}"
_PRICE: Final = '{currency: USD, input: "2.50", output: "10.00", cache_read_input: "1.25"}'


def start(stage: Stage) -> Running:
    folder = stage.folder / "waystation-limited"
    return start_on(folder, stage, {}, manifest({"plain": stage.plain_url, "stream": stage.stream_url}))


def manifest(urls: dict[str, str]) -> str:
    """`urls` by the kind of calls that go there."""
    return f"""
upstreams:
{_lines(line for kind, url in urls.items() for line in _upstreams(kind, url))}
models:
{_lines(_model(kind) for kind in urls)}
organizations:
  - name: bench
    opening_credit: "1000000 USD"
    limit: {LIMIT}
    departments: [{{name: department, limit: {LIMIT}}}]
    projects: [{{name: project, department: department, limit: {LIMIT}}}]
    members: [{{name: member, department: department, limit: {LIMIT}}}]
    tokens:
      - name: load
        secret: "{TOKEN}"
        project: project
        member: member
        models: [{", ".join(f"bench-{kind}" for kind in urls)}]
        limit: {LIMIT}
        budget: {{amount: "500000 USD", period: month}}
"""


def _upstreams(kind: str, url: str) -> Iterator[str]:
    for number in range(UPSTREAMS):
        keys = [f"{UPSTREAM_KEY}-{kind}-{number}-{key}" for key in range(KEYS_EACH)]
        yield (
            f'  - {{name: {kind}-{number}, vendor: openai_compatible, base_url: "{url}/v1", keys: {keys!r}, '
            f"key_limits: {LIMIT}, model_limits: [{_model_limit()}]}}"
        )


def _model_limit() -> str:
    return f"{{model: gpt-4o-2024-08-06, {LIMIT[1:-1]}}}"


def _model(kind: str) -> str:
    routes = ", ".join(f"{{upstream: {kind}-{number}, model: gpt-4o-2024-08-06}}" for number in range(UPSTREAMS))
    return f"  - {{name: bench-{kind}, routes: [{routes}], limit: {LIMIT}, price: {_PRICE}}}"


def _lines(lines: Iterator[str]) -> str:
    return "\n".join(lines)


GATEWAY = Gateway(LIMITED, start, by_name=True)
