"""What things cost: rates by bucket, tiers, and what a call is billed with. All numbers are integers of nano-units."""

from typing import Final

import msgspec

ONE: Final = 1_000_000_000  # factors and exchange rates are in thousand-millionths: this is 1

# Per million tokens.
TOKEN_RATES: Final = (
    "input",
    "output",
    "cache_read_input",
    "cache_creation_input",
    "cache_creation_1h_input",
    "reasoning_output",
    "audio_input",
    "audio_output",
    "image_input",
    "image_output",
)
# Per one of them.
UNIT_RATES: Final = ("call", "image", "second", "search")
RATES: Final = (*TOKEN_RATES, *UNIT_RATES)


class Tier(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Rates in place of the usual ones, for calls that meet every condition named; None: it stays as it is.

    `above_input_tokens`: the whole call has these rates if its input, cached or not, is longer than that. So do Gemini
    and Bailian (ai.google.dev/gemini-api/docs/pricing; help.aliyun.com/zh/model-studio/models, 2026-11).
    `days` (mon to sun) and `hours` ("00:30-08:30", the end not in it; it may run over midnight) are those of `zone` (an
    IANA name); what counts is when the call began. `service_tier`: the vendor's word in its answer, such as flex,
    priority or batch.
    """

    above_input_tokens: int | None = None
    service_tier: str | None = None
    days: tuple[str, ...] = ()
    hours: str | None = None
    zone: str = "UTC"
    input: int | None = None
    output: int | None = None
    cache_read_input: int | None = None
    cache_creation_input: int | None = None
    cache_creation_1h_input: int | None = None
    reasoning_output: int | None = None
    audio_input: int | None = None
    audio_output: int | None = None
    image_input: int | None = None
    image_output: int | None = None
    call: int | None = None
    image: int | None = None
    second: int | None = None
    search: int | None = None

    @property
    def timed(self) -> bool:
        """Whether it is for some hours of the week only."""
        return self.hours is not None or bool(self.days)

    def __str__(self) -> str:
        conditions = (
            None if self.above_input_tokens is None else f"input above {self.above_input_tokens} tokens",
            None if self.service_tier is None else f"service tier {self.service_tier}",
            " ".join(self.days) or None,
            self.hours,
            self.zone if self.timed else None,
        )
        return ", ".join(condition for condition in conditions if condition)


class Factor(msgspec.Struct, frozen=True, omit_defaults=True):
    """A multiplier that was in force for a call: below ONE it is a discount. `name` says whose it is."""

    name: str
    nanos: int


class Exchange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One unit of the price's currency is `nanos` / ONE of `currency`; if `inverse`, the other way round."""

    currency: str
    nanos: int
    starts_at: int
    inverse: bool = False


class Terms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What froze a price for a call: its version (None: it is in no book), the multipliers, the exchange rate."""

    version: int | None = None
    factors: tuple[Factor, ...] = ()
    exchange: Exchange | None = None


class Price(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Nano-units per million tokens, and per call, image, second and search. A rate of 0 is free, None is not named.

    A part without a rate of its own costs what its whole costs. The whole of `cache_creation_1h_input` is
    `cache_creation_input`, whose whole is `input`. Of the tiers the first that fits replaces the rates that it names.
    With `terms` it is frozen: with the usage, it is all that a call's bill follows from.
    """

    currency: str
    input: int
    output: int
    cache_read_input: int | None = None
    cache_creation_input: int | None = None
    cache_creation_1h_input: int | None = None
    reasoning_output: int | None = None
    audio_input: int | None = None
    audio_output: int | None = None
    image_input: int | None = None
    image_output: int | None = None
    call: int | None = None
    image: int | None = None
    second: int | None = None
    search: int | None = None
    tiers: tuple[Tier, ...] = ()
    terms: Terms | None = None

    @property
    def billed_in(self) -> str:
        """The currency of the bill."""
        return self.currency if self.terms is None or self.terms.exchange is None else self.terms.exchange.currency

    @property
    def free(self) -> bool:
        """Whether nothing can cost anything."""
        return not any(getattr(rates, name) for rates in (self, *self.tiers) for name in RATES)


class PriceVersion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A price from a moment on (Unix seconds), until one that starts later; of two with one start the later number.

    Without `upstream` it is what callers pay for a public model, else what that upstream asks of us for its model.
    """

    number: int
    model: str
    starts_at: int
    price: Price
    upstream: str | None = None
    source: str | None = None
    note: str | None = None
    booked_at: int = 0


class Multiplier(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What callers' prices are multiplied by, from a moment on: for an organization (its name), a group or everybody.

    `models`: a pattern such as "gpt-*". Of those in force for one of the three, the longest pattern counts.
    """

    number: int
    starts_at: int
    nanos: int
    models: str = "*"
    organization: str | None = None
    group: str | None = None
    note: str | None = None


class ExchangeRate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From a moment on, one unit of `base` is `nanos` / ONE of `quote`."""

    number: int
    starts_at: int
    base: str
    quote: str
    nanos: int
    source: str | None = None


class Prices(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in the book: versions that are over, in force, and to come."""

    versions: tuple[PriceVersion, ...] = ()
    multipliers: tuple[Multiplier, ...] = ()
    exchange_rates: tuple[ExchangeRate, ...] = ()
