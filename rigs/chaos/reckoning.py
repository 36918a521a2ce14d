"""Afterwards: what callers heard, what was billed, and what became of the calls that a fault struck."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rigs.chaos.faults import ALL, CLOSED
from rigs.client import Seen
from rigs.comparing import Row, Rows, by_call, compare_whole, impossible
from waystation.demo.upstream import SeenCall, Usage

NONE: Final = "no fault"


@dataclass(frozen=True, slots=True)
class Evidence:
    """`booked` are call records, `billed` postings, both as the gateway's commands print them; `asked` is what reached
    the upstreams, `used` what these know to have been used, by call.
    """

    seen: list[Seen]
    booked: list[Row]
    billed: list[Row]
    asked: list[SeenCall]
    used: Mapping[str, Usage]


def early_errors(seen: Iterable[Seen]) -> list[Seen]:
    """Whoever heard of an error before anything of an answer. Its first event may be an empty one: only a role."""
    return [call for call in seen if not call.complete and not call.text]


def differences(evidence: Evidence) -> list[str]:
    rows = by_call(evidence.booked)
    bills = Counter(posted["call_id"] for posted in evidence.billed)
    wrong = impossible(rows, {_id(call) for call in evidence.asked})
    wrong += [f"{call_id} is billed {count} times" for call_id, count in bills.items() if count > 1]
    wrong += [line for call in evidence.seen for line in _of_call(call, rows, bills, evidence.used)]
    booked, posted = (sum(row.get("amount_nanos", 0) for row in of) for of in (evidence.booked, evidence.billed))
    return wrong + ([] if booked == posted else [f"records come to {booked} nanos, postings to {posted}"])


def _of_call(call: Seen, rows: Rows, bills: Counter[str], used: Mapping[str, Usage]) -> list[str]:
    mine = rows.get(call.call_id or "", [])
    if call.complete:
        return compare_whole(call, mine) + ([] if bills[call.call_id or ""] == 1 else [f"{call.call_id} has no bill"])
    if not call.text:
        return []  # an error before the first byte, and counted as one
    if not mine:
        return [f"{call.call_id} broke off, and is not booked"]
    (row, *_) = mine
    return [f"{call.call_id} broke off, {what}" for what in _of_cut(call, row, used.get(call.call_id or ""))]


def _of_cut(call: Seen, row: Row, used: Usage | None) -> Iterator[str]:
    if call.error is None or not call.error.islower():  # the client's own are names of classes
        yield f"and no event said so ({call.error})"
    if row["outcome"] != "cut":
        yield f"and is recorded as {row['outcome']}"
    if row.get("amount_nanos", 0) <= 0:
        yield "and what was delivered is not billed"
    billed = (row.get("usage") or {}).get("output_tokens") or 0
    if used is not None and billed > max(used.completion_tokens, len("".join(call.text))):
        yield f"and {billed} tokens are billed of {used.completion_tokens}"


def report(evidence: Evidence, put_up: Counter[str]) -> Iterator[str]:
    """A line for each fault. A call that several have struck stands in the lines of all."""
    ends = {call.call_id: _end(call) for call in evidence.seen}
    struck: dict[str, Counter[str]] = defaultdict(Counter)
    for fault, call_id in _strikes(evidence):
        struck[fault][ends.get(call_id, "left")] += 1
    yield f"{'fault':28} {'put up':>7} {'struck':>7}  what became of the calls"
    for fault in (*ALL, NONE):
        name = fault.partition("=")[0]
        became = struck[name]
        told = ", ".join(f"{count} {end}" for end, count in became.most_common())
        yield f"{name:28} {put_up[fault]:7} {became.total():7}  {told}"


def _end(call: Seen) -> str:
    if call.complete:
        return "answered whole"
    return "cut, with an error event" if call.text else "FAILED before the first byte"


def _strikes(evidence: Evidence) -> set[tuple[str, str]]:
    """Faults, and the calls that each of them struck; `closed` struck those of which an upstream never heard."""
    strikes = {(call.fault, _id(call)) for call in evidence.asked if call.fault is not None}
    heard = Counter(_id(call) for call in evidence.asked)
    tried = Counter({row["call_id"]: len(row.get("attempts", ())) for row in evidence.booked})
    strikes |= {(CLOSED, call_id) for call_id in tried - heard}
    broken = {_id(call) for call in evidence.asked if call.fault is None and not call.answered}
    strikes |= {(CLOSED, call_id) for call_id in broken}
    hurt = {call_id for _, call_id in strikes}
    return strikes | {(NONE, call.call_id or "") for call in evidence.seen if call.call_id not in hurt}


def _id(call: SeenCall) -> str:
    return call.header("x-client-request-id") or ""
