"""What applying would change, thing by thing: as text, as JSON, and as the batch to write."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec

from waystation.identity.standing import path_of
from waystation.manifest import retention
from waystation.manifest.bookings import Booking, bookings
from waystation.manifest.facets import Thing, facets
from waystation.manifest.outcome import Outcome
from waystation.manifest.repository import Changes, Item, Keeping, Kind, Snapshot
from waystation.manifest.resolve import Desired
from waystation.wire.catalogue import Model, Node, Organization, Token, Upstream
from waystation.wire.money import Money

Action = Literal["create", "update", "delete", "revoke", "keep"]

_SIGNS: Final[Mapping[Action, str]] = {"create": "+", "update": "~", "delete": "-", "revoke": "!", "keep": "="}


@dataclass(frozen=True, slots=True)
class Change:
    """A field's text before and after; None: it's not there."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one thing. `note` says what the action does not."""

    action: Action
    kind: Kind
    name: str
    changes: tuple[Change, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """`revision` is the catalogue's before; `batch` holds secrets, so it is in no repr."""

    revision: int
    steps: tuple[Step, ...]
    batch: Changes = field(repr=False)

    @property
    def changing(self) -> bool:
        return any(step.action != "keep" for step in self.steps)

    def text(self) -> str:
        lines = []
        for step in self.steps:
            if step.action == "keep" and step.note is None:
                continue
            note = "" if step.note is None else f" ({step.note})"
            lines.append(f"{_SIGNS[step.action]} {step.action} {step.kind} {step.name}{note}")
            lines += [f"    {_line(step.action, change)}" for change in step.changes]
        counts = [f"{count} to {action}" for action, count in self.counts().items() if count]
        return "\n".join([*lines, ", ".join(counts) if self.changing else "nothing to change"])

    def counts(self) -> dict[Action, int]:
        return {action: sum(step.action == action for step in self.steps) for action in _SIGNS}

    def json(self) -> bytes:
        return msgspec.json.encode(
            {"revision": self.revision, "changing": self.changing, "counts": self.counts(), "steps": self.steps}
        )


def make_plan(snapshot: Snapshot, desired: Desired, result: Outcome) -> Plan:
    """The steps from what is there to what the file wants, in the order of the file; what goes comes last."""
    current = _things(snapshot)
    names = _Names(snapshot, desired)
    wanted: dict[Item, Thing] = {_item(thing): thing for thing in _all(desired)}
    opened: dict[str, list[Money]] = {}
    for organization_id, money in desired.wallets:
        opened.setdefault(organization_id, []).append(money)
    steps = [_step(current.get(item), thing, names, opened.get(item.id, [])) for item, thing in wanted.items()]
    steps += map(_booked, bookings(desired.booked, snapshot.catalogue.prices))
    steps += [_kept(before, after) for before, after in retention.compared(snapshot, desired.retention)]
    steps += [_stays_revoked(token, names) for token in desired.revoked]
    steps += [_end(item, current[item], names) for item in current if item in result.gone]
    unnamed = (item for item in current if item not in wanted and item not in result.gone and _alive(current[item]))
    steps += [Step("keep", item.kind, names.of(current[item])) for item in unnamed]
    return Plan(snapshot.catalogue.revision, tuple(steps), _batch(snapshot, current, wanted, desired, result))


class _Names:
    """What things are called: with their organization, and departments with those above them."""

    def __init__(self, snapshot: Snapshot, desired: Desired) -> None:
        both = (*snapshot.catalogue.organizations, *desired.organizations)
        self._organizations = {one.id: one.name for one in both}
        self._nodes = {one.id: one for one in (*snapshot.catalogue.nodes, *desired.nodes)}

    def of(self, thing: Thing) -> str:
        if isinstance(thing, Token):
            return f"{self._organizations[thing.organization_id]}/{thing.name}"
        if isinstance(thing, Node):
            return f"{self._organizations[thing.organization_id]}/{path_of(thing, self._nodes)}"
        return thing.name

    def facets(self, thing: Thing) -> dict[str, str]:
        """With what it stands below, by name."""
        if isinstance(thing, Token):
            above = {"project": thing.project_id, "member": thing.member_id}
        elif isinstance(thing, Node) and thing.kind != "department":
            above = {"department": thing.parent_id}
        else:
            above = {}
        found = {kind: self._nodes[id_] for kind, id_ in above.items() if id_ is not None}
        return facets(thing) | {kind: path_of(node, self._nodes) for kind, node in found.items()}


def _batch(
    snapshot: Snapshot, current: Mapping[Item, Thing], wanted: Mapping[Item, Thing], desired: Desired, result: Outcome
) -> Changes:
    put = [thing for item, thing in wanted.items() if current.get(item) != thing]
    gone: defaultdict[Kind, list[str]] = defaultdict(list)
    for item in current:
        if item in result.gone:
            gone[item.kind].append(item.id)
    return Changes(
        kept_by="file",
        upstreams=tuple(thing for thing in put if isinstance(thing, Upstream)),
        models=tuple(thing for thing in put if isinstance(thing, Model)),
        organizations=tuple(thing for thing in put if isinstance(thing, Organization)),
        nodes=tuple(thing for thing in put if isinstance(thing, Node)),
        wallets=desired.wallets,
        prices=msgspec.structs.replace(desired.booked, versions=(*desired.repriced, *desired.booked.versions)),
        tokens=tuple(thing for thing in put if isinstance(thing, Token)),
        dropped_upstreams=tuple(gone["upstream"]),
        dropped_models=tuple(gone["model"]),
        revoked_tokens=tuple(gone["token"]),
        dropped_nodes=(*gone["project"], *gone["member"], *gone["department"]),
        retention=tuple(after for before, after in retention.compared(snapshot, desired.retention) if before != after),
        adopted=tuple(item for item in wanted if item in current and snapshot.kept_by.get(item) != "file"),
    )


def _step(before: Thing | None, after: Thing, names: _Names, opened: list[Money]) -> Step:
    changes = (
        *_changes(before, after, names),
        *(Change(f"wallet {money.currency}", None, str(money)) for money in opened),
    )
    action: Action = "create" if before is None else "update" if changes or before != after else "keep"
    note = "its proxy's password" if action == "update" and not changes else None
    return Step(action, _item(after).kind, names.of(after), changes, note)


def _changes(before: Thing | None, after: Thing, names: _Names) -> Iterator[Change]:
    old = {} if before is None else names.facets(before)
    new = names.facets(after)
    for name in {**new, **old}:
        if old.get(name) != new.get(name) and not (before is None and name == "name"):
            yield Change(name, old.get(name), new.get(name))


def _booked(booking: Booking) -> Step:
    """Something that is added to the price book, beside what it takes the place of."""
    changes = _differences(booking.before, booking.after)
    return Step("update" if booking.before else "create", booking.kind, booking.name, changes, f"from {booking.starts}")


def _kept(before: Keeping, after: Keeping) -> Step:
    """How long a kind of the log's records is kept; what is kept for ever has no rule."""
    changes = _differences(retention.facets(before), retention.facets(after))
    action: Action = "create" if before.days is None else "delete" if after.days is None else "update"
    return Step(action if changes else "keep", "retention", after.kind, changes)


def _differences(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    fields = {**after, **before}
    return tuple(
        Change(name, before.get(name), after.get(name)) for name in fields if before.get(name) != after.get(name)
    )


def _stays_revoked(token: Token, names: _Names) -> Step:
    note = "it was revoked and stays so: take it out of the file, or give it a new secret"
    return Step("keep", "token", names.of(token), note=note)


def _end(item: Item, thing: Thing, names: _Names) -> Step:
    return Step("revoke" if item.kind == "token" else "delete", item.kind, names.of(thing))


def _things(snapshot: Snapshot) -> dict[Item, Thing]:
    current = snapshot.catalogue
    things: tuple[Thing, ...] = (
        *current.upstreams,
        *current.models,
        *current.organizations,
        *current.nodes,
        *current.tokens,
    )
    return {_item(thing): thing for thing in things}


def _all(desired: Desired) -> Iterator[Thing]:
    yield from desired.upstreams
    yield from desired.models
    yield from desired.organizations
    yield from desired.nodes
    yield from desired.tokens


def _alive(thing: Thing) -> bool:
    return not isinstance(thing, Token) or thing.revoked_at is None


def _item(thing: Thing) -> Item:
    match thing:
        case Upstream():
            return Item("upstream", thing.id)
        case Model():
            return Item("model", thing.name)
        case Organization():
            return Item("organization", thing.id)
        case Node():
            return Item(thing.kind, thing.id)
        case _:
            return Item("token", thing.id)


def _line(action: Action, change: Change) -> str:
    if action == "create" or change.before is None:
        return f"{change.field}: {change.after}"
    return f"{change.field}: {change.before} -> {change.after or 'none'}"
