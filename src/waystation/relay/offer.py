"""What a sub-token's calls of one model have in common."""

import msgspec

from waystation.identity.standing import Standing
from waystation.ledger.tariff import Tariff
from waystation.routing.route import Served
from waystation.wire.booking import Ceiling
from waystation.wire.catalogue import Model
from waystation.wire.limit import Bound, Bounds
from waystation.wire.wish import Wish


class Offer(msgspec.Struct, frozen=True):
    """A model as a sub-token may have it, the same for every call from `since` up to `until` (Unix seconds).

    A call is held on all of the `accounts`, and comes under `limits`; None if there are none, as for most. `wish`: what
    the suffix of the name that was asked wishes.
    """

    served: Served
    tariff: Tariff
    accounts: tuple[Ceiling, ...]
    since: float
    until: float
    limits: Bounds | None = None
    wish: Wish | None = None


def bounds_of(standing: Standing, model: Model) -> Bounds | None:
    """The limits above a sub-token's calls of a model, and that of the model itself."""
    each = list(standing.bounds(model.name))
    if model.limit is not None:
        each.append(Bound(f"model {model.name}", "model", f"model {model.name!r}", model.limit))
    return Bounds(tuple(each), any(bound.limit.tpm is not None for bound in each)) if each else None
