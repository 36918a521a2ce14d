from datetime import datetime
from math import inf
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from tests.identity.tenants import ACME, budget, token
from waystation.ledger.hold import Ceilings, Owned, Payer, ceilings_for, refusal
from waystation.wire.booking import Ceiling, HoldOrder, Refused
from waystation.wire.catalogue import Budget
from waystation.wire.errors import InsufficientQuota, InvalidToken

WALLET = Ceiling("wallet", "org_1", "USD")
UTC_ACME = replace(ACME, time_zone="UTC")


def at(text: str, zone: str = "Asia/Shanghai") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


NOVEMBER_18 = at("2026-11-18T13:14:15")
NOVEMBER, DECEMBER = at("2026-11-01"), at("2026-12-01")


def payer(*budgets: Budget, owner: str = "department '研发/平台'", zone: str = "Asia/Shanghai") -> Payer:
    return Payer(token(), replace(ACME, time_zone=zone), tuple(Owned(owner, one) for one in budgets))


def ceilings(*budgets: Budget, now: float = NOVEMBER_18) -> Ceilings:
    return ceilings_for(payer(*budgets), "USD", now)


def told(refused: Refused, of: Payer) -> str:
    order = HoldOrder(
        hold_id="hold_1",
        token_id="tok_1",
        ceilings=(WALLET,),
        amount_nanos=250_000_000,
        at=NOVEMBER_18,
        expires_at=NOVEMBER_18 + 60,
    )
    error = refusal(refused, order, of)
    assert isinstance(error, InsufficientQuota)
    return error.message


def lacking(one: Budget, left: int = 0, limit: int = 10_000_000_000) -> Refused:
    return Refused("budget", Ceiling("budget", one.id, one.currency, one.period, NOVEMBER), left, limit)


def test_without_budgets_a_call_is_held_on_the_wallet_for_ever() -> None:
    assert ceilings() == Ceilings((WALLET,), 0.0, inf)


def test_each_budget_is_held_in_the_window_that_is_open() -> None:
    daily, monthly, total = budget("bud_d", period="day"), budget("bud_m"), budget("bud_t", period="total")
    assert ceilings(daily, monthly, total) == Ceilings(
        (
            Ceiling("budget", "bud_d", "USD", "day", at("2026-11-18")),
            Ceiling("budget", "bud_m", "USD", "month", NOVEMBER),
            Ceiling("budget", "bud_t", "USD", "total", 0),
            WALLET,
        ),
        at("2026-11-18"),
        at("2026-11-19"),
    )


def test_a_budget_that_refuses_and_can_t_cover_any_call_refuses_at_once() -> None:
    with pytest.raises(InsufficientQuota) as refused:
        ceilings(budget("bud_m", currency="CNY"))
    assert refused.value.message == (
        "The budget of department '研发/平台' is in CNY, and this model's price is in USD. "
        "Ask whoever runs this gateway for a budget in USD."
    )


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "words"),
    [
        ("2026-01-01", "2026-06-30", "is for 2026-01-01 to 2026-06-30, which is not now."),
        ("2027-01-01", None, "is for 2027-01-01, which is not now."),
    ],
)
def test_outside_of_its_time_a_budget_refuses(starts_on: str, ends_on: str | None, words: str) -> None:
    with pytest.raises(InsufficientQuota) as refused:
        ceilings(budget("bud_c", period="custom", starts_on=starts_on, ends_on=ends_on))
    assert words in refused.value.message


def test_a_budget_that_only_counts_is_left_out_where_it_can_t() -> None:
    foreign = budget("bud_1", currency="CNY", hard=False)
    assert ceilings(foreign).accounts == (WALLET,)
    later = budget("bud_2", period="custom", starts_on="2026-11-19", hard=False)
    found = ceilings(later)
    assert found == Ceilings((WALLET,), NOVEMBER_18, NOVEMBER_18 + 60)  # it may begin meanwhile
    assert ceilings(later, now=at("2026-11-19")).accounts[0].owner_id == "bud_2"


def test_a_refusal_names_whose_budget_it_is_and_when_it_resets() -> None:
    monthly = budget("bud_m")
    assert told(lacking(monthly, 100_000_000), payer(monthly)) == (
        "The monthly budget of department '研发/平台' does not cover this call: 0.10 USD left of 10.00 USD, "
        "this call may cost up to 0.25 USD. It resets at 2026-12-01T00:00:00+08:00."
    )


def test_a_budget_with_nothing_left_is_used_up() -> None:
    daily = budget("bud_d", period="day")
    assert told(lacking(daily, -5), payer(daily, owner="token 'ci'", zone="UTC")) == (
        "The daily budget of token 'ci' is used up: 0.00 USD left of 10.00 USD, "
        "this call may cost up to 0.25 USD. It resets at 2026-11-19T00:00:00Z."
    )


def test_of_several_budgets_the_one_that_lacks_is_told() -> None:
    daily, monthly = budget("bud_d", period="day"), budget("bud_m")
    of = Payer(token(), UTC_ACME, (Owned("token 'ci'", daily), Owned("project 'chat'", monthly)))
    assert told(lacking(monthly), of).startswith("The monthly budget of project 'chat' is used up")


def test_a_total_budget_does_not_reset() -> None:
    total = budget("bud_t", period="total")
    assert told(lacking(total), payer(total)).endswith("It does not reset. Ask whoever runs this gateway to raise it.")


@pytest.mark.parametrize(
    ("every", "ends_on", "begins", "ends"),
    [
        ("14 days", None, "The 14-day budget of", "It resets at 2026-11-30T00:00:00+08:00."),
        ("1 month", "2027-03-31", "The 1-month budget of", "It resets at 2026-12-02T00:00:00+08:00."),
        ("1 month", "2026-11-30", "The 1-month budget of", "It ends on 2026-11-30. Ask whoever runs this gateway"),
        (None, None, "The budget of", "It does not reset."),
    ],
)
def test_a_custom_budget_tells_its_own_calendar(every: str | None, ends_on: str | None, begins: str, ends: str) -> None:
    own = budget("bud_c", period="custom", starts_on="2026-11-02", every=every, ends_on=ends_on)
    message = told(lacking(own), payer(own))
    assert message.startswith(begins)
    assert ends in message


def test_a_budget_that_was_taken_away_meanwhile_is_no_dead_end() -> None:
    assert told(lacking(budget("bud_x")), payer()) == "The call's budgets have just been changed. Please try again."


def test_an_empty_wallet_says_whom_to_ask() -> None:
    assert told(Refused("wallet", WALLET, 0, 100_000_000_000), payer()) == (
        "The wallet of organization 'acme' is used up: 0.00 USD left of 100.00 USD, this call may cost up to "
        "0.25 USD. Ask whoever runs this gateway to top it up."
    )


def test_a_missing_wallet_names_the_currency() -> None:
    assert told(Refused("no_wallet", WALLET), payer()) == (
        "Organization 'acme' has no wallet in USD, the currency of this model's price. "
        "Ask whoever runs this gateway to open one."
    )


def test_a_revoked_token_is_no_matter_of_money() -> None:
    order = HoldOrder(hold_id="h", token_id="tok_1", ceilings=(), amount_nanos=1, at=0, expires_at=1)
    error = refusal(Refused("token_revoked"), order, payer())
    assert isinstance(error, InvalidToken)
    assert error.message == "Token 'ci' was revoked or has expired."
