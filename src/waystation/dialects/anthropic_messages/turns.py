"""The messages of a conversation as Anthropic takes them: in turns, with the results of tools at a turn's beginning.

Rules: platform.claude.com/docs/en/api/messages, .../tool-use and .../mid-conversation-system-messages (2026-11).
"""

from collections.abc import Iterator
from typing import Final

from waystation.dialects.anthropic_messages.blocks_out import Block, Wording, block_of, content_of
from waystation.dialects.anthropic_messages.nested import put
from waystation.dialects.anthropic_messages.own import Rest
from waystation.wire.chat import Extras, ForeignPart, Message, Role, TextPart, ToolResultPart

_GO_ON: Final = "Go on."
_ROLES: Final[dict[Role, str]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "tool": "user",
    "assistant": "assistant",
}


class Turn:
    """`first` is where it begins in the request. Results of tools stand before all else in it."""

    __slots__ = ("blocks", "extras", "first", "results", "role")

    def __init__(self, role: str, first: str) -> None:
        self.role = role
        self.first = first
        self.results: list[Block] = []
        self.blocks: list[Block] = []
        self.extras: Extras = {}

    def written(self) -> dict[str, object]:
        return put({"role": self.role, "content": content_of([*self.results, *self.blocks])}, self.extras)

    def join(self, other: "Turn") -> None:
        self.results += other.results
        self.blocks += other.blocks
        self.extras = {**other.extras, **self.extras}

    @property
    def empty(self) -> bool:
        return not (self.results or self.blocks)

    def kinds(self) -> list[str]:
        """The types of its blocks; those of built-in tools are all "server"."""
        return [str(block.get("type")) if isinstance(block, dict) else "server" for block in self.blocks]


def system_and_turns(messages: tuple[Message, ...], wording: Wording) -> tuple[list[Block], list[Turn]]:
    """What stands before the conversation, and the conversation."""
    head = next((at for at, message in enumerate(messages) if _ROLES[message.role] != "system"), len(messages))
    if head == len(messages) > 0:  # a conversation needs a user, so the last one speaks for it
        head -= 1
    system = [block for at in range(head) for block in _blocks(messages[at], f"messages[{at}]", wording)]
    turns = [turn for turn in _turns(messages, head, wording) if not turn.empty]
    if wording.same:
        return system, _stripped(turns)
    return system, _stripped(_ended(_joined(_settled(turns, wording)), wording))


def is_unsealed(turns: list[Turn]) -> bool:
    """A tool's result is to be answered, and the answer that called for it does not begin with Claude's own thought.

    All rounds of calls and results in a row are one answer.
    """
    first: Turn | None = None
    answered = False
    for turn in reversed(turns):
        if turn.role == "assistant":
            first = turn
        elif first is None:
            answered = answered or bool(turn.results)
        elif turn.blocks:
            break
    kinds = [] if first is None else first.kinds()
    return answered and "tool_use" in kinds and kinds[0] not in ("thinking", "redacted_thinking")


def _turns(messages: tuple[Message, ...], head: int, wording: Wording) -> Iterator[Turn]:
    """One for each message; what belongs to the message before it joins that."""
    turn: Turn | None = None
    for at in range(head, len(messages)):
        message, path = messages[at], f"messages[{at}]"
        if turn is None or not isinstance(message, Rest):
            if turn is not None:
                yield turn
            turn = Turn(_ROLES[message.role], path)
        turn.extras = {**turn.extras, **wording.losses.keep(path, message.extras)}
        if message.name is not None:
            wording.losses.note(f"{path}.name", "speakers have no names here")
        blocks = _blocks(message, path, wording)
        if message.role == "tool":
            turn.results += blocks
        else:
            turn.blocks += blocks
    if turn is not None:
        yield turn


def _blocks(message: Message, path: str, wording: Wording) -> list[Block]:
    written = []
    for at, part in enumerate(message.parts):
        place = f"{path}.parts[{at}]"
        if _is_text_only(message.role) and not isinstance(part, TextPart | ForeignPart):
            wording.lose(place, f"the {message.role}'s words are text")
        elif message.role == "tool" and not isinstance(part, ToolResultPart):
            wording.lose(place, "a tool's message can't hold it")
        else:
            written.append(block_of(part, place, message.role, wording))
    return [block for block in written if block is not None]


def _is_text_only(role: Role) -> bool:
    return _ROLES[role] == "system"


def _settled(turns: list[Turn], wording: Wording) -> list[Turn]:
    """System turns stay where the model takes them: after the user's, and before the assistant's or at the end."""
    roles = [turn.role for turn in turns]
    for at, turn in enumerate(turns):
        if turn.role != "system":
            continue
        after_user = at > 0 and roles[at - 1] == "user"
        before_answer = at + 1 == len(turns) or roles[at + 1] == "assistant"
        if not (wording.family.system and after_user and before_answer):
            turn.role = "user"
            wording.losses.note(turn.first, "the system's words in the conversation are said by the user here")
    return turns


def _joined(turns: list[Turn]) -> list[Turn]:
    out: list[Turn] = []
    for turn in turns:
        if out and out[-1].role == turn.role:
            out[-1].join(turn)
        else:
            out.append(turn)
    return out


def _ended(turns: list[Turn], wording: Wording) -> list[Turn]:
    """A conversation begins with the user, and where the model can't go on with its own words it ends so too."""
    if turns and turns[0].role == "assistant":
        wording.losses.note(turns[0].first, "a conversation begins with the user: it is asked to go on")
        turns = [_user(turns[0].first), *turns]
    if turns and turns[-1].role == "assistant" and not wording.family.prefill:
        wording.losses.note(turns[-1].first, "this model does not go on with its own words: it is asked to")
        turns = [*turns, _user(turns[-1].first)]
    return turns


def _user(path: str) -> Turn:
    turn = Turn("user", path)
    turn.blocks.append({"type": "text", "text": _GO_ON})
    return turn


def _stripped(turns: list[Turn]) -> list[Turn]:
    """Anthropic refuses white space at the end of what the assistant is to go on with."""
    last = turns[-1] if turns else None
    if last is not None and last.role == "assistant" and last.blocks:
        block = last.blocks[-1]
        if isinstance(block, dict) and block.get("type") == "text":
            last.blocks[-1] = {**block, "text": str(block["text"]).rstrip()}
    return turns
