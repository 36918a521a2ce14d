"""Unknown members of inner objects, and cache marks."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.anthropic_messages.nested import cache_control, cached, put
from waystation.dialects.table import Table
from waystation.wire.errors import BadRequest


def test_members_go_back_to_their_places() -> None:
    members: dict[str, object] = {"model": "m", "output_config": {"effort": "low"}, "metadata": "odd"}
    extras = {
        "model": msgspec.Raw(b'"other"'),
        "x.y": msgspec.Raw(b"1"),
        "output_config.format.z": msgspec.Raw(b"2"),
        "metadata.w": msgspec.Raw(b"3"),
    }
    assert put(members, extras) == {
        "model": "m",
        "output_config": {"effort": "low", "format": {"z": msgspec.Raw(b"2")}},
        "metadata": "odd",
        "x.y": msgspec.Raw(b"1"),
    }


@pytest.mark.parametrize(
    ("control", "cache", "extras"),
    [
        ({"type": "ephemeral"}, "5m", {}),
        ({"type": "ephemeral", "ttl": "1h"}, "1h", {}),
        ({"type": "ephemeral", "ttl": "5m", "scope": "global"}, "5m", {"cache_control.scope": "global"}),
        ({"type": "ephemeral", "ttl": "1d"}, None, {"cache_control": {"type": "ephemeral", "ttl": "1d"}}),
        ({"type": "lasting"}, None, {"cache_control": {"type": "lasting"}}),
        (None, None, {}),
    ],
)
def test_cache_marks(control: object, cache: str | None, extras: dict[str, Any]) -> None:
    found, left = cached(Table(json.dumps({"cache_control": control}).encode()))
    assert found == cache
    assert {name: json.loads(bytes(value)) for name, value in left.items()} == extras


def test_a_cache_mark_that_is_no_object_is_refused() -> None:
    with pytest.raises(BadRequest, match=r"'tools\[0\].cache_control' must be an object"):
        cached(Table(b'{"cache_control":5}', "tools[0]"))


def test_cache_marks_are_written() -> None:
    assert cache_control(None) == {}
    assert cache_control("5m") == {"cache_control": {"type": "ephemeral"}}
    assert cache_control("1h") == {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
