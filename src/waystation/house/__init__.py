"""The composition root, the only room that knows both the rooms and the adapters.

`running` builds and runs the gateway, `demo` adds an upstream and a token to it, `offline` is what commands do on the
data beside or without a running gateway, `auditing` what they do with the ledger, `examining` is the doctor.
"""

from waystation.house.auditing import verify_ledger
from waystation.house.call_log import CallFilter, read_calls
from waystation.house.database import migrated, newest_revisions, revisions_of
from waystation.house.demo import serve
from waystation.house.examining import examine
from waystation.house.finding import Finding
from waystation.house.limits import OwnedLimit, read_limits
from waystation.house.model_list import compare_models
from waystation.house.offline import by_hand, keys_by_hand, operations
from waystation.house.routes import explain_route
from waystation.house.running import House
from waystation.house.tenants import read_budget_alerts, read_tenants

__all__ = [
    "CallFilter",
    "Finding",
    "House",
    "OwnedLimit",
    "by_hand",
    "compare_models",
    "examine",
    "explain_route",
    "keys_by_hand",
    "migrated",
    "newest_revisions",
    "operations",
    "read_budget_alerts",
    "read_calls",
    "read_limits",
    "read_tenants",
    "revisions_of",
    "serve",
    "verify_ledger",
]
