"""Unknown members of inner objects."""

import msgspec

from waystation.dialects.openai_responses.nested import put

ONE = msgspec.Raw(b"1")


def test_they_come_back_to_their_places() -> None:
    assert put({"text": {"verbosity": "low"}}, {"text.x": ONE, "y": ONE}) == {
        "text": {"verbosity": "low", "x": ONE},
        "y": ONE,
    }
    assert put({}, {"reasoning.x": ONE, "other.x": ONE}) == {"reasoning": {"x": ONE}, "other.x": ONE}


def test_what_is_said_already_stays() -> None:
    assert put({"y": 2, "text": "t"}, {"y": ONE, "text.x": ONE}) == {"y": 2, "text": "t"}
