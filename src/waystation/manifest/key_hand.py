"""Keys of upstreams without a file: many imported at once, single ones disabled. Whose the upstream is stays so."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from waystation.identity.token import fingerprint
from waystation.manifest.fields import name_of
from waystation.manifest.keys import ordered
from waystation.manifest.keys_file import KEYS_MAX, KeysFile, lines_text, read_keys
from waystation.manifest.repository import Changes, Item, Repository, Snapshot
from waystation.manifest.shown import mask
from waystation.ports import Clock
from waystation.wire.catalogue import Upstream, UpstreamKey
from waystation.wire.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class Imported:
    """`known`: how many of the file's keys the upstream had already."""

    upstream: str
    added: tuple[UpstreamKey, ...]
    known: int
    file: KeysFile


@dataclass(frozen=True, slots=True)
class KeyHand:
    repository: Repository
    clock: Clock

    def list_keys(self, upstream: str | None = None) -> list[tuple[Upstream, UpstreamKey]]:
        """Of one upstream, or of all. Raises: Misconfigured if there is none of that name."""
        with self.repository.reading():
            snapshot = self.repository.snapshot()
        wanted = snapshot.catalogue.upstreams if upstream is None else (_upstream(snapshot, upstream),)
        return [(one, key) for one in wanted for key in one.keys]

    def import_keys(self, path: Path, upstream: str, group: str | None = None) -> Imported:
        """Add a file's keys to an upstream: all of them, or none. Raises: Misconfigured."""
        if group is not None:
            try:
                name_of(group)
            except ValueError:
                raise Misconfigured(f"{mask(group)!r} is no name of a group") from None
        file = read_keys(path)
        if file.wrong:
            raise Misconfigured(f"{lines_text(file.wrong)} of {path.name} can't be a key; nothing was imported")
        with self.repository.writing():
            snapshot = self.repository.snapshot()
            one = _upstream(snapshot, upstream)
            there = {key.secret for key in one.keys}
            added = tuple(
                UpstreamKey(self.clock.new_id("key"), secret, fingerprint(secret), group)
                for secret in file.secrets
                if secret not in there
            )
            if len(there) + len(added) > KEYS_MAX:
                raise Misconfigured(f"{upstream!r} would have more than {KEYS_MAX} keys; nothing was imported")
            if added:
                self._put(snapshot, msgspec.structs.replace(one, keys=ordered((*one.keys, *added))))
        return Imported(upstream, added, len(file.secrets) - len(added), file)

    def disable(self, key: str, *, disabled: bool) -> tuple[Upstream, UpstreamKey]:
        """A key by its id, its fingerprint, or upstream/fingerprint. Raises: Misconfigured unless just one is meant."""
        with self.repository.writing():
            snapshot = self.repository.snapshot()
            found = list(_meant(snapshot, key))
            if len(found) != 1:
                several = ", ".join(f"{upstream.name}/{one.fingerprint} ({one.id})" for upstream, one in found)
                raise Misconfigured(
                    f"{mask(key)!r} may mean {several}: say which"
                    if found
                    else f"there is no key {mask(key)!r}; `waystation key list` shows all"
                )
            ((upstream, one),) = found
            changed = msgspec.structs.replace(one, disabled=disabled)
            keys = tuple(changed if other is one else other for other in upstream.keys)
            self._put(snapshot, msgspec.structs.replace(upstream, keys=keys))
        return upstream, changed

    def _put(self, snapshot: Snapshot, upstream: Upstream) -> None:
        changes = Changes(kept_by=snapshot.kept_by[Item("upstream", upstream.id)], upstreams=(upstream,))
        self.repository.write(changes, at=self.clock.now())


def _meant(snapshot: Snapshot, text: str) -> Iterator[tuple[Upstream, UpstreamKey]]:
    for upstream in snapshot.catalogue.upstreams:
        for key in upstream.keys:
            if text in {key.id, key.fingerprint, f"{upstream.name}/{key.fingerprint}"}:
                yield upstream, key


def _upstream(snapshot: Snapshot, name: str) -> Upstream:
    for upstream in snapshot.catalogue.upstreams:
        if upstream.name == name:
            return upstream
    known = ", ".join(sorted(one.name for one in snapshot.catalogue.upstreams)) or "none yet: apply a file first"
    raise Misconfigured(f"there is no upstream {mask(name)!r}; there are: {known}")
