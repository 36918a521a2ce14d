"""What a vendor says it used is made safe before anybody counts with it."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.wire.usage import COUNT_MAX, Heard, Usage, hear

anything = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.lists(st.integers(), max_size=2)
)


def test_not_said_and_none_are_kept_apart() -> None:
    assert Usage().input_tokens is None
    assert Usage(input_tokens=0) != Usage()


@pytest.mark.parametrize("name", [name for name in Usage.__struct_fields__ if name != "service_tier"])
@pytest.mark.parametrize("count", [-1, COUNT_MAX + 1])
def test_a_count_out_of_range_is_refused(name: str, count: int) -> None:
    with pytest.raises(ValueError, match=name):
        msgspec.structs.replace(Usage(), **{name: count})


def test_every_bucket_is_heard() -> None:
    heard = hear(
        input_tokens=10,
        output_tokens=5,
        cache_read_input_tokens=4,
        cache_creation_input_tokens=3,
        cache_creation_1h_input_tokens=1,
        reasoning_output_tokens=2,
    )
    usage = Usage(
        input_tokens=10,
        output_tokens=5,
        cache_read_input_tokens=4,
        cache_creation_input_tokens=3,
        cache_creation_1h_input_tokens=1,
        reasoning_output_tokens=2,
    )
    assert heard == Heard(usage, ())


def test_what_is_not_said_stays_unsaid() -> None:
    assert hear(input_tokens=10, output_tokens=0) == Heard(Usage(input_tokens=10, output_tokens=0), ())
    assert hear(input_tokens=None, output_tokens=5) is None
    assert hear(input_tokens=10, output_tokens=None) is None


@pytest.mark.parametrize(
    ("said", "count", "mark"),
    [
        (12.0, 12, None),
        (-1, 0, "input_negative"),
        (-1.0, 0, "input_negative"),
        (10**18, COUNT_MAX, "input_absurd"),
        (1e18, COUNT_MAX, "input_absurd"),
        (COUNT_MAX, COUNT_MAX, None),
    ],
)
def test_a_number_is_made_safe_and_marked(said: object, count: int, mark: str | None) -> None:
    heard = hear(input_tokens=said, output_tokens=1)
    assert heard == Heard(Usage(input_tokens=count, output_tokens=1), (mark,) if mark else ())


@pytest.mark.parametrize("said", ["12", True, 1.5, float("inf"), float("nan"), [], {}])
def test_what_is_no_number_is_not_said(said: object) -> None:
    assert hear(input_tokens=said, output_tokens=1) is None
    heard = hear(input_tokens=1, output_tokens=1, reasoning_output_tokens=said)
    assert heard == Heard(Usage(input_tokens=1, output_tokens=1), ("reasoning_not_a_number",))


def test_a_part_is_no_larger_than_its_whole() -> None:
    heard = hear(input_tokens=5, output_tokens=2, cache_read_input_tokens=9, reasoning_output_tokens=3)
    usage = Usage(input_tokens=5, output_tokens=2, cache_read_input_tokens=5, reasoning_output_tokens=2)
    assert heard == Heard(usage, ("cache_read_above_whole", "reasoning_above_whole"))


@pytest.mark.parametrize(("whole", "part", "count"), [(3, 4, 3), (None, 4, 0), (0, 1, 0), (10**9, 9, 5)])
def test_what_lasts_an_hour_is_a_part_of_what_was_written(whole: int | None, part: int, count: int) -> None:
    heard = hear(
        input_tokens=5, output_tokens=2, cache_creation_input_tokens=whole, cache_creation_1h_input_tokens=part
    )
    assert heard is not None
    assert heard.usage.cache_creation_1h_input_tokens == count
    assert "cache_creation_1h_above_whole" in heard.marks


@given(anything, anything, anything, anything, anything, anything)
def test_nothing_makes_it_raise_or_give_credit(
    a: object, b: object, c: object, d: object, e: object, f: object
) -> None:
    heard = hear(
        input_tokens=a,
        output_tokens=b,
        cache_read_input_tokens=c,
        cache_creation_input_tokens=d,
        cache_creation_1h_input_tokens=e,
        reasoning_output_tokens=f,
    )
    if heard is not None:
        counts = [getattr(heard.usage, name) for name in Usage.__struct_fields__]
        assert all(count is None or 0 <= count <= COUNT_MAX for count in counts)


@pytest.mark.parametrize(
    ("said", "tier"), [("flex", "flex"), (None, None), (7, None), ("", None), ("x" * 33, None), ("пять", None)]
)
def test_a_service_tier_is_a_plain_word(said: object, tier: str | None) -> None:
    heard = hear(input_tokens=1, output_tokens=1, service_tier=said)
    assert heard is not None
    assert heard.usage.service_tier == tier


def test_parts_by_modality_are_cut_to_their_wholes() -> None:
    heard = hear(input_tokens=5, output_tokens=3, audio_input_tokens=6, image_output_tokens=4, searches=-1)
    assert heard == Heard(
        Usage(input_tokens=5, output_tokens=3, audio_input_tokens=5, image_output_tokens=3, searches=0),
        ("audio_input_above_whole", "image_output_above_whole", "searches_negative"),
    )


@pytest.mark.parametrize("name", [name for name in Usage.__struct_fields__ if "put_tokens" in name])
def test_a_usage_with_a_part_is_detailed(name: str) -> None:
    part = name not in {"input_tokens", "output_tokens", "cache_creation_1h_input_tokens"}
    assert msgspec.structs.replace(Usage(), **{name: 1}).detailed is part
