"""Who calls and what they have spent, for commands."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from waystation.adapters.clock import SystemClock
from waystation.adapters.crypto import Cipher
from waystation.adapters.sql.catalogue import SqlRepository
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.windows import Alert, read_alerts, read_windows
from waystation.house.database import opened
from waystation.identity.standing import departments
from waystation.ledger.budget import window
from waystation.ledger.spending import Spending, spending_of
from waystation.manifest.finding import Owner, find_owner, owners
from waystation.manifest.repository import Snapshot
from waystation.settings import Settings
from waystation.wire.catalogue import Budget, Catalogue, Node, Organization


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the tree. `kind` and `path` name it; `paused` is its own, not that of what is above it."""

    kind: str
    path: str
    id: str
    paused: bool
    models: tuple[str, ...] | None
    spendings: tuple[Spending, ...]


class ToldAlert(msgspec.Struct, frozen=True, kw_only=True):
    owner: str
    amount_nanos: int
    currency: str
    period: str
    threshold: int
    at: float


def read_tenants(settings: Settings, path: str | None = None) -> list[Tenant]:
    """Everything, or what is at a path and below it: organizations first, then departments, projects, members, tokens.

    Raises: Misconfigured if nothing is there.
    """
    with opened(settings) as database:
        snapshot = _snapshot(settings, database)
        found = spendings_of(counted(snapshot.catalogue), database, SystemClock().now())
    wanted = below(snapshot, path)
    return [
        Tenant(
            kind=name.partition(":")[0],
            path=name.partition(":")[2],
            id=owner.id,
            paused=owner.paused,
            models=owner.models,
            spendings=tuple(one for one in found if one.owner == name),
        )
        for name, owner in wanted
    ]


class Counted(NamedTuple):
    """A budget, whose it is, and whose calendar it follows."""

    owner: str
    budget: Budget
    time_zone: str


def counted(catalogue: Catalogue) -> list[Counted]:
    """Every budget."""
    zones = {one.id: one.time_zone for one in catalogue.organizations}
    return [
        Counted(name, budget, zones[organization_of(owner)])
        for name, owner in owners(catalogue).items()
        for budget in owner.budgets
    ]


def spendings_of(budgets: list[Counted], database: Database, at: float) -> list[Spending]:
    """What has been spent in the window that is open at `at`. Raises: StoreUnavailable."""
    asked = [(one, window(one.budget, one.time_zone, at)) for one in budgets]
    with database.reading() as connection:
        keys = ((one.budget.id, open_.starts_at) for one, open_ in asked if open_ is not None)
        found = read_windows(connection, keys)
    return [
        spending_of(
            one.owner, one.budget, open_, None if open_ is None else found.get((one.budget.id, open_.starts_at))
        )
        for one, open_ in asked
    ]


def organization_of(owner: Owner) -> str:
    return owner.id if isinstance(owner, Organization) else owner.organization_id


def below(snapshot: Snapshot, path: str | None) -> Iterable[tuple[str, Owner]]:
    """By kind and path, everything or what is at a path and below it. Raises: Misconfigured."""
    known = owners(snapshot.catalogue)
    if path is None:
        return known.items()
    top = find_owner(snapshot, path)
    nodes = {node.id: node for node in snapshot.catalogue.nodes}
    return [(name, owner) for name, owner in known.items() if owner is top or top.id in _above(owner, nodes)]


def read_budget_alerts(settings: Settings, *, limit: int) -> list[ToldAlert]:
    """The newest first. Budgets that are gone have no owner any more."""
    with opened(settings) as database:
        with database.reading() as connection:
            alerts = read_alerts(connection, limit=limit)
        snapshot = _snapshot(settings, database)
    known = {one.budget.id: one for one in counted(snapshot.catalogue)}
    return [_told(known[alert.budget_id], alert) for alert in alerts if alert.budget_id in known]


def _told(about: Counted, alert: Alert) -> ToldAlert:
    budget = about.budget
    return ToldAlert(
        owner=about.owner,
        amount_nanos=budget.amount_nanos,
        currency=budget.currency,
        period=budget.period,
        threshold=alert.threshold,
        at=alert.at,
    )


def _snapshot(settings: Settings, database: Database) -> Snapshot:
    repository = SqlRepository(database, Cipher.from_settings(settings))
    with repository.reading():
        return repository.snapshot()


def _above(owner: Owner, nodes: Mapping[str, Node]) -> set[str]:
    """The ids of all that it stands below."""
    if isinstance(owner, Organization):
        return set()
    if isinstance(owner, Node):
        return {owner.organization_id, *(node.id for node in departments(owner.parent_id, nodes))}
    found = {owner.organization_id}
    for node_id in (owner.project_id, owner.member_id):
        if node_id is not None:
            found |= {node_id, *_above(nodes[node_id], nodes)}
    return found
