"""Whether a call may begin at all: its sub-token is good, nobody above it is paused, and it comes from where it may."""

from waystation.identity.address import Address, allows
from waystation.identity.standing import Standing
from waystation.wire.catalogue import Token
from waystation.wire.dialect import Dialect
from waystation.wire.errors import Forbidden


def admit(standing: Standing, address: Address | None) -> None:
    """Raises: Forbidden. The words do not tell which addresses are allowed."""
    token = standing.token
    if standing.paused is not None:
        raise Forbidden(f"The {standing.paused} is paused. Ask whoever runs this gateway to resume it.")
    if not allows(token.addresses, address):
        raise Forbidden(f"The API key {token.hint} may not be used from the address that this call comes from.")


def admit_dialect(token: Token, dialect: Dialect) -> None:
    """Raises: Forbidden."""
    if token.dialects is not None and dialect not in token.dialects:
        raise Forbidden(
            f"The API key {token.hint} may not be used for {dialect}, only for {', '.join(token.dialects)}."
        )
