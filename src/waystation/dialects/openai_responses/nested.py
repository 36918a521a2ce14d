"""Unknown members of inner objects, back in their places: "text.x" is the member `x` of `text`."""

from typing import Final

from waystation.dialects.nested import left_in, putting

__all__ = ["left_in", "put"]

put: Final = putting(
    "format",
    "image_url",
    "input_audio",
    "input_tokens_details",
    "output_tokens_details",
    "reasoning",
    "stream_options",
    "text",
    "usage",
)
