"""Unknown members find back to where they stood."""

import msgspec

from waystation.dialects.nested import left_in, putting
from waystation.dialects.table import Table
from waystation.wire.chat import NO_EXTRAS

put = putting("image_url", "logprobs", "thinking")


def test_what_is_left_in_inner_objects_has_a_dot_in_its_name() -> None:
    table = Table(b'{"a":1,"image_url":{"url":"x","side":2,"none":null}}')
    inner = table.table("image_url")
    assert inner is not None
    inner.text("url")
    assert left_in(table, image_url=inner) == {"a": msgspec.Raw(b"1"), "image_url.side": msgspec.Raw(b"2")}


def test_what_is_left_deeper_has_two() -> None:
    extras = {"grammar.x": msgspec.Raw(b"1")}
    assert left_in(Table(b"{}"), format=extras, custom=None) == {"format.grammar.x": msgspec.Raw(b"1")}
    assert left_in(Table(b"{}")) is NO_EXTRAS


def test_extras_go_back_into_their_places() -> None:
    one = msgspec.Raw(b"1")
    members: dict[str, object] = {"image_url": {"url": "x"}, "logprobs": None, "tag": "kept"}
    extras = {"image_url.side": one, "image_url.url": one, "logprobs.refusal": one, "tag": one, "a.b": one, "c": one}
    assert put(members, extras) == {
        "image_url": {"url": "x", "side": one},
        "logprobs": {"refusal": one},
        "tag": "kept",
        "a.b": one,
        "c": one,
    }


def test_what_stands_whole_already_is_left_alone() -> None:
    members: dict[str, object] = {"thinking": msgspec.Raw(b'{"keep":"all"}')}
    assert put(members, {"thinking.keep": msgspec.Raw(b'"all"')}) == {"thinking": msgspec.Raw(b'{"keep":"all"}')}
