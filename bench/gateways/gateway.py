"""The shape of a gateway under test."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.processes import Process
from bench.stage import Stage


class Missing(Exception):
    """The gateway is not on this machine; the message says what was looked for."""


@dataclass(frozen=True, slots=True)
class Lane:
    """How a caller reaches one of the two upstreams through a gateway."""

    url: str
    model: str
    token: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway that accepts calls. `process` is None for the upstream itself."""

    version: str
    plain: Lane
    stream: Lane
    process: Process | None


@dataclass(frozen=True, slots=True)
class Gateway:
    """`start` raises Missing, or NotStarted. `slow`: left out of a short run; `by_name`: unless asked for."""

    name: str
    start: Callable[[Stage], Running]
    slow: bool = False
    by_name: bool = False
