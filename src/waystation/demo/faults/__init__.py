"""Every way in which the double can fail its caller, by name.."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from waystation.demo.faults import arrears, bodies, cuts, events, framing, statuses, usages
from waystation.demo.faults.fault import Fault, Shelf, Stage

__all__ = ["FAULTS", "Fault", "Stage", "fault_named", "listing"]

_SHELVES: Final[tuple[Shelf, ...]] = (
    statuses.shelf,
    arrears.shelf,
    cuts.shelf,
    bodies.shelf,
    events.shelf,
    usages.shelf,
    framing.shelf,
)
FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {fault.name: fault for shelf in _SHELVES for fault in shelf.faults}
)


def fault_named(text: str) -> Fault:
    """Reads `NAME` or `NAME=AMOUNT`, as in `huge-line=1000000`. Raises ValueError."""
    name, given, amount = text.partition("=")
    if name not in FAULTS:
        raise ValueError(f"no fault is called {name!r}")
    if not given:
        return FAULTS[name]
    try:
        number = float(amount)
    except ValueError:
        raise ValueError(f"the amount of {name!r} is a number, not {amount!r}") from None
    return FAULTS[name].with_amount(number)


def listing() -> list[str]:
    """A line for each fault: its name, its amount if it has one, and what it does."""
    return [
        f"{fault.name}: {fault.about}" + (f" [={fault.amount:.15g} {fault.unit}]" if fault.amount is not None else "")
        for fault in FAULTS.values()
    ]
