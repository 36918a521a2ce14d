"""A pool of keys of one upstream: round robin over those that are ready."""

from collections.abc import Collection, Iterable, Mapping

import msgspec

from waystation.keys.health import Health
from waystation.wire.catalogue import Upstream, UpstreamKey


class Lease(msgspec.Struct, frozen=True, eq=False):
    """A key on loan to one attempt, with the health to note the outcome on."""

    key: UpstreamKey
    health: Health


class KeyPool:
    __slots__ = ("_healths", "_keys", "_turn")

    def __init__(self, keys: tuple[UpstreamKey, ...], known: dict[str, Health] | None = None) -> None:
        self._keys = keys
        self._healths = [(known or {}).get(key.id) or Health() for key in keys]
        self._turn = 0

    def lease(self, now: float, used: Collection[str] = ()) -> Lease | None:
        """The next ready key that is not in `used` (ids that this call has tried), or None."""
        count = len(self._keys)
        for step in range(count):
            at = (self._turn + step) % count
            key, health = self._keys[at], self._healths[at]
            if health.until <= now and key.id not in used:
                self._turn = at + 1
                return Lease(key, health)
        return None

    def lease_of(self, fingerprint: str, now: float, used: Collection[str] = ()) -> Lease | None:
        """The key with this fingerprint, on the same terms: what it stored at the vendor no other key can see."""
        for key, health in zip(self._keys, self._healths, strict=True):
            if key.fingerprint == fingerprint and health.until <= now and key.id not in used:
                return Lease(key, health)
        return None

    def ready_in_s(self, now: float) -> float:
        """Seconds until the first key is ready again; 0 if one is."""
        return max(0.0, min(health.until for health in self._healths) - now)

    def healths(self) -> dict[str, Health]:
        return {key.id: health for key, health in zip(self._keys, self._healths, strict=True)}


def pools_of(upstreams: Iterable[Upstream], before: Mapping[str, KeyPool]) -> dict[str, KeyPool]:
    """A pool per upstream id. A key that stays keeps the health that it had in the pools `before`."""
    known = {key_id: health for pool in before.values() for key_id, health in pool.healths().items()}
    return {upstream.id: KeyPool(upstream.keys, known) for upstream in upstreams}
