"""What spans the entries of an organization: its names are unique, its models exist, and what costs can be paid."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from waystation.manifest.document import Document
from waystation.manifest.mistakes import Loc, Report, dotted
from waystation.manifest.outcome import Outcome
from waystation.manifest.repository import Snapshot
from waystation.manifest.resolve import Desired
from waystation.manifest.schema import DepartmentEntry, LimitedEntry, OrganizationEntry, TokenEntry
from waystation.wire.catalogue import Model


def check_tenants(document: Document, snapshot: Snapshot, desired: Desired, result: Outcome, report: Report) -> None:
    """Mistakes go into the report."""
    ids = {organization.name: organization.id for organization in desired.organizations}
    for at in document.organizations:
        opened = {money.currency for money in snapshot.wallets.get(ids[at.entry.name], ())}
        wallets = frozenset(opened | {money.currency for money in at.entry.opening_credit})
        payer = _Payer(at.entry.name, wallets, at.entry.currency)
        for loc, entry in _limited(at.loc, at.entry):
            _check_budgets(loc, entry, payer, report)
            _check_models(loc, entry, payer, result, report)
        tokens = [((*at.loc, "tokens", index), token) for index, token in enumerate(at.entry.tokens)]
        unique(((loc, token.name) for loc, token in tokens), report)
        for loc, token in tokens:
            if token.models is None:
                _check_any_model(loc, payer, result, report)


def unique(entries: Iterable[tuple[Loc, str]], report: Report) -> None:
    first: dict[str, Loc] = {}
    for loc, name in entries:
        if name in first:
            line = report.line((*first[name], "name"))
            report.add((*loc, "name"), f"{name!r} is the name of {dotted(first[name])} (line {line}) already")
        first.setdefault(name, loc)


@dataclass(frozen=True, slots=True)
class _Payer:
    """An organization that tokens belong to, and the currencies of its wallets, those to be opened too.

    `currency`: what all is billed in, None if each call is in that of its price.
    """

    name: str
    wallets: frozenset[str]
    currency: str | None

    def billed(self, model: Model) -> str:
        """Empty if there is no price, or its own mistake has been told."""
        price = "" if model.price is None else model.price.currency
        return price and (self.currency or price)

    def lacks(self, currency: str) -> str:
        there = f"only in {', '.join(sorted(self.wallets))}" if self.wallets else "none at all"
        return (
            f"organization {self.name!r} has no wallet in {currency}, {there}: give it an opening_credit in {currency}"
        )


def _limited(loc: Loc, entry: OrganizationEntry) -> Iterator[tuple[Loc, LimitedEntry]]:
    """Everything in an organization that may have budgets and models, itself first."""
    yield loc, entry
    yield from _departments((*loc, "departments"), entry.departments)
    lists: dict[str, Iterable[LimitedEntry]] = {
        "projects": entry.projects,
        "members": entry.members,
        "tokens": entry.tokens,
    }
    for name, entries in lists.items():
        yield from (((*loc, name, index), one) for index, one in enumerate(entries))


def _departments(loc: Loc, entries: list[DepartmentEntry]) -> Iterator[tuple[Loc, LimitedEntry]]:
    for index, entry in enumerate(entries):
        yield (*loc, index), entry
        yield from _departments((*loc, index, "departments"), entry.departments)


def _check_budgets(loc: Loc, entry: LimitedEntry, payer: _Payer, report: Report) -> None:
    for place, budget in entry.all_budgets():
        if budget.amount.currency not in payer.wallets:
            report.add((*loc, *place, "amount"), payer.lacks(budget.amount.currency))


def _check_models(loc: Loc, entry: LimitedEntry, payer: _Payer, result: Outcome, report: Report) -> None:
    for place, limit in entry.all_limits():
        if limit.model is not None:
            _check_known((*loc, *place, "model"), limit.model, result, report)
    models = entry.models or []
    for index, name in enumerate(models):
        where: Loc = (*loc, "models", index)
        if name in models[:index]:
            report.add(where, f"{name!r} is listed twice")
        elif name in result.models:
            if isinstance(entry, TokenEntry):
                _check_model(where, entry, result.models[name], payer, report)
        else:
            _check_known(where, name, result, report)


def _check_known(loc: Loc, name: str, result: Outcome, report: Report) -> None:
    if name not in result.models and ("models", name) not in result.faulty:
        report.add(loc, f"there is no model {name!r}; there are: {', '.join(sorted(result.models)) or 'none'}")


def _check_any_model(loc: Loc, payer: _Payer, result: Outcome, report: Report) -> None:
    """A token for all models must be able to pay for one: not for all, lest one model's currency break every token."""
    currencies = {payer.billed(model) for model in result.models.values()} - {""}
    if currencies and not currencies & payer.wallets:
        report.add(loc, payer.lacks(" or ".join(sorted(currencies))))


def _check_model(loc: Loc, token: TokenEntry, model: Model, payer: _Payer, report: Report) -> None:
    currency = payer.billed(model)
    if not currency:
        return
    if currency not in payer.wallets:
        report.add(loc, payer.lacks(currency))
        return
    for _, budget in token.all_budgets():
        other = budget.amount.currency
        if budget.hard and other != currency:
            report.add(loc, f"its price is in {currency}, which the token's budget in {other} can't cover")
