"""The seam: what counts as a codec, and that its values can't be changed."""

import pytest

from waystation.dialects.codec import Ask, Codec, Complaint, Edit
from waystation.wire.estimate import Weight


def test_a_complaint_that_could_not_be_read_says_nothing() -> None:
    assert Complaint() == Complaint("", None, None, None)


def test_an_ask_is_frozen() -> None:
    ask = Ask(
        model="m",
        stream=False,
        include_usage=False,
        choices=1,
        max_output_tokens=None,
        weight=Weight(),
        model_span=(0, 1),
    )
    with pytest.raises(AttributeError):
        ask.model = "other"  # type: ignore[misc] # that it can't be done is what is shown


def test_edits_sort_by_their_place() -> None:
    edits = [Edit(9, 9, b"a"), Edit(1, 1, b"z")]
    assert [edit.start for edit in sorted(edits)] == [1, 9]


def test_an_object_without_the_verbs_is_no_codec() -> None:
    assert not isinstance(object(), Codec)
