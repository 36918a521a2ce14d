"""What has been spent of a budget, for people and for programs."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from waystation.wire.money import Money, decimal_of

if TYPE_CHECKING:
    from waystation.ledger.spending import Spending


def line(spending: "Spending") -> str:
    from waystation.manifest.facets import budget_text

    currency = spending.budget.currency
    text = f"{budget_text(spending.budget)}: {Money(spending.spent_nanos, currency)} spent"
    if spending.held_nanos:
        text += f", {Money(spending.held_nanos, currency)} held"
    if spending.limit_nanos != spending.budget.amount_nanos:
        text += f", {Money(spending.limit_nanos - spending.budget.amount_nanos, currency)} transferred in"
    text += f", {decimal_of(spending.left_nanos)} left"
    if spending.window is None:
        return f"{text} (not now)"
    resets_at = spending.window.resets_at
    return text if resets_at is None else f"{text}, until {_time(resets_at)}"


def row(spending: "Spending") -> dict[str, object]:
    """Amounts are in nano-units, times are RFC 3339."""
    budget, window = spending.budget, spending.window
    return {
        "owner": spending.owner,
        "id": budget.id,
        "period": budget.period,
        "currency": budget.currency,
        "hard": budget.hard,
        "alerts": budget.thresholds,
        "starts": budget.starts_on,
        "every": budget.every,
        "ends": budget.ends_on,
        "amount_nanos": budget.amount_nanos,
        "limit_nanos": spending.limit_nanos,
        "spent_nanos": spending.spent_nanos,
        "held_nanos": spending.held_nanos,
        "left_nanos": spending.left_nanos,
        "window_starts": None if window is None else _time(window.starts_at),
        "window_resets": None if window is None or window.resets_at is None else _time(window.resets_at),
    }


def _time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
