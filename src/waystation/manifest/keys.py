"""An upstream's keys as the file wants them: those that are there keep their ids, and what was said of them by hand."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from waystation.identity.token import fingerprint
from waystation.manifest.key_entries import CeilingsEntry, KeyGroupEntry, KeysEntry
from waystation.manifest.keys_file import KEYS_MAX, lines_text, read_keys
from waystation.manifest.mistakes import Loc, Report
from waystation.wire.catalogue import Ceilings, UpstreamKey
from waystation.wire.errors import Misconfigured


class _Named(NamedTuple):
    """A secret that the file names, for which group, and where it does: as a place, and in words."""

    secret: str
    group: str | None
    loc: Loc
    where: str


def keys_of(
    loc: Loc,
    entry: KeysEntry,
    current: tuple[UpstreamKey, ...] | None,
    folder: Path,
    new_id: Callable[[str], str],
    report: Report,
) -> tuple[UpstreamKey, ...]:
    """`current`: those that are there; None: the upstream is new. Mistakes go into the report."""
    if entry.keys is None and entry.keys_file is None and not entry.key_groups:
        if current is None:
            report.add(loc, "missing: a new upstream needs keys, keys_file or key_groups")
        found = current or ()
    else:
        _check_groups(loc, entry.key_groups, report)
        named = _once(_named(loc, entry, folder, report), report)
        if len(named) > KEYS_MAX:
            report.add(loc, f"more than {KEYS_MAX} keys")
        known = {key.secret: key for key in current or ()}
        found = ordered(_key(known.get(one.secret), one, new_id) for one in named)
    return found if entry.disabled_keys is None else _disabled(loc, found, entry.disabled_keys, report)


def ordered(keys: Iterable[UpstreamKey]) -> tuple[UpstreamKey, ...]:
    """As an export lists them: those without a group first, then group after group."""
    groups: dict[str | None, list[UpstreamKey]] = {None: []}
    for key in keys:
        groups.setdefault(key.group, []).append(key)
    return tuple(key for group in groups.values() for key in group)


def ceilings_of(loc: Loc, entry: CeilingsEntry, report: Report) -> Ceilings:
    if entry.rpm is None and entry.tpm is None and entry.concurrency is None:
        report.add(loc, "expected rpm, tpm or concurrency")
    return Ceilings(entry.rpm, entry.tpm, entry.concurrency)


def model_limits_of(loc: Loc, entry: KeysEntry, report: Report) -> tuple[tuple[str, Ceilings], ...]:
    found: dict[str, Ceilings] = {}
    for index, limit in enumerate(entry.model_limits):
        where = (*loc, "model_limits", index)
        if limit.model in found:
            report.add(where, f"a second limit of {limit.model!r}")
        found[limit.model] = ceilings_of(where, limit, report)
    return tuple(found.items())


def _key(known: UpstreamKey | None, one: _Named, new_id: Callable[[str], str]) -> UpstreamKey:
    if known is None:
        return UpstreamKey(new_id("key"), one.secret, fingerprint(one.secret), one.group)
    return known if known.group == one.group else msgspec.structs.replace(known, group=one.group)


def _named(loc: Loc, entry: KeysEntry, folder: Path, report: Report) -> Iterator[_Named]:
    yield from _of(loc, "", entry, None, folder, report)
    for index, group in enumerate(entry.key_groups):
        yield from _of((*loc, "key_groups", index), f"key_groups[{index}].", group, group.name, folder, report)


def _of(
    loc: Loc, where: str, entry: KeysEntry | KeyGroupEntry, group: str | None, folder: Path, report: Report
) -> Iterator[_Named]:
    for index, key in enumerate(entry.keys or ()):
        yield _Named(key.get_secret_value(), group, (*loc, "keys", index), f"{where}keys[{index}]")
    if entry.keys_file is not None:
        at = (*loc, "keys_file")
        for secret, line in _read(at, folder / entry.keys_file, report).items():
            yield _Named(secret, group, at, f"line {line} of {entry.keys_file}")


def _read(loc: Loc, path: Path, report: Report) -> dict[str, int]:
    try:
        found = read_keys(path)
    except Misconfigured as error:
        report.add(loc, error.message)
        return {}
    for wrong, numbers in (
        ("blank", found.blank),
        ("the same as one before", found.again),
        ("no key: it has a space, a control character or more than 4096 characters", found.wrong),
    ):
        if numbers:
            report.add(loc, f"{lines_text(numbers)} of {path.name}: {wrong}")
    if not (found.secrets or found.wrong):
        report.add(loc, f"{path.name} has no key")
    return found.secrets


def _once(named: Iterable[_Named], report: Report) -> list[_Named]:
    first: dict[str, _Named] = {}
    for one in named:
        if one.secret in first:
            report.add(one.loc, f"the same as {first[one.secret].where}")
        else:
            first[one.secret] = one
    return list(first.values())


def _check_groups(loc: Loc, groups: list[KeyGroupEntry], report: Report) -> None:
    names = [group.name for group in groups]
    for index, group in enumerate(groups):
        where = (*loc, "key_groups", index)
        if group.name in names[:index]:
            report.add((*where, "name"), f"a second group {group.name!r}")
        if group.keys is None and group.keys_file is None:
            report.add(where, "missing: a group needs keys or keys_file")


def _disabled(
    loc: Loc, keys: tuple[UpstreamKey, ...], fingerprints: list[str], report: Report
) -> tuple[UpstreamKey, ...]:
    there = {key.fingerprint for key in keys}
    for index, one in enumerate(fingerprints):
        if one not in there:
            report.add((*loc, "disabled_keys", index), f"no key has the fingerprint {one}")
    wanted = set(fingerprints)
    return tuple(
        key
        if key.disabled == (key.fingerprint in wanted)
        else msgspec.structs.replace(key, disabled=key.fingerprint in wanted)
        for key in keys
    )
