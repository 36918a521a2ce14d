"""Seals in reasoning items."""

import base64
import json

import msgspec
import pytest

from waystation.dialects.openai_responses.seals import (
    Owned,
    own_of,
    seal_of,
    sealed_call,
    sealed_text,
    sealed_thoughts,
    seals_text,
)
from waystation.dialects.seal import wrap
from waystation.wire.chat import Seal

OWN = Seal("openai.responses", "rs_1 enc")
OTHER = Seal("gemini.generate", "CiQB")


def test_openais_own_seal_is_an_id_and_what_it_encrypted() -> None:
    assert seal_of("rs_1", "enc") == Owned(OWN)
    assert own_of(OWN) == ("rs_1", "enc")
    assert own_of(seal_of("", "enc").seal) == ("", "enc")


@pytest.mark.parametrize("seal", [OWN, OTHER])
def test_whose_a_seal_is_can_be_told(seal: Seal) -> None:
    assert seal_of("rs_2", sealed_thoughts(seal)) == Owned(seal)
    assert seal_of("rs_2", sealed_thoughts(seal, redacted=True)) == Owned(seal, "redacted")
    assert seal_of("rs_2", sealed_call(seal, "call_1")) == Owned(seal, "call", "call_1")
    assert seal_of("rs_2", sealed_text(seal)) == Owned(seal, "text")


def test_the_id_can_tell_it_too() -> None:
    assert seal_of("rs_call_1", wrap(OTHER)) == Owned(OTHER, "call")
    assert seal_of("rs_1", wrap(OTHER)) == Owned(OTHER)


def test_what_only_looks_wrapped_is_openais_own() -> None:
    text = base64.b64encode(b"ws1:nobody:x").decode()
    assert seal_of("rs_1", text) == Owned(Seal("openai.responses", f"rs_1 {text}"))


def test_an_item_that_only_seals_a_text_is_told_from_thoughts() -> None:
    sealed = json.dumps({"type": "reasoning", "encrypted_content": sealed_text(Seal("gemini.generate", "c2VhbA=="))})
    assert seals_text(msgspec.Raw(sealed.encode()))
    for other in (b'{"encrypted_content":"gAAAA"}', b"{}", b"[]", b'{"encrypted_content":"\xff"}'):
        assert not seals_text(msgspec.Raw(other))
