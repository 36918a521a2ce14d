from waystation.ledger.posting import AMOUNT_MAX
from waystation.ledger.reconcile.correction import due_nanos, real
from waystation.wire.price import Price
from waystation.wire.usage import Usage

PRICE = Price(currency="USD", input=2_500_000_000, output=10_000_000_000, cache_read_input=1_250_000_000)


def test_the_bill_is_what_the_real_usage_costs_at_the_calls_own_price() -> None:
    estimate = Usage(input_tokens=1000, output_tokens=200)
    told = Usage(input_tokens=1000, output_tokens=300, cache_read_input_tokens=400)
    assert due_nanos(estimate, told, PRICE) == 600 * 2500 + 400 * 1250 + 300 * 10_000


def test_an_absurd_bill_is_bounded() -> None:
    price = Price(currency="USD", input=2**62, output=2**62)
    assert due_nanos(Usage(), Usage(input_tokens=10**9, output_tokens=0), price) == AMOUNT_MAX


def test_what_the_bill_does_not_tell_stays_as_it_was() -> None:
    estimate = Usage(input_tokens=9, output_tokens=9, reasoning_output_tokens=4, cache_read_input_tokens=3, images=2)
    assert real(estimate, Usage(input_tokens=10, output_tokens=20)) == Usage(
        input_tokens=10, output_tokens=20, reasoning_output_tokens=4, cache_read_input_tokens=3, images=2
    )


def test_a_part_is_never_larger_than_its_whole() -> None:
    estimate = Usage(
        input_tokens=100,
        output_tokens=100,
        cache_read_input_tokens=90,
        cache_creation_input_tokens=50,
        cache_creation_1h_input_tokens=50,
        reasoning_output_tokens=90,
    )
    assert real(estimate, Usage(input_tokens=10, output_tokens=5, cache_read_input_tokens=4)) == Usage(
        input_tokens=10,
        output_tokens=5,
        cache_read_input_tokens=4,
        cache_creation_input_tokens=6,
        cache_creation_1h_input_tokens=6,
        reasoning_output_tokens=5,
    )
