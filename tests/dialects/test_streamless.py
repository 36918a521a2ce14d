import pytest

from waystation.dialects.codec import Ask
from waystation.dialects.streamless import Streamless
from waystation.wire.errors import BadRequest
from waystation.wire.estimate import Weight


def test_there_is_nothing_to_read_in_pieces() -> None:
    ask = Ask(
        model="m",
        stream=False,
        include_usage=False,
        choices=1,
        max_output_tokens=0,
        weight=Weight(),
        model_span=(0, 0),
    )
    with pytest.raises(BadRequest, match="not streamed") as caught:
        Streamless().reader(ask)
    assert caught.value.param == "stream"


def test_a_call_without_a_stream_is_not_kept_alive() -> None:
    assert Streamless().keep_alive == b""
    assert Streamless().chat is None
