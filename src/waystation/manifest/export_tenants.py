"""Who calls, as a file says it: organizations with all that is below them. What is as it is by default is left out."""

from collections import defaultdict

from waystation.identity.standing import path_of
from waystation.manifest.facets import time_text
from waystation.manifest.repository import Snapshot
from waystation.manifest.variables import escape
from waystation.wire.catalogue import Budget, Catalogue, Node, Organization, Token
from waystation.wire.limit import Limit
from waystation.wire.money import Money

Fields = dict[str, object]


def organizations(snapshot: Snapshot) -> list[Fields]:
    below = _Below(snapshot.catalogue)
    return [
        _organization(organization, snapshot.wallets.get(organization.id, ()), below)
        for organization in snapshot.catalogue.organizations
    ]


class _Below:
    """What stands below whom."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.nodes = {node.id: node for node in catalogue.nodes}
        self._children: defaultdict[tuple[str, str, str | None], list[Node]] = defaultdict(list)
        self._tokens: defaultdict[str, list[Token]] = defaultdict(list)
        for node in catalogue.nodes:
            parent_id = node.parent_id if node.kind == "department" else None
            self._children[node.organization_id, node.kind, parent_id].append(node)
        for token in catalogue.tokens:
            if token.revoked_at is None:
                self._tokens[token.organization_id].append(token)

    def departments(self, organization_id: str, parent_id: str | None = None) -> list[Fields]:
        found = []
        for node in self._children[organization_id, "department", parent_id]:
            inner = self.departments(organization_id, node.id)
            found.append(_limited(node) | ({"departments": inner} if inner else {}))
        return found

    def others(self, organization_id: str, kind: str) -> list[Fields]:
        found = []
        for node in self._children[organization_id, kind, None]:
            above = {} if node.parent_id is None else {"department": escape(self._path(node.parent_id))}
            email = {} if node.email is None else {"email": escape(node.email)}
            found.append(_limited(node) | above | email)
        return found

    def tokens(self, organization_id: str) -> list[Fields]:
        return [self._token(token) for token in self._tokens[organization_id]]

    def _path(self, node_id: str) -> str:
        return path_of(self.nodes[node_id], self.nodes)

    def _token(self, token: Token) -> Fields:
        optional: dict[str, object] = {
            "expires": None if token.expires_at is None else time_text(token.expires_at),
            "project": None if token.project_id is None else escape(self._path(token.project_id)),
            "member": None if token.member_id is None else escape(self._path(token.member_id)),
            "addresses": _list(token.addresses),
            "dialects": _list(token.dialects),
            "tags": list(token.tags) or None,
            "retention": None if token.retention == "organization" else token.retention,
        }
        secret: Fields = {"digest": f"sha256:{token.digest.hex()}", "hint": escape(token.hint)}
        limited = _limited(token)
        return {"name": limited.pop("name")} | secret | limited | _given(optional)


def _organization(organization: Organization, wallets: tuple[Money, ...], below: _Below) -> Fields:
    openings = [str(money) for money in wallets]
    optional: dict[str, object] = {
        "kind": None if organization.kind == "organization" else organization.kind,
        "time_zone": None if organization.time_zone == "UTC" else organization.time_zone,
        "currency": organization.currency,
        "price_group": organization.price_group,
        "opening_credit": openings[0] if len(openings) == 1 else openings or None,
        "retain_responses_days": organization.retain_responses_days or None,
        "departments": below.departments(organization.id) or None,
        "projects": below.others(organization.id, "project") or None,
        "members": below.others(organization.id, "member") or None,
        "tokens": below.tokens(organization.id) or None,
    }
    return _limited(organization) | _given(optional)


def _limited(thing: Organization | Node | Token) -> Fields:
    budgets = [_budget(budget) for budget in thing.budgets]
    limits = [limit_fields(limit) for limit in thing.limits]
    optional: dict[str, object] = {
        "models": _list(thing.models),
        "budget": budgets[0] if len(budgets) == 1 else None,
        "budgets": budgets if len(budgets) > 1 else None,
        "limit": limits[0] if len(limits) == 1 else None,
        "limits": limits if len(limits) > 1 else None,
        "paused": thing.paused or None,
    }
    return {"name": escape(thing.name)} | _given(optional)


def _budget(budget: Budget) -> Fields:
    optional: dict[str, object] = {
        "hard": None if budget.hard else False,
        "alerts": list(budget.thresholds) or None,
        "starts": budget.starts_on,
        "every": budget.every,
        "ends": budget.ends_on,
    }
    return {"amount": str(Money(budget.amount_nanos, budget.currency)), "period": budget.period} | _given(optional)


def limit_fields(limit: Limit) -> Fields:
    fields: Fields = {
        "rpm": limit.rpm,
        "tpm": limit.tpm,
        "concurrency": limit.concurrency,
        "queue": limit.queue or None,
        "queue_s": limit.queue_s or None,
        "model": limit.model,
    }
    return _given(fields)


def _list(values: tuple[str, ...] | None) -> list[str] | None:
    return None if values is None else list(values)


def _given(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if value is not None}
