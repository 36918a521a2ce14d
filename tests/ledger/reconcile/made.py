"""Rows and calls that agree, to be made to differ."""

from typing import Any

import msgspec

from waystation.ledger.reconcile.words import Line, OurCall

LINE = Line(
    number=1,
    day="2026-11-30",
    model="m-1",
    key="aaaa1111",
    request_id="req-1",
    tokens=(1000, 200, None, None),
    amount_nanos=4_500_000,
    currency="USD",
)
CALL = OurCall(
    call_id="call_1",
    day="2026-11-30",
    model="m-1",
    key="aaaa1111",
    request_id="req-1",
    tokens=(1000, 200, None, None),
    amount_nanos=4_500_000,
    currency="USD",
    estimated=False,
)


def line(**changes: Any) -> Line:
    return msgspec.structs.replace(LINE, **changes)


def call(**changes: Any) -> OurCall:
    return msgspec.structs.replace(CALL, **changes)
