"""What the columns of a vendor's bill mean. A mapping is saved under a name and used month after month."""

from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from waystation.wire.errors import Misconfigured

Target = Literal["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "calls"]
Currency = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]


class _Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is misspelt is refused."""


class Time(_Part, frozen=True, kw_only=True):
    """Which column tells the day or the time. `format` is strptime's, None: ISO 8601, 20261130 or Unix seconds."""

    column: str
    format: str | None = None
    zone: str = "UTC"


class Name(_Part, frozen=True, kw_only=True):
    """A column with a name. `aliases`: what the vendor calls it -> what we do (an upstream's model, a fingerprint)."""

    column: str
    aliases: dict[str, str] = {}


class Count(_Part, frozen=True, kw_only=True):
    """The sum of some columns, times `times`: 1000 where the bill counts thousands of tokens."""

    columns: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    times: Annotated[int, msgspec.Meta(ge=1)] = 1


class Kinds(_Part, frozen=True, kw_only=True):
    """For a bill with a row for each kind of token: `column` names the kind, `quantity` how many there are.

    `values` says into which buckets a kind counts; other kinds are passed over if `others` is "skip".
    """

    column: str
    quantity: str
    values: Annotated[dict[str, tuple[Target, ...]], msgspec.Meta(min_length=1)]
    times: Annotated[int, msgspec.Meta(ge=1)] = 1
    others: Literal["refuse", "skip"] = "refuse"


class Amount(_Part, frozen=True, kw_only=True):
    """The product of some columns, mostly of one; in `currency`, or in what `currency_column` says."""

    columns: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    currency: Currency | None = None
    currency_column: str | None = None


class Only(_Part, frozen=True, kw_only=True):
    """Rows count if the column has one of `values`, or none of `but`."""

    column: str
    values: tuple[str, ...] | None = None
    but: tuple[str, ...] = ()


class Mapping(_Part, frozen=True, kw_only=True):
    """A vendor's bill. `days`: the calendar that its days follow. `heading`: the line that names the columns.

    `delimiter` and `encoding` None are found from the file. `source`: where the format is documented, and when it was.
    """

    time: Time | None = None
    days: str = "UTC"
    model: Name | None = None
    key: Name | None = None
    request_id: Name | None = None
    calls: Count | None = None
    tokens: dict[
        Literal["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"], Count
    ] = {}
    kinds: Kinds | None = None
    amount: Amount | None = None
    only: tuple[Only, ...] = ()
    rows_add_up: bool = False
    heading: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    decimal: Literal[".", ","] = "."
    encoding: str | None = None
    source: str | None = None


# What a mapping must at least say, for a bill to be matched at all.
_SAYS_NOTHING: Final = "it says neither tokens, kinds, calls nor an amount: there is nothing to compare"


def mapping_of(document: object) -> Mapping:
    """A mapping from what a YAML file says. Raises: Misconfigured with what is wrong, and where."""
    try:
        mapping = msgspec.convert(document, Mapping)
        for name in (mapping.days, mapping.time.zone if mapping.time else "UTC"):
            ZoneInfo(name)
    except msgspec.ValidationError as error:
        raise Misconfigured(f"the mapping is not right: {error}") from error
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Misconfigured(f"the mapping names a time zone that is not known: {error}") from error
    problem = _problem(mapping)
    if problem is not None:
        raise Misconfigured(f"the mapping is not right: {problem}")
    return mapping


def _problem(mapping: Mapping) -> str | None:
    amount = mapping.amount
    if not (mapping.tokens or mapping.kinds or mapping.calls or amount):
        return _SAYS_NOTHING
    if mapping.tokens and mapping.kinds:
        return "it has both tokens and kinds"
    if amount is not None and (amount.currency is None) == (amount.currency_column is None):
        return "its amount needs either currency or currency_column"
    if mapping.time is None and mapping.request_id is None:
        return "it has neither a time nor a request_id to match by"
    return None


def columns_of(mapping: Mapping) -> set[str]:
    """Every column that the mapping reads."""
    named = [mapping.time, mapping.model, mapping.key, mapping.request_id, mapping.kinds, *mapping.only]
    columns = {part.column for part in named if part is not None}
    counted = [mapping.calls, mapping.amount, *mapping.tokens.values()]
    columns.update(column for part in counted if part is not None for column in part.columns)
    if mapping.kinds is not None:
        columns.add(mapping.kinds.quantity)
    if mapping.amount is not None and mapping.amount.currency_column is not None:
        columns.add(mapping.amount.currency_column)
    return columns
