"""What is compared: a row of a vendor's bill, a call of ours as that bill should know it, and how they may differ."""

from typing import Final, Literal

import msgspec

from waystation.wire.usage import Usage

Bucket = Literal["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"]
BUCKETS: Final[tuple[Bucket, ...]] = (
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
)
Tokens = tuple[int | None, int | None, int | None, int | None]  # in the order of BUCKETS; None: not said
SILENT: Final[Tokens] = (None, None, None, None)

Kind = Literal[
    "call_not_in_bill",
    "row_without_call",
    "tokens_differ",
    "amount_differs",
    "model_differs",
    "key_differs",
    "billed_twice",
    "currency_differs",
    "day_shifted",
    "estimated",
]
By = Literal["request_id", "day", "day,model", "day,model,key"]

SHOWN: Final = 100  # rows and calls that a difference names; all of its calls are found again by its day, model and key


class Line(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A row of a bill. `number` counts from the one below the heading; `day` is an ISO date in the vendor's calendar.

    Tokens are inclusive, as in `wire.usage`. `key` is a fingerprint where the mapping knows the vendor's name for it.
    """

    number: int
    day: str | None = None
    model: str | None = None
    key: str | None = None
    request_id: str | None = None
    calls: int | None = None
    tokens: Tokens = SILENT
    amount_nanos: int | None = None
    currency: str | None = None


class OurCall(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A call that a vendor answered. `day` is in the vendor's calendar, `model` the vendor's name, `key` a fingerprint.

    `amount_nanos` is what the vendor should ask for it, None where we know no such price. `corrected`: an estimate that
    was put right before. `due`: the bill must have it; one outside of the bill's days, or that nothing was delivered
    of, may be there and need not.
    """

    call_id: str
    day: str
    model: str
    key: str | None
    request_id: str | None
    tokens: Tokens
    amount_nanos: int | None
    currency: str | None
    estimated: bool
    corrected: bool = False
    due: bool = True


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a run compares. What is off by no more than a tolerance is no difference.

    `tokens`: for each bucket; `amount_nanos`: for each call or group; `days`: how far a call's row may be from its day.
    `rows_add_up`: a vendor may bill one call in several rows for the same bucket, so that this is not twice.
    """

    by: By = "request_id"
    tokens: int = 0
    amount_nanos: int = 0
    days: int = 0
    rows_add_up: bool = False


class Difference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that the bill says otherwise. `rows` and `calls` name at most SHOWN of `row_count` and `call_count`.

    `amount_nanos` is the bill's less ours. `usage` is what an estimated call really used.
    """

    kind: Kind
    message: str
    day: str | None = None
    model: str | None = None
    key: str | None = None
    request_id: str | None = None
    rows: tuple[int, ...] = ()
    calls: tuple[str, ...] = ()
    row_count: int = 0
    call_count: int = 0
    amount_nanos: int | None = None
    currency: str | None = None
    usage: Usage | None = None


class Tally(msgspec.Struct, kw_only=True):
    """What a run has seen. Amounts are nanos by currency; `confirmed` are estimates that the bill agrees with.

    `unpriced` are calls whose cost we do not know, so that their amounts could not be compared.
    """

    rows: int = 0
    calls: int = 0
    matched: int = 0
    confirmed: int = 0
    unpriced: int = 0
    theirs: dict[str, int] = {}
    ours: dict[str, int] = {}
    kinds: dict[Kind, int] = {}

    def saw_line(self, line: Line) -> None:
        self.rows += 1
        if line.amount_nanos is not None:
            currency = line.currency or "?"
            self.theirs[currency] = self.theirs.get(currency, 0) + line.amount_nanos

    def saw_call(self, call: OurCall) -> None:
        if not call.due:
            return
        self.calls += 1
        if call.amount_nanos is None:
            self.unpriced += 1
        else:
            currency = call.currency or "?"
            self.ours[currency] = self.ours.get(currency, 0) + call.amount_nanos

    def saw(self, difference: Difference) -> None:
        self.kinds[difference.kind] = self.kinds.get(difference.kind, 0) + 1
