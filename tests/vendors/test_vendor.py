from waystation.vendors import vendors
from waystation.vendors.vendor import sign_bearer


def test_every_module_with_a_vendor_is_found() -> None:
    assert set(vendors()) >= {"openai", "openai_compatible"}


def test_the_key_travels_as_a_bearer_token() -> None:
    assert sign_bearer("sk-1") == ((b"authorization", b"Bearer sk-1"),)


def test_each_vendor_names_its_answers_in_its_own_header() -> None:
    named = {name: vendor.request_id for name, vendor in vendors().items()}
    assert (named["openai"], named["anthropic"], named["gemini"]) == ((b"x-request-id",), (b"request-id",), ())
