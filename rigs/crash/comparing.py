"""What differs between the bills, what the callers saw, and what the upstream heard."""

from collections.abc import Container
from typing import Any

from rigs.client import Seen
from rigs.crash.load import Journal

Rows = dict[str, list[dict[str, Any]]]


def compare(journal: Journal, booked: list[dict[str, Any]], asked: Container[str]) -> list[str]:
    """`booked` are the call records, `asked` the ids of the calls that reached the upstream."""
    bills: Rows = {}
    for row in booked:
        bills.setdefault(row["call_id"], []).append(row)
    wrong = [f"{call_id} is booked {len(rows)} times" for call_id, rows in bills.items() if len(rows) > 1]
    wrong += [
        f"{call_id} is billed, but was never sent upstream"
        for call_id, (row, *_) in bills.items()
        if row.get("amount_nanos", 0) and call_id not in asked
    ]
    replayed = {call.call_id for tries in journal.tries.values() for call in tries[1:]}
    for call in journal.seen:
        if call.complete and call.call_id not in replayed:
            wrong += _compare_one(call, bills.get(call.call_id or "", []), blind=call.call_id in journal.blind)
    return wrong + [line for key, tries in journal.tries.items() for line in _compare_tries(key, tries, bills)]


def _compare_one(call: Seen, rows: list[dict[str, Any]], *, blind: bool) -> list[str]:
    if not rows:
        return [f"{call.call_id} was seen whole, but is not booked"]
    (row, *_) = rows
    if row.get("amount_nanos", 0) <= 0:
        return [f"{call.call_id} is booked for nothing"]
    if blind:
        return [] if row.get("estimated") else [f"{call.call_id} was not counted upstream, but is not marked estimated"]
    if call.usage is None:
        return []
    told = (call.usage["prompt_tokens"], call.usage["completion_tokens"])
    usage = row.get("usage") or {}
    billed = (usage.get("input_tokens"), usage.get("output_tokens"))
    return [] if told == billed else [f"{call.call_id} used {told}, but {billed} is booked"]


def _compare_tries(key: str, tries: list[Seen], bills: Rows) -> list[str]:
    """Of all tries with one key, one is billed at most; one that was seen whole is."""
    ids = {call.call_id for call in tries if call.call_id}
    billed = [call_id for call_id in ids if any(row.get("amount_nanos", 0) for row in bills.get(call_id, []))]
    if len(billed) > 1:
        return [f"{key} is billed {len(billed)} times: {', '.join(billed)}"]
    if any(call.complete for call in tries) and not billed:
        return [f"{key} was seen whole, but is not billed"]
    return []
