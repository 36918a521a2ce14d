"""The models that a token may use, in the shapes that clients read."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from waystation.routing.names import ALIAS
from waystation.routing.route import Served


def model_list(models: Sequence[Served], *, aliases: bool = False) -> bytes:
    """One shape that OpenAI's, Anthropic's and Claude Code's clients all accept.

    `aliases`: models whose names no client of Anthropic's would offer are listed by another one as well.
    """
    rows = [model_row(served, name) for served in models for name in (served.model.name, *served.model.aliases)]
    if aliases:
        rows += [model_row(served, ALIAS + served.model.name) for served in models if not _is_offered(served)]
    first, last = (rows[0]["id"], rows[-1]["id"]) if rows else (None, None)
    return msgspec.json.encode({"object": "list", "data": rows, "has_more": False, "first_id": first, "last_id": last})


def model_row(served: Served, name: str) -> dict[str, object]:
    model = served.model
    return {
        "id": name,
        "object": "model",
        "created": model.created_at,
        "owned_by": "waystation",
        "type": "model",
        "display_name": model.name,
        "created_at": datetime.fromtimestamp(model.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "max_output_tokens": model.max_output_tokens,
        **({} if name == model.name else {"alias_target": model.name}),
        **({} if model.context_length is None else {"context_length": model.context_length}),
    }


def gemini_list(models: Sequence[Served]) -> bytes:
    """Gemini's shape. Source: ai.google.dev/api/models (2026-11)."""
    rows = [gemini_row(served, name) for served in models for name in (served.model.name, *served.model.aliases)]
    return msgspec.json.encode({"models": rows})


def gemini_row(served: Served, name: str) -> dict[str, object]:
    model = served.model
    return {
        "name": f"models/{name}",
        "baseModelId": model.name,
        "version": "001",
        "displayName": model.name,
        "outputTokenLimit": model.max_output_tokens,
        "supportedGenerationMethods": _methods(served),
    }


def _is_offered(served: Served) -> bool:
    return served.model.name.startswith(("claude", "anthropic"))


def _methods(served: Served) -> list[str]:
    ways = {dialect for tier in served.tiers for route in tier for dialect in route.ways}
    methods = []
    if "gemini.generate" in ways:
        methods += ["generateContent", "streamGenerateContent", "countTokens"]
    if "gemini.embed" in ways:
        methods += ["embedContent", "batchEmbedContents"]
    return methods
