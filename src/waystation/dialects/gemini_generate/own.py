"""The hub's words with what only this language keeps of them: so that it gets a request back as it was written."""

import msgspec

from waystation.wire.chat import (
    Extras,
    FunctionTool,
    Message,
    Reasoning,
    ResponseFormat,
    ToolCallPart,
    ToolChoice,
    ToolResultPart,
)


class Rest(Message, frozen=True, kw_only=True):
    """A message that goes on with the content of the one before it."""


class Unnumbered(ToolCallPart, frozen=True, kw_only=True):
    """A call that came without an id; the one that it has was made."""


class GivenResult(ToolResultPart, frozen=True, kw_only=True):
    """`response` is the whole of it. `numbered`: it came with an id."""

    response: msgspec.Raw | None
    numbered: bool


class GivenFunction(FunctionTool, frozen=True, kw_only=True):
    """`schema` is the member `parameters`, in OpenAPI's form."""

    schema: msgspec.Raw


class GivenReasoning(Reasoning, frozen=True, kw_only=True):
    config: Extras


class GivenFormat(ResponseFormat, frozen=True, kw_only=True):
    members: Extras


class Validated(ToolChoice, frozen=True):
    """Mode VALIDATED: calls keep to their schema, and text is allowed."""
