"""What a check of the books found, and the one check that needs no database: does a bill follow from its basis?"""

from dataclasses import dataclass, field

import msgspec

from waystation.ledger.posting import AMOUNT_MAX
from waystation.ledger.pricing import cost
from waystation.wire.record import CallRecord


class Difference(msgspec.Struct, frozen=True):
    """Two numbers that should agree and do not. `subject` is the id of an account, a hold, a posting or a call."""

    check: str
    subject: str
    message: str


@dataclass(slots=True)
class Report:
    """The outcome of a check. Notes are remarkable but right; differences never are."""

    differences: list[Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return not self.differences

    def differ(self, check: str, subject: object, message: str) -> None:
        self.differences.append(Difference(check, str(subject), message))

    def as_dict(self) -> dict[str, object]:
        """For `--json`."""
        return {
            "passed": self.passed,
            "counts": self.counts,
            "differences": [msgspec.structs.asdict(one) for one in self.differences],
            "notes": self.notes,
        }

    def __str__(self) -> str:
        checked = ", ".join(f"{count} {what}" for what, count in self.counts.items())
        lines = [f"Checked {checked}."]
        lines += [f"DIFFERENCE {one.check} {one.subject}: {one.message}" for one in self.differences]
        lines += [f"note: {note}" for note in self.notes]
        lines.append("The books agree." if self.passed else f"{len(self.differences)} differences.")
        return "\n".join(lines)


def bill_difference(basis: CallRecord, *, held_nanos: int, booked_nanos: int, shortfall_nanos: int) -> str | None:
    """What is wrong with a posting, if it does not follow from the usage and the price of its basis."""
    if basis.usage is None or basis.price is None:
        return "its basis has no usage or no price"
    due = min(cost(basis.usage, basis.price), AMOUNT_MAX)
    if booked_nanos + shortfall_nanos != due:
        return f"its basis comes to {due}, booked are {booked_nanos} and short {shortfall_nanos}"
    if shortfall_nanos and booked_nanos < held_nanos:
        return f"it is short {shortfall_nanos}, though {held_nanos} were held and only {booked_nanos} booked"
    return None
