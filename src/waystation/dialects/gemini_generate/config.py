"""The generationConfig of a request into the settings of a conversation."""

from typing import Final, TypedDict

from waystation.dialects.asking import TOKENS_MAX
from waystation.dialects.gemini_generate.ask import CHOICES_MAX
from waystation.dialects.gemini_generate.fields import Fields
from waystation.dialects.gemini_generate.own import GivenFormat
from waystation.dialects.gemini_generate.schema import json_schema
from waystation.dialects.gemini_generate.thinking import decode_thinking
from waystation.wire.chat import Extras, Reasoning, ResponseFormat

_JSON: Final = "application/json"
_FORMAT: Final = ("responseMimeType", "responseSchema", "responseJsonSchema")


class Settings(TypedDict, total=False):
    """Members of `ChatRequest`, by their names there."""

    max_output_tokens: int | None
    temperature: float | None
    top_p: float | None
    top_k: int | None
    frequency_penalty: float | None
    presence_penalty: float | None
    seed: int | None
    stop: tuple[str, ...]
    logprobs: bool | None
    top_logprobs: int | None
    choices: int
    response_format: ResponseFormat | None
    reasoning: Reasoning | None


def decode_config(request: Fields) -> tuple[Settings, Extras]:
    """The settings, and the unknown members beside them. Raises: BadRequest."""
    config = request.table("generationConfig")
    if config is None:
        return {}, {}
    settings: Settings = {
        "max_output_tokens": _count(config, "maxOutputTokens", TOKENS_MAX),
        "temperature": config.number("temperature"),
        "top_p": config.number("topP"),
        "top_k": config.whole("topK"),
        "frequency_penalty": config.number("frequencyPenalty"),
        "presence_penalty": config.number("presencePenalty"),
        "seed": config.whole("seed"),
        "stop": tuple(config.texts("stopSequences")),
        "logprobs": config.flag("responseLogprobs"),
        "top_logprobs": config.whole("logprobs"),
        "choices": _count(config, "candidateCount", CHOICES_MAX) or 1,
        "response_format": _format(config),
        "reasoning": decode_thinking(config),
    }
    return settings, {f"generationConfig.{name}": value for name, value in config.left().items()}


def _count(config: Fields, name: str, most: int) -> int | None:
    count = config.whole(name)
    if count is not None and not 1 <= count <= most:
        config.wrong(name, f"a whole number from 1 to {most}")
    return count


def _format(config: Fields) -> ResponseFormat | None:
    """A type that is neither JSON nor plain text (text/x.enum) is left among the unknown members."""
    media_type = config.peek("responseMimeType")
    if media_type not in (None, _JSON, "text/plain"):
        return None
    members = {name: raw for name in _FORMAT if (raw := config.raw(name)) is not None}
    if not members:
        return None
    given, schema = members.get("responseSchema"), members.get("responseJsonSchema")
    schema = json_schema(given, f"{config.path}.responseSchema") if schema is None and given is not None else schema
    if schema is not None:
        return GivenFormat(kind="json_schema", schema=schema, members=members)
    return GivenFormat(kind="json_object" if media_type == _JSON else "text", members=members)
