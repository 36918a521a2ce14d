"""What a sub-token's calls of one model have in common."""

import msgspec

from waystation.ledger.tariff import Tariff
from waystation.routing.route import Served
from waystation.wire.booking import Ceiling


class Offer(msgspec.Struct, frozen=True):
    """A model as a sub-token may have it, the same for every call from `since` up to `until` (Unix seconds).

    A call is held on all of the `accounts`.
    """

    served: Served
    tariff: Tariff
    accounts: tuple[Ceiling, ...]
    since: float
    until: float
