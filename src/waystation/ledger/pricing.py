"""From what was used to money: each bucket at its rate, added up, multiplied, exchanged, and then rounded up once."""

from typing import Final

from waystation.wire.money import divide_up
from waystation.wire.price import ONE, UNIT_RATES, Price, Tier
from waystation.wire.usage import Usage

TOKENS_PER_RATE: Final = 1_000_000


def cost(usage: Usage, price: Price) -> int:
    """What the usage costs, in nanos of the currency that the price is billed in."""
    tier = tier_of(usage, price) if price.tiers else None
    if tier is not None:
        price = with_tier(price, tier)
    sum_ = (usage.input_tokens or 0) * price.input + (usage.output_tokens or 0) * price.output
    if usage.detailed:
        sum_ += _difference(usage, price)
    if price.call is not None or usage.images or usage.seconds or usage.searches:
        sum_ += _units(usage, price)
    return settled(sum_, price)


def settled(millionths: int, price: Price) -> int:
    """A sum in millionths of a nano at the price's rates, as it is billed: the one rounding."""
    terms = price.terms
    if terms is None:
        return divide_up(millionths, TOKENS_PER_RATE)
    denominator = TOKENS_PER_RATE
    for factor in terms.factors:
        millionths *= factor.nanos
        denominator *= ONE
    if terms.exchange is not None:
        up, down = (ONE, terms.exchange.nanos) if terms.exchange.inverse else (terms.exchange.nanos, ONE)
        millionths *= up
        denominator *= down
    return divide_up(millionths, denominator)


def ceiling(
    price: Price, *, input_tokens: int, output_tokens: int, images: int = 0, seconds: int = 0, searches: int = 0
) -> int:
    """The most that a call within these counts can cost, whichever buckets and tier it turns out to be in."""
    if not price.tiers:  # as most prices: a call waits for this
        sum_ = input_tokens * dearest_input(price) + output_tokens * dearest_output(price)
        return settled(sum_ + TOKENS_PER_RATE * _pieces(price, images, seconds, searches), price)
    prices = [price, *(with_tier(price, tier) for tier in price.tiers if _reaches(tier, input_tokens))]
    sum_ = input_tokens * max(map(dearest_input, prices)) + output_tokens * max(map(dearest_output, prices))
    sum_ += TOKENS_PER_RATE * max(_pieces(one, images, seconds, searches) for one in prices)
    return settled(sum_, price)


def tier_of(usage: Usage, price: Price) -> Tier | None:
    """The first whose conditions are met. Those of another hour are not in a frozen price."""
    for tier in price.tiers:
        if tier.service_tier in (None, usage.service_tier) and _reaches(tier, usage.input_tokens or 0):
            return tier
    return None


def with_tier(price: Price, tier: Tier) -> Price:
    """The price with the rates that the tier names."""
    return Price(
        currency=price.currency,
        input=price.input if tier.input is None else tier.input,
        output=price.output if tier.output is None else tier.output,
        cache_read_input=own(tier.cache_read_input, price.cache_read_input),
        cache_creation_input=own(tier.cache_creation_input, price.cache_creation_input),
        cache_creation_1h_input=own(tier.cache_creation_1h_input, price.cache_creation_1h_input),
        reasoning_output=own(tier.reasoning_output, price.reasoning_output),
        audio_input=own(tier.audio_input, price.audio_input),
        audio_output=own(tier.audio_output, price.audio_output),
        image_input=own(tier.image_input, price.image_input),
        image_output=own(tier.image_output, price.image_output),
        call=own(tier.call, price.call),
        image=own(tier.image, price.image),
        second=own(tier.second, price.second),
        search=own(tier.search, price.search),
        terms=price.terms,
    )


def buckets(usage: Usage, price: Price) -> tuple[tuple[str, int, int], ...]:
    """Name, tokens and rate of every bucket of tokens. A vendor's parts may overlap: together they are the whole."""
    rest_in, rest_out = usage.input_tokens or 0, usage.output_tokens or 0
    read = min(usage.cache_read_input_tokens or 0, rest_in)
    creation = min(usage.cache_creation_input_tokens or 0, rest_in - read)
    hour = min(usage.cache_creation_1h_input_tokens or 0, creation)
    rest_in -= read + creation
    audio_in = min(usage.audio_input_tokens or 0, rest_in)
    image_in = min(usage.image_input_tokens or 0, rest_in - audio_in)
    reasoning = min(usage.reasoning_output_tokens or 0, rest_out)
    audio_out = min(usage.audio_output_tokens or 0, rest_out - reasoning)
    image_out = min(usage.image_output_tokens or 0, rest_out - reasoning - audio_out)
    of_creation = price.input if price.cache_creation_input is None else price.cache_creation_input
    return (
        ("input", rest_in - audio_in - image_in, price.input),
        ("cache_read_input", read, _rate(price.cache_read_input, price.input)),
        ("cache_creation_input", creation - hour, of_creation),
        ("cache_creation_1h_input", hour, _rate(price.cache_creation_1h_input, of_creation)),
        ("audio_input", audio_in, _rate(price.audio_input, price.input)),
        ("image_input", image_in, _rate(price.image_input, price.input)),
        ("output", rest_out - reasoning - audio_out - image_out, price.output),
        ("reasoning_output", reasoning, _rate(price.reasoning_output, price.output)),
        ("audio_output", audio_out, _rate(price.audio_output, price.output)),
        ("image_output", image_out, _rate(price.image_output, price.output)),
    )


def units(usage: Usage) -> tuple[tuple[str, int], ...]:
    """How many of each thing that has a rate by the piece."""
    counts = (1, usage.images or 0, usage.seconds or 0, usage.searches or 0)
    return tuple(zip(UNIT_RATES, counts, strict=True))


def own(part: int | None, whole: int | None) -> int | None:
    """A part's own rate, if it has one."""
    return whole if part is None else part


def _rate(part: int | None, whole: int) -> int:
    return whole if part is None else part


def _difference(usage: Usage, price: Price) -> int:
    """What the parts cost more, or less, than at the rates of their wholes: the same as by `buckets`, in less time."""
    if usage.audio_input_tokens or usage.image_input_tokens or usage.audio_output_tokens or usage.image_output_tokens:
        at_rates = sum(tokens * rate for _, tokens, rate in buckets(usage, price))
        return at_rates - (usage.input_tokens or 0) * price.input - (usage.output_tokens or 0) * price.output
    whole, rate, of_creation = usage.input_tokens or 0, price.input, price.cache_creation_input
    read = min(usage.cache_read_input_tokens or 0, whole)
    creation = min(usage.cache_creation_input_tokens or 0, whole - read)
    sum_ = 0 if price.cache_read_input is None else read * (price.cache_read_input - rate)
    if creation:
        of_creation = rate if of_creation is None else of_creation
        sum_ += creation * (of_creation - rate)
        if price.cache_creation_1h_input is not None:
            hour = min(usage.cache_creation_1h_input_tokens or 0, creation)
            sum_ += hour * (price.cache_creation_1h_input - of_creation)
    if price.reasoning_output is not None:
        reasoning = min(usage.reasoning_output_tokens or 0, usage.output_tokens or 0)
        sum_ += reasoning * (price.reasoning_output - price.output)
    return sum_


def _units(usage: Usage, price: Price) -> int:
    return TOKENS_PER_RATE * _pieces(price, usage.images or 0, usage.seconds or 0, usage.searches or 0)


def _pieces(price: Price, images: int, seconds: int, searches: int) -> int:
    """The fee of a call, and of what is paid for by the piece."""
    fee = price.call or 0
    if images or seconds or searches:
        fee += images * (price.image or 0) + seconds * (price.second or 0) + searches * (price.search or 0)
    return fee


def _reaches(tier: Tier, input_tokens: int) -> bool:
    return tier.above_input_tokens is None or input_tokens > tier.above_input_tokens


def dearest_input(price: Price) -> int:
    most = price.input
    for part in (
        price.cache_read_input,
        price.cache_creation_input,
        price.cache_creation_1h_input,
        price.audio_input,
        price.image_input,
    ):
        if part is not None and part > most:
            most = part
    return most


def dearest_output(price: Price) -> int:
    most = price.output
    for part in (price.reasoning_output, price.audio_output, price.image_output):
        if part is not None and part > most:
            most = part
    return most
