"""Mappings for bills whose form is known, to be saved under a name of the operator's and changed where it differs.

Each names where its form was seen, and when. No vendor below names single requests: they are matched by day.
"""

from collections.abc import Mapping as Table
from typing import Any, Final

from waystation.ledger.reconcile.mapping import Mapping, mapping_of

_DEEPSEEK_KINDS: Final[dict[str, Any]] = {
    "column": "type",
    "quantity": "amount",
    "values": {
        "input_cache_hit_tokens": ["input_tokens", "cache_read_input_tokens"],
        "input_cache_miss_tokens": ["input_tokens"],
        "output_tokens": ["output_tokens"],
        "request_count": ["calls"],
    },
}
_DEEPSEEK: Final[dict[str, Any]] = {
    "model": {"column": "model"},
    "key": {"column": "api_key"},
    "kinds": _DEEPSEEK_KINDS,
    # The currency is that of the account; it stands in the other file of the same export, cost-*.csv.
    "amount": {"columns": ["price", "amount"], "currency": "CNY"},
}

_DOCUMENTS: Final[dict[str, dict[str, Any]]] = {
    "anthropic-usage": {
        "source": "Claude Console, Usage, Export; its heading in test data of public importers, 2026-03 to 2026-09."
        " Keys come by their names: give the aliases.",
        "time": {"column": "usage_date_utc"},
        "model": {"column": "model_version"},
        "key": {"column": "api_key"},
        "tokens": {
            "input_tokens": {
                "columns": [
                    "usage_input_tokens_no_cache",
                    "usage_input_tokens_cache_write_5m",
                    "usage_input_tokens_cache_write_1h",
                    "usage_input_tokens_cache_read",
                ]
            },
            "output_tokens": {"columns": ["usage_output_tokens"]},
            "cache_read_input_tokens": {"columns": ["usage_input_tokens_cache_read"]},
            "cache_creation_input_tokens": {
                "columns": ["usage_input_tokens_cache_write_5m", "usage_input_tokens_cache_write_1h"]
            },
        },
    },
    "deepseek-amount": {
        **_DEEPSEEK,
        "source": "platform.deepseek.com, Usage, Export: amount-*.csv as of 2026-09, with days of China's time;"
        " its heading in test data of public importers.",
        "time": {"column": "start_time_iso", "zone": "Asia/Shanghai"},
        "days": "Asia/Shanghai",
    },
    "deepseek-amount-2026-08": {
        **_DEEPSEEK,
        "source": "platform.deepseek.com, Usage, Export: amount-*.csv up to 2026-08, with days of UTC;"
        " its heading in test data of public importers.",
        "time": {"column": "utc_date"},
    },
    "openai-costs": {
        "source": "platform.openai.com, Usage, Export of costs, as of 2025-10 (a public report). By day only.",
        "time": {"column": "start_time_iso"},
        "amount": {"columns": ["amount_value"], "currency_column": "amount_currency"},
        "only": [{"column": "amount_value", "but": [""]}],
    },
    "openai-usage": {
        "source": "platform.openai.com, Usage, Export of completions, as of 2025-10; a public report of 2025-10-12."
        " Keys come by their ids: give the aliases.",
        "time": {"column": "start_time_iso"},
        "model": {"column": "model"},
        "key": {"column": "api_key_id"},
        "calls": {"columns": ["num_model_requests"]},
        "tokens": {
            "input_tokens": {"columns": ["input_tokens"]},
            "output_tokens": {"columns": ["output_tokens"]},
            "cache_read_input_tokens": {"columns": ["input_cached_tokens"]},
        },
        "only": [{"column": "model", "but": [""]}],
    },
}

PRESETS: Final[Table[str, Mapping]] = {name: mapping_of(document) for name, document in _DOCUMENTS.items()}
