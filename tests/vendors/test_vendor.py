from waystation.vendors import vendors
from waystation.vendors.vendor import sign_bearer


def test_every_module_with_a_vendor_is_found() -> None:
    assert set(vendors()) >= {"openai", "openai_compatible"}


def test_the_key_travels_as_a_bearer_token() -> None:
    assert sign_bearer("sk-1") == ((b"authorization", b"Bearer sk-1"),)
