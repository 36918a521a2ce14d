"""The inner objects of OpenAI's chat, whose unknown members are kept beside those of the outer one."""

from typing import Final

from waystation.dialects.nested import left_in, putting

__all__ = ["left_in", "put"]

put: Final = putting(
    "audio_url",
    "cache_control",
    "completion_tokens_details",
    "custom",
    "extra_content",
    "file",
    "format",
    "function",
    "google",
    "grammar",
    "image_url",
    "input_audio",
    "json_schema",
    "logprobs",
    "message",
    "prompt_tokens_details",
    "reasoning",
    "response_format",
    "stream_options",
    "thinking",
    "usage",
    "video_url",
)
