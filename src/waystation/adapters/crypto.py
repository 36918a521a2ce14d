"""Secrets at rest: AES-256-GCM under a key derived from the master key, bound to the row that they stand in.

A sealed value is: format (1 byte) · key id (4) · nonce (12) · ciphertext and tag. It opens only in the place that it
was sealed for, so that swapping two rows of the database fails instead of sending one vendor's key to another.

Texts of callers are sealed in another format, since there is no end to their number: each under a key of its own,
derived with a salt. Format (1 byte) · key id (4) · salt (16) · nonce (12) · ciphertext and tag.
"""

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from waystation.settings import Settings
from waystation.wire.errors import Misconfigured

_SECRET_FORMAT: Final = 1
_TEXT_FORMAT: Final = 2
_KEY_ID_BYTES: Final = 4
_NONCE_BYTES: Final = 12  # random: safe for 2^32 values under one key (NIST SP 800-38D, 8.3), and we seal a few hundred
_SALT_BYTES: Final = 16
_KEY_ID_END: Final = 1 + _KEY_ID_BYTES
_SALT_END: Final = _KEY_ID_END + _SALT_BYTES
_MASTER_BYTES: Final = 32


class Cipher:
    """Seals and opens under one master key. `key_id` (8 hex digits) tells which; it gives nothing of the key away."""

    __slots__ = ("_aead", "_text_key", "key_id")

    def __init__(self, master_key: str) -> None:
        self._aead = AESGCM(_derive(master_key.encode(), b"waystation sealing key 1", 32))
        self._text_key = _derive(master_key.encode(), b"waystation text key 1", 32)
        self.key_id = _derive(master_key.encode(), b"waystation key id 1", _KEY_ID_BYTES).hex()

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Under the set master key, or else the one in the data folder, made there now if there is none.

        Raises: Misconfigured.
        """
        if settings.master_key is not None:
            return cls(settings.master_key.get_secret_value())
        return cls(_kept(settings.data_dir / "master.key"))

    def seal(self, text: str, *, table: str, row_id: str) -> bytes:
        head = bytes([_SECRET_FORMAT]) + bytes.fromhex(self.key_id)
        return head + _encrypt(self._aead, text.encode(), _place(table, row_id, _SECRET_FORMAT))

    def unseal(self, sealed: bytes, *, table: str, row_id: str) -> str:
        """Raises: Misconfigured if it was sealed under another master key, for another row, or was tampered with."""
        what = f"the secret of {table} {row_id!r}"
        self._check_head(sealed, _SECRET_FORMAT, _KEY_ID_END + _NONCE_BYTES, what)
        place = _place(table, row_id, _SECRET_FORMAT)
        return _decrypt(self._aead, sealed[_KEY_ID_END:], place, what).decode()

    def seal_bytes(self, text: bytes, *, table: str, row_id: str) -> bytes:
        salt = secrets.token_bytes(_SALT_BYTES)
        head = bytes([_TEXT_FORMAT]) + bytes.fromhex(self.key_id) + salt
        return head + _encrypt(self._aead_of(salt), text, _place(table, row_id, _TEXT_FORMAT))

    def unseal_bytes(self, sealed: bytes, *, table: str, row_id: str) -> bytes:
        """Raises: Misconfigured, as `unseal`."""
        what = f"the text of {table} {row_id!r}"
        self._check_head(sealed, _TEXT_FORMAT, _SALT_END + _NONCE_BYTES, what)
        aead = self._aead_of(sealed[_KEY_ID_END:_SALT_END])
        return _decrypt(aead, sealed[_SALT_END:], _place(table, row_id, _TEXT_FORMAT), what)

    def _aead_of(self, salt: bytes) -> AESGCM:
        return AESGCM(_derive(self._text_key, b"waystation text 1", 32, salt))

    def _check_head(self, sealed: bytes, format_: int, head_bytes: int, what: str) -> None:
        """Raises: Misconfigured."""
        if len(sealed) <= head_bytes or sealed[0] != format_:
            raise Misconfigured(f"{what} is not in a format that this version knows")
        key_id = sealed[1:_KEY_ID_END].hex()
        if key_id != self.key_id:
            raise Misconfigured(
                f"{what} was sealed under master key {key_id}, but this process has "
                f"{self.key_id}: set WAYSTATION_MASTER_KEY, or put back the master.key, that the database was made with"
            )


def _encrypt(aead: AESGCM, content: bytes, place: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + aead.encrypt(nonce, content, place)


def _decrypt(aead: AESGCM, sealed: bytes, place: bytes, what: str) -> bytes:
    try:
        return aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place)
    except InvalidTag:
        raise Misconfigured(f"{what} does not open: it was changed, or stands in another row's place") from None


def _place(table: str, row_id: str, format_: int) -> bytes:
    return f"{table}|{row_id}|{format_}".encode()


def _derive(key: bytes, purpose: bytes, size: int, salt: bytes | None = None) -> bytes:
    return HKDF(algorithm=SHA256(), length=size, salt=salt, info=purpose).derive(key)


def _kept(path: Path) -> str:
    """The master key in a file. Of several processes that start at once one makes it, and all read that one."""
    try:
        if not path.exists():
            _make(path)
        mode = path.stat().st_mode
        master_key = path.read_text("ascii").strip()
    except OSError as error:
        raise Misconfigured(f"the master key {str(path)!r} can't be read or made: {error.strerror}") from error
    except UnicodeDecodeError:
        raise Misconfigured(f"the master key {str(path)!r} is damaged") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Misconfigured(f"the master key {str(path)!r} can be read by others: chmod 600 it")
    if len(master_key) < _MASTER_BYTES:
        raise Misconfigured(f"the master key {str(path)!r} is damaged: it has {len(master_key)} characters")
    return master_key


def _make(path: Path) -> None:
    """Written aside and then linked: the name appears with its whole content, and only for the first who comes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with _removed_at_the_end(aside):
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{secrets.token_urlsafe(_MASTER_BYTES)}\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextlib.contextmanager
def _removed_at_the_end(path: Path) -> Iterator[None]:
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
