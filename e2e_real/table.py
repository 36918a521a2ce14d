"""The run as text: a line for each call, and below it what differs."""

from collections.abc import Iterator

from e2e_real.compare import Call
from e2e_real.reported import Counts
from e2e_real.station import Booked

_ROW = "{:<36}{:>20}{:>20}  {:<10}{:>12}  {}"
HEAD = _ROW.format("call", "server reported", "booked", "estimated", "cost, USD", "server, asked directly")


def line(call: Call, booked: list[Booked]) -> str:
    row = next((row for row in booked if row.call_id == call.seen.request_id), None)
    said = "none" if call.reported.usage is None else str(call.reported.usage)
    if call.seen.status != 200:
        said = f"refused: {call.seen.status}"
    if row is None:
        return _ROW.format(call.case.name, said, "no row", "", "", _shown(call.alone))
    estimated = "yes" if row.estimated else "no"
    return _ROW.format(
        call.case.name, said, _shown(row.usage), estimated, f"{row.amount_nanos / 1e9:.9f}", _shown(call.alone)
    )


def listed(differences: list[str]) -> Iterator[str]:
    for difference in differences:
        yield f"    DIFFERS  {difference}"


def _shown(counts: Counts | None) -> str:
    return "-" if counts is None else str(counts)
