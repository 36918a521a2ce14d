"""Thoughts and their seals."""

import json
from typing import Any

import pytest

from waystation.dialects.openai_chat.details import detail_of, details_of, thoughts_of
from waystation.dialects.seal import wrap
from waystation.dialects.table import Table
from waystation.wire.chat import Seal, ThinkingPart

CLAUDE = Seal("anthropic.messages", "sig")


def read(**members: Any) -> list[ThinkingPart]:
    return thoughts_of(Table(json.dumps(members).encode()))


def own(text: str) -> Seal:
    return Seal("openai.chat", text)


def test_the_same_text_under_both_names_counts_once() -> None:
    assert read() == []
    assert read(reasoning_content="", reasoning=None) == []
    assert read(reasoning_content="hm") == [ThinkingPart(text="hm")]
    assert read(reasoning="hm") == [ThinkingPart(text="hm")]
    assert read(reasoning="hm", reasoning_content="hm") == [ThinkingPart(text="hm")]


def test_thoughts_of_another_type_are_left() -> None:
    table = Table(b'{"reasoning":{"effort":1},"reasoning_details":{}}')
    assert thoughts_of(table) == []
    assert table.left().keys() == {"reasoning", "reasoning_details"}


def test_details_without_a_seal_are_one_thought() -> None:
    details = [{"type": "reasoning.text", "text": "a", "id": "1"}, {"type": "reasoning.summary", "summary": "b"}]
    assert read(reasoning_details=details) == [ThinkingPart(text="ab")]
    assert read(reasoning="ab", reasoning_details=details) == [ThinkingPart(text="ab")]
    assert read(reasoning_details=[{"type": "reasoning.server_tool_call"}]) == []


def test_details_with_seals_are_thoughts_of_their_own() -> None:
    details = [
        {"type": "reasoning.text", "text": "a", "signature": "s", "index": 0},
        {"type": "reasoning.encrypted", "data": wrap(CLAUDE), "index": 1},
    ]
    parts = [ThinkingPart(text="a", seal=own("s")), ThinkingPart(seal=CLAUDE, redacted=True)]
    assert read(reasoning_details=details) == parts
    assert read(reasoning="a", reasoning_details=details) == parts


def test_a_signature_without_its_text_belongs_to_the_text_beside_it() -> None:
    details = [{"type": "reasoning.text", "signature": "s"}, {"type": "reasoning.encrypted", "data": "d"}]
    parts = [ThinkingPart(text="whole", seal=own("s")), ThinkingPart(seal=own("d"), redacted=True)]
    assert read(reasoning_content="whole", reasoning_details=details) == parts


def test_what_else_a_detail_has_comes_back_with_its_seal() -> None:
    detail = {"type": "reasoning.encrypted", "data": "d", "id": "rs_1", "format": "openai-responses-v1", "index": 0}
    (part,) = read(reasoning_details=[detail])
    assert part.redacted
    assert part.seal is not None
    assert json.loads(part.seal.text) == {key: detail[key] for key in ("type", "data", "id", "format")}
    assert _plain(details_of([part])) == [detail]


def test_a_sealed_text_comes_back_whole() -> None:
    detail = {"type": "reasoning.text", "text": "a", "signature": "s", "format": "anthropic-claude-v1", "index": 0}
    assert _plain(details_of(read(reasoning_details=[detail]))) == [detail]


def test_seals_of_others_are_wrapped() -> None:
    assert detail_of(CLAUDE, "hm", 2, redacted=False) == {
        "type": "reasoning.text",
        "signature": wrap(CLAUDE),
        "text": "hm",
        "index": 2,
    }
    assert detail_of(own("d"), "", 0, redacted=True) == {"type": "reasoning.encrypted", "data": "d", "index": 0}
    assert details_of([ThinkingPart(text="a")]) is None


@pytest.mark.parametrize("text", ["{", "{]"])
def test_a_forged_seal_is_given_on_as_it_is(text: str) -> None:
    assert detail_of(own(text), "a", 0, redacted=False)["signature"] == text


def _plain(details: object) -> object:
    import msgspec

    return json.loads(msgspec.json.encode(details))
