"""Estimates are near for likely texts, and ceilings above all natural ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.wire.estimate import Weight, ceiling_of, most_of, tokens_of

weights = st.builds(Weight, st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 100))

# Characters (ASCII, wide) and tokens with o200k and cl100k, of texts measured on 2026-11-23.
MEASURED = {
    "the Apache licence": (Weight(11_600, 0), 2_262, 2_270),
    "a manual in English": (Weight(59_356, 0), 14_337, 14_451),
    "asyncio/base_events.py": (Weight(77_141, 0), 14_934, 14_740),
    "stdio.h": (Weight(32_651, 0), 8_208, 8_161),
    "a readme in Chinese": (Weight(0, 4_609), 3_103, 4_333),
    "a readme in Japanese": (Weight(0, 4_036), 2_718, 3_907),
    "Korean": (Weight(300, 960), 661, 1_101),
    "German": (Weight(3_360, 60), 781, 1_001),
    "dense JSON": (Weight(24_606, 0), 9_601, 9_601),
}


@pytest.mark.parametrize("text", MEASURED)
def test_an_estimate_is_near_and_a_ceiling_above(text: str) -> None:
    weight, o200k, cl100k = MEASURED[text]
    assert 0.6 < tokens_of(weight) / o200k < 1.4
    assert ceiling_of(weight) > max(o200k, cl100k)


def test_nothing_weighs_nothing() -> None:
    assert tokens_of(Weight()) == 0
    assert tokens_of(Weight(1)) == 1
    assert tokens_of(Weight(0, 1)) == 1


def test_media_have_allowances() -> None:
    assert tokens_of(Weight(media=2)) == 2_000
    assert ceiling_of(Weight(media=1)) > 4_000
    assert most_of(Weight(media=1), 100) > 48_169  # what gpt-4o-mini counts for its largest image


@given(weights)
def test_an_estimate_is_below_its_ceiling_and_that_below_the_absurd(weight: Weight) -> None:
    body_bytes = weight.ascii_chars + 3 * weight.wide_chars
    assert tokens_of(weight) <= ceiling_of(weight) <= most_of(weight, body_bytes)


@given(weights, weights)
def test_more_text_is_never_fewer_tokens(one: Weight, other: Weight) -> None:
    both = Weight(one.ascii_chars + other.ascii_chars, one.wide_chars + other.wide_chars, one.media + other.media)
    assert tokens_of(both) >= max(tokens_of(one), tokens_of(other))
    assert tokens_of(both) <= tokens_of(one) + tokens_of(other)
