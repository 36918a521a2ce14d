"""A response that may be referred to later: what is kept of it, or only where its vendor keeps it."""

from typing import Final

import msgspec

TURNS_MAX: Final = 1_000  # of a conversation that is continued by id; an agent's every tool call is a turn
TEXT_BYTES_MAX: Final = 64 * 1024 * 1024  # of one response: twice the largest request of the default settings


class StoredResponse(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One turn. From `expires_at` on it is not there; times are Unix seconds, `model` is the public name.

    If its vendor stores it: `upstream_id`, `key_fingerprint` and `vendor_response_id` say where, and there is no text.
    Else the text is here, as JSON: `input_items` and `output` are arrays with the items of this turn alone, `body` is
    the answer as the caller got it. `previous_id` is our id of the turn before.
    """

    id: str
    organization_id: str
    token_id: str
    model: str
    created_at: float
    expires_at: float
    upstream_id: str | None = None
    key_fingerprint: str | None = None
    vendor_response_id: str | None = None
    previous_id: str | None = None
    input_items: bytes | None = None
    output: bytes | None = None
    body: bytes | None = None

    @property
    def has_text(self) -> bool:
        return not (self.input_items is None and self.output is None and self.body is None)

    @property
    def text_bytes(self) -> int:
        return len(self.input_items or b"") + len(self.output or b"") + len(self.body or b"")

    def __repr__(self) -> str:  # without the text
        return f"StoredResponse(id={self.id!r}, organization_id={self.organization_id!r})"
