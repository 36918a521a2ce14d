import msgspec
import pytest

from waystation.dialects.custom_tools import UnwrappingReader, input_of, unwrap_reply, wrap_request
from waystation.dialects.framing import Frame
from waystation.wire.chat import (
    ChatReply,
    ChatRequest,
    Choice,
    CustomTool,
    ForeignTool,
    FunctionTool,
    Message,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from waystation.wire.events import BlockEnded, Finished, StreamEvent, TextDelta, ToolCallDelta, ToolCallStarted

NAMES = frozenset({"apply_patch"})
PATCH = '*** Begin Patch\n+你好 "x"\n'


def request(*messages: Message) -> ChatRequest:
    return ChatRequest(
        dialect="openai.responses",
        model="m",
        messages=messages,
        tools=(
            CustomTool(name="apply_patch", description="Edits files.", grammar=("lark", "start: /.+/")),
            CustomTool(name="shell"),
            FunctionTool(name="search"),
            ForeignTool(dialect="openai.responses", kind="web_search", raw=msgspec.Raw(b"{}")),
        ),
    )


def test_a_custom_tool_becomes_a_function_with_one_string() -> None:
    wrapped, names, losses = wrap_request(request())
    assert names == {"apply_patch", "shell"}
    patch, shell, search, web = wrapped.tools
    assert isinstance(patch, FunctionTool)
    assert isinstance(shell, FunctionTool)
    assert msgspec.json.decode(patch.parameters or b"")["required"] == ["input"]
    assert patch.description is not None
    assert patch.description.startswith("Edits files.")
    assert "start: /.+/" in patch.description
    assert shell.description is None
    assert (search, web) == request().tools[2:]
    assert [(loss.field, loss.grave) for loss in losses] == [("tools[0].format", False)]


def test_earlier_calls_and_results_are_wrapped_too() -> None:
    call = ToolCallPart(id="c1", name="apply_patch", arguments=PATCH, custom=True)
    result = ToolResultPart(call_id="c1", parts=(TextPart(text="Done."),), custom=True)
    text = Message(role="user", parts=(TextPart(text="Go on."),))
    said = (Message(role="assistant", parts=(TextPart(text="So:"), call)), Message(role="tool", parts=(result,)), text)
    wrapped, _, _ = wrap_request(request(*said))
    seen = wrapped.messages[0].parts[1]
    assert isinstance(seen, ToolCallPart)
    assert (input_of(seen.arguments), seen.custom) == (PATCH, False)
    answered = wrapped.messages[1].parts[0]
    assert isinstance(answered, ToolResultPart)
    assert answered.custom is False
    assert wrapped.messages[2] is text


def test_a_request_without_custom_tools_stays_what_it_is() -> None:
    plain = msgspec.structs.replace(request(), tools=(FunctionTool(name="search"),))
    assert wrap_request(plain) == (plain, frozenset(), ())


def test_a_reply_is_unwrapped() -> None:
    arguments = msgspec.json.encode({"input": PATCH}).decode()
    call = ToolCallPart(id="c1", name="apply_patch", arguments=arguments)
    other = ToolCallPart(id="c2", name="search", arguments="{}")
    reply = ChatReply(dialect="openai.chat", choices=(Choice(parts=(call, other)),))
    (choice,) = unwrap_reply(reply, NAMES).choices
    assert choice.parts == (msgspec.structs.replace(call, arguments=PATCH, custom=True), other)
    assert unwrap_reply(reply, frozenset()) is reply


@pytest.mark.parametrize("arguments", ["*** Begin", '{"input": 1}', '{"input":"a', ""])
def test_what_a_model_writes_without_the_form_is_handed_on_whole(arguments: str) -> None:
    assert input_of(arguments) == arguments


class Script:
    """Implements `EventReader`."""

    finished = True
    ended = True

    def read(self, frame: Frame) -> list[StreamEvent]:
        assert frame.data is not None
        return [
            TextDelta("So:"),
            ToolCallStarted("c1", "apply_patch", block=1),
            ToolCallDelta('{"inp', block=1),
            ToolCallStarted("c2", "search", block=2),
            ToolCallDelta("{}", block=2),
            ToolCallDelta('ut":"abc"}', block=1),
        ]

    def close(self) -> list[StreamEvent]:
        return [BlockEnded(1), BlockEnded(2), Finished("tool_calls")]


def test_a_stream_is_unwrapped_when_the_call_is_whole() -> None:
    reader = UnwrappingReader(Script(), NAMES)
    assert reader.read(Frame(b"", b"", b"")) == [
        TextDelta("So:"),
        ToolCallStarted("c1", "apply_patch", block=1, custom=True),
        ToolCallStarted("c2", "search", block=2),
        ToolCallDelta("{}", block=2),
    ]
    assert reader.close() == [ToolCallDelta("abc", 1), BlockEnded(1), BlockEnded(2), Finished("tool_calls")]
    assert (reader.finished, reader.ended) == (True, True)
