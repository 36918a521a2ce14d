"""The form of prices in a file."""

from typing import Annotated, Any

import pydantic

from waystation.manifest.entry import Entry
from waystation.manifest.fields import Currency, ModelName, Moment, Name, PriceText, TokenCount
from waystation.manifest.price_fields import DayName, FactorText, HoursText, PatternText, Prose, TierName, Zone
from waystation.wire.price import Price, Tier


class RatesEntry(Entry):
    """Per million tokens, but per call, image, second and search."""

    input: PriceText | None = None
    output: PriceText | None = None
    cache_read_input: PriceText | None = None
    cache_creation_input: PriceText | None = None
    cache_creation_1h_input: PriceText | None = None
    reasoning_output: PriceText | None = None
    audio_input: PriceText | None = None
    audio_output: PriceText | None = None
    image_input: PriceText | None = None
    image_output: PriceText | None = None
    call: PriceText | None = None
    image: PriceText | None = None
    second: PriceText | None = None
    search: PriceText | None = None


class TierEntry(RatesEntry):
    """Rates in place of those of the price, for calls that meet all conditions."""

    above_input_tokens: TokenCount | None = None
    service_tier: TierName | None = None
    days: Annotated[list[DayName], pydantic.Field(min_length=1)] | None = None
    hours: HoursText | None = None
    zone: Zone | None = None


class PriceEntry(RatesEntry):
    """Of the tiers the first that fits a call counts."""

    currency: Currency
    input: PriceText
    output: PriceText
    tiers: list[TierEntry] = pydantic.Field(default_factory=list)


class BookedPriceEntry(PriceEntry):
    """What callers pay for a public model, or with `upstream` what that asks of us for its model.

    With `starts` it is in force from then on; without, it is what shall be in force now.
    """

    model: ModelName
    upstream: Name | None = None
    starts: Moment | None = None
    source: Prose | None = None
    note: Prose | None = None


class MultiplierEntry(Entry):
    """For an organization, a group, or everybody. "0.9" is a tenth off; "1" ends one."""

    factor: FactorText
    models: PatternText = "*"
    organization: Name | None = None
    group: Name | None = None
    starts: Moment | None = None
    note: Prose | None = None


class ExchangeRateEntry(Entry):
    """One unit of `base` in `quote`."""

    base: Currency
    quote: Currency
    rate: FactorText
    starts: Moment | None = None
    source: Prose | None = None


def price_of(entry: PriceEntry) -> Price:
    """The price in the words of the wire. Amounts have been read by the entry's fields."""
    fields = {name: value for name, value in entry.model_dump().items() if value is not None}
    tiers = fields.pop("tiers")
    known = {name: fields[name] for name in Price.__struct_fields__ if name in fields}
    return Price(**known, tiers=tuple(map(_tier, tiers)))


def _tier(fields: dict[str, Any]) -> Tier:
    named = {name: value for name, value in fields.items() if value is not None}
    return Tier(**named | {"days": tuple(named.get("days", ()))})
