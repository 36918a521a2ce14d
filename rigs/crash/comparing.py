"""What differs between the bills, what the callers saw, and what the upstream heard."""

from collections.abc import Container

from rigs.client import Seen
from rigs.comparing import Row, Rows, by_call, compare_whole, impossible
from rigs.crash.load import Journal


def compare(journal: Journal, booked: list[Row], asked: Container[str]) -> list[str]:
    """`booked` are the call records, `asked` the ids of the calls that reached the upstream."""
    bills = by_call(booked)
    wrong = impossible(bills, asked)
    replayed = {call.call_id for tries in journal.tries.values() for call in tries[1:]}
    for call in journal.seen:
        if call.complete and call.call_id not in replayed:
            wrong += compare_whole(call, bills.get(call.call_id or "", []), counted=call.call_id not in journal.blind)
    return wrong + [line for key, tries in journal.tries.items() for line in _compare_tries(key, tries, bills)]


def _compare_tries(key: str, tries: list[Seen], bills: Rows) -> list[str]:
    """Of all tries with one key, one is billed at most; one that was seen whole is."""
    ids = {call.call_id for call in tries if call.call_id}
    billed = [call_id for call_id in ids if any(row.get("amount_nanos", 0) for row in bills.get(call_id, []))]
    if len(billed) > 1:
        return [f"{key} is billed {len(billed)} times: {', '.join(billed)}"]
    if any(call.complete for call in tries) and not billed:
        return [f"{key} was seen whole, but is not billed"]
    return []
