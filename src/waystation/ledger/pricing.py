"""From tokens to money: each bucket at its price, added up first, then rounded up once."""

from typing import Final

import msgspec

from waystation.wire.catalogue import Price
from waystation.wire.money import decimal_of, divide_up
from waystation.wire.usage import Usage

TOKENS_PER_PRICE: Final = 1_000_000


class Line(msgspec.Struct, frozen=True):
    """One bucket of a bill. `price_nanos` is per million tokens."""

    bucket: str
    tokens: int
    price_nanos: int
    currency: str

    def __str__(self) -> str:
        return f"{self.bucket}: {self.tokens} x {decimal_of(self.price_nanos)} {self.currency} per million tokens"


def cost(usage: Usage, price: Price) -> int:
    """What the usage costs, in nanos. A part without a price of its own costs what its whole costs."""
    sum_ = (usage.input_tokens or 0) * price.input + (usage.output_tokens or 0) * price.output
    if usage.cache_read_input_tokens or usage.cache_creation_input_tokens or usage.reasoning_output_tokens:
        sum_ += _difference(usage, price)
    return divide_up(sum_, TOKENS_PER_PRICE)


def trace(usage: Usage, price: Price) -> tuple[Line, ...]:
    """The arithmetic behind `cost`: one line for each bucket that has tokens."""
    read, creation, hour, reasoning = _parts(usage)
    of_creation = _own(price.cache_creation_input, price.input)
    buckets = (
        ("input", (usage.input_tokens or 0) - read - creation, price.input),
        ("cache_read_input", read, _own(price.cache_read_input, price.input)),
        ("cache_creation_input", creation - hour, of_creation),
        ("cache_creation_1h_input", hour, _own(price.cache_creation_1h_input, of_creation)),
        ("output", (usage.output_tokens or 0) - reasoning, price.output),
        ("reasoning_output", reasoning, _own(price.reasoning_output, price.output)),
    )
    return tuple(Line(name, tokens, nanos, price.currency) for name, tokens, nanos in buckets if tokens)


def total(lines: tuple[Line, ...]) -> int:
    """What the lines of a trace come to, in nanos: always what `cost` said."""
    return divide_up(sum(line.tokens * line.price_nanos for line in lines), TOKENS_PER_PRICE)


def ceiling(price: Price, *, input_tokens: int, output_tokens: int) -> int:
    """The most that so many tokens can cost, in nanos, whichever buckets they turn out to be in."""
    dearest_input = max(
        price.input,
        price.cache_read_input or 0,
        price.cache_creation_input or 0,
        price.cache_creation_1h_input or 0,
    )
    dearest_output = max(price.output, price.reasoning_output or 0)
    return divide_up(input_tokens * dearest_input + output_tokens * dearest_output, TOKENS_PER_PRICE)


def _difference(usage: Usage, price: Price) -> int:
    """What the parts cost more, or less, than at the prices of their wholes."""
    read, creation, hour, reasoning = _parts(usage)
    of_creation = _own(price.cache_creation_input, price.input)
    sum_ = read * (_own(price.cache_read_input, price.input) - price.input)
    sum_ += creation * (of_creation - price.input)
    sum_ += hour * (_own(price.cache_creation_1h_input, of_creation) - of_creation)
    return sum_ + reasoning * (_own(price.reasoning_output, price.output) - price.output)


def _parts(usage: Usage) -> tuple[int, int, int, int]:
    """Cache reads, cache creations, those of them that last an hour, reasoning.

    A vendor's parts may overlap: together they are at most the whole.
    """
    whole = usage.input_tokens or 0
    read = min(usage.cache_read_input_tokens or 0, whole)
    creation = min(usage.cache_creation_input_tokens or 0, whole - read)
    hour = min(usage.cache_creation_1h_input_tokens or 0, creation)
    return read, creation, hour, min(usage.reasoning_output_tokens or 0, usage.output_tokens or 0)


def _own(part: int | None, whole: int) -> int:
    return whole if part is None else part
