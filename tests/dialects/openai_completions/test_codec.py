"""The dialect as a whole."""

import json

from waystation.dialects.codec import Codec, Complaint
from waystation.dialects.openai_chat import CODEC as CHAT
from waystation.dialects.openai_completions import CODEC
from waystation.wire.errors import BadRequest, NoRoute
from waystation.wire.estimate import Weight
from waystation.wire.usage import Heard, Usage

BODY = b'{"model":"m","prompt":["a","b"],"stream":true}'


def test_it_is_a_codec() -> None:
    assert isinstance(CODEC, Codec)
    assert (CODEC.dialect, CODEC.operation_name) == ("openai.completions", "text_completion")
    assert (CODEC.namespace, CODEC.paths) == ("openai", ("/completions",))


def test_only_the_models_name_and_the_options_change() -> None:
    sent = CODEC.retarget(BODY, CODEC.decode(BODY), "new")
    assert sent == b'{"stream_options":{"include_usage":true},"model":"new","prompt":["a","b"],"stream":true}'


def test_a_plain_answer_is_read() -> None:
    body = {
        "model": "v",
        "choices": [{"text": "ab", "index": 0, "finish_reason": "stop"}, {"text": "c", "index": 1}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4},
    }
    facts = CODEC.reply(json.dumps(body).encode())
    assert facts.usage == Heard(Usage(input_tokens=3, output_tokens=4), ())
    assert (facts.response_model, facts.finish_reasons, facts.weight) == ("v", ("stop", "stop"), Weight(3))


def test_a_stream_is_read_for_all_prompts() -> None:
    reader = CODEC.reader(CODEC.decode(BODY))
    reader.feed(b'data: {"choices":[{"text":"a","index":0,"finish_reason":"stop"}]}\n\n')
    assert (reader.started, reader.finished) == (True, False)


def test_errors_are_those_of_chat() -> None:
    assert CODEC.error(BadRequest("no", param="prompt")) == CHAT.error(BadRequest("no", param="prompt"))
    assert CODEC.fail(NoRoute("x")) == CHAT.fail(NoRoute("x"))
    assert CODEC.complaint(b'{"error":{"message":"m","code":"c"}}') == Complaint(message="m", code="c")
