import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from waystation.adapters.crypto import Cipher
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured

MASTER = "0123456789abcdef0123456789abcdef"
CIPHER = Cipher(MASTER)


@given(st.text(max_size=200))
def test_what_is_sealed_opens_again(text: str) -> None:
    sealed = CIPHER.seal(text, table="upstream_keys", row_id="key_1")
    assert CIPHER.unseal(sealed, table="upstream_keys", row_id="key_1") == text


@given(st.binary(max_size=200))
def test_bytes_that_are_sealed_open_again(text: bytes) -> None:
    sealed = CIPHER.seal_bytes(text, table="responses", row_id="resp_1")
    assert CIPHER.unseal_bytes(sealed, table="responses", row_id="resp_1") == text


def test_bytes_have_a_key_of_their_own_each_time() -> None:
    one, two = (CIPHER.seal_bytes(b"a text of a caller's", table="t", row_id="1") for _ in range(2))
    assert b"caller" not in one
    assert (one[:5], one[5:21] == two[5:21], one[33:] == two[33:]) == (two[:5], False, False)
    assert len(one) == 1 + 4 + 16 + 12 + 20 + 16


@pytest.mark.parametrize(("table", "row_id"), [("t", "2"), ("u", "1")])
def test_another_row_s_bytes_do_not_open(table: str, row_id: str) -> None:
    sealed = CIPHER.seal_bytes(b"x", table="t", row_id="1")
    with pytest.raises(Misconfigured, match=r"the text of .* stands in another row's place"):
        CIPHER.unseal_bytes(sealed, table=table, row_id=row_id)


@pytest.mark.parametrize("place", [0, 1, 5, 20, 21, 33, -1])
def test_a_changed_bit_of_bytes_is_noticed(place: int) -> None:
    sealed = bytearray(CIPHER.seal_bytes(b"some text", table="t", row_id="1"))
    sealed[place] ^= 1
    with pytest.raises(Misconfigured):
        CIPHER.unseal_bytes(bytes(sealed), table="t", row_id="1")


def test_a_text_s_seal_is_no_secret_s() -> None:
    sealed, text = CIPHER.seal("x", table="t", row_id="1"), CIPHER.seal_bytes(b"x", table="t", row_id="1")
    with pytest.raises(Misconfigured, match="not in a format"):
        CIPHER.unseal_bytes(sealed + bytes(16), table="t", row_id="1")
    with pytest.raises(Misconfigured, match="not in a format"):
        CIPHER.unseal(text, table="t", row_id="1")


def test_bytes_under_another_master_key_are_refused() -> None:
    sealed = CIPHER.seal_bytes(b"x", table="t", row_id="1")
    with pytest.raises(Misconfigured, match=f"sealed under master key {CIPHER.key_id}"):
        Cipher(MASTER[::-1]).unseal_bytes(sealed, table="t", row_id="1")


def test_the_plain_text_is_not_in_it_and_no_two_are_equal() -> None:
    one, two = (CIPHER.seal("sk-very-secret", table="t", row_id="1") for _ in range(2))
    assert b"very-secret" not in one
    assert one != two
    assert len(one) == 1 + 4 + 12 + len("sk-very-secret") + 16


def test_two_ciphers_of_one_master_key_agree() -> None:
    sealed = CIPHER.seal("x", table="t", row_id="1")
    assert Cipher(MASTER).unseal(sealed, table="t", row_id="1") == "x"
    assert Cipher(MASTER).key_id == CIPHER.key_id


@pytest.mark.parametrize(("table", "row_id"), [("t", "2"), ("u", "1"), ("t|1", ""), ("", "t|1")])
def test_another_row_s_secret_does_not_open(table: str, row_id: str) -> None:
    sealed = CIPHER.seal("x", table="t", row_id="1")
    with pytest.raises(Misconfigured, match="stands in another row's place"):
        CIPHER.unseal(sealed, table=table, row_id=row_id)


def test_another_master_key_is_named_and_refused() -> None:
    other = Cipher(MASTER[::-1])
    sealed = CIPHER.seal("x", table="t", row_id="1")
    with pytest.raises(Misconfigured, match=f"sealed under master key {CIPHER.key_id}.*{other.key_id}"):
        other.unseal(sealed, table="t", row_id="1")


@pytest.mark.parametrize("place", [5, 16, 17, -1])
def test_a_changed_bit_is_noticed(place: int) -> None:
    sealed = bytearray(CIPHER.seal("some text", table="t", row_id="1"))
    sealed[place] ^= 1
    with pytest.raises(Misconfigured):
        CIPHER.unseal(bytes(sealed), table="t", row_id="1")


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" * 17, b"\x02" * 60, b"sk-plain-text-key-never-sealed"])
def test_what_was_never_sealed_is_refused(sealed: bytes) -> None:
    with pytest.raises(Misconfigured, match="not in a format"):
        CIPHER.unseal(sealed, table="t", row_id="1")


def test_the_set_master_key_is_used(tmp_path: Path) -> None:
    cipher = Cipher.from_settings(Settings(data_dir=tmp_path, master_key=SecretStr(MASTER)))
    assert cipher.key_id == CIPHER.key_id
    assert not (tmp_path / "master.key").exists()


def test_without_one_a_key_is_made_once(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new" / "data")
    first, second = Cipher.from_settings(settings), Cipher.from_settings(settings)
    path = settings.data_dir / "master.key"
    assert first.key_id == second.key_id
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text().strip()) == 43
    assert list(settings.data_dir.iterdir()) == [path]


def test_processes_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    barrier = threading.Barrier(8)
    key_ids: list[str] = []

    def start() -> None:
        barrier.wait()
        key_ids.append(Cipher.from_settings(Settings(data_dir=tmp_path)).key_id)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(key_ids) == 8
    assert len(set(key_ids)) == 1
    assert list(tmp_path.iterdir()) == [tmp_path / "master.key"]


@pytest.mark.parametrize(
    ("content", "mode", "why"),
    [
        (b"", 0o600, "is damaged: it has 0 characters"),
        (b"\xff" * 40, 0o600, "is damaged"),
        (MASTER.encode(), 0o644, "can be read by others: chmod 600 it"),
    ],
)
def test_a_bad_key_file_is_refused_not_replaced(tmp_path: Path, content: bytes, mode: int, why: str) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(Misconfigured, match=why):
        Cipher.from_settings(Settings(data_dir=tmp_path))
    assert path.read_bytes() == content


def test_a_data_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured, match="can't be read or made"):
        Cipher.from_settings(Settings(data_dir=tmp_path / "file"))


def test_the_master_key_is_in_no_repr() -> None:
    assert MASTER not in repr(CIPHER)
