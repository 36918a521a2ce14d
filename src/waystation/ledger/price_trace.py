"""The arithmetic behind a bill, line by line, for whoever wants to reckon it again by hand."""

from typing import Final, Literal

import msgspec

from waystation.ledger.pricing import TOKENS_PER_RATE, buckets, cost, tier_of, units, with_tier
from waystation.wire.money import NANOS_PER_UNIT, decimal_of, divide_up
from waystation.wire.price import ONE, Price
from waystation.wire.usage import Usage

Step = Literal["tier", "tokens", "pieces", "sum", "multiplier", "exchange", "rounding"]

_NANO_PLACES: Final = 9


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step. `rate_nanos`: per million tokens or per piece; of a multiplier or exchange rate, thousand-millionths.

    `numerator` / `denominator` nanos of `currency` are what a line of tokens or pieces adds, and what the sum is after
    any other; the last one's is the bill.
    """

    step: Step
    name: str
    currency: str
    numerator: int
    denominator: int = 1
    quantity: int = 0
    rate_nanos: int = 0
    inverse: bool = False

    @property
    def amount(self) -> str:
        """In whole units, with all of its places; what has no end is cut after 18 and says so."""
        return _decimal(self.numerator, self.denominator * NANOS_PER_UNIT)

    def __str__(self) -> str:
        match self.step:
            case "tier":
                return f"tier: {self.name}"
            case "tokens":
                how = f"{self.quantity} x {decimal_of(self.rate_nanos)} {self.currency} per million tokens"
            case "pieces":
                how = f"{self.quantity} x {decimal_of(self.rate_nanos)} {self.currency}"
            case "multiplier":
                how = f"x {decimal_of(self.rate_nanos)}"
            case "exchange":
                how = f"{'/' if self.inverse else 'x'} {decimal_of(self.rate_nanos)}"
            case _:
                how = "up to a whole nano-unit" if self.step == "rounding" else "of these"
        return f"{self.name}: {how} = {self.amount} {self.currency}"


def trace(usage: Usage, price: Price) -> tuple[Line, ...]:
    """The steps from the usage to `cost`, which is what the last line comes to."""
    lines: list[Line] = []
    tier = tier_of(usage, price)
    if tier is not None:
        lines.append(Line("tier", str(tier), price.currency, 0))
        price = with_tier(price, tier)
    lines += _added(usage, price)
    sum_ = sum(line.numerator * (TOKENS_PER_RATE // line.denominator) for line in lines)
    lines.append(Line("sum", "sum", price.currency, sum_, TOKENS_PER_RATE))
    lines += _multiplied(lines[-1], price)
    last = lines[-1]
    nanos = divide_up(last.numerator, last.denominator)
    assert nanos == cost(usage, price)
    lines.append(Line("rounding", "rounded", price.billed_in, nanos))
    return tuple(lines)


def total(lines: tuple[Line, ...]) -> int:
    """The bill by the quantities, rates and factors of the lines alone, reckoned again from the first to the last."""
    numerator, denominator = 0, TOKENS_PER_RATE
    for line in lines:
        match line.step:
            case "tokens":
                numerator += line.quantity * line.rate_nanos
            case "pieces":
                numerator += line.quantity * line.rate_nanos * TOKENS_PER_RATE
            case "multiplier" | "exchange":
                numerator *= ONE if line.inverse else line.rate_nanos
                denominator *= line.rate_nanos if line.inverse else ONE
            case _:
                pass
    return divide_up(numerator, denominator)


def _added(usage: Usage, price: Price) -> list[Line]:
    lines = [
        Line("tokens", name, price.currency, tokens * rate, TOKENS_PER_RATE, tokens, rate)
        for name, tokens, rate in buckets(usage, price)
        if tokens
    ]
    for name, count in units(usage):
        rate: int | None = getattr(price, name)
        if rate is not None and count:
            lines.append(Line("pieces", name, price.currency, count * rate, 1, count, rate))
    return lines


def _multiplied(sum_: Line, price: Price) -> list[Line]:
    lines: list[Line] = []
    numerator, denominator = sum_.numerator, sum_.denominator
    terms = price.terms
    for factor in () if terms is None else terms.factors:
        numerator, denominator = numerator * factor.nanos, denominator * ONE
        lines.append(Line("multiplier", factor.name, price.currency, numerator, denominator, 0, factor.nanos))
    exchange = None if terms is None else terms.exchange
    if exchange is not None:
        up, down = (ONE, exchange.nanos) if exchange.inverse else (exchange.nanos, ONE)
        name = f"{exchange.currency} per {price.currency}"
        if exchange.inverse:
            name = f"{price.currency} per {exchange.currency}"
        lines.append(
            Line(
                "exchange",
                name,
                exchange.currency,
                numerator * up,
                denominator * down,
                0,
                exchange.nanos,
                exchange.inverse,
            )
        )
    return lines


def _decimal(numerator: int, denominator: int) -> str:
    places = 2 * _NANO_PLACES
    whole, rest = divmod(numerator * 10**places, denominator)
    units, fraction = divmod(whole, 10**places)
    digits = f"{fraction:0{places}d}".rstrip("0").ljust(2, "0")
    return f"{units}.{digits}{'…' if rest else ''}"
