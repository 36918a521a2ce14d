"""The schema as it is now. Migrations bring a database to it, and a test proves that they do.

Money is in nano-units, times are Unix seconds, prices are per million tokens, truth is 0 or 1.
"""

from waystation.adapters.sql.tables import call_keys, calls, catalogue, ledger, office, prices, reconcile, responses

__all__ = ["call_keys", "calls", "catalogue", "ledger", "office", "prices", "reconcile", "responses"]
