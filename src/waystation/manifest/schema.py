"""The form of the file. Every field's reader is in `fields`; what spans several entries is checked in `resolve`."""

from typing import Annotated

import pydantic
from pydantic import BeforeValidator

from waystation.manifest.entry import Entry
from waystation.manifest.fields import (
    BaseUrl,
    Ceiling,
    Credit,
    Days,
    DialectName,
    FileName,
    Free,
    Hint,
    Key,
    ModelName,
    Moment,
    Name,
    PeriodName,
    Priority,
    Proxy,
    Seconds,
    TokenCount,
    TokenDigest,
    TokenSecret,
    Vendor,
    Weight,
)
from waystation.manifest.price_entries import PriceEntry
from waystation.wire.catalogue import Timeouts

_AT_LEAST_ONE = pydantic.Field(min_length=1)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class TimeoutsEntry(Entry):
    """Seconds; see `wire.catalogue.Timeouts`."""

    connect: Seconds = Timeouts().connect_s
    first_byte: Seconds = Timeouts().first_byte_s
    idle: Seconds = Timeouts().idle_s
    total: Seconds = Timeouts().total_s


class UpstreamEntry(Entry):
    """`base_url` may be left out for a vendor that has one. `ca_file` is sought beside the file.

    `dialects`: the languages to speak with it, for a server that knows fewer than its vendor.
    """

    name: Name
    vendor: Vendor
    base_url: BaseUrl | None = None
    keys: Annotated[list[Key], _AT_LEAST_ONE]
    priority: Priority = 0
    weight: Weight = 1
    proxy: Proxy | None = None
    ca_file: FileName | None = None
    timeouts: TimeoutsEntry = TimeoutsEntry()
    dialects: Annotated[list[DialectName], _AT_LEAST_ONE] | None = None


class RouteEntry(Entry):
    upstream: Name
    model: ModelName


class ModelEntry(Entry):
    """A price, or `free: true`: what costs nothing is said, never forgotten. Or the price book has one for it.

    A free model may give a price of 0, to say of which currency it is; it must if several are in use.
    """

    name: ModelName
    routes: Annotated[list[RouteEntry], _AT_LEAST_ONE]
    price: PriceEntry | None = None
    free: Free = False
    max_output_tokens: TokenCount | None = None


class BudgetEntry(Entry):
    amount: Ceiling
    period: PeriodName = "total"


class TokenEntry(Entry):
    """`secret`, or the `digest` and `hint` that an export gives, or neither for a token that exists already.

    `models` left out allows all. `expires` as a date is its start in UTC.
    """

    name: Name
    secret: TokenSecret | None = None
    digest: TokenDigest | None = None
    hint: Hint | None = None
    models: Annotated[list[ModelName], _AT_LEAST_ONE] | None = None
    budget: BudgetEntry | None = None
    expires: Moment | None = None


class OrganizationEntry(Entry):
    """`opening_credit` opens a wallet for each of its currencies, once.

    `retain_responses_days`: how long the text of responses that callers store may be kept; 0 is never.
    """

    name: Name
    opening_credit: Annotated[list[Credit], BeforeValidator(_listed)] = pydantic.Field(default_factory=list)
    retain_responses_days: Days = 0
    tokens: list[TokenEntry] = pydantic.Field(default_factory=list)
