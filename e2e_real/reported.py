"""What the server itself said in an answer, read with json alone: nothing of ours judges it."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Counts:
    """Tokens. `cached` is part of `input`; None: not said."""

    input: int
    output: int
    cached: int | None = None

    def __str__(self) -> str:
        cached = "" if self.cached is None else f" ({self.cached})"
        return f"{self.input}{cached} / {self.output}"


@dataclass(frozen=True, slots=True)
class Reported:
    """`usage` None: it reported none. `usage_alone`: it came in a chunk of its own, without choices."""

    text: str
    finish: str | None
    model: str | None
    usage: Counts | None
    usage_alone: bool = False


def counts(usage: dict[str, Any] | None) -> Counts | None:
    if usage is None:
        return None
    details = usage.get("prompt_tokens_details") or {}
    return Counts(usage["prompt_tokens"], usage["completion_tokens"], details.get("cached_tokens"))


def read(body: bytes, *, stream: bool) -> Reported:
    """Of a refusal, or of a stream that broke off: whatever is there."""
    parts = _events(body) if stream else [json.loads(body)]
    text, finish, model, usage, alone = "", None, None, None, False
    for part in parts:
        for choice in part.get("choices", []):
            text += (choice.get("delta") or choice.get("message") or {}).get("content") or ""
            finish = choice.get("finish_reason") or finish
        model = model or part.get("model")
        if part.get("usage") is not None:
            usage, alone = counts(part["usage"]), not part["choices"]
    return Reported(text, finish, model, usage, alone)


def _events(body: bytes) -> list[dict[str, Any]]:
    events = []
    for line in body.split(b"\n"):
        if not line.startswith(b"data: ") or line.strip() == b"data: [DONE]":
            continue
        try:
            events.append(json.loads(line[6:]))
        except ValueError:
            break
    return events
