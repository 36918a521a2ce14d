"""What spans several entries: names are unique, what is named exists, and what costs can be paid."""

from collections import Counter
from collections.abc import Mapping

from waystation.identity.standing import words
from waystation.ledger.posting import AMOUNT_MAX
from waystation.manifest.document import Document
from waystation.manifest.mistakes import Report
from waystation.manifest.naming_checks import check_names
from waystation.manifest.outcome import Outcome
from waystation.manifest.prices import check_prices
from waystation.manifest.repository import Snapshot
from waystation.manifest.resolve import Desired
from waystation.manifest.tenant_checks import check_tenants, unique
from waystation.wire.catalogue import Token
from waystation.wire.money import Money


def check(document: Document, snapshot: Snapshot, desired: Desired, result: Outcome, report: Report) -> None:
    """Mistakes go into the report."""
    unique(((at.loc, at.entry.name) for at in document.upstreams), report)
    unique(((at.loc, at.entry.name) for at in document.models), report)
    unique(((at.loc, at.entry.name) for at in document.organizations), report)
    _check_routes(document, result, report)
    check_names(document, result, report)
    ids = {organization.name: organization.id for organization in desired.organizations}
    check_tenants(document, snapshot, desired, result, report)
    check_prices(
        document,
        set(result.models),
        set(result.upstreams),
        {one.name for one in (*snapshot.catalogue.organizations, *desired.organizations)},
        report,
    )
    _check_credits(document, snapshot, ids, report)
    _check_remains(snapshot, result, report)


def _check_routes(document: Document, result: Outcome, report: Report) -> None:
    for at in document.models:
        for index, route in enumerate(at.entry.routes):
            if route.upstream not in result.upstreams and ("upstreams", route.upstream) not in result.faulty:
                known = ", ".join(sorted(result.upstreams)) or "none"
                loc = (*at.loc, "routes", index, "upstream")
                report.add(loc, f"there is no upstream {route.upstream!r}; there are: {known}")


def _check_credits(document: Document, snapshot: Snapshot, ids: Mapping[str, str], report: Report) -> None:
    """All opening credits of a currency are booked on one account, whose sum must fit into it like any amount."""
    given: Counter[str] = Counter()
    for opened in snapshot.wallets.values():
        for money in opened:
            given[money.currency] += money.nanos
    for at in document.organizations:
        there = {money.currency for money in snapshot.wallets.get(ids[at.entry.name], ())}
        for index, money in enumerate(at.entry.opening_credit):
            if money.currency in there:
                continue
            given[money.currency] += money.nanos
            if given[money.currency] > AMOUNT_MAX:
                most = Money(AMOUNT_MAX, money.currency)
                report.add((*at.loc, "opening_credit", index), f"all opening credits together: expected at most {most}")


def _check_remains(snapshot: Snapshot, result: Outcome, report: Report) -> None:
    """What the file does not name and pruning leaves must not hang on what pruning takes."""
    nodes = {node.id: node for node in snapshot.catalogue.nodes}
    for item in sorted(result.gone, key=lambda item: (item.kind, item.id)):
        if item.kind == "model":
            what, users = f"model {item.id!r}", [f"token {token.name!r}" for token in _listing(item.id, result)]
            wrong = "lists it: revoke that token first"
        elif item.id in nodes:
            what, users = words(nodes[item.id], nodes), _below(item.id, result)
            wrong = "stands below it: remove that first"
        else:
            continue
        if users:
            report.add((), f"--prune would remove {what}, but {users[0]} {wrong}")


def _listing(model: str, result: Outcome) -> list[Token]:
    return [token for token in result.tokens if token.models is not None and model in token.models]


def _below(node_id: str, result: Outcome) -> list[str]:
    tokens = [f"token {token.name!r}" for token in result.tokens if node_id in {token.project_id, token.member_id}]
    return tokens + [f"{node.kind} {node.name!r}" for node in result.nodes if node.parent_id == node_id]
