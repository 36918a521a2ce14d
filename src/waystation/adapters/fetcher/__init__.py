"""Reads what callers give by address: the port `Fetcher`, and the guard that keeps it out of our own network.

A caller who may name an address may name one that only we can reach: the cloud's metadata service, a database, the
router. `link` reads addresses and refuses all but plain http and https; `public` lets a name through only if each of
its addresses is public, and the connection is made to the address that was checked; `lookup` finds them, in threads of
its own; `media` says what may come back. A redirect is a new address and is judged like the first. What goes out
carries no cookie and no secret.
"""

from waystation.adapters.fetcher.fetcher import HttpFetcher

__all__ = ["HttpFetcher"]
