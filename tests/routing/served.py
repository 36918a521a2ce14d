"""Models and their routes, from a catalogue."""

from waystation.routing.route import Served, serve
from waystation.vendors import vendors
from waystation.wire.catalogue import Catalogue, Model, Upstream
from waystation.wire.overrides import Overrides


def upstream(
    name: str,
    *,
    priority: int = 0,
    tags: tuple[str, ...] = (),
    vendor: str = "openai",
    overrides: Overrides | None = None,
) -> Upstream:
    return Upstream(
        id=f"up_{name}",
        name=name,
        vendor=vendor,
        base_url="http://127.0.0.1:9001/v1",
        keys=(),
        priority=priority,
        tags=tags,
        overrides=overrides,
    )


def served_of(models: tuple[Model, ...], *upstreams: Upstream) -> dict[str, Served]:
    return serve(Catalogue(revision=1, upstreams=upstreams, models=models), vendors())
