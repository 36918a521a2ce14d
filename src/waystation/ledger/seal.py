"""The chain of hashes over the postings: who changes, removes or slips in one later breaks it.

Postings are sealed in blocks, beside the calls: a block's hash is SHA-256 over the hash before it and the rows of its
postings, each as a line of JSON with its basis behind it. The newest hash, written down elsewhere, vouches for all
before it.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from struct import Struct
from typing import Final, NamedTuple
from zlib import crc32

import msgspec

START: Final = bytes(32)  # what the first block goes on from
BLOCK_MAX: Final = 10_000
AT_ONCE: Final = 100

# In this order they are sealed. A column that comes later must not be put among them: old seals would break.
SEALED_COLUMNS: Final = (
    "id",
    "at",
    "kind",
    "debit_account",
    "credit_account",
    "amount",
    "currency",
    "hold_id",
    "held",
    "chain",
    "shortfall",
    "marks",
    "call_id",
    "basis",
    "memo",
    "corrects",
)
_AT: Final = SEALED_COLUMNS.index("at")
_BASIS: Final = SEALED_COLUMNS.index("basis")

PostingRow = tuple[object, ...]

_encode: Final = msgspec.json.Encoder().encode
_PRINT: Final = Struct(">qI")  # a posting's id, and a check sum of its line


class Seal(msgspec.Struct, frozen=True):
    """`first_at` and `last_at` bound the times of its postings, which need not come in order."""

    number: int
    first_posting: int
    last_posting: int
    count: int
    first_at: float
    last_at: float
    previous: bytes
    hash: bytes
    fingerprints: bytes


class Fault(NamedTuple):
    """What is wrong with a sealed posting; with None, with the block as a whole."""

    posting_id: int | None
    message: str


class Sealer:
    """Reads the rows of one block, in order of their ids."""

    __slots__ = ("_ids", "_previous", "_sum", "_sums", "_times")

    def __init__(self, previous: bytes) -> None:
        self._previous = previous
        self._sum = sha256(previous)
        self._ids: list[int] = []
        self._sums: list[int] = []
        self._times: list[float] = []

    @property
    def count(self) -> int:
        return len(self._ids)

    def add(self, rows: Sequence[PostingRow]) -> None:
        """The next ones. Some AT_ONCE cost less than one by one, and let other threads run meanwhile."""
        lines = [_line(row) for row in rows]
        self._ids += [row[0] for row in rows]  # type: ignore[misc]
        self._times += [row[_AT] for row in rows]  # type: ignore[misc]
        self._sums += map(crc32, lines)
        self._sum.update(b"\n".join([*lines, b""]))

    def seal(self, number: int) -> Seal:
        """Of at least one posting."""
        assert self._ids == sorted(set(self._ids)), "postings come in order"
        return Seal(
            number,
            self._ids[0],
            self._ids[-1],
            self.count,
            min(self._times),
            max(self._times),
            self._previous,
            self._sum.digest(),
            b"".join(map(_PRINT.pack, self._ids, self._sums)),
        )


def _line(row: PostingRow) -> bytes:
    """The basis follows the others as it is: written as JSON it would be a third longer, and most of the work."""
    basis = row[_BASIS]
    if basis is None:
        return _encode(row)
    assert isinstance(basis, bytes)
    return _encode((*row[:_BASIS], len(basis), *row[_BASIS + 1 :])) + basis


def faults(stored: Seal, found: Seal | None) -> Iterator[Fault]:
    """How the postings of a block differ from what was sealed. `found` None: there are none left."""
    if found is not None and found.hash == stored.hash and stored.previous == found.previous:
        return
    then, now = dict(_prints(stored)), dict(_prints(found) if found else ())
    named = False
    for posting_id in sorted(then.keys() | now.keys()):
        if then.get(posting_id) == now.get(posting_id):
            continue
        named = True
        yield Fault(posting_id, _what(posting_id in then, posting_id in now))
    if not named:
        yield Fault(None, "its hash does not follow from its postings and the seal before it")


def _what(was: bool, is_: bool) -> str:
    if was and is_:
        return "it was changed after it was sealed"
    return "it was sealed, and is gone" if was else "it was slipped in among sealed postings"


def _prints(seal: Seal) -> Iterable[tuple[int, int]]:
    whole = len(seal.fingerprints) // _PRINT.size * _PRINT.size  # a tampered one may have any length
    return _PRINT.iter_unpack(seal.fingerprints[:whole])
