"""The seam to whatever keeps the catalogue: a value to read, a batch to write, nothing in between."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Literal, Protocol

import msgspec

from waystation.wire.catalogue import Catalogue, Model, Node, NodeKind, Organization, Token, Upstream
from waystation.wire.money import Money
from waystation.wire.price import Prices

Kind = (
    Literal["upstream", "model", "organization", "token", "price", "multiplier", "exchange rate", "retention"]
    | NodeKind
)
Keeper = Literal["file", "cli"]
KeptKind = Literal["ok", "failed", "refused", "hours"]


class Item(msgspec.Struct, frozen=True):
    """A thing in the catalogue: its id, or a model's name."""

    kind: Kind
    id: str


class Keeping(msgspec.Struct, frozen=True, kw_only=True):
    """For how many days call records of a kind are kept, or the sums by hour; None: for ever.

    `export_to`: the folder that records are written to before they are deleted.
    """

    kind: KeptKind
    days: int | None = None
    export_to: str | None = None


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The catalogue and what only its keepers need: wallets' opening credits by organization id, and whose each is.

    `retention`: of the kinds that are not kept for ever.
    """

    catalogue: Catalogue
    wallets: Mapping[str, tuple[Money, ...]]
    kept_by: Mapping[Item, Keeper]
    retention: tuple[Keeping, ...] = ()


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """A batch to write. What is put is created, or replaced whole by its id (a model: by its name).

    A node comes after the one above it. `wallets`: an organization's id, and the credit that a new wallet of its opens
    with. `kept_by` is noted for everything that is put or adopted; adopting alone is no new revision.
    `prices`: what is added to the book, each with the next number. `retention` is the call log's, and no new revision:
    it is written when the rest is committed.
    """

    kept_by: Keeper
    upstreams: tuple[Upstream, ...] = ()
    models: tuple[Model, ...] = ()
    organizations: tuple[Organization, ...] = ()
    nodes: tuple[Node, ...] = ()
    wallets: tuple[tuple[str, Money], ...] = ()
    tokens: tuple[Token, ...] = ()
    dropped_upstreams: tuple[str, ...] = ()
    dropped_models: tuple[str, ...] = ()
    revoked_tokens: tuple[str, ...] = ()
    dropped_nodes: tuple[str, ...] = ()
    adopted: tuple[Item, ...] = ()
    prices: Prices = Prices()
    retention: tuple[Keeping, ...] = ()


class Repository(Protocol):
    """Every method raises Misconfigured if the catalogue can't be opened with the master key at hand."""

    def reading(self) -> AbstractContextManager[None]:
        """What is read in this block is of one moment."""
        ...

    def writing(self) -> AbstractContextManager[None]:
        """A write transaction: nobody else writes until it ends. Rolled back if the block raises."""
        ...

    def snapshot(self) -> Snapshot:
        """Inside `reading` or `writing`."""
        ...

    def write(self, changes: Changes, *, at: float) -> int:
        """The revision after the changes. Inside `writing`."""
        ...
