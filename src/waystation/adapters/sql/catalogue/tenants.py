"""Who calls, read: organizations, what stands below them, and their sub-tokens, each with its budgets."""

from collections import defaultdict
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, select

from waystation.adapters.sql.tables.catalogue import former_secrets, token_models
from waystation.adapters.sql.tables.catalogue import nodes as nodes_
from waystation.adapters.sql.tables.catalogue import organizations as organizations_
from waystation.adapters.sql.tables.catalogue import tokens as tokens_
from waystation.adapters.sql.tables.ledger import budgets as budgets_
from waystation.wire.catalogue import Budget, FormerSecret, Node, Organization, Token
from waystation.wire.dialect import Dialect
from waystation.wire.limit import Limit

_texts: Final = msgspec.json.Decoder(tuple[str, ...]).decode
_dialects: Final = msgspec.json.Decoder(tuple[Dialect, ...]).decode
_limits: Final = msgspec.json.Decoder(tuple[Limit, ...]).decode
_percents: Final = msgspec.json.Decoder(tuple[int, ...]).decode


def organizations(connection: Connection) -> tuple[Organization, ...]:
    budgets = _budgets(connection, "organization")
    return tuple(
        Organization(
            id=row.id,
            name=row.name,
            retain_responses_days=row.retain_responses_days,
            kind=row.kind,
            time_zone=row.time_zone,
            currency=row.currency,
            price_group=row.price_group,
            models=_optional(row.models),
            budgets=tuple(budgets[row.id]),
            paused=bool(row.paused),
            limits=_limits_of(row),
        )
        for row in connection.execute(select(organizations_).order_by(organizations_.c.position))
    )


def nodes(connection: Connection) -> tuple[Node, ...]:
    """Those that are there; of removed ones only the rows stay."""
    budgets = _budgets(connection, "department", "project", "member")
    there = select(nodes_).where(nodes_.c.removed_at.is_(None)).order_by(nodes_.c.position)
    return tuple(
        Node(
            id=row.id,
            kind=row.kind,
            name=row.name,
            organization_id=row.organization_id,
            parent_id=row.parent_id,
            models=_optional(row.models),
            budgets=tuple(budgets[row.id]),
            paused=bool(row.paused),
            email=row.email,
            limits=_limits_of(row),
        )
        for row in connection.execute(there)
    )


def tokens(connection: Connection) -> tuple[Token, ...]:
    budgets = _budgets(connection, "token")
    models: defaultdict[str, list[str]] = defaultdict(list)
    for row in connection.execute(select(token_models).order_by(token_models.c.token_id, token_models.c.position)):
        models[row.token_id].append(row.model)
    former: defaultdict[str, list[FormerSecret]] = defaultdict(list)
    for row in connection.execute(select(former_secrets).order_by(former_secrets.c.until, former_secrets.c.digest)):
        former[row.token_id].append(FormerSecret(bytes(row.digest), row.hint, row.until))
    return tuple(
        _token(row, tuple(models[row.id]), tuple(budgets[row.id]), tuple(former[row.id]))
        for row in connection.execute(select(tokens_).order_by(tokens_.c.position))
    )


def _token(
    row: Row[Any], models: tuple[str, ...], budgets: tuple[Budget, ...], former: tuple[FormerSecret, ...]
) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        organization_id=row.organization_id,
        digest=bytes(row.digest),
        hint=row.hint,
        models=None if row.all_models else models,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        project_id=row.project_id,
        member_id=row.member_id,
        budgets=budgets,
        addresses=_optional(row.addresses),
        dialects=None if row.dialects is None else _dialects(row.dialects),
        tags=_texts(row.tags),
        retention=row.retention,
        paused=bool(row.paused),
        former=former,
        limits=_limits_of(row),
    )


def _budgets(connection: Connection, *owner_kinds: str) -> defaultdict[str, list[Budget]]:
    """By owner's id."""
    found: defaultdict[str, list[Budget]] = defaultdict(list)
    there = budgets_.c.owner_kind.in_(owner_kinds) & budgets_.c.removed_at.is_(None)
    for row in connection.execute(select(budgets_).where(there).order_by(budgets_.c.position, budgets_.c.id)):
        found[row.owner_id].append(budget_of(row))
    return found


def budget_of(row: Row[Any]) -> Budget:
    return Budget(
        amount_nanos=row.amount,
        currency=row.currency,
        period=row.period,
        id=row.id,
        hard=bool(row.hard),
        thresholds=_percents(row.thresholds),
        starts_on=row.starts_on,
        every=row.every,
        ends_on=row.ends_on,
    )


def _limits_of(row: Row[Any]) -> tuple[Limit, ...]:
    return () if row.limits is None else _limits(row.limits)


def _optional(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else _texts(text)
