from hypothesis import given
from hypothesis import strategies as st

from waystation.ledger.pricing import ceiling
from waystation.ledger.tariff import tariff_of
from waystation.wire.price import Exchange, Factor, Price, Terms, Tier

rates = st.integers(0, 10**12)
some = st.none() | rates
tiers = st.builds(Tier, above_input_tokens=st.none() | st.integers(0, 10**5), input=some, output=some, call=some)
terms = st.builds(
    Terms,
    version=st.just(1),
    factors=st.lists(st.builds(Factor, st.just("everybody"), st.integers(1, 3 * 10**9)), max_size=2).map(tuple),
    exchange=st.none()
    | st.builds(Exchange, currency=st.just("CNY"), nanos=st.integers(1, 10**10), starts_at=st.just(0)),
)
prices = st.builds(
    Price,
    currency=st.just("USD"),
    input=rates,
    output=rates,
    cache_creation_input=some,
    audio_output=some,
    call=some,
    tiers=st.lists(tiers, max_size=2).map(tuple),
    terms=st.none() | terms,
)


@given(prices, st.integers(0, 10**6), st.integers(0, 10**6))
def test_it_says_what_the_price_says(price: Price, input_tokens: int, output_tokens: int) -> None:
    tariff = tariff_of(price)
    assert tariff.ceiling(input_tokens, output_tokens) == ceiling(
        price, input_tokens=input_tokens, output_tokens=output_tokens
    )
    assert (tariff.price, tariff.currency) == (price, price.billed_in)
