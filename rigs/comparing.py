"""What differs between call records, what a caller saw, and what upstreams heard: what rigs have in common of it."""

from collections.abc import Container, Iterable
from typing import Any

from rigs.client import Seen

Row = dict[str, Any]  # a call record, as `waystation calls --json` prints it
Rows = dict[str, list[Row]]


def by_call(booked: Iterable[Row]) -> Rows:
    rows: Rows = {}
    for row in booked:
        rows.setdefault(row["call_id"], []).append(row)
    return rows


def impossible(bills: Rows, asked: Container[str]) -> list[str]:
    """Calls that are booked twice, or billed though no upstream heard of them; `asked` are those that one did."""
    wrong = [f"{call_id} is booked {len(rows)} times" for call_id, rows in bills.items() if len(rows) > 1]
    return wrong + [
        f"{call_id} is billed, but was never sent upstream"
        for call_id, (row, *_) in bills.items()
        if row.get("amount_nanos", 0) and call_id not in asked
    ]


def compare_whole(call: Seen, rows: list[Row], *, counted: bool = True) -> list[str]:
    """Of a call that was seen whole. `counted`: its upstream tells what was used."""
    if not rows:
        return [f"{call.call_id} was seen whole, but is not booked"]
    (row, *_) = rows
    if row.get("amount_nanos", 0) <= 0:
        return [f"{call.call_id} is booked for nothing"]
    if not counted:
        return [] if row.get("estimated") else [f"{call.call_id} was not counted upstream, but is not marked estimated"]
    if call.usage is None:
        return []
    told = (call.usage["prompt_tokens"], call.usage["completion_tokens"])
    usage = row.get("usage") or {}
    billed = (usage.get("input_tokens"), usage.get("output_tokens"))
    return [] if told == billed else [f"{call.call_id} used {told}, but {billed} is booked"]
