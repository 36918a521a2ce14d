from ipaddress import ip_address

import pytest
from msgspec.structs import replace

from tests.identity.tenants import ACME, NODES, token
from waystation.identity.admission import admit, admit_dialect
from waystation.identity.standing import standing_of
from waystation.wire.errors import Forbidden

HERE = ip_address("192.0.2.1")


def test_who_is_not_limited_is_let_in() -> None:
    admit(standing_of(token(), ACME, NODES), None)
    admit(standing_of(token(addresses=("192.0.2.0/24",)), ACME, NODES), HERE)
    admit_dialect(token(), "openai.chat")
    admit_dialect(token(dialects=("openai.chat",)), "openai.chat")


def test_what_is_paused_is_named() -> None:
    with pytest.raises(Forbidden, match="The organization 'acme' is paused"):
        admit(standing_of(token(), replace(ACME, paused=True), NODES), HERE)


@pytest.mark.parametrize("address", [ip_address("198.51.100.9"), None])
def test_another_address_is_refused_without_the_list(address: object) -> None:
    with pytest.raises(Forbidden) as refused:
        admit(standing_of(token(addresses=("192.0.2.0/24",)), ACME, NODES), address)  # type: ignore[arg-type]
    assert "sk-ws-ab…cd may not be used from the address" in refused.value.message
    assert "192.0.2" not in refused.value.message
    assert refused.value.public_status == 403


def test_another_language_is_refused_with_those_that_may_be_used() -> None:
    with pytest.raises(Forbidden, match=r"not be used for openai\.chat, only for anthropic\.messages\."):
        admit_dialect(token(dialects=("anthropic.messages",)), "openai.chat")
