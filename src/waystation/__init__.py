"""Waystation (驿站): a relay for large-model APIs.

Start at docs/house.md: it says which room a line lives in. A call's whole way is `waystation.relay.pipeline`.
"""

__version__ = "0.1.0"
