from typing import Any

import pytest

from waystation.ledger.reconcile.mapping import columns_of, mapping_of
from waystation.wire.errors import Misconfigured

DOCUMENT: dict[str, Any] = {
    "time": {"column": "day"},
    "model": {"column": "model", "aliases": {"qwen-max-latest": "qwen-max"}},
    "key": {"column": "key"},
    "request_id": {"column": "id"},
    "calls": {"columns": ["n"]},
    "tokens": {"input_tokens": {"columns": ["hit", "miss"], "times": 1000}},
    "amount": {"columns": ["price", "quantity"], "currency_column": "currency"},
    "only": [{"column": "kind", "values": ["usage"]}],
}


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in DOCUMENT.items() if name not in names}


def test_every_column_that_is_read_is_known() -> None:
    columns = columns_of(mapping_of(DOCUMENT))
    assert columns == {"day", "model", "key", "id", "n", "hit", "miss", "price", "quantity", "currency", "kind"}
    kinds = {"column": "type", "quantity": "amount", "values": {"in": ["input_tokens"]}}
    assert columns_of(mapping_of({"time": {"column": "day"}, "kinds": kinds})) == {"day", "type", "amount"}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({**DOCUMENT, "tokenz": {}}, "unknown field `tokenz`"),
        ({**DOCUMENT, "tokens": {"input_tokens": {"columns": []}}}, r"length >= 1.*\$\.tokens"),
        ({**DOCUMENT, "days": "Asia/Nowhere"}, "time zone that is not known"),
        ({**DOCUMENT, "days": "../etc"}, "time zone that is not known"),
        (without("tokens", "calls", "amount"), "nothing to compare"),
        ({**DOCUMENT, "kinds": {"column": "a", "quantity": "b", "values": {"c": ["calls"]}}}, "both tokens and kinds"),
        ({**DOCUMENT, "amount": {"columns": ["a"]}}, "either currency or currency_column"),
        ({**DOCUMENT, "amount": {"columns": ["a"], "currency": "usd"}}, "currency"),
        (without("time", "request_id"), "neither a time nor a request_id"),
        ("words", "not right"),
    ],
)
def test_a_mapping_that_is_not_right_is_told(document: object, message: str) -> None:
    with pytest.raises(Misconfigured, match=message):
        mapping_of(document)
