"""What of a request is the gateway's own, or the call's, and so is not changed by an upstream's overrides.

An override must never make a call cost more than was held for it, nor an answer that can't be read as what was asked
for. A bound on the output may be changed, and is reckoned with in the hold (`routing.rules`).
"""

import re
from typing import Final

from waystation.dialects.draft import Path

_OF_THE_CONNECTION: Final = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_OF_THE_KEY: Final = frozenset({"authorization", "x-api-key", "x-goog-api-key"})
_OF_THE_GATEWAY: Final = frozenset(
    {"accept", "accept-encoding", "content-encoding", "content-type", "cookie", "idempotency-key"}
)
_OWN_PREFIX: Final = "x-waystation-"
_CREDENTIAL: Final = re.compile(
    r"(?:^|-)(?:auth|authorization|cookie2?|credentials?|jwt|passw(?:or)?d|secret|signature|token)(?:-|$)"
    r"|(?:api|access|private|subscription)-?key"
)
_OF_THE_CALLER_S_BODY: Final = ("content-", "digest", "repr-digest", "range", "if-")

BOUNDS: Final[frozenset[Path]] = frozenset(
    {
        ("max_tokens",),
        ("max_completion_tokens",),
        ("max_output_tokens",),
        ("generationConfig", "maxOutputTokens"),
        ("generation_config", "max_output_tokens"),
    }
)
_HELD_FOR: Final = "the call is held and read for as many answers as its caller asked for"
_SAID: Final = "what a call says and asks is its caller's"
_KEPT: Final = "the gateway keeps book of what may be referred to later"
_FIXED: Final[dict[Path, str]] = {
    ("model",): "a route says it",
    ("stream",): "the caller says whether the answer streams",
    ("stream_options", "include_usage"): "the bill rests on it",
    ("n",): _HELD_FOR,
    ("best_of",): _HELD_FOR,
    ("generationConfig", "candidateCount"): _HELD_FOR,
    ("generation_config", "candidate_count"): _HELD_FOR,
    ("messages",): _SAID,
    ("input",): _SAID,
    ("prompt",): _SAID,
    ("contents",): _SAID,
    ("content",): _SAID,
    ("requests",): _SAID,
    ("texts",): _SAID,
    ("inputs",): _SAID,
    ("store",): _KEPT,
    ("background",): _KEPT,
    ("conversation",): _KEPT,
    ("previous_response_id",): _KEPT,
}
_OWNED: Final = _FIXED | dict.fromkeys(BOUNDS, "calls are held for that number")


def header_objection(name: str) -> str | None:
    """Why a header may not be set, dropped or renamed, or None."""
    if name in _OF_THE_KEY:
        return "the upstream's key goes there"
    if name in _OF_THE_CONNECTION:
        return "it belongs to the connection, which the gateway makes"
    if name in _OF_THE_GATEWAY or name.startswith(_OWN_PREFIX):
        return "the gateway says it itself"
    return None


def passing_objection(name: str) -> str | None:
    """Why a caller's header may not go on to an upstream, or None."""
    objection = header_objection(name)
    if objection is not None:
        return objection
    if _CREDENTIAL.search(name) is not None:
        return "callers' credentials stay here"
    if name.startswith(_OF_THE_CALLER_S_BODY):
        return "it is about the caller's own message, not about the one that the upstream gets"
    return None


def member_objection(path: Path) -> str | None:
    """Why a member of the body may not be changed, or None."""
    if path in BOUNDS:
        return None
    for owned, why in _OWNED.items():
        if path[: len(owned)] == owned:
            return why
        if owned[: len(path)] == path:
            return f"{'.'.join(owned)!r} is in it, and {why}: name the member in it"
    return None
