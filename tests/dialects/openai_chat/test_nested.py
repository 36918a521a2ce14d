"""Unknown members find back to where they stood."""

import msgspec

from waystation.dialects.openai_chat.nested import put


def test_extras_go_back_into_the_inner_objects_of_this_language() -> None:
    one = msgspec.Raw(b"1")
    assert put({"function": {"name": "f"}}, {"function.x": one, "source.x": one}) == {
        "function": {"name": "f", "x": one},
        "source.x": one,
    }
