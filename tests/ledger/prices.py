"""Any price and any usage, for laws."""

from hypothesis import strategies as st

from waystation.wire.price import ONE, Exchange, Factor, Price, Terms, Tier
from waystation.wire.usage import COUNT_MAX, Usage

_counts = st.none() | st.integers(0, COUNT_MAX)
_few = st.none() | st.integers(0, 1000)
_nanos = st.integers(0, 10**15)
_own = st.none() | _nanos
_parts = {
    "cache_read_input": _own,
    "cache_creation_input": _own,
    "cache_creation_1h_input": _own,
    "reasoning_output": _own,
    "audio_input": _own,
    "audio_output": _own,
    "image_input": _own,
    "image_output": _own,
    "call": _own,
    "image": _own,
    "second": _own,
    "search": _own,
}
_service_tiers = st.none() | st.sampled_from(("flex", "priority"))
_tiers = st.builds(
    Tier,
    above_input_tokens=st.none() | st.integers(0, COUNT_MAX),
    service_tier=_service_tiers,
    input=_own,
    output=_own,
    **_parts,
)
_factors = st.builds(Factor, st.just("everybody"), st.integers(0, 10 * ONE))
_exchanges = st.builds(
    Exchange, currency=st.just("CNY"), nanos=st.integers(1, 1000 * ONE), starts_at=st.just(0), inverse=st.booleans()
)
_terms = st.builds(Terms, factors=st.lists(_factors, max_size=3).map(tuple), exchange=st.none() | _exchanges)

usages = st.builds(
    Usage,
    input_tokens=_counts,
    output_tokens=_counts,
    cache_read_input_tokens=_counts,
    cache_creation_input_tokens=_counts,
    cache_creation_1h_input_tokens=_counts,
    reasoning_output_tokens=_counts,
    audio_input_tokens=_counts,
    audio_output_tokens=_counts,
    image_input_tokens=_counts,
    image_output_tokens=_counts,
    images=_few,
    seconds=_few,
    searches=_few,
    service_tier=_service_tiers,
)
prices = st.builds(
    Price,
    currency=st.just("USD"),
    input=_nanos,
    output=_nanos,
    tiers=st.lists(_tiers, max_size=3).map(tuple),
    terms=st.none() | _terms,
    **_parts,
)
# Without parts of their own: then more tokens can never move others into a cheaper bucket.
plain_prices = st.builds(Price, currency=st.just("USD"), input=_nanos, output=_nanos, terms=st.none() | _terms)
