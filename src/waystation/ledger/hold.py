"""The ceilings that a call is held against, and the words for a refused hold."""

from datetime import datetime, timedelta
from math import inf
from typing import Final, NamedTuple

import msgspec

from waystation.ledger.budget import window, zone_of
from waystation.wire.booking import Ceiling, HoldOrder, Refused
from waystation.wire.catalogue import Budget, Organization, Token
from waystation.wire.errors import InsufficientQuota, InvalidToken
from waystation.wire.money import Money

_ADJECTIVE: Final = {"total": "", "day": "daily ", "week": "weekly ", "month": "monthly "}
_ASK: Final = "Ask whoever runs this gateway"
_LOOK_AGAIN_S: Final = 60  # whether a budget that only counts has begun


class Owned(NamedTuple):
    """A budget, and whose it is in words, as in "department 'R&D/Platform'"."""

    owner: str
    budget: Budget


class Payer(msgspec.Struct, frozen=True):
    """Everything that a sub-token's calls are held against: the wallet, and budgets, the narrowest owner's first."""

    token: Token
    organization: Organization
    budgets: tuple[Owned, ...] = ()


class Ceilings(NamedTuple):
    """They are the same from `since` up to `until` (Unix seconds)."""

    accounts: tuple[Ceiling, ...]
    since: float
    until: float


def ceilings_for(payer: Payer, currency: str, at: float) -> Ceilings:
    """The window of each budget that holds the moment `at`, and the wallet at the end.

    A budget that only counts is left out where it can't: in another currency, or outside of its time.
    Raises: InsufficientQuota if a budget that refuses can't cover any call now.
    """
    accounts = []
    since, until = 0.0, inf
    for owned in payer.budgets:
        budget = owned.budget
        open_ = window(budget, payer.organization.time_zone, at)
        if budget.currency == currency and open_ is not None:
            accounts.append(Ceiling("budget", budget.id, currency, budget.period, open_.starts_at))
            since = max(since, open_.starts_at)
            until = min(until, inf if open_.resets_at is None else open_.resets_at)
        elif budget.hard:
            raise InsufficientQuota(_other_currency(owned, currency) if open_ is not None else _out_of_time(owned))
        elif open_ is None:
            since, until = at, min(until, at + _LOOK_AGAIN_S)
    return Ceilings((*accounts, Ceiling("wallet", payer.organization.id, currency)), since, until)


def refusal(refused: Refused, order: HoldOrder, payer: Payer) -> InsufficientQuota | InvalidToken:
    """The error that tells the caller which account ran out, what is left in it, and what helps."""
    ceiling = refused.ceiling
    name = payer.organization.name
    if refused.reason == "token_revoked" or ceiling is None:
        return InvalidToken(f"Token {payer.token.name!r} was revoked or has expired.")
    if refused.reason == "no_wallet":
        return InsufficientQuota(
            f"Organization {name!r} has no wallet in {ceiling.currency}, the currency of this model's price. "
            f"{_ASK} to open one."
        )
    lack = _lack(refused, ceiling, order)
    if refused.reason == "wallet":
        return InsufficientQuota(f"The wallet of organization {name!r} {lack} {_ASK} to top it up.")
    owned = next((one for one in payer.budgets if one.budget.id == ceiling.owner_id), None)
    if owned is None:  # it was taken away meanwhile
        return InsufficientQuota("The call's budgets have just been changed. Please try again.")
    reset = _reset(owned.budget, payer.organization.time_zone, order.at)
    return InsufficientQuota(f"The {_adjective(owned.budget)}budget of {owned.owner} {lack} {reset}")


def _lack(refused: Refused, ceiling: Ceiling, order: HoldOrder) -> str:
    left = Money(max(refused.available_nanos, 0), ceiling.currency)
    limit = Money(refused.limit_nanos, ceiling.currency)
    most = Money(order.amount_nanos, ceiling.currency)
    state = "does not cover this call" if left.nanos else "is used up"
    return f"{state}: {left} left of {limit}, this call may cost up to {most}."


def _adjective(budget: Budget) -> str:
    if budget.period != "custom":
        return _ADJECTIVE[budget.period]
    return "" if budget.every is None else f"{budget.every.removesuffix('s').replace(' ', '-')} "


def _reset(budget: Budget, time_zone: str, at: float) -> str:
    open_ = window(budget, time_zone, at)
    if open_ is None or open_.resets_at is None:
        return f"It does not reset. {_ASK} to raise it."
    moment = datetime.fromtimestamp(open_.resets_at, zone_of(time_zone))
    if budget.ends_on is not None and moment.date() > datetime.fromisoformat(budget.ends_on).date():
        return f"It ends on {budget.ends_on}. {_ASK} to raise it."
    return f"It resets at {_time_text(moment)}."


def _time_text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment.utcoffset() == timedelta(0) else moment.isoformat()


def _other_currency(owned: Owned, currency: str) -> str:
    return (
        f"The budget of {owned.owner} is in {owned.budget.currency}, and this model's price is in {currency}. "
        f"{_ASK} for a budget in {currency}."
    )


def _out_of_time(owned: Owned) -> str:
    budget = owned.budget
    until = "" if budget.ends_on is None else f" to {budget.ends_on}"
    return f"The budget of {owned.owner} is for {budget.starts_on}{until}, which is not now. {_ASK} for another."
