from waystation.ledger.budget import window
from waystation.ledger.hold import order_for, refusal
from waystation.wire.booking import Ceiling, HoldOrder, Refused
from waystation.wire.catalogue import Budget, Organization, Period, Token
from waystation.wire.errors import InsufficientQuota, InvalidToken

NOVEMBER_18 = 1_795_000_000.5  # 2026-11-18
ACME = Organization("org_1", "acme")
WALLET = Ceiling("wallet", "org_1", "USD")


def token(period: Period | None = None, currency: str = "USD") -> Token:
    budget = None if period is None else Budget(10_000_000_000, currency, period)
    return Token(id="tok_1", name="ci", organization_id="org_1", digest=b"0" * 32, hint="…abcd", budget=budget)


def order(of: Token, amount_nanos: int = 250_000_000) -> HoldOrder:
    return order_for(
        hold_id="hold_1",
        token=of,
        currency="USD",
        amount_nanos=amount_nanos,
        at=NOVEMBER_18,
        expires_at=NOVEMBER_18 + 60,
    )


def told(refused: Refused, of: Token) -> str:
    error = refusal(refused, order(of), token=of, organization=ACME)
    assert isinstance(error, InsufficientQuota)
    return error.message


def test_a_token_without_a_budget_is_held_on_its_wallet() -> None:
    assert order(token()) == HoldOrder(
        hold_id="hold_1",
        token_id="tok_1",
        ceilings=(WALLET,),
        amount_nanos=250_000_000,
        at=NOVEMBER_18,
        expires_at=NOVEMBER_18 + 60,
    )


def test_a_budget_is_held_in_its_current_window() -> None:
    starts_at = window("month", NOVEMBER_18).starts_at
    assert order(token("month")).ceilings == (Ceiling("budget", "tok_1", "USD", "month", starts_at), WALLET)
    assert order(token("total")).ceilings == (Ceiling("budget", "tok_1", "USD", "total", 0), WALLET)


def test_a_refusal_says_what_is_left_and_when_it_resets() -> None:
    budget = order(token("month")).ceilings[0]
    assert told(Refused("budget", budget, 100_000_000, 10_000_000_000), token("month")) == (
        "The monthly budget of token 'ci' does not cover this call: 0.10 USD left of 10.00 USD, "
        "this call may cost up to 0.25 USD. It resets at 2026-12-01T00:00:00Z."
    )


def test_a_budget_with_nothing_left_is_used_up() -> None:
    budget = order(token("day")).ceilings[0]
    assert told(Refused("budget", budget, -5, 10_000_000_000), token("day")) == (
        "The daily budget of token 'ci' is used up: 0.00 USD left of 10.00 USD, "
        "this call may cost up to 0.25 USD. It resets at 2026-11-19T00:00:00Z."
    )


def test_a_total_budget_does_not_reset() -> None:
    budget = order(token("total")).ceilings[0]
    assert told(Refused("budget", budget, 0, 10_000_000_000), token("total")).endswith(
        "It does not reset. Ask whoever runs this gateway to raise it."
    )


def test_an_empty_wallet_says_whom_to_ask() -> None:
    assert told(Refused("wallet", WALLET, 0, 100_000_000_000), token("month")) == (
        "The wallet of organization 'acme' is used up: 0.00 USD left of 100.00 USD, this call may cost up to "
        "0.25 USD. Ask whoever runs this gateway to top it up."
    )


def test_a_missing_wallet_names_the_currency() -> None:
    assert told(Refused("no_wallet", WALLET), token()) == (
        "Organization 'acme' has no wallet in USD, the currency of this model's price. "
        "Ask whoever runs this gateway to open one."
    )


def test_a_budget_in_another_currency_is_told_apart_from_an_empty_one() -> None:
    of = token("month", "CNY")
    assert told(Refused("budget", order(of).ceilings[0]), of) == (
        "The budget of token 'ci' is in CNY, and this model's price is in USD. "
        "Ask whoever runs this gateway for a budget in USD."
    )


def test_a_revoked_token_is_no_matter_of_money() -> None:
    error = refusal(Refused("token_revoked"), order(token()), token=token(), organization=ACME)
    assert isinstance(error, InvalidToken)
    assert error.message == "Token 'ci' was revoked or has expired."
