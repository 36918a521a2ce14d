"""What an answer amounts to, whether it was read whole or in pieces: what every language must keep."""

from contextlib import suppress

import msgspec

from waystation.dialects.custom_tools import input_of
from waystation.wire.chat import ChatReply, Choice, FinishReason, RefusalPart, TextPart, ThinkingPart, ToolCallPart
from waystation.wire.events import (
    Finished,
    Metered,
    RefusalDelta,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallStarted,
)
from waystation.wire.usage import Heard, Usage


class Call(msgspec.Struct, frozen=True):
    """`input` is JSON text without white space, or the free text of a custom tool."""

    id: str
    name: str
    input: str


class Said(msgspec.Struct, frozen=True):
    """One choice. `text` holds refusals too, since not every language tells them apart: `refused` says so."""

    text: str = ""
    refused: bool = False
    thoughts: str = ""
    calls: tuple[Call, ...] = ()
    finish: FinishReason = "other"


class Amount(msgspec.Struct, frozen=True):
    """A whole answer. A count that was not said is 0 in some languages."""

    choices: tuple[Said, ...]
    usage: Usage | None


def of_reply(reply: ChatReply) -> Amount:
    return Amount(tuple(map(_of_choice, reply.choices)), _counts(reply.heard))


def of_events(events: list[StreamEvent]) -> Amount:
    """Its choices by their numbers; the last count is the bill's."""
    heard = [event.heard for event in events if isinstance(event, Metered)]
    numbers = sorted({event.choice for event in events if isinstance(event, Finished)})
    return Amount(tuple(_of_pieces(events, number) for number in numbers), _counts(heard[-1] if heard else None))


def _of_choice(choice: Choice) -> Said:
    return Said(
        text="".join(part.text for part in choice.parts if isinstance(part, TextPart | RefusalPart)),
        thoughts="".join(part.text for part in choice.parts if isinstance(part, ThinkingPart)),
        calls=tuple(
            _call(part.id, part.name, part.arguments) for part in choice.parts if isinstance(part, ToolCallPart)
        ),
        refused=any(isinstance(part, RefusalPart) for part in choice.parts),
        finish=choice.finish_reason,
    )


def _of_pieces(events: list[StreamEvent], choice: int) -> Said:
    text, thoughts = "", ""
    begun: dict[int, ToolCallStarted] = {}
    inputs: dict[int, str] = {}
    refused = any(isinstance(event, RefusalDelta) and event.choice == choice for event in events)
    said = Said()
    for event in events:
        match event:
            case TextDelta(piece, _, number) | RefusalDelta(piece, _, number) if number == choice:
                text += piece
            case ThinkingDelta(piece, _, number) if number == choice:
                thoughts += piece
            case ToolCallStarted(block=block) if event.choice == choice:
                begun[block], inputs[block] = event, ""
            case ToolCallDelta(piece, block, number) if number == choice:
                inputs[block] += piece
            case Finished(reason, number) if number == choice:
                said = Said(refused=refused, finish=reason)
            case _:
                pass
    calls = tuple(_call(begun[block].id, begun[block].name, inputs[block]) for block in sorted(begun))
    return msgspec.structs.replace(said, text=text, thoughts=thoughts, calls=calls)


def _call(identity: str, name: str, arguments: str) -> Call:
    """Languages that know functions only show the free text of a custom tool as the function's one string."""
    text = input_of(arguments)
    with suppress(msgspec.DecodeError):
        text = msgspec.json.encode(msgspec.json.decode(text), order="sorted").decode()
    return Call(identity, name, text)


def _counts(heard: Heard | None) -> Usage | None:
    if heard is None:
        return None
    said = msgspec.structs.asdict(heard.usage).items()
    unsaid = {name: 0 for name, count in said if count is None and name != "service_tier"}
    return msgspec.structs.replace(heard.usage, **unsaid)
