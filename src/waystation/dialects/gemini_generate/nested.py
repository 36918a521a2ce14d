"""Unknown members of inner objects, back in their places: "inlineData.alt" is the member `alt` of `inlineData`."""

from typing import Final

from waystation.dialects.nested import left_in, putting

__all__ = ["left_in", "put"]

put: Final = putting(
    "content",
    "fileData",
    "functionCall",
    "functionCallingConfig",
    "functionResponse",
    "generationConfig",
    "inlineData",
    "toolConfig",
)
