"""Unknown members of inner objects, back in their places: "output_config.x" is the member `x` of `output_config`."""

from typing import Final

from waystation.dialects.nested import left_in, putting
from waystation.dialects.table import Table
from waystation.wire.chat import NO_EXTRAS, CacheLifetime, Extras

__all__ = ["cache_control", "cached", "left_in", "put"]

put: Final = putting(
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
