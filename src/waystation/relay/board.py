"""The catalogue as a call needs it: indexed, one value per revision. A call sees one board to its end."""

from collections.abc import Mapping
from dataclasses import dataclass

from waystation.identity.token import Directory, may_use
from waystation.keys.pool import KeyPool, pools_of
from waystation.routing.route import Served, serve
from waystation.vendors.vendor import Vendor
from waystation.wire.catalogue import Catalogue, Organization, Token
from waystation.wire.errors import ModelNotFound


@dataclass(frozen=True, slots=True)
class Board:
    """Nothing on it changes but the health of the keys in its `pools` (by upstream id)."""

    revision: int
    directory: Directory
    organizations: Mapping[str, Organization]
    served: Mapping[str, Served]
    pools: Mapping[str, KeyPool]

    def find(self, token: Token, model: str) -> Served:
        """Raises: ModelNotFound, in the same words whether the model is unknown or not this token's."""
        served = self.served.get(model)
        if served is None or not may_use(token, model):
            raise ModelNotFound(
                f"The model {model!r} does not exist or this token may not use it. GET /v1/models lists what it may.",
                param="model",
            )
        return served

    def models(self, token: Token) -> list[Served]:
        return [served for name, served in sorted(self.served.items()) if may_use(token, name)]


def board_of(catalogue: Catalogue, vendors: Mapping[str, Vendor], before: Board | None = None) -> Board:
    """The board of a catalogue; keys that stay keep the health that they had on the board `before`."""
    return Board(
        revision=catalogue.revision,
        directory=Directory(catalogue.tokens),
        organizations={organization.id: organization for organization in catalogue.organizations},
        served=serve(catalogue, vendors),
        pools=pools_of(catalogue.upstreams, {} if before is None else before.pools),
    )
