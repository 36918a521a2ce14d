"""A frozen price with what every call asks of it, worked out once."""

import msgspec

from waystation.ledger.pricing import TOKENS_PER_RATE, ceiling, dearest_input, dearest_output, settled
from waystation.wire.price import Price


class Tariff(msgspec.Struct, frozen=True, gc=False):
    """`currency` is the bill's. `input` and `output` are the rates of their dearest buckets, `fee` is a call's own.

    All three are of a price without tiers: those depend on the call.
    """

    price: Price
    currency: str
    input: int
    output: int
    fee: int

    def ceiling(self, input_tokens: int, output_tokens: int) -> int:
        """The same as `pricing.ceiling` says, in less time: a call waits for it."""
        price = self.price
        if price.tiers:
            return ceiling(price, input_tokens=input_tokens, output_tokens=output_tokens)
        return settled(input_tokens * self.input + output_tokens * self.output + self.fee, price)


def tariff_of(price: Price) -> Tariff:
    fee = (price.call or 0) * TOKENS_PER_RATE
    return Tariff(price, price.billed_in, dearest_input(price), dearest_output(price), fee)
