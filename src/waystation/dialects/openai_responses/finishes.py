"""Why an answer ended: a response's status and incomplete_details, both ways."""

from collections.abc import Mapping
from typing import Final

from waystation.wire.chat import FinishReason

_HEARD: Final[Mapping[str, FinishReason]] = {
    "max_output_tokens": "length",
    "content_filter": "content_filter",
}
_SAID: Final[Mapping[FinishReason, str]] = {
    "length": "max_output_tokens",
    "context_length": "max_output_tokens",
    "content_filter": "content_filter",
    "refusal": "content_filter",
}


def reason_of(status: str | None, incomplete: str | None, *, calls: bool, refused: bool) -> FinishReason:
    """`incomplete` is the reason in incomplete_details. A status that is not an end is that of background work."""
    if status == "incomplete":
        return _HEARD.get(incomplete or "", "other")
    if status not in (None, "completed"):
        return "other"
    if calls:
        return "tool_calls"
    return "refusal" if refused else "stop"


def incomplete_of(reason: FinishReason, *, refused: bool) -> str | None:
    """The reason in incomplete_details; None if the response is complete. `refused`: the refusal itself was told."""
    return None if refused and reason == "refusal" else _SAID.get(reason)
