from typing import Any

import pytest
from pydantic import ValidationError

from waystation.manifest.override_entries import OverridesEntry


def read(**fields: Any) -> OverridesEntry:
    return OverridesEntry.model_validate(fields)


def test_what_may_be_one_or_several_is_a_list() -> None:
    entry = read(
        headers={"pass": "x-a", "drop": ["x-b", "x-c"], "rename": {"x-d": "x-e"}, "set": {"x-f": "1"}},
        body=[
            {"set": "a.b", "to": {"c": [1, "x"]}, "when": {"model": "g*", "has": "x", "lacks": ["y"], "stream": True}}
        ],
        path={"prefix": "/p", "replace": {"openai.chat": "/c?v=1"}},
    )
    assert (entry.headers.passed, entry.headers.drop) == (["x-a"], ["x-b", "x-c"])
    (rule,) = entry.body
    assert (rule.set, rule.to) == ("a.b", '{"c":[1,"x"]}')
    assert rule.when is not None
    assert (rule.when.model, rule.when.has, rule.when.lacks, rule.when.stream) == (["g*"], ["x"], ["y"], True)


@pytest.mark.parametrize(
    "fields",
    [
        {"body": [{"set": "", "to": 1}]},
        {"body": [{"set": "a..b", "to": 1}]},
        {"body": [{"set": "a\n", "to": 1}]},
        {"body": [{"set": "a" * 257, "to": 1}]},
        {"body": [{"set": 1, "to": 1}]},
        {"body": [{"set": "a", "to": object()}]},
        {"body": [{"set": "a", "to": "x" * 20_000}]},
        {"body": [{"set": "a", "to": 1, "if": "1 == 1"}]},
        {"body": [{"set": "a", "to": 1, "when": {"model": "a?b"}}]},
        {"body": [{"set": "a", "to": 1, "when": {"stream": "yes"}}]},
        {"body": [{"set": "a", "to": 1, "when": {"equals": {"a": []}}}]},
        {"body": [{"set": "a", "to": 1, "when": {"equals": {"a": [None]}}}]},
        {"body": [{"set": "a", "to": 1, "when": {"equals": {"a": {"b": 1}}}}]},
        {"body": [{"drop": "a"}] * 101},
        {"headers": {"set": {"x-a": "1\r\nx-b: 2"}}},
        {"headers": {"set": {"x-a": ""}}},
        {"headers": {"set": {"x-a": " 1"}}},
        {"headers": {"set": {"x-a": "é"}}},
        {"headers": {"set": {"x-a": 1}}},
        {"path": {"prefix": "p"}},
        {"path": {"prefix": "/p/"}},
        {"path": {"prefix": "/p?a=b"}},
        {"path": {"prefix": "/p/{model}"}},
        {"path": {"prefix": "/a/../b"}},
        {"path": {"replace": {"openai.chat": "https://evil.example/"}}},
        {"path": {"replace": {"openai.chat": "//evil.example/"}}},
        {"path": {"replace": {"openai.chat": "/a b"}}},
        {"path": {"replace": {"openai.chat": "/a?"}}},
        {"path": {"replace": {"openai.chat": "/a#b"}}},
    ],
)
def test_anything_else_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read(**fields)
