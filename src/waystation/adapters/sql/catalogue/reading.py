"""The catalogue as one value: upstreams and models here, who calls in `tenants`."""

from collections import defaultdict
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, select

from waystation.adapters.crypto import Cipher
from waystation.adapters.sql.catalogue import tenants
from waystation.adapters.sql.prices import load_prices
from waystation.adapters.sql.tables.catalogue import catalogue, model_routes, models, upstream_keys, upstreams
from waystation.wire.catalogue import (
    Catalogue,
    Ceilings,
    Modality,
    Model,
    ModelRoute,
    Timeouts,
    Upstream,
    UpstreamKey,
)
from waystation.wire.dialect import Dialect
from waystation.wire.limit import Limit
from waystation.wire.overrides import Overrides
from waystation.wire.price import Price
from waystation.wire.routing import BreakerSettings, Routing

# A model's own price; those in the book have tables of their own.
PRICED: Final = (
    "currency",
    "input",
    "output",
    "cache_read_input",
    "cache_creation_input",
    "cache_creation_1h_input",
    "reasoning_output",
)

_MODEL_LIMITS: Final = tuple[tuple[str, Ceilings], ...]


def load(connection: Connection, cipher: Cipher) -> Catalogue:
    """Everything, in the order in which it was made. Call it inside a transaction that sees one moment.

    Raises: Misconfigured if a secret does not open.
    """
    return Catalogue(
        revision=revision(connection),
        upstreams=_upstreams(connection, cipher),
        models=_models(connection),
        organizations=tenants.organizations(connection),
        nodes=tenants.nodes(connection),
        tokens=tenants.tokens(connection),
        prices=load_prices(connection),
    )


def revision(connection: Connection) -> int:
    return int(connection.execute(select(catalogue.c.revision)).scalar_one())


def _upstreams(connection: Connection, cipher: Cipher) -> tuple[Upstream, ...]:
    keys: defaultdict[str, list[UpstreamKey]] = defaultdict(list)
    for row in connection.execute(select(upstream_keys).order_by(upstream_keys.c.position)):
        secret = cipher.unseal(row.secret, table="upstream_keys", row_id=row.id)
        key = UpstreamKey(row.id, secret, row.fingerprint, row.key_group, bool(row.disabled))
        keys[row.upstream_id].append(key)
    return tuple(
        Upstream(
            id=row.id,
            name=row.name,
            vendor=row.vendor,
            base_url=row.base_url,
            keys=tuple(keys[row.id]),
            priority=row.priority,
            weight=row.weight,
            proxy=None if row.proxy is None else cipher.unseal(row.proxy, table="upstreams", row_id=row.id),
            ca_file=row.ca_file,
            timeouts=Timeouts(row.connect_s, row.first_byte_s, row.idle_s, row.total_s),
            dialects=None if row.dialects is None else msgspec.convert(row.dialects.split(), tuple[Dialect, ...]),
            overrides=_overrides(row, cipher),
            key_limits=None if row.key_limits is None else msgspec.json.decode(row.key_limits, type=Ceilings),
            model_limits=() if row.model_limits is None else msgspec.json.decode(row.model_limits, type=_MODEL_LIMITS),
            breaker=None if row.breaker is None else msgspec.json.decode(row.breaker, type=BreakerSettings),
            tags=_names(row.tags),
        )
        for row in connection.execute(select(upstreams).order_by(upstreams.c.position))
    )


def _overrides(row: Row[Any], cipher: Cipher) -> Overrides | None:
    if row.overrides is None:
        return None
    text = cipher.unseal(row.overrides, table="upstreams.overrides", row_id=row.id)
    return msgspec.json.decode(text, type=Overrides)


def _models(connection: Connection) -> tuple[Model, ...]:
    routes: defaultdict[str, list[ModelRoute]] = defaultdict(list)
    of_upstreams = select(model_routes, upstreams.c.name).join(upstreams, upstreams.c.id == model_routes.c.upstream_id)
    for row in connection.execute(of_upstreams.order_by(model_routes.c.model, model_routes.c.position)):
        routes[row.model].append(_route(row))
    return tuple(
        Model(
            name=row.name,
            routes=tuple(routes[row.name]),
            price=_price(row),
            max_output_tokens=row.max_output_tokens,
            created_at=row.created_at,
            limit=None if row.rate_limit is None else msgspec.json.decode(row.rate_limit, type=Limit),
            routing=None if row.routing is None else msgspec.json.decode(row.routing, type=Routing),
            aliases=_names(row.aliases),
            matches=_names(row.matches),
            fallbacks=_names(row.fallbacks),
            context_length=row.context_length,
            inputs=_inputs(row.inputs),
        )
        for row in connection.execute(select(models).order_by(models.c.position))
    )


def _route(row: Row[Any]) -> ModelRoute:
    return ModelRoute(
        row.name,
        row.upstream_model,
        tags=_names(row.tags),
        context_length=row.context_length,
        max_output_tokens=row.max_output_tokens,
        inputs=_inputs(row.inputs),
    )


def _names(text: str | None) -> tuple[str, ...]:
    return () if text is None else msgspec.json.decode(text, type=tuple[str, ...])


def _inputs(text: str | None) -> tuple[Modality, ...] | None:
    return None if text is None else msgspec.json.decode(text, type=tuple[Modality, ...])


def _price(row: Row[Any]) -> Price | None:
    return Price(**{name: getattr(row, name) for name in PRICED}) if row.currency else None
