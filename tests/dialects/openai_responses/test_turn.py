import json

import msgspec
import pytest

from waystation.dialects.openai_responses.turn import Turn, final_response, read_turn
from waystation.wire.errors import BadRequest

DONE = {"type": "response.completed", "response": {"id": "resp_1", "output": []}}


def test_a_turn_says_what_it_goes_on_from_and_whether_to_keep_it() -> None:
    turn = read_turn(b'\xef\xbb\xbf{"model":"m","input":"Hi","previous_response_id":"resp_0","store":false}')
    assert turn == Turn("resp_0", False, msgspec.Raw(b'"Hi"'))
    assert turn.stores is False
    assert read_turn(b"{}").stores is True


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"store":"yes"}', b'{"previous_response_id":1}', b"\xff"])
def test_what_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        read_turn(body)


def test_the_response_stands_in_the_last_event_of_a_stream() -> None:
    last = b'event: response.output_text.done\ndata: {"type":"response.output_text.done"}\n\n: ping\n\ndata: x\n\n'
    assert final_response(last, stream=True) is None
    whole = last + b"event: response.completed\ndata: " + json.dumps(DONE).encode()
    response = final_response(whole, stream=True)
    assert response is not None
    assert json.loads(response) == DONE["response"]


def test_a_plain_answer_is_the_response() -> None:
    assert final_response(b"{}", stream=False) == b"{}"
