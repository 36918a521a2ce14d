"""Routes to compare: as many as a test names, with the statistics that it gives them."""

from waystation.routing.load import Load
from waystation.routing.route import Route, endpoint_of, ways_of
from waystation.vendors import vendors
from waystation.wire.catalogue import Upstream

NOW = 10_000.0


def route(
    name: str,
    weight: int = 1,
    *,
    first: float | None = None,
    speed: int | None = None,
    failed: int = 0,
    load: bool = True,
) -> Route:
    """`first`: seconds to the first chunk, `speed`: tokens per second, of one answer just now; `failed` attempts."""
    upstream = Upstream(id=name, name=name, vendor="openai_compatible", base_url="http://x/v1", keys=(), weight=weight)
    vendor = vendors()["openai_compatible"]
    made = Route(
        upstream, vendor, endpoint_of(upstream), name, ways_of(upstream, vendor), load=Load() if load else None
    )
    if first is not None:
        made.statistics.hear(NOW, first)
    if speed is not None:
        made.statistics.succeed(NOW, 1.0, speed)
    for _ in range(failed):
        made.statistics.fail(NOW)
    return made


def names(routes: list[Route]) -> str:
    return "".join(one.model for one in routes)
