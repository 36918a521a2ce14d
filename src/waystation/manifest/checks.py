"""What spans several entries: names are unique, what is named exists, and what costs can be paid."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from waystation.ledger.posting import AMOUNT_MAX
from waystation.manifest.document import Document
from waystation.manifest.mistakes import Loc, Report, dotted
from waystation.manifest.prices import check_prices
from waystation.manifest.repository import Item, Snapshot
from waystation.manifest.resolve import Desired
from waystation.manifest.schema import TokenEntry
from waystation.wire.catalogue import Model, Token, Upstream
from waystation.wire.money import Money


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The catalogue as it would be. `gone`: what pruning takes; `tokens`: those that the file does not name."""

    upstreams: dict[str, Upstream]
    models: dict[str, Model]
    tokens: tuple[Token, ...]
    gone: frozenset[Item]
    faulty: frozenset[tuple[str, str]]


def outcome(document: Document, snapshot: Snapshot, desired: Desired, *, prune: bool) -> Outcome:
    """Pruning takes what a file put there and this one does not name. Organizations stay: they have books."""
    current = snapshot.catalogue
    named = {
        *(Item("upstream", upstream.id) for upstream in desired.upstreams),
        *(Item("model", model.name) for model in desired.models),
        *(Item("organization", organization.id) for organization in desired.organizations),
        *(Item("token", token.id) for token in desired.tokens),
    }
    ended = {Item("token", token.id) for token in current.tokens if token.revoked_at is not None}
    gone = frozenset(
        item
        for item, keeper in snapshot.kept_by.items()
        if prune and keeper == "file" and item.kind != "organization" and item not in named and item not in ended
    )
    upstreams = [upstream for upstream in current.upstreams if Item("upstream", upstream.id) not in gone]
    models = [model for model in current.models if Item("model", model.name) not in gone]
    return Outcome(
        upstreams={upstream.name: upstream for upstream in (*upstreams, *desired.upstreams)},
        models={model.name: model for model in (*models, *desired.models)},
        tokens=tuple(token for token in current.tokens if Item("token", token.id) not in gone | named | ended),
        gone=gone,
        faulty=document.faulty,
    )


def check(document: Document, snapshot: Snapshot, desired: Desired, result: Outcome, report: Report) -> None:
    """Mistakes go into the report."""
    _unique(((at.loc, at.entry.name) for at in document.upstreams), report)
    _unique(((at.loc, at.entry.name) for at in document.models), report)
    _unique(((at.loc, at.entry.name) for at in document.organizations), report)
    _check_routes(document, result, report)
    ids = {organization.name: organization.id for organization in desired.organizations}
    for at in document.organizations:
        opened = {money.currency for money in snapshot.wallets.get(ids[at.entry.name], ())}
        payer = _Payer(at.entry.name, frozenset(opened | {money.currency for money in at.entry.opening_credit}))
        tokens = [((*at.loc, "tokens", index), token) for index, token in enumerate(at.entry.tokens)]
        _unique(((loc, token.name) for loc, token in tokens), report)
        for loc, token in tokens:
            _check_token(loc, token, payer, result, report)
    check_prices(
        document,
        set(result.models),
        set(result.upstreams),
        {one.name for one in (*snapshot.catalogue.organizations, *desired.organizations)},
        report,
    )
    _check_credits(document, snapshot, ids, report)
    _check_remains(result, report)


def _unique(entries: Iterable[tuple[Loc, str]], report: Report) -> None:
    first: dict[str, Loc] = {}
    for loc, name in entries:
        if name in first:
            line = report.line((*first[name], "name"))
            report.add((*loc, "name"), f"{name!r} is the name of {dotted(first[name])} (line {line}) already")
        first.setdefault(name, loc)


def _check_routes(document: Document, result: Outcome, report: Report) -> None:
    for at in document.models:
        for index, route in enumerate(at.entry.routes):
            if route.upstream not in result.upstreams and ("upstreams", route.upstream) not in result.faulty:
                known = ", ".join(sorted(result.upstreams)) or "none"
                loc = (*at.loc, "routes", index, "upstream")
                report.add(loc, f"there is no upstream {route.upstream!r}; there are: {known}")


@dataclass(frozen=True, slots=True)
class _Payer:
    """An organization that tokens belong to, and the currencies of its wallets, those to be opened too."""

    name: str
    wallets: frozenset[str]

    def lacks(self, currency: str) -> str:
        there = f"only in {', '.join(sorted(self.wallets))}" if self.wallets else "none at all"
        return (
            f"organization {self.name!r} has no wallet in {currency}, {there}: give it an opening_credit in {currency}"
        )


def _check_token(loc: Loc, token: TokenEntry, payer: _Payer, result: Outcome, report: Report) -> None:
    if token.budget is not None and token.budget.amount.currency not in payer.wallets:
        report.add((*loc, "budget", "amount"), payer.lacks(token.budget.amount.currency))
    if token.models is None:
        _check_any_model(loc, payer, result, report)
        return
    for index, name in enumerate(token.models):
        where: Loc = (*loc, "models", index)
        if name in token.models[:index]:
            report.add(where, f"{name!r} is listed twice")
        elif name in result.models:
            _check_model(where, token, result.models[name], payer, report)
        elif ("models", name) not in result.faulty:
            report.add(where, f"there is no model {name!r}; there are: {', '.join(sorted(result.models)) or 'none'}")


def _check_any_model(loc: Loc, payer: _Payer, result: Outcome, report: Report) -> None:
    """A token for all models must be able to pay for one: not for all, lest one model's currency break every token."""
    currencies = {model.price.currency for model in result.models.values() if model.price is not None} - {""}
    if currencies and not currencies & payer.wallets:
        report.add(loc, payer.lacks(" or ".join(sorted(currencies))))


def _check_model(loc: Loc, token: TokenEntry, model: Model, payer: _Payer, report: Report) -> None:
    currency = "" if model.price is None else model.price.currency
    if not currency:
        return  # the model's own mistake has been told
    if currency not in payer.wallets:
        report.add(loc, payer.lacks(currency))
    elif token.budget is not None and token.budget.amount.currency != currency:
        budget = token.budget.amount.currency
        report.add(loc, f"its price is in {currency}, which the token's budget in {budget} can't cover")


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


def _check_remains(result: Outcome, report: Report) -> None:
    """What the file does not name and pruning leaves must not hang on what pruning takes."""
    for item in sorted(result.gone, key=lambda item: (item.kind, item.id)):
        if item.kind != "model":
            continue
        users = [token.name for token in result.tokens if token.models is not None and item.id in token.models]
        if users:
            report.add(
                (), f"--prune would remove model {item.id!r}, but token {users[0]!r} lists it: revoke that token first"
            )
