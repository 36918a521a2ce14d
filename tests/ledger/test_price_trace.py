import msgspec
from hypothesis import given

from tests.ledger.prices import prices, usages
from waystation.ledger.price_trace import total, trace
from waystation.ledger.pricing import cost
from waystation.wire.price import ONE, Exchange, Factor, Price, Terms, Tier
from waystation.wire.usage import Usage

PRICE = Price(
    currency="USD",
    input=2_000_000_000,
    output=10_000_000_000,
    cache_read_input=200_000_000,
    search=10_000_000,
    tiers=(Tier(above_input_tokens=10, service_tier="flex", input=1_000_000_000),),
)


def test_a_trace_has_a_line_for_each_bucket_and_each_step() -> None:
    terms = Terms(
        factors=(Factor("group vip", ONE * 9 // 10),), exchange=Exchange(currency="CNY", nanos=7 * ONE, starts_at=0)
    )
    usage = Usage(input_tokens=100, output_tokens=10, cache_read_input_tokens=40, searches=2, service_tier="flex")
    lines = trace(usage, msgspec.structs.replace(PRICE, terms=terms))
    assert [str(line) for line in lines] == [
        "tier: input above 10 tokens, service tier flex",
        "input: 60 x 1.00 USD per million tokens = 0.00006 USD",
        "cache_read_input: 40 x 0.20 USD per million tokens = 0.000008 USD",
        "output: 10 x 10.00 USD per million tokens = 0.0001 USD",
        "search: 2 x 0.01 USD = 0.02 USD",
        "sum: of these = 0.020168 USD",
        "group vip: x 0.90 = 0.0181512 USD",
        "CNY per USD: x 7.00 = 0.1270584 CNY",
        "rounded: up to a whole nano-unit = 0.1270584 CNY",
    ]


def test_an_inverse_rate_divides_and_says_what_it_cut() -> None:
    terms = Terms(exchange=Exchange(currency="CNY", nanos=ONE * 3, starts_at=0, inverse=True))
    lines = trace(Usage(input_tokens=1, output_tokens=0), msgspec.structs.replace(PRICE, terms=terms))
    assert str(lines[-2]) == "USD per CNY: / 3.00 = 0.000000666666666666… CNY"
    assert str(lines[-1]) == "rounded: up to a whole nano-unit = 0.000000667 CNY"


def test_nothing_used_is_a_sum_of_nothing() -> None:
    assert [line.step for line in trace(Usage(), PRICE)] == ["sum", "rounding"]


@given(usages, prices)
def test_the_lines_come_to_the_cost(usage: Usage, price: Price) -> None:
    lines = trace(usage, price)
    assert total(lines) == lines[-1].numerator == cost(usage, price)
