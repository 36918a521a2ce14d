"""Unknown members of inner objects, back in their places: "output_config.x" is the member `x` of `output_config`."""

from typing import Final

from waystation.dialects.openai_chat.nested import left_in
from waystation.dialects.table import Table
from waystation.wire.chat import NO_EXTRAS, CacheLifetime, Extras

__all__ = ["cache_control", "cached", "left_in", "put"]

_OBJECTS: Final = frozenset(
    (
        "cache_control",
        "cache_creation",
        "format",
        "metadata",
        "output_config",
        "output_tokens_details",
        "source",
        "tool_choice",
        "usage",
    )
)


def put(members: dict[str, object], extras: Extras) -> dict[str, object]:
    """`members` with the extras in their places; what is said already stays as it is."""
    for name, value in extras.items():
        outer, dot, inner = name.partition(".")
        if not dot or outer not in _OBJECTS:
            members.setdefault(name, value)
            continue
        home = members.setdefault(outer, {})
        if isinstance(home, dict):
            put(home, {inner: value})
    return members


def cached(table: Table) -> tuple[CacheLifetime | None, Extras]:
    """How long a block or a tool is to be cached, and what else its `cache_control` says; all of it if it is odd."""
    raw = table.raw("cache_control")
    if raw is None:
        return None, NO_EXTRAS
    control = Table(raw, f"{table.path}.cache_control")
    kind, ttl = control.text("type"), control.text("ttl") or "5m"
    if kind != "ephemeral" or ttl not in ("5m", "1h"):
        return None, {"cache_control": raw}
    return ttl, {f"cache_control.{name}": value for name, value in control.left().items()}  # type: ignore[return-value]


def cache_control(cache: CacheLifetime | None) -> dict[str, object]:
    """The member for it; none if nothing is to be cached."""
    if cache is None:
        return {}
    return {"cache_control": {"type": "ephemeral"} if cache == "5m" else {"type": "ephemeral", "ttl": cache}}
