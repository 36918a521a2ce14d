"""The page that tells where a call would go: a question in a query, the answer as JSON."""

from typing import Final, get_args
from urllib.parse import parse_qs

import msgspec

from waystation.ports import Clock
from waystation.relay.board import Board
from waystation.relay.explaining import Question, explain
from waystation.wire.dialect import Dialect
from waystation.wire.errors import BadRequest

PATH: Final = "/routes/explain"
_FIELDS: Final = ("model", "token_id", "dialect", "session")
_FIELDS_MAX: Final = 16


def explained(query: bytes, board: Board, clock: Clock) -> bytes:
    """Raises: BadRequest, ModelNotFound."""
    return msgspec.json.encode(explain(board, clock, _question(query), live=True))


def _question(query: bytes) -> Question:
    try:
        given = parse_qs(query.decode(), max_num_fields=_FIELDS_MAX)
    except ValueError:
        raise BadRequest(
            "The query can't be read. Send model=…, and token_id, dialect and session as needed."
        ) from None
    asked = {name: values[-1] for name, values in given.items() if name in _FIELDS}
    if "model" not in asked:
        raise BadRequest("The query names no model: send model=…", param="model")
    try:
        return msgspec.convert(asked, Question)
    except msgspec.ValidationError:
        known = ", ".join(get_args(Dialect))
        raise BadRequest(
            f"There is no language {asked['dialect'][:64]!r}; there are: {known}", param="dialect"
        ) from None
