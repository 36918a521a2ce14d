"""Keys and ceilings in words, and as a file says them."""

from collections.abc import Callable
from hashlib import sha256
from typing import Final

from waystation.wire.catalogue import Ceilings, Upstream, UpstreamKey

_LISTED_MAX: Final = 20


def key_facets(upstream: Upstream) -> dict[str, str | None]:
    return {
        "keys": keys_text(upstream.keys),
        "key_limits": None if upstream.key_limits is None else ceilings_text(upstream.key_limits),
        "model_limits": "; ".join(f"{model}: {ceilings_text(one)}" for model, one in upstream.model_limits) or None,
    }


def keys_text(keys: tuple[UpstreamKey, ...]) -> str:
    """Each by its fingerprint; thousands by their number, and a sum that differs if any of them does."""
    words = [_words(key) for key in keys]
    if len(words) <= _LISTED_MAX:
        return ", ".join(words)
    return f"{len(words)} keys (together {sha256(', '.join(words).encode()).hexdigest()[:8]})"


def ceilings_text(ceilings: Ceilings) -> str:
    return ", ".join(f"{name} {value}" for name, value in ceilings_fields(ceilings).items())


def ceilings_fields(ceilings: Ceilings) -> dict[str, int]:
    found = {"rpm": ceilings.rpm, "tpm": ceilings.tpm, "concurrency": ceilings.concurrency}
    return {name: value for name, value in found.items() if value is not None}


def key_fields(upstream: Upstream, shown: Callable[[UpstreamKey, int], str]) -> dict[str, object]:
    """`shown` gives what stands for a key in the file, by the key and its number from 1."""
    groups: dict[str | None, list[str]] = {}
    for number, key in enumerate(upstream.keys, start=1):
        groups.setdefault(key.group, []).append(shown(key, number))
    fields: dict[str, object] = {}
    if None in groups:
        fields["keys"] = groups.pop(None)
    if groups:
        fields["key_groups"] = [{"name": name, "keys": keys} for name, keys in groups.items()]
    disabled = [key.fingerprint for key in upstream.keys if key.disabled]
    if disabled:
        fields["disabled_keys"] = disabled
    if upstream.key_limits is not None:
        fields["key_limits"] = ceilings_fields(upstream.key_limits)
    if upstream.model_limits:
        fields["model_limits"] = [{"model": model, **ceilings_fields(one)} for model, one in upstream.model_limits]
    return fields


def _words(key: UpstreamKey) -> str:
    words = key.fingerprint if key.group is None else f"{key.fingerprint} of {key.group}"
    return f"{words} (disabled)" if key.disabled else words
