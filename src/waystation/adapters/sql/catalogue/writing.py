"""The statements that write a batch of changes."""

from os import urandom
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Table, delete, insert, select, update

from waystation.adapters.crypto import Cipher
from waystation.adapters.sql.catalogue.budgets import BudgetWriter
from waystation.adapters.sql.catalogue.reading import PRICED
from waystation.adapters.sql.catalogue.upsert import upsert
from waystation.adapters.sql.catalogue.wallets import open_wallet
from waystation.adapters.sql.prices import add_prices
from waystation.adapters.sql.tables.catalogue import (
    former_secrets,
    model_routes,
    models,
    nodes,
    organizations,
    token_models,
    tokens,
    upstream_keys,
    upstreams,
)
from waystation.manifest.repository import Changes, Item, Keeper, Kind
from waystation.wire.catalogue import Model, ModelRoute, Node, Organization, Token, Upstream, UpstreamKey
from waystation.wire.limit import Limit
from waystation.wire.price import Price

_ONCE: Final = frozenset({"created_at"})
_PLACES: Final[dict[Kind, tuple[Table, str]]] = {
    "upstream": (upstreams, "id"),
    "model": (models, "name"),
    "organization": (organizations, "id"),
    "department": (nodes, "id"),
    "project": (nodes, "id"),
    "member": (nodes, "id"),
    "token": (tokens, "id"),
}

_text: Final = msgspec.json.Encoder().encode


class Writer:
    """For one batch. `at` is Unix seconds."""

    __slots__ = ("_at", "_budgets", "_cipher", "_connection", "_execute", "_kept_by")

    def __init__(self, connection: Connection, cipher: Cipher, kept_by: Keeper, at: int) -> None:
        self._connection = connection
        self._execute = connection.execute
        self._cipher = cipher
        self._kept_by = kept_by
        self._at = at
        self._budgets = BudgetWriter(connection, at)

    def write(self, changes: Changes) -> None:
        """In an order that never breaks a reference."""
        for organization in changes.organizations:
            self._organization(organization)
        for organization_id, money in changes.wallets:
            open_wallet(self._connection, organization_id, money, self._at)
        for node in changes.nodes:
            self._node(node)
        self._serving(changes)
        add_prices(self._connection, changes.prices, at=self._at)
        for token_id in changes.revoked_tokens:
            self._revoke(token_id)
        self._tokens(changes.tokens)
        for node_id in changes.dropped_nodes:
            self._drop_node(node_id)
        for item in changes.adopted:
            self._adopt(item)
        self._budgets.carry()

    def _serving(self, changes: Changes) -> None:
        for upstream in changes.upstreams:
            self._upstream(upstream)
        for name in changes.dropped_models:
            self._execute(delete(model_routes).where(model_routes.c.model == name))
            self._execute(delete(models).where(models.c.name == name))
        for model in changes.models:
            self._model(model)
        for upstream_id in changes.dropped_upstreams:
            self._execute(delete(upstream_keys).where(upstream_keys.c.upstream_id == upstream_id))
            self._execute(delete(upstreams).where(upstreams.c.id == upstream_id))

    def _organization(self, organization: Organization) -> None:
        fields = msgspec.structs.asdict(organization) | {"created_at": self._at}
        budgets = fields.pop("budgets")
        fields |= {"models": _array(organization.models), "paused": int(organization.paused)}
        fields["limits"] = _limits(organization.limits)
        self._put(organizations, "id", fields)
        self._budgets.put("organization", organization.id, organization.id, budgets)

    def _node(self, node: Node) -> None:
        fields = msgspec.structs.asdict(node) | {"created_at": self._at, "removed_at": None}
        budgets = fields.pop("budgets")
        fields |= {"models": _array(node.models), "paused": int(node.paused), "limits": _limits(node.limits)}
        self._put(nodes, "id", fields)
        self._budgets.put(node.kind, node.id, node.organization_id, budgets)

    def _drop_node(self, node_id: str) -> None:
        self._execute(update(nodes).where(nodes.c.id == node_id).values(removed_at=self._at))
        self._budgets.put("", node_id, "", ())

    def _upstream(self, upstream: Upstream) -> None:
        fields = msgspec.structs.asdict(upstream)
        del fields["keys"], fields["timeouts"]
        fields["dialects"] = None if upstream.dialects is None else " ".join(upstream.dialects)
        fields["key_limits"] = None if upstream.key_limits is None else _text(upstream.key_limits).decode()
        fields["model_limits"] = _text(upstream.model_limits).decode() if upstream.model_limits else None
        fields["breaker"] = None if upstream.breaker is None else _text(upstream.breaker).decode()
        fields["tags"] = _array(upstream.tags or None)
        if upstream.proxy is not None:
            fields["proxy"] = self._cipher.seal(upstream.proxy, table="upstreams", row_id=upstream.id)
        if upstream.overrides is not None:
            text = _text(upstream.overrides).decode()
            fields["overrides"] = self._cipher.seal(text, table="upstreams.overrides", row_id=upstream.id)
        self._put(upstreams, "id", fields | msgspec.structs.asdict(upstream.timeouts))
        self._execute(delete(upstream_keys).where(upstream_keys.c.upstream_id == upstream.id))
        if upstream.keys:  # in one go: there may be thousands
            self._execute(insert(upstream_keys), [self._key(upstream, *one) for one in enumerate(upstream.keys)])

    def _key(self, upstream: Upstream, position: int, key: UpstreamKey) -> dict[str, Any]:
        return {
            "id": key.id,
            "upstream_id": upstream.id,
            "position": position,
            "secret": self._cipher.seal(key.secret, table="upstream_keys", row_id=key.id),
            "fingerprint": key.fingerprint,
            "key_group": key.group,
            "disabled": int(key.disabled),
        }

    def _model(self, model: Model) -> None:
        fields = msgspec.structs.asdict(model)
        del fields["routes"], fields["price"], fields["limit"]
        fields["rate_limit"] = None if model.limit is None else _text(model.limit).decode()
        fields["routing"] = None if model.routing is None else _text(model.routing).decode()
        fields |= {name: _array(fields[name] or None) for name in ("aliases", "matches", "fallbacks")}
        fields["inputs"] = _array(model.inputs)
        price = model.price or Price(currency="", input=0, output=0)  # of no currency: an older version refuses it
        self._put(models, "name", fields | {name: getattr(price, name) for name in PRICED})
        self._execute(delete(model_routes).where(model_routes.c.model == model.name))
        for position, route in enumerate(model.routes):
            upstream_id = select(upstreams.c.id).where(upstreams.c.name == route.upstream).scalar_subquery()
            row = {"model": model.name, "position": position, "upstream_id": upstream_id, "upstream_model": route.model}
            self._execute(insert(model_routes).values(row | _traits(route)))

    def _tokens(self, wanted: tuple[Token, ...]) -> None:
        for token in wanted:  # two tokens may swap their secrets, which are unique at every moment
            self._execute(update(tokens).where(tokens.c.id == token.id).values(digest=urandom(32)))
        for token in wanted:
            self._token(token)

    def _token(self, token: Token) -> None:
        fields = msgspec.structs.asdict(token)
        del fields["revoked_at"], fields["former"]  # putting never brings a revoked one back
        budgets = fields.pop("budgets")
        fields |= {
            "all_models": int(fields.pop("models") is None),
            "addresses": _array(token.addresses),
            "dialects": _array(token.dialects),
            "tags": _array(token.tags),
            "paused": int(token.paused),
            "limits": _limits(token.limits),
            "created_at": self._at,
        }
        self._put(tokens, "id", fields)
        self._execute(delete(token_models).where(token_models.c.token_id == token.id))
        for position, name in enumerate(token.models or ()):
            self._execute(insert(token_models).values((token.id, position, name)))
        for former in token.former:
            row = {"digest": former.digest, "token_id": token.id, "hint": former.hint, "until": former.until}
            upsert(self._connection, former_secrets, "digest", row)
        self._budgets.put("token", token.id, token.organization_id, budgets)

    def _revoke(self, token_id: str) -> None:
        living = update(tokens).where(tokens.c.id == token_id, tokens.c.revoked_at.is_(None))
        self._execute(living.values(revoked_at=self._at))

    def _adopt(self, item: Item) -> None:
        table, key = _PLACES[item.kind]
        self._execute(update(table).where(table.c[key] == item.id).values(kept_by=self._kept_by))

    def _put(self, table: Table, key: str, fields: dict[str, Any]) -> None:
        """Insert, or update everything but the key and `created_at`."""
        upsert(self._connection, table, key, fields | {"kept_by": self._kept_by}, once=_ONCE)


def _traits(route: ModelRoute) -> dict[str, Any]:
    return {
        "tags": _array(route.tags or None),
        "inputs": _array(route.inputs),
        "context_length": route.context_length,
        "max_output_tokens": route.max_output_tokens,
    }


def _array(values: tuple[str, ...] | None) -> str | None:
    return None if values is None else _text(values).decode()


def _limits(limits: tuple[Limit, ...]) -> str | None:
    return _text(limits).decode() if limits else None
