"""`manifest.repository.Repository` on either database."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, literal, select, union_all, update

from waystation.adapters.crypto import Cipher
from waystation.adapters.sql.catalogue.reading import load, revision
from waystation.adapters.sql.catalogue.writing import Writer
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.retention import keep, rules
from waystation.adapters.sql.tables.catalogue import (
    catalogue,
    models,
    nodes,
    opening_credits,
    organizations,
    tokens,
    upstreams,
)
from waystation.manifest.repository import Changes, Item, Keeping, Snapshot
from waystation.wire.money import Money

_KEPT: Final = union_all(
    *(
        select(literal(kind).label("kind"), table.c[key].label("id"), table.c.kept_by)
        for kind, table, key in (
            ("upstream", upstreams, "id"),
            ("model", models, "name"),
            ("organization", organizations, "id"),
            ("token", tokens, "id"),
        )
    ),
    select(nodes.c.kind, nodes.c.id, nodes.c.kept_by).where(nodes.c.removed_at.is_(None)),
)


class SqlRepository:
    """One block at a time."""

    __slots__ = ("_cipher", "_connection", "_database", "_keepings")

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher
        self._connection: Connection | None = None
        self._keepings: tuple[Keeping, ...] = ()  # to be written after the block

    @contextmanager
    def reading(self) -> Iterator[None]:
        with self._database.reading() as connection:
            yield from self._within(connection)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Raises: StoreUnavailable if others have kept it locked for too long."""
        with self._database.writing() as connection:
            # On PostgreSQL others may read meanwhile, and whoever wants to write waits here.
            connection.execute(select(catalogue.c.revision).with_for_update())
            yield from self._within(connection)
        if self._keepings:  # on SQLite they are in another file: no transaction is on both
            with self._database.writing("calls") as connection:
                for keeping in self._keepings:
                    keep(connection, keeping.kind, keeping.days, keeping.export_to)

    def snapshot(self) -> Snapshot:
        connection = self._inside()
        wallets: defaultdict[str, list[Money]] = defaultdict(list)
        for row in connection.execute(select(opening_credits)):
            wallets[row.organization_id].append(Money(row.nanos, row.currency))
        return Snapshot(
            catalogue=load(connection, self._cipher),
            wallets={organization_id: tuple(moneys) for organization_id, moneys in wallets.items()},
            kept_by={Item(row.kind, row.id): row.kept_by for row in connection.execute(_KEPT)},
            retention=self._retention(),
        )

    def write(self, changes: Changes, *, at: float) -> int:
        """Writes in an order that never breaks a reference."""
        connection = self._inside()
        Writer(connection, self._cipher, changes.kept_by, int(at)).write(changes)
        self._keepings = changes.retention
        if changes != Changes(kept_by=changes.kept_by, adopted=changes.adopted, retention=changes.retention):
            connection.execute(update(catalogue).values(revision=catalogue.c.revision + 1))
        return revision(connection)

    def _retention(self) -> tuple[Keeping, ...]:
        """By a connection of its own: who writes to the ledger of SQLite does not see the log's file."""
        with self._database.reading() as connection:
            found = rules(connection)
        return tuple(
            Keeping(kind=rule.kind, days=rule.days, export_to=rule.export_to) for rule in found if rule.days is not None
        )

    def _within(self, connection: Connection) -> Iterator[None]:
        assert self._connection is None, "one block at a time"
        self._connection, self._keepings = connection, ()
        try:
            yield
        finally:
            self._connection = None

    def _inside(self) -> Connection:
        assert self._connection is not None, "outside of reading and writing"
        return self._connection
