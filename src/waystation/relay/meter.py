"""What a call used: the vendor's own count where it was heard and is believable, else an estimate from the text."""

from typing import Final

import msgspec

from waystation.dialects.codec import Ask
from waystation.ledger.pricing import cost
from waystation.routing.rules import Reckoned
from waystation.wire.catalogue import Model
from waystation.wire.estimate import Weight, ceiling_of, most_of, tokens_of
from waystation.wire.price import Price
from waystation.wire.usage import PARTIAL, Heard, Usage

# Some vendors do not count thinking against the caller's bound (DashScope's max_tokens), so what is plausible is wider
# than what is held.
THINKING_ALLOWANCE: Final = 65_536

# Answers search a few times, as often as a caller of Anthropic says in max_uses; none does so often.
SEARCHES_MAX: Final = 200


class Bill(msgspec.Struct, frozen=True, gc=False):
    """What the caller owes, and what that rests on. `estimated` asks for reconciliation."""

    usage: Usage
    estimated: bool
    marks: tuple[str, ...]
    amount_nanos: int


class Meter(msgspec.Struct, frozen=True, gc=False):
    """Turns what was heard and delivered into a bill. One per call. `price` is frozen.

    `reckoned`: what the rules of the routes may add to what the caller asked for.
    """

    ask: Ask
    body_bytes: int
    model: Model
    price: Price
    reckoned: Reckoned | None = None

    @property
    def input_ceiling(self) -> int:
        """The most tokens that the request is expected to be: what a hold is made for."""
        if self.reckoned is None:
            return ceiling_of(self.ask.weight)
        return ceiling_of(self.ask.weight) + self.reckoned.input_bytes

    @property
    def output_ceiling(self) -> int:
        """0 for a call that brings no output, such as embeddings; None names no bound."""
        bound = self.ask.max_output_tokens
        if bound is None:
            bound = self.model.max_output_tokens
        if self.reckoned is not None and bound:
            bound = max(bound, self.reckoned.output_tokens)
        return bound * self.ask.choices

    def bill(self, heard: Heard | None, delivered: Weight) -> Bill:
        if heard is None:
            return self._bill(self._estimate(delivered), estimated=True, marks=("usage_unheard",))
        said = heard.usage
        partial = PARTIAL in heard.marks
        if partial:
            said = msgspec.structs.replace(said, output_tokens=max(said.output_tokens or 0, tokens_of(delivered)))
        usage, cuts = self._believe(said, delivered)
        return self._bill(usage, estimated=partial or bool(cuts), marks=heard.marks + cuts)

    def _bill(self, usage: Usage, *, estimated: bool, marks: tuple[str, ...]) -> Bill:
        return Bill(usage, estimated, marks, cost(usage, self.price))

    def _estimate(self, delivered: Weight) -> Usage:
        return Usage(input_tokens=tokens_of(self.ask.weight), output_tokens=tokens_of(delivered))

    def _believe(self, usage: Usage, delivered: Weight) -> tuple[Usage, tuple[str, ...]]:
        """The usage, cut to what the call can have used: a vendor that counts more is wrong or hostile."""
        most_in = most_of(self.ask.weight, self.body_bytes)
        if self.reckoned is not None:
            most_in += self.reckoned.input_bytes
        most_out = max(self.output_ceiling + THINKING_ALLOWANCE, most_of(delivered, 0))
        said_in, said_out = usage.input_tokens or 0, usage.output_tokens or 0
        searches = usage.searches or 0
        if said_in <= most_in and said_out <= most_out and searches <= SEARCHES_MAX:
            return usage, ()
        cuts = tuple(
            mark
            for mark, cut in (
                ("input_implausible", said_in > most_in),
                ("output_implausible", said_out > most_out),
                ("searches_implausible", searches > SEARCHES_MAX),
            )
            if cut
        )
        return _cut(usage, min(said_in, most_in), min(said_out, most_out)), cuts


def _cut(usage: Usage, input_tokens: int, output_tokens: int) -> Usage:
    def part(count: int | None, whole: int) -> int | None:
        return None if count is None else min(count, whole)

    creation = part(usage.cache_creation_input_tokens, input_tokens)
    return msgspec.structs.replace(
        usage,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cache_read_input_tokens=part(usage.cache_read_input_tokens, input_tokens),
        cache_creation_input_tokens=creation,
        cache_creation_1h_input_tokens=part(usage.cache_creation_1h_input_tokens, creation or 0),
        reasoning_output_tokens=part(usage.reasoning_output_tokens, output_tokens),
        audio_input_tokens=part(usage.audio_input_tokens, input_tokens),
        audio_output_tokens=part(usage.audio_output_tokens, output_tokens),
        image_input_tokens=part(usage.image_input_tokens, input_tokens),
        image_output_tokens=part(usage.image_output_tokens, output_tokens),
        searches=part(usage.searches, SEARCHES_MAX),
    )
