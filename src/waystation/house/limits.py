"""Who has which limits, for commands."""

import msgspec

from waystation.house.offline import operations
from waystation.house.tenants import below
from waystation.manifest.limited import MODEL, limited, limits_of_owner
from waystation.settings import Settings
from waystation.wire.catalogue import Model
from waystation.wire.limit import Limit


class OwnedLimit(msgspec.Struct, frozen=True):
    """`owner` by kind and path, as in "department:acme/R&D" or "model:gpt-4o"."""

    owner: str
    limit: Limit


def read_limits(settings: Settings, path: str | None = None) -> list[OwnedLimit]:
    """All of them, or those at a path and below it; a model's at "model:name". Raises: Misconfigured."""
    with operations(settings) as catalogue, catalogue.repository.reading():
        snapshot = catalogue.repository.snapshot()
    if path is not None and path.startswith(MODEL):
        return [OwnedLimit(path, limit) for limit in limits_of_owner(limited(snapshot, path))]
    models: tuple[Model, ...] = snapshot.catalogue.models if path is None else ()
    return [
        *(OwnedLimit(owner, limit) for owner, thing in below(snapshot, path) for limit in thing.limits),
        *(OwnedLimit(f"{MODEL}{model.name}", model.limit) for model in models if model.limit is not None),
    ]
