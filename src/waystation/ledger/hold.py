"""The order for a hold, and the words for a refused one."""

from datetime import UTC, datetime
from typing import Final

from waystation.ledger.budget import window
from waystation.wire.booking import Ceiling, HoldOrder, Refused
from waystation.wire.catalogue import Organization, Token
from waystation.wire.errors import InsufficientQuota, InvalidToken
from waystation.wire.money import Money

_ADJECTIVE: Final = {"total": "", "day": "daily ", "week": "weekly ", "month": "monthly "}
_ASK: Final = "Ask whoever runs this gateway"


def order_for(
    *, hold_id: str, token: Token, currency: str, amount_nanos: int, at: float, expires_at: float
) -> HoldOrder:
    """Reserve on the token's budget, if it has one, and on its organization's wallet; the narrowest comes first.

    The budget's ceiling is in the currency of the price: a budget in another currency does not cover the call.
    """
    wallet = Ceiling("wallet", token.organization_id, currency)
    ceilings: tuple[Ceiling, ...] = (wallet,)
    if token.budget is not None:
        period = token.budget.period
        starts_at = window(period, at).starts_at
        ceilings = (Ceiling("budget", token.id, currency, period, starts_at), wallet)
    return HoldOrder(
        hold_id=hold_id,
        token_id=token.id,
        ceilings=ceilings,
        amount_nanos=amount_nanos,
        at=at,
        expires_at=expires_at,
    )


def refusal(
    refused: Refused, order: HoldOrder, *, token: Token, organization: Organization
) -> InsufficientQuota | InvalidToken:
    """The error that tells the caller which account ran out, what is left in it, and what helps."""
    ceiling = refused.ceiling
    if refused.reason == "token_revoked" or ceiling is None:
        return InvalidToken(f"Token {token.name!r} was revoked or has expired.")
    if refused.reason == "no_wallet":
        return InsufficientQuota(
            f"Organization {organization.name!r} has no wallet in {ceiling.currency}, the currency of this model's "
            f"price. {_ASK} to open one."
        )
    if refused.reason == "wallet":
        return InsufficientQuota(
            f"The wallet of organization {organization.name!r} {_lack(refused, ceiling, order)} {_ASK} to top it up."
        )
    if token.budget is not None and token.budget.currency != ceiling.currency:
        return InsufficientQuota(
            f"The budget of token {token.name!r} is in {token.budget.currency}, and this model's price is in "
            f"{ceiling.currency}. {_ASK} for a budget in {ceiling.currency}."
        )
    return InsufficientQuota(
        f"The {_ADJECTIVE[ceiling.period]}budget of token {token.name!r} {_lack(refused, ceiling, order)} "
        f"{_reset(ceiling)}"
    )


def _lack(refused: Refused, ceiling: Ceiling, order: HoldOrder) -> str:
    left = Money(max(refused.available_nanos, 0), ceiling.currency)
    limit = Money(refused.limit_nanos, ceiling.currency)
    most = Money(order.amount_nanos, ceiling.currency)
    state = "does not cover this call" if left.nanos else "is used up"
    return f"{state}: {left} left of {limit}, this call may cost up to {most}."


def _reset(ceiling: Ceiling) -> str:
    resets_at = window(ceiling.period, ceiling.starts_at).resets_at
    if resets_at is None:
        return f"It does not reset. {_ASK} to raise it."
    return f"It resets at {datetime.fromtimestamp(resets_at, UTC):%Y-%m-%dT%H:%M:%SZ}."
