"""Money as integers: nano-units of a currency (1 USD = 1,000,000,000 nanos), and the one rounding rule."""

import re
from decimal import Decimal
from typing import Final, Self

import msgspec

NANOS_PER_UNIT: Final = 1_000_000_000
_AMOUNT = re.compile(r"(-?\d{1,12}(?:\.\d{1,9})?)")
_MONEY = re.compile(rf"{_AMOUNT.pattern} ?([A-Z]{{3}})")


class Money(msgspec.Struct, frozen=True, order=True):
    """An exact amount. Adding two currencies raises ValueError."""

    nanos: int
    currency: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Money from "100 USD" or "0.000000001 CNY". Raises: ValueError."""
        match = _MONEY.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not an amount and a currency, as in '12.50 USD'")
        return cls(nanos_of(match[1]), match[2])

    def __add__(self, other: Self) -> Self:
        self._same(other)
        return type(self)(self.nanos + other.nanos, self.currency)

    def __sub__(self, other: Self) -> Self:
        self._same(other)
        return type(self)(self.nanos - other.nanos, self.currency)

    def __str__(self) -> str:
        return f"{decimal_of(self.nanos)} {self.currency}"

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")


def nanos_of(text: str) -> int:
    """Nano-units in a decimal number, exactly. Raises: ValueError past nine decimals."""
    if _AMOUNT.fullmatch(text.strip()) is None:
        raise ValueError(f"{text!r} is not a number with at most 12 digits before and 9 after the point")
    return int(Decimal(text.strip()) * NANOS_PER_UNIT)


def decimal_of(nanos: int) -> str:
    """The shortest decimal with at least two places: 12500000000 is "12.50"."""
    sign = "-" if nanos < 0 else ""
    units, rest = divmod(abs(nanos), NANOS_PER_UNIT)
    places = f"{rest:09d}".rstrip("0").ljust(2, "0")
    return f"{sign}{units}.{places}"


def divide_up(numerator: int, denominator: int) -> int:
    """The one rounding rule: upward, to a whole nano-unit, once per call and after everything is added."""
    return -(-numerator // denominator)
