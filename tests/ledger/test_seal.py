"""The chain of hashes: any change of a row changes the hash, and what was changed is named."""

from hashlib import sha256

import msgspec
import pytest

from waystation.ledger.seal import SEALED_COLUMNS, START, Fault, PostingRow, Seal, Sealer, faults


def row(number: int, amount: int = 5, at: float = 1.5) -> PostingRow:
    return (number, at, "topup", 1, 2, amount, "USD", None, 0, "[]", 0, "[]", None, b"x", None, None)


def sealed(*rows: PostingRow, number: int = 1, previous: bytes = START) -> Seal:
    sealer = Sealer(previous)
    sealer.add(rows)
    return sealer.seal(number)


def test_a_seal_says_what_it_holds() -> None:
    seal = sealed(row(3, at=9.0), row(5, at=7.0), row(6, at=8.0))
    assert (seal.first_posting, seal.last_posting, seal.count) == (3, 6, 3)
    assert (seal.first_at, seal.last_at) == (7.0, 9.0)
    assert len(row(1)) == len(SEALED_COLUMNS)


def test_the_hash_is_the_same_forever() -> None:
    """What it is made of is written down outside: changing it would break every seal."""
    assert sealed(row(1), row(2)).hash.hex().startswith("48150e50ab56")


def test_it_goes_on_from_the_one_before() -> None:
    first = sealed(row(1))
    assert sealed(row(2), number=2, previous=first.hash).hash != sealed(row(2), number=2).hash


def test_rows_come_in_order() -> None:
    with pytest.raises(AssertionError):
        sealed(row(2), row(1))


def test_what_differs_is_named() -> None:
    stored = sealed(row(1), row(2), row(3))
    assert not list(faults(stored, stored))
    assert list(faults(stored, sealed(row(1), row(2, 6), row(3)))) == [Fault(2, "it was changed after it was sealed")]
    assert list(faults(stored, sealed(row(1), row(3)))) == [Fault(2, "it was sealed, and is gone")]
    assert list(faults(stored, sealed(row(0), row(1), row(2), row(3)))) == [
        Fault(0, "it was slipped in among sealed postings")
    ]
    assert [fault.posting_id for fault in faults(stored, None)] == [1, 2, 3]


def test_a_seal_that_was_tampered_with_is_named() -> None:
    stored = sealed(row(1), row(2))
    whole = [Fault(None, "its hash does not follow from its postings and the seal before it")]
    assert list(faults(msgspec.structs.replace(stored, hash=bytes(32)), stored)) == whole
    assert list(faults(msgspec.structs.replace(stored, previous=b"x" * 32), stored)) == whole
    cut = msgspec.structs.replace(stored, fingerprints=stored.fingerprints[:13], hash=bytes(32))
    assert list(faults(cut, stored)) == [Fault(2, "it was slipped in among sealed postings")]


@pytest.mark.parametrize("count", [1, 99, 100, 101, 200])
def test_the_hash_is_over_lines_however_many_are_hashed_at_once(count: int) -> None:
    rows = [row(number) for number in range(1, count + 1)]
    lines = b"".join(
        msgspec.json.encode((*one[:13], len(one[13]), *one[14:])) + one[13] + b"\n"  # type: ignore[arg-type,operator]
        for one in rows
    )
    assert sealed(*rows).hash == sha256(START + lines).digest()


def test_a_posting_without_a_basis_is_a_line_alone() -> None:
    bare = (*row(1)[:13], None, *row(1)[14:])
    assert sealed(bare).hash == sha256(START + msgspec.json.encode(bare) + b"\n").digest()
