"""Bookings as bytes of a journal: length, checksum, and the booking in msgpack, one after another."""

from struct import Struct
from typing import Final, NamedTuple
from zlib import crc32

import msgspec

from waystation.wire.booking import PostOrder

MARK: Final = b"waystation journal 1\n"
BOOKING_BYTES_MAX: Final = 16 * 1024 * 1024  # its record lists attempts, losses and tags, and all of those are bounded

_HEAD: Final = Struct("<II")


class Post(msgspec.Struct, frozen=True, tag="post"):
    order: PostOrder


class Void(msgspec.Struct, frozen=True, tag="void"):
    hold_id: str
    at: float


Booking = Post | Void

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Booking).decode


class Read(NamedTuple):
    """`end`: where the last whole booking ends. What follows it was being written when the process died."""

    bookings: list[Booking]
    end: int


def frame(booking: Booking) -> bytes:
    payload = _encode(booking)
    return _HEAD.pack(len(payload), crc32(payload)) + payload


def read_frames(data: bytes) -> Read:
    """The bookings of a journal. Raises: ValueError if it is no journal, or one of a later version."""
    if not data.startswith(MARK):
        if MARK.startswith(data):  # it died with its first bytes
            return Read([], 0)
        raise ValueError("it does not begin as a journal does")
    bookings: list[Booking] = []
    end = len(MARK)
    while (payload := _payload(data, end)) is not None:
        try:
            bookings.append(_decode(payload))
        except msgspec.MsgspecError as error:
            raise ValueError(f"its booking at byte {end} can't be read: {error}") from error
        end += _HEAD.size + len(payload)
    return Read(bookings, end)


def _payload(data: bytes, at: int) -> bytes | None:
    """None if no whole booking stands there."""
    if at + _HEAD.size > len(data):
        return None
    size, checksum = _HEAD.unpack_from(data, at)
    payload = data[at + _HEAD.size : at + _HEAD.size + size]
    if size > BOOKING_BYTES_MAX or len(payload) < size or crc32(payload) != checksum:
        return None
    return payload
