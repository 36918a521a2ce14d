"""What Anthropic refuses in a request that has the right shape.

Rules and texts: platform.claude.com/docs/en/build-with-claude/extended-thinking and /tool-use, and
platform.claude.com/docs/en/api/migration-2026-10-21 (all 2026-11), and what users report: anthropics/claude-code issues
8210, 10627, 18947; aliasrobotics/cai issue 182; MayDay-wpf/snow-app issue 42; ttlequals0/MinusPod release 2.101.10.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from waystation.demo.anthropic.ask import (
    Block,
    Document,
    MessagesAsk,
    RedactedThinking,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
)
from waystation.demo.refusals import Refusal, Refused
from waystation.demo.seals import fits, is_own

KIND: Final = "anthropic"
STRICTER: Final = "2026-10-21"  # the version that took sampling away
_LEAST_BUDGET: Final = 1024


@dataclass(frozen=True, slots=True)
class _Turn:
    """Messages of one role in a row count as one turn; `at` is the place of each block."""

    role: str
    blocks: list[Block]
    at: list[str]

    def uses(self) -> list[str]:
        return [block.id for block in self.blocks if isinstance(block, ToolUse)]

    def results(self) -> list[str]:
        return [block.tool_use_id for block in self.blocks if isinstance(block, ToolResult)]


def check(ask: MessagesAsk, version: str) -> None:
    """Raises Refused."""
    for wrong in _wrongs(ask, version):
        raise Refused(Refusal(400, wrong))


def _wrongs(ask: MessagesAsk, version: str) -> Iterator[str]:
    if version == STRICTER:
        yield from _gone(ask)
    yield from _options(ask)
    yield from _contents(ask)
    turns = _turns(ask)
    if turns[0].role == "assistant":
        yield 'messages: first message must use the "user" role'
    yield from _results(turns)
    yield from _seals(turns)
    if ask.thinking is not None and ask.thinking.type == "enabled":
        yield from _thought_first(turns)


def _gone(ask: MessagesAsk) -> Iterator[str]:
    """What the newest version does without."""
    for name, given in (("temperature", ask.temperature), ("top_p", ask.top_p), ("top_k", ask.top_k)):
        if given is not None:
            yield f"{name}: Extra inputs are not permitted"
    for number, message in enumerate(ask.messages):
        for place, block in enumerate(message.blocks()):
            at = f"messages.{number}.content.{place}"
            if message.role == "assistant" and isinstance(block, Document):
                yield f"{at}: document blocks are not permitted in assistant messages"
            if message.role == "user" and isinstance(block, Text) and block.citations:
                yield f"{at}.text.citations: citations are not permitted in user messages"


def _options(ask: MessagesAsk) -> Iterator[str]:
    if not ask.messages:
        yield "messages: at least one message is required"
    if ask.tool_choice is not None and not ask.tools:
        yield "tool_choice may only be specified while providing tools."
    names = [tool.name for tool in ask.tools or ()]
    if len(set(names)) < len(names):
        yield "tools: Tool names must be unique."
    for number, tool in enumerate(ask.tools or ()):
        if tool.type in {None, "custom"} and (tool.input_schema or {}).get("type") != "object":
            yield f"tools.{number}.custom.input_schema.type: Field required"
    if ask.has_thinking:
        yield from _thinking(ask)


def _thinking(ask: MessagesAsk) -> Iterator[str]:
    if ask.thinking is not None and ask.thinking.type == "enabled":
        yield from _budget(ask, ask.thinking.budget_tokens)
    if ask.temperature not in {None, 1}:
        yield "`temperature` may only be set to 1 when thinking is enabled or in adaptive mode."
    if ask.top_k is not None:
        yield "`top_k` must be unset when thinking is enabled."
    if ask.tool_choice is not None and ask.tool_choice.type in {"any", "tool"}:
        yield "Thinking may not be enabled when tool_choice forces tool use."


def _budget(ask: MessagesAsk, budget: int | None) -> Iterator[str]:
    if budget is None:
        yield "thinking.enabled.budget_tokens: Field required"
    elif budget < _LEAST_BUDGET:
        yield "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"
    elif budget >= ask.max_tokens:
        yield "`max_tokens` must be greater than `thinking.budget_tokens`."


def _contents(ask: MessagesAsk) -> Iterator[str]:
    if isinstance(ask.system, list) and not all(block.text for block in ask.system):
        yield "system: text content blocks must be non-empty"
    last = len(ask.messages) - 1
    for number, message in enumerate(ask.messages):
        is_prefill = number == last and message.role == "assistant"
        if not message.content and not is_prefill:
            yield f"messages.{number}: all messages must have non-empty content except for the optional final message"
        texts = [block.text for block in message.blocks() if isinstance(block, Text)]
        if isinstance(message.content, list) and not all(texts):
            yield "messages: text content blocks must be non-empty"
        if not all(text.strip() for text in texts if text):
            yield "messages: text content blocks must contain non-whitespace text"
        if is_prefill and texts and texts[-1] != texts[-1].rstrip():
            yield "messages: final assistant content cannot end with trailing whitespace"


def _turns(ask: MessagesAsk) -> list[_Turn]:
    turns: list[_Turn] = []
    for number, message in enumerate(ask.messages):
        if not turns or turns[-1].role != message.role:
            turns.append(_Turn(message.role, [], []))
        for place, block in enumerate(message.blocks()):
            turns[-1].blocks.append(block)
            turns[-1].at.append(f"messages.{number}.content.{place}")
    return turns


def _results(turns: list[_Turn]) -> Iterator[str]:
    """Every use has its one result at the beginning of the next turn, and every result its use in the last."""
    uses = [use for turn in turns for use in turn.uses()]
    if len(set(uses)) < len(uses):
        yield "messages: `tool_use` ids must be unique"
    before: list[str] = []
    for number, turn in enumerate([*turns, _Turn("user", [], [])]):
        results = _leading_results(turn)
        missing = [use for use in before if use not in results]
        if missing and number < len(turns):
            at = turns[number - 1].at[-1].rpartition(".content")[0]
            yield (
                f"{at}: `tool_use` ids were found without `tool_result` blocks immediately after: "
                f"{', '.join(missing)}. Each `tool_use` block must have a corresponding `tool_result` block in the "
                "next message."
            )
        for block, at in zip(turn.blocks, turn.at, strict=True):
            if isinstance(block, ToolResult) and block.tool_use_id not in before:
                yield (
                    f"{at}: unexpected `tool_use_id` found in `tool_result` blocks: {block.tool_use_id}. Each "
                    "`tool_result` block must have a corresponding `tool_use` block in the previous message."
                )
        if len(set(turn.results())) < len(turn.results()):
            yield f"{turn.at[0]}: each tool_use must have a single result. Found multiple `tool_result` blocks."
        before = turn.uses()


def _leading_results(turn: _Turn) -> list[str]:
    leading = 0
    while leading < len(turn.blocks) and isinstance(turn.blocks[leading], ToolResult):
        leading += 1
    return _Turn(turn.role, turn.blocks[:leading], []).results() if turn.role == "user" else []


def _seals(turns: list[_Turn]) -> Iterator[str]:
    """Signatures are verified in every turn, whether it is still thought about or not."""
    for turn in turns:
        for block, at in zip(turn.blocks, turn.at, strict=True):
            if isinstance(block, Thinking) and not _is_signed(block):
                yield f"{at}: Invalid `signature` in `thinking` block"
            if isinstance(block, RedactedThinking) and not is_own(KIND, block.data):
                yield f"{at}: Invalid `data` in `redacted_thinking` block"


def _is_signed(block: Thinking) -> bool:
    """A thought that was left out is signed all the same."""
    return fits(KIND, block.signature, block.thinking) if block.thinking else is_own(KIND, block.signature)


def _thought_first(turns: list[_Turn]) -> Iterator[str]:
    """What is answered with tool results begins with its thought; the rounds of one loop are a single answer."""
    *before, last = turns
    if not last.results() or not before:
        return
    first = before[-1]
    for turn in reversed(before):
        if turn.role == "assistant":
            first = turn
        elif len(turn.results()) < len(turn.blocks):
            break
    if not isinstance(first.blocks[0], Thinking | RedactedThinking):
        found = "text" if isinstance(first.blocks[0], Text) else "tool_use"
        yield (
            f"{first.at[0]}.type: Expected `thinking` or `redacted_thinking`, but found `{found}`. When `thinking` is "
            "enabled, a final `assistant` message must start with a thinking block (preceeding the lastmost set of "
            "`tool_use` and `tool_result` blocks). To avoid this requirement, disable `thinking`."
        )
