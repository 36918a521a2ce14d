"""What a call used."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.gemini_generate.usage import Meter, usage_of
from waystation.wire.usage import Heard, Usage


def raw(counts: Any) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(counts).encode())


def heard(**counts: Any) -> Heard | None:
    return Meter().hear(raw(counts))


def test_every_count_finds_its_bucket() -> None:
    got = heard(
        promptTokenCount=100,
        cachedContentTokenCount=40,
        toolUsePromptTokenCount=5,
        candidatesTokenCount=20,
        thoughtsTokenCount=30,
        totalTokenCount=155,
    )
    expected = Usage(input_tokens=105, output_tokens=50, cache_read_input_tokens=40, reasoning_output_tokens=30)
    assert got == Heard(expected, ())


@pytest.mark.parametrize(
    ("counts", "whole_in", "whole_out"),
    [
        ({"promptTokenCount": 10, "totalTokenCount": 10}, 10, 0),
        ({"promptTokenCount": 10, "thoughtsTokenCount": 5, "totalTokenCount": 15}, 10, 5),
        ({"promptTokenCount": 10, "thoughtsTokenCount": 5, "totalTokenCount": 22}, 10, 12),
        ({"promptTokenCount": 10, "toolUsePromptTokenCount": 3, "totalTokenCount": 20}, 13, 7),
        ({"candidatesTokenCount": 4, "totalTokenCount": 9}, 5, 4),
        ({"promptTokenCount": 10, "thoughtsTokenCount": 5}, 10, 5),
        ({"promptTokenCount": 10, "candidatesTokenCount": 4, "totalTokenCount": 3}, 10, 4),
        ({"promptTokenCount": 10, "thoughtsTokenCount": 4, "totalTokenCount": 3}, 10, 4),
    ],
)
def test_a_count_that_is_left_out_is_in_the_total(counts: Any, whole_in: int, whole_out: int) -> None:
    got = heard(**counts)
    assert got is not None
    assert (got.usage.input_tokens, got.usage.output_tokens) == (whole_in, whole_out)


@pytest.mark.parametrize(
    "counts", [{}, {"promptTokenCount": 5}, {"totalTokenCount": 5}, {"promptTokenCount": "5"}, 5, []]
)
def test_too_little_is_not_heard(counts: object) -> None:
    assert Meter().hear(raw(counts)) is None


@pytest.mark.parametrize(
    ("counts", "usage", "marks"),
    [
        (
            {"promptTokenCount": -5, "candidatesTokenCount": 1},
            Usage(input_tokens=0, output_tokens=1),
            ("input_negative",),
        ),
        (
            {"promptTokenCount": 5, "toolUsePromptTokenCount": "x", "candidatesTokenCount": 1},
            Usage(input_tokens=5, output_tokens=1),
            (),
        ),
        (
            {"promptTokenCount": -5, "toolUsePromptTokenCount": 3, "candidatesTokenCount": 1},
            Usage(input_tokens=0, output_tokens=1),
            ("input_negative",),
        ),
        (
            {"promptTokenCount": 5, "candidatesTokenCount": 1, "cachedContentTokenCount": 9},
            Usage(input_tokens=5, output_tokens=1, cache_read_input_tokens=5),
            ("cache_read_above_whole",),
        ),
        (
            {"promptTokenCount": 5, "toolUsePromptTokenCount": -2, "candidatesTokenCount": 1},
            Usage(input_tokens=5, output_tokens=1),
            (),
        ),
    ],
)
def test_nonsense_is_mended(counts: Any, usage: Usage, marks: tuple[str, ...]) -> None:
    assert heard(**counts) == Heard(usage, marks)


def test_a_sum_that_is_absurd_is_cut() -> None:
    got = heard(promptTokenCount=10**9, toolUsePromptTokenCount=10**9, candidatesTokenCount=1)
    assert got == Heard(Usage(input_tokens=10**9, output_tokens=1), ("input_absurd",))


def test_an_odd_count_after_a_sound_one() -> None:
    meter = Meter()
    meter.hear(raw({"promptTokenCount": 10, "candidatesTokenCount": 2}))
    got = meter.hear(raw({"candidatesTokenCount": 5.0, "cachedContentTokenCount": "x"}))
    assert got == Heard(Usage(input_tokens=10, output_tokens=5), ("cache_read_not_a_number",))


def test_the_last_count_wins_and_what_it_leaves_out_stays() -> None:
    meter = Meter()
    assert meter.hear(raw({"promptTokenCount": 10})) is None
    assert meter.hear(raw({"promptTokenCount": 10, "candidatesTokenCount": 2, "thoughtsTokenCount": 3})) is not None
    got = meter.hear(raw({"promptTokenCount": 10, "candidatesTokenCount": 7, "totalTokenCount": 20}))
    assert got == Heard(Usage(input_tokens=10, output_tokens=10, reasoning_output_tokens=3), ())


@given(
    st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6) | st.none(), st.integers(0, 10**6) | st.none()
)
def test_what_is_told_is_heard_again(whole_in: int, text: int, thoughts: int | None, cached: int | None) -> None:
    usage = Usage(
        input_tokens=whole_in,
        output_tokens=text + (thoughts or 0),
        reasoning_output_tokens=thoughts,
        cache_read_input_tokens=None if cached is None else min(cached, whole_in),
    )
    told = usage_of(Heard(usage, ()))
    assert told["totalTokenCount"] == whole_in + text + (thoughts or 0)
    assert heard(**told) == Heard(usage, ())


JSON: st.SearchStrategy[object] = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=2) | st.just([])
)


@given(
    st.dictionaries(
        st.sampled_from(["promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount", "totalTokenCount"]), JSON
    )
)
def test_no_count_raises(counts: Any) -> None:
    assert isinstance(heard(**counts), Heard | None)


def _details(**counts: int) -> list[dict[str, object]]:
    return [{"modality": modality.upper(), "tokenCount": count} for modality, count in counts.items()]


def test_audio_and_images_are_heard_by_modality() -> None:
    got = heard(
        promptTokenCount=100,
        candidatesTokenCount=20,
        promptTokensDetails=[*_details(text=60, audio=25, image=10), *_details(audio=5), {"modality": "AUDIO"}],
        candidatesTokensDetails=_details(image=12, audio=3),
        serviceTier="FLEX",
    )
    expected = Usage(
        input_tokens=100,
        output_tokens=20,
        audio_input_tokens=30,
        image_input_tokens=10,
        audio_output_tokens=3,
        image_output_tokens=12,
        service_tier="flex",
    )
    assert got == Heard(expected, ())


@pytest.mark.parametrize(
    ("details", "marks"),
    [
        ({"promptTokensDetails": _details(audio=11)}, ("audio_input_above_whole",)),
        ({"candidatesTokensDetails": _details(image=5)}, ("image_output_above_whole",)),
        ({"promptTokensDetails": "nonsense"}, ()),
        ({"promptTokensDetails": None, "serviceTier": 5}, ()),
    ],
)
def test_details_that_do_not_fit_cost_nothing_else(details: dict[str, object], marks: tuple[str, ...]) -> None:
    got = heard(promptTokenCount=10, candidatesTokenCount=4, **details)
    assert got is not None
    assert (got.usage.input_tokens, got.usage.output_tokens, got.marks) == (10, 4, marks)
