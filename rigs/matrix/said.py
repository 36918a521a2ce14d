"""What a caller got, in no SDK's words."""

from dataclasses import dataclass
from typing import Final, Protocol

HELLO: Final = "Hello, 驿站!"
QUESTION: Final = "How is the weather in 北京?"
RESULT: Final = "sunny, 21 degrees"
TOOL: Final = "weather"
TOOL_ABOUT: Final = "The weather in a city now."
PARAMETERS: Final[dict[str, object]] = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
}
THINK_TOKENS: Final = 1_024
BOUND: Final = 8_192


@dataclass(frozen=True, slots=True)
class Said:
    """One answer. `tokens` are input and output as the SDK tells them; `tool` the name and JSON arguments of a call."""

    text: str
    tokens: tuple[int, int]
    thought: str = ""
    tool: tuple[str, str] | None = None


class Caller(Protocol):
    """One SDK. `tool` has two turns: the question with a tool on offer and thinking on, then the tool's result, which
    may go to another model.
    """

    async def plain(self, model: str) -> Said: ...

    async def stream(self, model: str) -> Said: ...

    async def tool(self, model: str, then: str = "") -> tuple[Said, Said]: ...

    async def aclose(self) -> None: ...
