from waystation.vendors.openai import VENDOR


def test_openai_has_its_own_address() -> None:
    assert VENDOR.base_url == "https://api.openai.com/v1"
    assert VENDOR.paths == {"openai.chat": "/chat/completions"}
