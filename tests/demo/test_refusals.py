"""Errors have the vendor's shape, and a shown key is masked."""

import json

from waystation.demo.refusals import IN_ARREARS, masked, missing, unknown_model, wrong_key, wrong_method


def test_an_error_has_the_four_fields() -> None:
    assert json.loads(IN_ARREARS.body()) == {
        "error": {
            "message": IN_ARREARS.message,
            "type": "insufficient_quota",
            "param": None,
            "code": "insufficient_quota",
        }
    }


def test_a_long_key_shows_its_ends() -> None:
    assert masked("sk-proj-abcdefghij-wxyz") == "sk-proj-***********wxyz"


def test_a_short_key_is_hidden_whole() -> None:
    assert masked("sk-123") == "******"


def test_the_codes_are_those_of_the_vendor() -> None:
    codes = [
        refusal.code for refusal in (wrong_key("k"), missing("messages"), unknown_model("m"), wrong_method("G", "/"))
    ]
    assert codes == ["invalid_api_key", "missing_required_parameter", "model_not_found", "method_not_supported"]
