"""A JSON object of Gemini's, whose members may be spelled in camelCase or in snake_case.

Google's JSON for protocol buffers reads both (protobuf.dev/programming-guides/json, 2026-11). Names that we do not
know keep their spelling.
"""

import re
from typing import Final

import msgspec

from waystation.dialects.table import Table

_NAMES: Final = (
    "allowedFunctionNames",
    "candidateCount",
    "codeExecutionResult",
    "displayName",
    "executableCode",
    "fileData",
    "fileUri",
    "finishReason",
    "frequencyPenalty",
    "functionCall",
    "functionCallingConfig",
    "functionDeclarations",
    "functionResponse",
    "generateContentRequest",
    "generationConfig",
    "includeThoughts",
    "inlineData",
    "maxOutputTokens",
    "mimeType",
    "parametersJsonSchema",
    "presencePenalty",
    "responseJsonSchema",
    "responseLogprobs",
    "responseMimeType",
    "responseSchema",
    "serviceTier",
    "stopSequences",
    "systemInstruction",
    "thinkingBudget",
    "thinkingConfig",
    "thinkingLevel",
    "thoughtSignature",
    "toolConfig",
    "topK",
    "topP",
)
_TEXT: Final = msgspec.json.Decoder(str)
_HUMP: Final = re.compile(r"(?=[A-Z])")
_CAMEL: Final = {_HUMP.sub("_", name).lower(): name for name in _NAMES}


class Fields(Table):
    """Raises, beyond what a `Table` does, if a member is given in both spellings."""

    __slots__ = ()

    def __init__(self, raw: bytes | msgspec.Raw, path: str = "", *, answer: bool = False) -> None:
        super().__init__(raw, path, answer=answer)
        for snake in [name for name in self._members if name in _CAMEL]:
            name = _CAMEL[snake]
            if name in self._members:
                self.wrong(name, "given once")
            self._members[name] = self._members.pop(snake)

    def table(self, name: str) -> "Fields | None":
        raw = self.raw(name)
        return None if raw is None else Fields(raw, self._path(name), answer=self._answer)

    def each(self, name: str) -> list["Fields"]:
        """The objects of an array; a single object will do as well."""
        return [Fields(raw, path, answer=self._answer) for raw, path in self.placed(name)]

    def placed(self, name: str) -> list[tuple[msgspec.Raw, str]]:
        """The same, unread, each with its path."""
        path = self._path(name)
        if self.opens(name) == "{":
            return [(self.need(name, self.raw(name)), path)]
        return [(raw, f"{path}[{at}]") for at, raw in enumerate(self.rows(name))]

    def text_or_none(self, name: str) -> str | None:
        """One of another type is left among the unknown members."""
        return self.text(name) if self.opens(name) == '"' else None

    def peek(self, name: str) -> str | None:
        """A string, which is not taken by that; None for anything else."""
        raw = self._members[name] if self.opens(name) == '"' else None
        return None if raw is None else self._read(_TEXT, raw, "a string", self._path(name))


def names_of(name: str) -> tuple[str, ...]:
    """Every spelling of a name."""
    return (name, *(snake for snake, camel in _CAMEL.items() if camel == name))
