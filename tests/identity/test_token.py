import hashlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.identity.token import (
    Directory,
    Found,
    digest,
    fingerprint,
    flaw,
    hint,
    mint,
    state,
    well_formed,
)
from waystation.wire.catalogue import FormerSecret, Token

SECRET = mint(bytes(range(32)))
CUSTOM = "sk-proj-7Qm2xT_9vLw4Zk8RbN3c"


def token(secret: str = SECRET, /, **fields: object) -> Token:
    known: dict[str, object] = {
        "id": "tok_1",
        "name": "ci",
        "organization_id": "org_1",
        "digest": digest(secret),
        "hint": hint(secret),
    }
    return Token(**(known | fields))  # type: ignore[arg-type]  # fields by name


@given(st.binary(min_size=32, max_size=64))
def test_a_minted_secret_is_well_formed(entropy: bytes) -> None:
    secret = mint(entropy)
    assert len(secret) == 44
    assert secret.startswith("sk-ws-")
    assert well_formed(secret)
    assert flaw(secret) is None


@given(st.integers(6, 43), st.sampled_from(string.ascii_letters + string.digits))
def test_one_changed_character_breaks_the_checksum(place: int, other: str) -> None:
    changed = SECRET[:place] + other + SECRET[place + 1 :]
    assert well_formed(changed) == (changed == SECRET)


def test_too_little_entropy_is_refused() -> None:
    with pytest.raises(ValueError, match="31 bytes of entropy"):
        mint(bytes(31))


@pytest.mark.parametrize("entropy", [bytes(32), b"\xff" * 32])
def test_extreme_entropy_still_has_the_length(entropy: bytes) -> None:
    assert len(mint(entropy)) == 44


@pytest.mark.parametrize(
    "secret", ["", "sk-ws-", SECRET[:-1], SECRET + "0", SECRET + "\n", SECRET.lower(), SECRET[6:], CUSTOM]
)
def test_other_strings_are_not_well_formed(secret: str) -> None:
    assert not well_formed(secret)


def test_a_secret_from_elsewhere_is_welcome() -> None:
    assert flaw(CUSTOM) is None
    assert flaw("0123456789abcdef01234567") is None


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        (SECRET[:-1] + "!", "checksum"),
        (SECRET[:-1], "checksum"),
        ("a short one".replace(" ", "-"), "it has 11 characters"),
        ("", "it has 0 characters"),
        ("aB3-" * 100, "it has 400 characters"),
        ("with a space in the middle", "only the characters"),
        ("ключключключключключключключ", "only the characters"),
        ("aB3" * 10, "different characters"),
    ],
)
def test_a_guessable_secret_is_refused_without_being_shown(secret: str, why: str) -> None:
    said = flaw(secret)
    assert said is not None
    assert why in said
    assert not secret or secret not in said


def test_digest_is_sha256_and_swallows_any_text() -> None:
    assert digest(SECRET) == hashlib.sha256(SECRET.encode()).digest()
    assert len(digest("\ud800")) == 32


def test_fingerprint_is_the_digest_s_head() -> None:
    assert fingerprint("key-a") == hashlib.sha256(b"key-a").hexdigest()[:8]


def test_hint_shows_eight_characters() -> None:
    assert hint(SECRET) == f"sk-ws-{SECRET[6:10]}…{SECRET[-4:]}"
    assert hint(CUSTOM) == "sk-p…bN3c"


def test_directory_finds_a_token_by_its_secret() -> None:
    mine, other = token(), token(CUSTOM, id="tok_2")
    directory = Directory([mine, other])
    assert directory.find(SECRET) == Found(mine)
    assert directory.find(CUSTOM) == Found(other)
    assert len(directory) == 2


@pytest.mark.parametrize("secret", ["", "sk-ws-", SECRET[:-1], SECRET + " ", "' OR 1=1 --", "\udc80", SECRET.upper()])
def test_directory_finds_nothing_for_anything_else(secret: str) -> None:
    assert Directory([token()]).find(secret) is None


def test_a_revoked_token_is_found_so_that_it_can_be_told() -> None:
    revoked = token(revoked_at=5)
    assert Directory([revoked]).find(SECRET) == Found(revoked)


def test_a_secret_that_was_rotated_out_finds_its_token_and_is_known_as_such() -> None:
    former = FormerSecret(digest(CUSTOM), "…", 10)
    rotated = token(former=(former,))
    directory = Directory([rotated])
    assert directory.find(CUSTOM) == Found(rotated, former)
    assert directory.find(SECRET) == Found(rotated)
    assert len(directory) == 1


def test_a_secret_that_is_somebody_s_own_is_nobody_s_former_one() -> None:
    mine, other = token(former=(FormerSecret(digest(CUSTOM), "…", 10),)), token(CUSTOM, id="tok_2")
    assert Directory([mine, other]).find(CUSTOM) == Found(other)


@pytest.mark.parametrize(
    ("fields", "now", "expected"),
    [
        ({}, 0.0, "active"),
        ({"expires_at": 10}, 9.9, "active"),
        ({"expires_at": 10}, 10.0, "expired"),
        ({"revoked_at": 10}, 9.0, "revoked"),  # another machine's clock must not bring it back
        ({"revoked_at": 10, "expires_at": 5}, 20.0, "revoked"),
    ],
)
def test_state(fields: dict[str, object], now: float, expected: str) -> None:
    assert state(token(SECRET, **fields), now) == expected


def test_a_token_is_found_by_its_id_for_whoever_asks_about_it() -> None:
    one = token()
    directory = Directory([one])
    assert directory.by_id(one.id) is one
    assert directory.by_id("tok_nobody") is None
