"""The models that a token may use, in the shapes that clients read."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from waystation.relay.board import ALIAS
from waystation.routing.route import Served


def model_list(models: Sequence[Served], *, aliases: bool = False) -> bytes:
    """One shape that OpenAI's, Anthropic's and Claude Code's clients all accept.

    `aliases`: models whose names no client of Anthropic's would offer are listed by another one as well.
    """
    rows = [model_row(served, served.model.name) for served in models]
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
    }


def gemini_list(models: Sequence[Served]) -> bytes:
    """Gemini's shape. Source: ai.google.dev/api/models (2026-11)."""
    return msgspec.json.encode({"models": [gemini_row(served) for served in models]})


def gemini_row(served: Served) -> dict[str, object]:
    model = served.model
    return {
        "name": f"models/{model.name}",
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
