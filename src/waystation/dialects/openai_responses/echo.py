"""The response object: what was asked, repeated, with what is known of the answer."""

from typing import Final

import msgspec

from waystation.dialects.codec import Asked
from waystation.dialects.openai_responses.items_out import Names
from waystation.dialects.openai_responses.own import ResponsesRequest
from waystation.wire.chat import NO_EXTRAS

_NULL: Final = msgspec.Raw(b"null")
# What a caller reads back that it did not say; null where only the vendor knows.
_USUAL: Final[dict[str, msgspec.Raw]] = {
    "background": msgspec.Raw(b"false"),
    "instructions": _NULL,
    "max_output_tokens": _NULL,
    "max_tool_calls": _NULL,
    "metadata": msgspec.Raw(b"{}"),
    "parallel_tool_calls": msgspec.Raw(b"true"),
    "previous_response_id": _NULL,
    "prompt_cache_key": _NULL,
    "reasoning": msgspec.Raw(b'{"effort":null,"summary":null}'),
    "safety_identifier": _NULL,
    "service_tier": _NULL,
    "temperature": _NULL,
    "text": msgspec.Raw(b'{"format":{"type":"text"}}'),
    "tool_choice": msgspec.Raw(b'"auto"'),
    "tools": msgspec.Raw(b"[]"),
    "top_logprobs": msgspec.Raw(b"0"),
    "top_p": _NULL,
    "truncation": msgspec.Raw(b'"disabled"'),
    "user": _NULL,
}
_SAID_ONLY: Final = ("conversation", "prompt", "prompt_cache_retention", "store")


def response_of(asked: Asked, identity: str | None, model: str | None, created: int | None) -> dict[str, object]:
    """A response in progress; `identity` is the vendor's own, if its language is this one."""
    request = asked.request
    given = request.given if isinstance(request, ResponsesRequest) else NO_EXTRAS
    return {
        "id": identity or Names(asked.call_id).response(),
        "object": "response",
        "created_at": asked.at if created is None else created,
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "model": model or request.model,
        "output": [],
        "usage": None,
        **{name: given.get(name, usual) for name, usual in _USUAL.items()},
        **{name: given[name] for name in _SAID_ONLY if name in given},
    }


def ended(response: dict[str, object], incomplete: str | None) -> dict[str, object]:
    """The same at its end; `incomplete` is the reason if it was cut."""
    if incomplete is None:
        return {**response, "status": "completed"}
    return {**response, "status": "incomplete", "incomplete_details": {"reason": incomplete}}
