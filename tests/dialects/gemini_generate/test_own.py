"""What only this language keeps must survive what the house does to a request on its way."""

import msgspec

from waystation.dialects.custom_tools import wrap_request
from waystation.dialects.gemini_generate.own import GivenResult, Rest, Unnumbered, Validated
from waystation.dialects.links import inlined
from waystation.wire.chat import ChatRequest, ImagePart, Inline, Link, ToolCallPart


def test_a_message_keeps_its_kind_when_its_files_are_put_in() -> None:
    picture = ImagePart(source=Link("https://a/b.png"))
    result = GivenResult(call_id="c", parts=(picture,), response=msgspec.Raw(b"{}"), numbered=True)
    call = Unnumbered(id="c", name="f", arguments="{}")
    messages = (Rest(role="assistant", parts=(call,)), Rest(role="tool", parts=(result,)))
    request = ChatRequest(dialect="gemini.generate", model="m", messages=messages)
    wrapped, _, _ = wrap_request(request)
    got = inlined(wrapped, {"https://a/b.png": Inline("image/png", "AAAA")}).messages
    assert all(isinstance(message, Rest) for message in got)
    assert isinstance(got[0].parts[0], Unnumbered)
    after = got[1].parts[0]
    assert isinstance(after, GivenResult)
    assert after.parts == (ImagePart(source=Inline("image/png", "AAAA")),)
    assert after.response is result.response


def test_they_are_words_of_the_hub() -> None:
    assert isinstance(Unnumbered(id="c", name="f", arguments="{}"), ToolCallPart)
    assert Validated("auto", ("f",)).names == ("f",)
