"""The budgets that an entry of the file asks for."""

import msgspec

from waystation.ledger.budget import budget_id
from waystation.manifest.mistakes import Loc, Report
from waystation.manifest.schema import BudgetEntry, LimitedEntry
from waystation.wire.catalogue import Budget


def budgets_of(
    loc: Loc, entry: LimitedEntry, owner_id: str, current: tuple[Budget, ...], report: Report
) -> tuple[Budget, ...]:
    """One that is there already keeps its id, and so what was spent of it. Two of one calendar are a mistake."""
    ids = {budget_id(owner_id, budget): budget.id for budget in current}
    found: dict[str, Budget] = {}
    for place, wanted in entry.all_budgets():
        _check((*loc, *place), wanted, report)
        budget = _budget(wanted)
        sought = budget_id(owner_id, budget)
        id_ = ids.get(sought, sought)
        if id_ in found:
            report.add((*loc, *place), "a second budget of the same period and currency: keep one")
        found[id_] = msgspec.structs.replace(budget, id=id_)
    return tuple(found.values())


def _budget(entry: BudgetEntry) -> Budget:
    return Budget(
        amount_nanos=entry.amount.nanos,
        currency=entry.amount.currency,
        period=entry.period,
        hard=entry.hard,
        thresholds=tuple(sorted(set(entry.alerts))),
        starts_on=entry.starts,
        every=entry.every,
        ends_on=entry.ends,
    )


def _check(loc: Loc, entry: BudgetEntry, report: Report) -> None:
    if entry.period != "custom":
        for name, value in (("starts", entry.starts), ("every", entry.every), ("ends", entry.ends)):
            if value is not None:
                report.add((*loc, name), f"only a custom period has one, and this one is {entry.period!r}")
    elif entry.starts is None:
        report.add((*loc, "starts"), "missing: say the day on which a custom period begins")
    elif entry.ends is not None and entry.ends < entry.starts:
        report.add((*loc, "ends"), f"before its beginning, {entry.starts}")
