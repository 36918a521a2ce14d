"""From an ask to a reply, as pure functions: the same ask is always answered alike, in whatever language it came."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, cycle, islice, pairwise
from typing import Final, Literal

from waystation.demo.ask import ChatAsk, Message
from waystation.demo.settings import DemoSettings
from waystation.demo.tokens import is_chinese, tokens
from waystation.demo.tools import arguments, chosen_tool, is_free, is_named
from waystation.demo.usage import Usage, cached_tokens, prompt_tokens

FinishReason = Literal["stop", "length", "tool_calls"]
Wire = dict[str, object]

_EXCERPT_CHARACTERS: Final = 160
_THOUGHT: Final = "The user wants an answer; I give one."
_ARGUMENT_CHARACTERS: Final = 8  # of a tool call's arguments, in one chunk


@dataclass(frozen=True, slots=True)
class ToolCall:
    id: str
    name: str
    arguments: str
    free: bool = False  # a custom tool's text, no JSON


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model says; with n above one every choice says the same."""

    id: str
    model: str
    created: int  # seconds since 1970
    choices: int
    pieces: tuple[str, ...]  # the text as it is streamed, or the arguments of the tool call
    tool: ToolCall | None
    finish_reason: FinishReason
    usage: Usage
    thought: tuple[str, ...] = ()  # as it is streamed


def compose(
    ask: ChatAsk,
    settings: DemoSettings,
    *,
    completion_id: str,
    created: int,
    call_id: str | None = None,
    thinks: bool = True,
) -> Reply:
    """A model with `reason` in its name thinks for eight tokens, unless it is told not to."""
    limit = None if settings.boundless else ask.limit
    thought = tuple(tokens(_THOUGHT))[:limit] if thinks and "reason" in ask.model else ()
    reasoning = len(thought)
    room = None if limit is None else limit - reasoning
    call_id = call_id or completion_id.replace("chatcmpl-", "call_")
    pieces, tool, finish, visible = _speak(ask, settings, call_id, room)
    prompt = prompt_tokens(ask)
    choices = ask.n or 1
    return Reply(
        id=completion_id,
        model=ask.model,
        created=created,
        choices=choices,
        pieces=pieces,
        tool=tool,
        finish_reason=finish,
        usage=Usage(prompt, (visible + reasoning) * choices, cached_tokens(ask, prompt), reasoning * choices),
        thought=thought,
    )


def _speak(
    ask: ChatAsk, settings: DemoSettings, call_id: str, room: int | None
) -> tuple[tuple[str, ...], ToolCall | None, FinishReason, int]:
    """Pieces, tool call, why it ended, and the visible tokens, of which there are at most `room`."""
    function = chosen_tool(ask)
    if function is None:
        said = list(_tokens_of_text(ask, settings, room))
        cut = room is not None and len(said) > room
        said = said[:room]
        return _grouped(said, settings.chunks), None, "length" if cut else "stop", len(said)
    free = is_free(ask, function)
    whole = _excerpt(ask) if free else arguments(function, _excerpt(ask))
    spoken = [function.name, *tokens(whole)]  # the name is a token, and so is each word of the arguments
    finish: FinishReason = "stop" if is_named(ask) else "tool_calls"
    if room is not None and len(spoken) > room:
        spoken, finish = spoken[:room], "length"
    shown = "".join(spoken[1:])
    size = _ARGUMENT_CHARACTERS
    pieces = tuple(shown[start : start + size] for start in range(0, len(shown), size))
    return pieces, ToolCall(call_id, function.name, shown, free), finish, len(spoken)


def _tokens_of_text(ask: ChatAsk, settings: DemoSettings, room: int | None) -> Iterator[str]:
    """One more than `room` if the text is longer; repeated until it fills the chunks that were ordered."""
    once = list(tokens(settings.reply if settings.reply is not None else _echo(ask)))
    wanted = max(len(once), settings.chunks) if once else 0
    if room is not None:
        wanted = min(wanted, room + 1)
    again = [f" {once[0].lstrip()}", *once[1:]] if once else []  # or the border between two rounds would be lost
    return islice(chain(once, cycle(again)), wanted)


def _grouped(said: list[str], groups: int) -> tuple[str, ...]:
    if not groups or len(said) <= groups:
        return tuple(said)
    borders = [len(said) * group // groups for group in range(groups + 1)]
    return tuple("".join(said[start:end]) for start, end in pairwise(borders))


def _echo(ask: ChatAsk) -> str:
    excerpt = _excerpt(ask)
    if not excerpt:
        return "You said nothing."
    last = _last_spoken(ask)
    if last is not None and last.role == "tool":
        return f"工具说：{excerpt}" if is_chinese(excerpt) else f"The tool said: {excerpt}"
    return f"你说：{excerpt}" if is_chinese(excerpt) else f"You said: {excerpt}"


def _last_spoken(ask: ChatAsk) -> Message | None:
    return next((message for message in reversed(ask.messages or []) if message.role in {"user", "tool"}), None)


def _excerpt(ask: ChatAsk) -> str:
    """The beginning of what the user, or the tool that was called, said last."""
    last = _last_spoken(ask)
    if last is None:
        return ""
    return " ".join(last.text()[: 2 * _EXCERPT_CHARACTERS].split())[:_EXCERPT_CHARACTERS]
