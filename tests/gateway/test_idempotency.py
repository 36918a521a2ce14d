import pytest

from tests.contract.store import token
from waystation.dialects import codecs
from waystation.dialects.codec import NOWHERE, Place
from waystation.gateway.idempotency import KEY_CHARS_MAX, repeat_of
from waystation.relay.call import Repeat
from waystation.wire.errors import BadRequest

CHAT, GEMINI = codecs()["openai.chat"], codecs()["gemini.generate"]


def known(key: bytes = b"k-1", body: bytes = b"{}", place: Place = NOWHERE, token_id: str = "tok_1") -> Repeat:
    codec = CHAT if place is NOWHERE else GEMINI
    return repeat_of({b"idempotency-key": key}, token(token_id), codec, place, body)


def test_the_same_is_known_again() -> None:
    assert known() == known()
    assert b"k-1" not in known().digest + known().input_digest


def test_a_key_belongs_to_its_token() -> None:
    assert known().digest != known(b"k-2").digest
    assert known().digest != known(token_id="tok_2").digest
    assert known(b"k-2").input_digest == known(token_id="tok_2").input_digest == known().input_digest


def test_what_is_asked_is_the_body_and_what_the_path_says() -> None:
    asked = {
        known().input_digest,
        known(body=b"{ }").input_digest,
        known(place=Place("m")).input_digest,
        known(place=Place("m", stream=True)).input_digest,
        known(place=Place("other")).input_digest,
    }
    assert len(asked) == 5


@pytest.mark.parametrize("key", [b"", b"x" * (KEY_CHARS_MAX + 1), "schlüssel".encode("latin-1"), b"a\tb"])
def test_a_key_that_is_none_is_refused(key: bytes) -> None:
    with pytest.raises(BadRequest, match="1 to 255 printable"):
        known(key)
    assert known(b"x" * KEY_CHARS_MAX) != known()
