from waystation.vendors.openai import VENDOR


def test_openai_has_its_own_address() -> None:
    assert VENDOR.base_url == "https://api.openai.com/v1"
    assert VENDOR.paths == {
        "openai.chat": "/chat/completions",
        "openai.responses": "/responses",
        "openai.completions": "/completions",
        "openai.embeddings": "/embeddings",
    }


def test_callers_of_other_languages_reach_it_where_its_reasoning_lasts() -> None:
    assert next(iter(VENDOR.paths)) == "openai.responses"
