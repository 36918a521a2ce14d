import pytest
from msgspec.structs import replace

from waystation.ledger.budget import budget_id
from waystation.manifest.budgets import budgets_of
from waystation.manifest.mistakes import Rejected, Report
from waystation.manifest.schema import LimitedEntry
from waystation.wire.catalogue import Budget


def asked(current: tuple[Budget, ...] = (), said: str | None = None, **fields: object) -> tuple[Budget, ...]:
    report = Report("f.yaml")
    found = budgets_of(("tokens", 0), LimitedEntry.model_validate(fields), "tok_1", current, report)
    if said is None:
        report.raise_if_any()
    else:
        with pytest.raises(Rejected) as caught:
            report.raise_if_any()
        assert said in caught.value.message
    return found


def test_one_or_several_may_be_asked_for() -> None:
    monthly, total = {"amount": "10 USD", "period": "month"}, {"amount": "50 USD"}
    assert [budget.period for budget in asked(budget=monthly)] == ["month"]
    assert [budget.period for budget in asked(budgets=[monthly, total])] == ["month", "total"]
    assert [budget.period for budget in asked(budget=total, budgets=[monthly])] == ["total", "month"]
    assert asked() == ()


def test_a_budget_has_its_calendar_and_what_is_told() -> None:
    (found,) = asked(
        budget={
            "amount": "10 USD",
            "period": "custom",
            "hard": False,
            "alerts": [80, 50, 80],
            "starts": "2026-01-31",
            "every": "3 months",
            "ends": "2026-12-31",
        }
    )
    plain = Budget(10_000_000_000, "USD", "custom", "", False, (50, 80), "2026-01-31", "3 months", "2026-12-31")
    assert found == replace(plain, id=budget_id("tok_1", plain))


def test_a_budget_that_is_there_keeps_its_id() -> None:
    before = Budget(5, "USD", "month", id="tok_1")
    (changed,) = asked((before,), budget={"amount": "10 USD", "period": "month"})
    assert (changed.id, changed.amount_nanos) == ("tok_1", 10_000_000_000)
    (other,) = asked((before,), budget={"amount": "10 CNY", "period": "month"})
    assert other.id.startswith("bud_")


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        ({"period": "month", "starts": "2026-01-01"}, "budget.starts: only a custom period has one"),
        ({"every": "14 days"}, "budget.every: only a custom period has one, and this one is 'total'"),
        ({"period": "custom"}, "budget.starts: missing: say the day"),
        ({"period": "custom", "starts": "2026-02-01", "ends": "2026-01-31"}, "budget.ends: before its beginning"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_a_mistake(budget: dict[str, object], said: str) -> None:
    asked(budget={"amount": "1 USD"} | budget, said=said)


def test_two_of_one_calendar_are_a_mistake() -> None:
    one = {"amount": "1 USD", "period": "day"}
    asked(budget=one, budgets=[one], said="a second budget of the same period and currency")
