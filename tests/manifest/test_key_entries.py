import pytest
from pydantic import ValidationError

from waystation.manifest.key_entries import CeilingsEntry, KeyGroupEntry, KeysEntry, ModelLimitEntry


def test_nothing_has_to_be_said() -> None:
    entry = KeysEntry()
    assert (entry.keys, entry.keys_file, entry.key_groups, entry.disabled_keys) == (None, None, [], None)
    assert (entry.key_limits, entry.model_limits) == (None, [])


@pytest.mark.parametrize("value", [0, -1, 1.5, "5", True, 1_000_000_001])
def test_a_ceiling_is_a_whole_number_above_0(value: object) -> None:
    with pytest.raises(ValidationError):
        CeilingsEntry.model_validate({"rpm": value})


@pytest.mark.parametrize("value", ["0123abcd0", "ABCDEF00", "0123abc", 12345678])
def test_a_fingerprint_is_8_hex_digits(value: object) -> None:
    with pytest.raises(ValidationError):
        KeysEntry.model_validate({"disabled_keys": [value]})


def test_what_is_listed_is_not_empty_and_has_its_names() -> None:
    for form, fields in (
        (KeysEntry, {"keys": []}),
        (KeyGroupEntry, {"name": "x", "keys": []}),
        (KeyGroupEntry, {"keys": ["sk-a"]}),
        (ModelLimitEntry, {"rpm": 1}),
    ):
        with pytest.raises(ValidationError):
            form.model_validate(fields)
