"""A vendor's plain answer, into words."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.openai_chat.reply_in import decode_reply
from waystation.wire.chat import ChatReply, Choice, TextPart, ToolCallPart
from waystation.wire.errors import BadAnswer, VendorFailure
from waystation.wire.usage import Heard, Usage

ONE = msgspec.Raw(b"1")
SPENT = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
HEARD = Heard(Usage(input_tokens=3, output_tokens=4), ())


def read(*choices: Any, **members: Any) -> ChatReply:
    body = {"choices": choices, "object": "chat.completion"} | members
    return decode_reply(json.dumps(body, separators=(",", ":")).encode(), "call_9")


def choice(content: Any = "hi", **more: Any) -> dict[str, Any]:
    return {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"} | more


HI = Choice(parts=(TextPart(text="hi"),))


def test_an_answer_is_read() -> None:
    reply = read(choice(), id="i", model="m", created=5, usage=SPENT, service_tier="flex", system_fingerprint="1")
    assert reply == ChatReply(
        dialect="openai.chat",
        id="i",
        model="m",
        created=5,
        choices=(HI,),
        heard=HEARD.served("flex"),
        service_tier="flex",
        extras={"system_fingerprint": msgspec.Raw(b'"1"')},
    )


def test_what_a_vendor_says_beside_its_count_is_kept() -> None:
    usage = SPENT | {
        "cost": 1,
        "prompt_tokens_details": {"cached_tokens": 2, "audio_tokens": 1},
        "completion_tokens_details": 5,
    }
    reply = read(choice(), usage=usage)
    assert reply.heard == Heard(
        Usage(input_tokens=3, output_tokens=4, cache_read_input_tokens=2, audio_input_tokens=1), ()
    )
    assert reply.extras == {
        "usage.cost": ONE,
        "usage.completion_tokens_details": msgspec.Raw(b"5"),
        "usage.prompt_tokens_details.audio_tokens": ONE,
    }


def test_a_count_may_stand_in_a_choice_or_nowhere() -> None:
    assert read(choice(usage=SPENT)).heard == HEARD
    assert read(choice()).heard is None
    assert read(choice(), usage="much").heard is None


def test_calls_end_an_answer_and_get_ids() -> None:
    calls = [{"function": {"name": "f", "arguments": "{}"}}]
    (found,) = read(choice(message={"tool_calls": calls})).choices
    assert found.parts == (ToolCallPart(id="call_9_0_0", name="f", arguments="{}"),)
    assert found.finish_reason == "tool_calls"


def test_logprobs_are_the_list_of_tokens() -> None:
    (found,) = read(choice(logprobs={"content": [], "refusal": [1]})).choices
    assert (found.logprobs, found.extras) == (msgspec.Raw(b"[]"), {"logprobs.refusal": msgspec.Raw(b"[1]")})
    (found,) = read(choice(logprobs=1, message={"content": "hi", "audio": 1})).choices
    assert (found.logprobs, found.extras) == (None, {"logprobs": ONE, "message.audio": ONE})


@pytest.mark.parametrize("odd", [{"index": None}, {"index": -1}, {"index": 7}, {"index": "x"}, {"index": 0.5}])
def test_choices_without_a_number_are_numbered(odd: dict[str, Any]) -> None:
    assert [one.index for one in read(choice(), choice() | {"index": 1}).choices] == [0, 1]
    assert read(choice() | odd).choices[0].index == 0


def test_members_of_another_type_are_left_among_the_unknown() -> None:
    reply = read(choice(finish_reason=5), id=5, model=None, created="now")
    assert (reply.id, reply.model, reply.created) == (None, None, None)
    assert reply.extras == {"id": msgspec.Raw(b"5"), "created": msgspec.Raw(b'"now"')}
    assert reply.choices[0].finish_reason == "stop"


def test_half_a_surrogate_pair_is_mended() -> None:
    body = b'\xef\xbb\xbf{"choices":[{"message":{"content":"a\\ud83d"}}]}'
    assert decode_reply(body, "call").choices[0].parts == (TextPart(text="a\ufffd"),)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"choices":[]}',
        b'{"choices":[5]}',
        b'{"choices":[{}]}',
        b'{"choices":[{"message":5}]}',
        b'{"choices":[{"message":{"content":5}}]}',
        b'{"choices":[{"message":{"content":"a"}}],"created":1e400}',
    ],
)
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        decode_reply(body, "call")


def test_an_error_is_the_vendors_failure() -> None:
    with pytest.raises(VendorFailure) as caught:
        decode_reply(b'{"error":{"code":"busy","type":"server","message":"secret"}}', "call")
    assert (caught.value.vendor_code, caught.value.vendor_type) == ("busy", "server")
    assert "secret" not in caught.value.message
