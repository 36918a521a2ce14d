"""The catalogue in the ledger's file: read as one value, written in batches that each make one revision."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec

from waystation.adapters.crypto import Cipher
from waystation.adapters.sqlite import accounts
from waystation.adapters.sqlite.connection import transaction
from waystation.manifest.repository import Changes, Item, Keeper, Snapshot
from waystation.wire.catalogue import (
    Budget,
    Catalogue,
    Model,
    ModelRoute,
    Organization,
    Timeouts,
    Token,
    Upstream,
    UpstreamKey,
)
from waystation.wire.dialect import Dialect
from waystation.wire.errors import StoreUnavailable
from waystation.wire.money import Money
from waystation.wire.price import Price

_KEPT: Final = """
SELECT 'upstream', id, kept_by FROM upstreams UNION ALL SELECT 'model', name, kept_by FROM models
UNION ALL SELECT 'organization', id, kept_by FROM organizations UNION ALL SELECT 'token', id, kept_by FROM tokens
"""

_PRICED: Final = (
    "currency",
    "input",
    "output",
    "cache_read_input",
    "cache_creation_input",
    "cache_creation_1h_input",
    "reasoning_output",
)


def load(connection: sqlite3.Connection, cipher: Cipher) -> Catalogue:
    """Everything, in the order in which it was made. Call it inside a transaction if others write meanwhile.

    Raises: Misconfigured if a secret does not open.
    """
    return Catalogue(
        revision=revision(connection),
        upstreams=_upstreams(connection, cipher),
        models=_models(connection),
        organizations=tuple(
            Organization(*row)
            for row in connection.execute("SELECT id, name, retain_responses_days FROM organizations ORDER BY position")
        ),
        tokens=_tokens(connection),
    )


def revision(connection: sqlite3.Connection) -> int:
    (number,) = connection.execute("SELECT revision FROM catalogue").fetchone()
    return int(number)


class SqliteRepository:
    """Implements `manifest.repository.Repository` on a connection of its own."""

    __slots__ = ("_cipher", "_connection")

    def __init__(self, connection: sqlite3.Connection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher

    @contextmanager
    def reading(self) -> Iterator[None]:
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Raises: StoreUnavailable if others have kept the file locked for too long."""
        try:
            with transaction(self._connection):
                yield
        except sqlite3.OperationalError as error:
            raise StoreUnavailable(f"the catalogue can't be written now: {error}") from error

    def snapshot(self) -> Snapshot:
        assert self._connection.in_transaction
        wallets: defaultdict[str, list[Money]] = defaultdict(list)
        rows = self._connection.execute("SELECT organization_id, nanos, currency FROM opening_credits")
        for organization_id, nanos, currency in rows:
            wallets[organization_id].append(Money(nanos, currency))
        return Snapshot(
            catalogue=load(self._connection, self._cipher),
            wallets={organization_id: tuple(moneys) for organization_id, moneys in wallets.items()},
            kept_by={Item(kind, id_): keeper for kind, id_, keeper in self._connection.execute(_KEPT)},
        )

    def write(self, changes: Changes, *, at: float) -> int:
        """Writes in an order that never breaks a reference."""
        assert self._connection.in_transaction
        write = _Writer(self._connection, self._cipher, changes.kept_by, int(at))
        for organization in changes.organizations:
            write.organization(organization)
        for organization_id, money in changes.wallets:
            write.wallet(organization_id, money)
        for upstream in changes.upstreams:
            write.upstream(upstream)
        for name in changes.dropped_models:
            write.drop_model(name)
        for model in changes.models:
            write.model(model)
        for upstream_id in changes.dropped_upstreams:
            write.drop_upstream(upstream_id)
        for token_id in changes.revoked_tokens:
            write.revoke(token_id)
        write.tokens(changes.tokens)
        for item in changes.adopted:
            write.adopt(item)
        if changes != Changes(kept_by=changes.kept_by, adopted=changes.adopted):
            self._connection.execute("UPDATE catalogue SET revision = revision + 1")
        return revision(self._connection)


class _Writer:
    """The statements, for one batch."""

    __slots__ = ("_at", "_cipher", "_connection", "_execute", "_kept_by")

    def __init__(self, connection: sqlite3.Connection, cipher: Cipher, kept_by: Keeper, at: int) -> None:
        self._connection = connection
        self._execute = connection.execute
        self._cipher = cipher
        self._kept_by = kept_by
        self._at = at

    def organization(self, organization: Organization) -> None:
        fields = {name: getattr(organization, name) for name in ("id", "name", "retain_responses_days")}
        self._put("organizations", "id", fields | {"created_at": self._at})

    def wallet(self, organization_id: str, money: Money) -> None:
        self._execute("INSERT INTO opening_credits VALUES (?, ?, ?)", (organization_id, money.currency, money.nanos))
        accounts.open_wallet(self._connection, organization_id, money.currency, money.nanos, self._at)

    def upstream(self, upstream: Upstream) -> None:
        fields = msgspec.structs.asdict(upstream)
        del fields["keys"], fields["timeouts"]
        fields["dialects"] = None if upstream.dialects is None else " ".join(upstream.dialects)
        if upstream.proxy is not None:
            fields["proxy"] = self._cipher.seal(upstream.proxy, table="upstreams", row_id=upstream.id)
        self._put("upstreams", "id", fields | msgspec.structs.asdict(upstream.timeouts))
        self._execute("DELETE FROM upstream_keys WHERE upstream_id = ?", (upstream.id,))
        for position, key in enumerate(upstream.keys):
            sealed = self._cipher.seal(key.secret, table="upstream_keys", row_id=key.id)
            self._execute(
                "INSERT INTO upstream_keys VALUES (?, ?, ?, ?, ?)",
                (key.id, upstream.id, position, sealed, key.fingerprint),
            )

    def drop_upstream(self, upstream_id: str) -> None:
        self._execute("DELETE FROM upstream_keys WHERE upstream_id = ?", (upstream_id,))
        self._execute("DELETE FROM upstreams WHERE id = ?", (upstream_id,))

    def model(self, model: Model) -> None:
        fields = msgspec.structs.asdict(model)
        del fields["routes"], fields["price"]
        price = model.price or Price(currency="", input=0, output=0)  # of no currency: an older version refuses it
        self._put("models", "name", fields | {name: getattr(price, name) for name in _PRICED})
        self._execute("DELETE FROM model_routes WHERE model = ?", (model.name,))
        for position, route in enumerate(model.routes):
            self._execute(
                "INSERT INTO model_routes VALUES (?, ?, (SELECT id FROM upstreams WHERE name = ?), ?)",
                (model.name, position, route.upstream, route.model),
            )

    def drop_model(self, name: str) -> None:
        self._execute("DELETE FROM model_routes WHERE model = ?", (name,))
        self._execute("DELETE FROM models WHERE name = ?", (name,))

    def tokens(self, tokens: tuple[Token, ...]) -> None:
        for token in tokens:  # two tokens may swap their secrets, which are unique at every moment
            self._execute("UPDATE tokens SET digest = randomblob(32) WHERE id = ?", (token.id,))
        for token in tokens:
            self._token(token)

    def revoke(self, token_id: str) -> None:
        self._execute("UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (self._at, token_id))

    def adopt(self, item: Item) -> None:
        table, id_ = {
            "upstream": ("upstreams", "id"),
            "model": ("models", "name"),
            "organization": ("organizations", "id"),
            "token": ("tokens", "id"),
        }[item.kind]
        self._execute(f"UPDATE {table} SET kept_by = ? WHERE {id_} = ?", (self._kept_by, item.id))  # noqa: S608 - constants

    def _token(self, token: Token) -> None:
        budget = token.budget
        fields = {  # not `revoked_at`: putting never brings a revoked one back
            **{
                name: getattr(token, name) for name in ("id", "name", "organization_id", "digest", "hint", "expires_at")
            },
            "all_models": int(token.models is None),
            "budget_nanos": None if budget is None else budget.amount_nanos,
            "budget_currency": None if budget is None else budget.currency,
            "budget_period": None if budget is None else budget.period,
            "created_at": self._at,
        }
        self._put("tokens", "id", fields)
        self._execute("DELETE FROM token_models WHERE token_id = ?", (token.id,))
        for position, name in enumerate(token.models or ()):
            self._execute("INSERT INTO token_models VALUES (?, ?, ?)", (token.id, position, name))
        accounts.set_budget(self._connection, token.id, budget, self._at)

    def _put(self, table: str, key: str, fields: dict[str, Any]) -> None:
        """Insert, or update everything but the key and `created_at`."""
        fields = fields | {"kept_by": self._kept_by}
        marks = ", ".join("?" * len(fields))
        updates = ", ".join(f"{name} = excluded.{name}" for name in fields if name not in {key, "created_at"})
        self._execute(
            f"INSERT INTO {table} ({', '.join(fields)}) VALUES ({marks})"  # noqa: S608 - tables and columns are constants
            f" ON CONFLICT ({key}) DO UPDATE SET {updates}",
            tuple(fields.values()),
        )


def _upstreams(connection: sqlite3.Connection, cipher: Cipher) -> tuple[Upstream, ...]:
    keys: defaultdict[str, list[UpstreamKey]] = defaultdict(list)
    rows = connection.execute(
        "SELECT upstream_id, id, secret, fingerprint FROM upstream_keys ORDER BY upstream_id, position"
    )
    for upstream_id, id_, sealed, fingerprint in rows:
        secret = cipher.unseal(sealed, table="upstream_keys", row_id=id_)
        keys[upstream_id].append(UpstreamKey(id_, secret, fingerprint))
    found = []
    rows = connection.execute(
        "SELECT id, name, vendor, base_url, priority, weight, proxy, ca_file, dialects, connect_s,"
        " first_byte_s, idle_s, total_s FROM upstreams ORDER BY position"
    )
    for id_, name, vendor, base_url, priority, weight, proxy, ca_file, dialects, *timeouts in rows:
        found.append(
            Upstream(
                id=id_,
                name=name,
                vendor=vendor,
                base_url=base_url,
                keys=tuple(keys[id_]),
                priority=priority,
                weight=weight,
                proxy=None if proxy is None else cipher.unseal(proxy, table="upstreams", row_id=id_),
                ca_file=ca_file,
                timeouts=Timeouts(*timeouts),
                dialects=None if dialects is None else msgspec.convert(dialects.split(), tuple[Dialect, ...]),
            )
        )
    return tuple(found)


def _models(connection: sqlite3.Connection) -> tuple[Model, ...]:
    routes: defaultdict[str, list[ModelRoute]] = defaultdict(list)
    rows = connection.execute(
        "SELECT r.model, u.name, r.upstream_model FROM model_routes r JOIN upstreams u ON u.id = r.upstream_id"
        " ORDER BY r.model, r.position"
    )
    for name, upstream, upstream_model in rows:
        routes[name].append(ModelRoute(upstream, upstream_model))
    found = []
    rows = connection.execute(
        "SELECT name, max_output_tokens, created_at,"
        " currency, input, output, cache_read_input, cache_creation_input, cache_creation_1h_input, reasoning_output"
        " FROM models ORDER BY position"
    )
    for name, max_output_tokens, created_at, *price in rows:
        found.append(
            Model(
                name=name,
                routes=tuple(routes[name]),
                price=Price(**dict(zip(_PRICED, price, strict=True))) if price[0] else None,
                max_output_tokens=max_output_tokens,
                created_at=created_at,
            )
        )
    return tuple(found)


def _tokens(connection: sqlite3.Connection) -> tuple[Token, ...]:
    models: defaultdict[str, list[str]] = defaultdict(list)
    for token_id, model in connection.execute("SELECT token_id, model FROM token_models ORDER BY token_id, position"):
        models[token_id].append(model)
    found = []
    rows = connection.execute(
        "SELECT id, name, organization_id, digest, hint, expires_at, revoked_at, all_models,"
        " budget_nanos, budget_currency, budget_period FROM tokens ORDER BY position"
    )
    for id_, name, organization_id, digest, hint, expires_at, revoked_at, all_models, *budget in rows:
        found.append(
            Token(
                id=id_,
                name=name,
                organization_id=organization_id,
                digest=digest,
                hint=hint,
                models=None if all_models else tuple(models[id_]),
                budget=None if budget[0] is None else Budget(*budget),
                expires_at=expires_at,
                revoked_at=revoked_at,
            )
        )
    return tuple(found)
