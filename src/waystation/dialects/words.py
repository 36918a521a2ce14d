"""What a caller may read of an error, in whatever dialect."""

from typing import Final

from waystation.wire.errors import CallerError, UpstreamError, WaystationError

_HOUSE_MESSAGE: Final = "The gateway could not serve this call. Please try again later."


def words_of(error: WaystationError) -> str:
    """An upstream's addresses and the house's own troubles are for the log."""
    if isinstance(error, CallerError):
        return error.message
    if isinstance(error, UpstreamError):
        return error.public_message
    return _HOUSE_MESSAGE
